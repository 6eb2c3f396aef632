"""Embeddings without a model: equal texts have equal vectors, similar texts closer ones."""

import hashlib
import math
import re
from collections import Counter

_WORD = re.compile(r"\w+")
WORD_WEIGHT = 3  # a shared word says more about two texts than a shared run of letters


def vector(text: str, size: int) -> tuple[float, ...]:
    """A unit vector of `size` numbers: the text's words and runs of three letters, hashed into places."""
    places = [0.0] * size
    for feature, weight in _features(text.lower()).items():
        digest = hashlib.sha256(feature.encode("utf-8", "surrogatepass")).digest()
        sign = 1 if digest[8] & 1 else -1
        places[int.from_bytes(digest[:8], "big") % size] += sign * weight
    length = math.sqrt(math.fsum(place * place for place in places))
    if not length:  # features that cancel each other out, or a text of nothing
        return (1.0, *[0.0] * (size - 1))
    return tuple(place / length for place in places)


def _features(text: str) -> Counter[str]:
    features: Counter[str] = Counter()
    for word in _WORD.findall(text):
        features[f"word {word}"] += WORD_WEIGHT
        padded = f" {word} "
        features.update(padded[start : start + 3] for start in range(len(padded) - 2))
    if not features:
        features[f"text {text}"] = 1
    return features
