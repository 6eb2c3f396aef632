"""Metrics as text, read back by a strict reader of the format's grammar."""

import re
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.wire.prometheus import Metric, Sample, encode_metrics

LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{((?:[a-zA-Z_]\w*=\"(?:[^\"\\\n]|\\[\\n\"])*\",?)*)\} (\S+)")
LABEL = re.compile(r"(\w+)=\"((?:[^\"\\\n]|\\[\\n\"])*)\"")
UNESCAPED = {r"\\": "\\", r"\n": "\n", r"\"": '"'}


def samples(text):
    """The samples of a text: name, labels, value; fails for any line that the grammar does not know."""
    assert text.endswith("\n")
    found = []
    for line in text.removesuffix("\n").split("\n"):
        if not line.startswith(("# HELP ", "# TYPE ")):
            name, labels, value = LINE.fullmatch(line).groups()
            found.append((name, {key: unescaped(said) for key, said in LABEL.findall(labels)}, value))
    return found


def unescaped(text):
    return re.sub(r"\\.", lambda escape: UNESCAPED[escape[0]], text)


def test_a_metric_has_its_help_its_type_and_a_line_for_each_sample():
    """Whole numbers, floats and decimals are written as they are; the last line ends too."""
    metric = Metric(
        "took_seconds",
        "summary",
        "How long.",
        (Sample({"quantile": "0.5"}, 0.25), Sample({}, Decimal("0.10"), "_sum"), Sample({}, 2, "_count")),
    )

    assert encode_metrics([metric]) == (
        "# HELP took_seconds How long.\n"
        "# TYPE took_seconds summary\n"
        'took_seconds{quantile="0.5"} 0.25\n'
        "took_seconds_sum 0.10\n"
        "took_seconds_count 2\n"
    )


def test_a_metric_without_samples_is_left_out():
    """Nothing at all is an empty text."""
    assert encode_metrics([Metric("a", "gauge", "Nothing.", ())]) == ""


def test_help_keeps_to_its_line():
    """Backslash and line feed are escaped there; a quotation mark is not."""
    text = encode_metrics([Metric("a", "gauge", 'one\\two\n"three"', (Sample({}, 1),))])

    assert text.splitlines()[0] == r'# HELP a one\\two\n"three"'


@given(st.dictionaries(st.sampled_from(["backend", "outcome", "_x"]), st.text(), min_size=1))
@settings(max_examples=200)
def test_label_values_survive_the_round_trip(labels):
    """Any text can be a backend's name, quotation marks, backslashes and line feeds included."""
    text = encode_metrics([Metric("a_total", "counter", "Any.", (Sample(labels, 1),))])

    assert samples(text) == [("a_total", labels, "1")]
