"""What is secret: which variables hold one, how a value may be spelt, what keys of known services look like.

Rule: judgement only; `redact.py` does the finding. A doubt is decided for secrecy, except where ordinary
words would be hit: a value that is only words ("postgres", "not-a-real-key"), shorter than 8 characters,
a path, or an address without a password is nobody's secret, whatever its variable is called.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote

SHORTEST = 8

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SECRET_ENDING = re.compile(
    r"(?:API_?KEY|ACCESSKEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL)S?\d*$"
)
_SECRET_WORD = re.compile(r"(?:KEYS?|PASS|PWD|PAT|DSN|AUTH)\d*")
# The last word of names that speak about a secret: where it is, how long, for how long.
_ABOUT = frozenset(
    word
    for line in (
        "ALGORITHM AUDIENCE BUCKET COUNT DIR ENABLED ENDPOINT EXPIRES EXPIRY FILE FINGERPRINT FORMAT",
        "HEADER HOST ID ISSUER LENGTH LIMIT MAX MIN NAME PATH PORT PREFIX PROVIDER REGION SIZE SOCK",
        "TIMEOUT TTL TYPE URI URL VERSION",
    )
    for word in line.split()
)
_SECRET_NAMES = ("ACCESS_KEY_ID", "SECRET_ID", "CONNECTION_STRING")
# The key that signs CPython's releases, in every python image; two directories.
_OPEN_NAMES = frozenset({"GPG_KEY", "PWD", "OLDPWD"})
_OPEN_KEYS = re.compile(r"PUBLIC_KEY|PUBLISHABLE_KEY")

_WORD = re.compile(r"(?i:(?=[a-z]*[aeiouy])(?![a-z]*[^\Waeiouy]{5})[a-z]{1,15})", re.ASCII)
_ONE_CASE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_BETWEEN_WORDS = re.compile(r"[-_. <>{}\[\]]+")
# What people write where a key is asked for and none is needed; our own stand-in keys are made of it too.
_STAND_INS = frozenset(
    word
    for line in (
        "a an and ant anthropic any api app auth azure bar baz change changeme claude cohere default demo",
        "dev disabled dummy empty enabled example fake false foo for gemini google groq here huggingface",
        "ignored in insert is key keys litellm llm llmock lm local localhost me mistral mock model my",
        "name needed no none not null ollama openai openrouter or password placeholder proj put random",
        "real replace required sample secret service set sk some studio supersecret test testing tests",
        "the this to token true unset unused use used user username value vllm with x xx xxx xxxx xxxxx",
        "xxxxxx xxxxxxxx y you your",
    )
    for word in line.split()
)
_ADDRESS = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://[^\s@]*"
    r"|(?:~?/|\.{1,2}/|[A-Za-z]:[\\/])[^\n]*"
    r"|[\w./-]{1,200}\.(?:json|pem|key|crt|cer|p12|pfx|ya?ml|toml|ini|cfg|env|txt)"
)
_DENSE = re.compile(
    r"(?=[A-Za-z+=]{0,99}[0-9])(?=[a-z0-9+=]{0,99}[A-Z])(?=[A-Z0-9+=]{0,99}[a-z])[A-Za-z0-9+=]{16,}"
)
_AWS_SECRET = re.compile(r"[A-Za-z0-9/+]{40}")
_USER_INFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@]*:([^\s/?#]+)@")
_PART = re.compile(r"(?:[A-Za-z]+=)?((?=[A-Za-z_~+/.-]*[0-9])[A-Za-z0-9_~+/.-]{16,}=*)")


def secret_values(environ: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    """Every secret value, by the name it is replaced with.

    Names of the environment come before those of `secrets`, whole values before parts of values, and among
    equals the alphabetically first name: the same on every run.
    """
    named = [(name, value.strip()) for name, value in sorted(environ.items())]
    holders = [(name, value) for name, value in named if names_a_secret(name)]
    settings = [(name, value.strip()) for name, value in sorted(secrets.items())]
    passwords = [(name, password) for name, value in named for password in _passwords(value)]
    parts = [(name, part) for name, value in holders + settings for part in _parts(value)]
    found: dict[str, str] = {}
    for name, value in (*holders, *passwords, *settings, *parts):
        if is_telling(value):
            found.setdefault(value, name)
    return found


def names_a_secret(name: str) -> bool:
    """Whether a variable of this name (`OPENAI_API_KEY`, `PGPASSWORD`, `LLMOCK__ApiKey`) holds a secret."""
    upper = _HUMP.sub("_", name).upper()
    words = [word for word in upper.split("_") if word]
    if upper.endswith(_SECRET_NAMES):
        return True
    if not words or words[-1] in _ABOUT or upper in _OPEN_NAMES or _OPEN_KEYS.search(upper):
        return False
    return bool(_SECRET_WORD.fullmatch(words[-1])) or any(map(_is_secret_word, words))


def is_telling(value: str) -> bool:
    """Whether a value is more than words, a path or an address that anybody may see."""
    if len(value) < SHORTEST or "<redacted:" in value:
        return False
    if _ADDRESS.fullmatch(value) and not _AWS_SECRET.fullmatch(value):
        return bool(_DENSE.search(value))
    return not (_is_word(value) or _is_stand_in(value))


def spellings(value: str) -> tuple[str, ...]:
    """The value as it stands, and as it would stand in JSON text, in an address and in base64."""
    quoted = [value, *_in_json(value)]
    quoted += [again for text in quoted[1:] for again in _in_json(text)]
    return tuple(dict.fromkeys([*quoted, *_in_address(value), *_in_base64(value)]))


def _is_secret_word(word: str) -> bool:
    return bool(_SECRET_ENDING.search(word)) or word in {"KEY", "KEYS"}


def _is_word(value: str) -> bool:
    return bool(_WORD.fullmatch(value) and _ONE_CASE.fullmatch(value))


def _is_stand_in(value: str) -> bool:
    words = [word for word in _BETWEEN_WORDS.split(value.lower()) if word]
    return any(map(str.isalpha, words)) and all(
        word in _STAND_INS or (word.isdigit() and len(word) < 5) for word in words
    )


def _passwords(value: str) -> Iterator[str]:
    if match := _USER_INFO.match(value):
        yield match[1]
        yield unquote(match[1])


def _parts(value: str) -> Iterator[str]:
    """Lines of a value of several lines, items of a list: each is as secret as the whole."""
    for item in re.split(r"[\s,;]+", value):
        if match := _PART.fullmatch(item):
            yield match[1]


def _in_json(text: str) -> Iterator[str]:
    for ascii_only in (True, False):
        escaped = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield escaped.replace("/", "\\/")


def _in_address(text: str) -> Iterator[str]:
    for safe in ("", "/", "!*'()"):
        quoted = quote(text, safe=safe, errors="surrogatepass")
        yield quoted
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)
    yield quote_plus(text, errors="surrogatepass")


def _in_base64(text: str) -> Iterator[str]:
    """What is sure to stand there whatever comes before and after the value in the same base64 text."""
    value = text.encode("utf-8", "surrogatepass")
    for before, unsure in ((0, 0), (1, 2), (2, 3)):
        whole = base64.b64encode(b"\0" * before + value).decode("ascii")
        certain = whole[unsure : (before + len(value)) * 8 // 6]
        yield certain
        yield certain.translate({ord("+"): "-", ord("/"): "_"})


class Known(NamedTuple):
    """The keys of one service: text that each begins with or contains, and their exact form.

    The form's group number `group` is the secret; the rest is how it is recognised. `in_run` says that the
    hint stands in, or just before, 20 characters without a gap.
    """

    name: str
    hints: tuple[str, ...]
    form: str
    in_run: bool = True
    group: int = 0


def _starting(prefix: str, width: int, *, word: str = "A-Za-z0-9") -> str:
    """The prefix, `width` characters long, at the start of a word or after an escaped break or percent code.

    The tests stand behind the prefix, so that the regex engine can look for the prefix itself.
    """
    back = "." * width
    start = rf"(?<![{word}]{back})|(?<=\\[bfnrt]{back})|(?<=%[0-9A-Fa-f]{{2}}{back})"
    return rf"{prefix}(?:{start})"


_SEPARATOR = r"(?:\s|\\{1,4}[rn])"
_BASE64 = r"[A-Za-z0-9+/=]"
_PEM_HEADERS = rf"(?:{_SEPARATOR}{{1,8}}[A-Z][A-Za-z-]{{1,30}}: [^\n\\]{{1,90}}){{0,4}}"
_PEM_END = r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"

# Forms are from the services' own pages on their keys and from what secret scanners publish, read 2026-11-21.
KNOWN: tuple[Known, ...] = (
    Known(
        "private-key",
        ("PRIVATE KEY",),
        rf"-----BEGIN [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)?-----{_PEM_HEADERS}"
        rf"(?:(?:{_SEPARATOR}++|{_BASE64}++)*+{_PEM_END}|(?:{_SEPARATOR}+{_BASE64}{{24,}}+)+)",
        in_run=False,
    ),
    Known("anthropic-key", ("sk-ant-",), r"sk-ant-[A-Za-z0-9_-]{20,}"),
    Known(
        "openai-key",
        ("sk-proj-", "sk-svcacct-", "sk-admin-"),
        r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}",
    ),
    Known(
        "openai-key",
        ("sk-",),
        _starting("sk-", 3)
        + r"(?:[A-Za-z0-9]{2,12}-){0,3}(?=[A-Za-z]{0,64}[0-9])[A-Za-z0-9]{20,}[A-Za-z0-9_-]*",
    ),
    Known("google-key", ("AIza",), _starting("AIza", 4) + r"[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    Known("google-token", ("ya29.",), _starting(r"ya29\.", 5) + r"[A-Za-z0-9_-]{20,}"),
    Known("huggingface-token", ("hf_",), _starting("hf_", 3) + r"[A-Za-z0-9]{30,}"),
    Known("groq-key", ("gsk_",), _starting("gsk_", 4) + r"[A-Za-z0-9]{40,}"),
    Known("xai-key", ("xai-",), _starting("xai-", 4) + r"[A-Za-z0-9]{40,}"),
    Known("perplexity-key", ("pplx-",), _starting("pplx-", 5) + r"[A-Za-z0-9]{40,}"),
    *(
        Known("github-token", (prefix,), _starting(prefix, 4) + r"[A-Za-z0-9]{36,}")
        for prefix in ("ghp_", "gho_", "ghs_", "ghu_", "ghr_")
    ),
    Known("github-token", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{30,}"),
    Known("gitlab-token", ("glpat-",), r"glpat-[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*"),
    Known(
        "slack-token",
        ("xox",),
        _starting("xox", 3) + r"[abeoprs]-(?=[A-Za-z-]{0,40}[0-9])[A-Za-z0-9-]{15,}",
    ),
    Known("aws-access-key", ("AKIA",), _starting("AKIA", 4) + r"[A-Z0-9]{16}(?![A-Za-z0-9])"),
    Known("aws-access-key", ("ASIA",), _starting("ASIA", 4) + r"[A-Z0-9]{16}(?![A-Za-z0-9])"),
    Known(
        "aws-secret-key",
        ("ecret_access_key", "ecretAccessKey", "ECRET_ACCESS_KEY"),
        r"(?i:secret_?access_?key)[\\\"'\s:=>]{1,12}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        in_run=False,
        group=1,
    ),
    Known("stripe-key", ("k_live_",), _starting("[sr]k_live_", 8) + r"[A-Za-z0-9]{16,}"),
    Known("stripe-key", ("k_test_",), _starting("[sr]k_test_", 8) + r"[A-Za-z0-9]{16,}"),
    Known(
        "jwt",
        ("eyJ",),
        _starting("eyJ", 3, word="A-Za-z0-9_-")
        + r"[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{5,}+\.[A-Za-z0-9_-]*",
    ),
    Known(
        "bearer-token",
        ("earer ",),
        r"[Bb]earer {1,4}((?=[A-Za-z_.~+/-]{0,64}[0-9])[A-Za-z0-9_.~+/-]{20,}=*)",
        group=1,
    ),
    Known(
        "password",
        ("@",),
        r"://[^\s/?#:@\"'<>\\]{0,100}:((?![{*]|\$\{|\$[A-Z]|%[s(])[^\s/?#@\"'<>\\]{1,200})@",
        in_run=False,
        group=1,
    ),
)
