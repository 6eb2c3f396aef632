"""What can be done to one place of a good value, and the tables of what is worth trying.

A change is only a proposal: whoever asks keeps those that the validator finds on the right side of the line.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.references import words as listed_words

MISMATCH, MISSING, CONSTRAINT = "type mismatch", "missing required", "constraint violation"
MALFORMED, BOUNDARY, EMPTY = "malformed", "boundary", "null/empty"
SPECIAL, UNICODE, TYPICAL = "special characters", "unicode", "typical"
EDGE_CATEGORIES = (BOUNDARY, EMPTY, SPECIAL, UNICODE)
INVALID_CATEGORIES = (MISSING, MISMATCH, CONSTRAINT, MALFORMED, EMPTY)

# Families that a schema says in so many words: their turn comes before that of what is always worth a try.
SAID = listed_words(
    "minimum exclusiveMinimum maximum exclusiveMaximum multipleOf minLength maxLength minItems maxItems "
    "uniqueItems minProperties maxProperties pattern enum required dependentRequired"
)

LONGEST = 2_000  # characters of a text that is made
MOST = 200  # items of a list, entries of a map


class Change(NamedTuple):
    """What is to stand at a place, and why: "below minimum 18", of the category "constraint violation".

    `family` is the rule without its place and numbers ("minimum"), so that cases can be spread over rules;
    `at` is the field below the place that the words are about ("/name", which is missing).
    """

    family: str
    category: str
    words: str
    value: JSON
    at: str = ""


def kind_of(value: JSON) -> str:
    """The JSON type of a value; a whole number is an "integer"."""
    return _KINDS[type(value)]


_KINDS = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
# How a report calls the types.
WORDS = {
    "null": "null",
    "boolean": "boolean",
    "integer": "integer",
    "number": "number",
    "string": "text",
    "array": "list",
    "object": "object",
}

# What stands in place of another type. Never text that is read as the type by those who are not strict ("18",
# "yes"): an endpoint that takes it is lax, and that is rarely what a test is about.
OTHERS: tuple[tuple[JSON, ...], ...] = (
    ("unexpected", 12345, ["unexpected"], {"unexpected": "object"}, True),
    ("twelve", -7, [], {}, False),
    ("n/a", 67.89, [[]], {"": None}, True),
)

LAX = frozenset({("boolean", "integer"), ("boolean", "number")})  # what is read as what by those
# Text in these formats is read from a number, too, by those who are not strict.
TIMES = frozenset({"date", "date-time", "time", "duration"})

# What a place may hold that may hold anything.
ANYTHING: tuple[tuple[str, JSON], ...] = (
    ("empty text", ""),
    ("empty list", []),
    ("empty object", {}),
    ("zero", 0),
    ("false", False),
    ("a list in a list", [[]]),
)

SPECIAL_TEXTS = (
    'O\'Neil & "Sons"',
    "<b>bold</b> <!-- note -->",
    "back\\slash / tab\t end",
    "first line\nsecond line\r\nthird",
    "100% {name} ${HOME} %s",
    "a'; DROP TABLE users; -- b",
    "#1 @home ?x=1&y=2 [0]",
)
UNICODE_TEXTS = (
    "Zoë Müller",
    "東京 大阪",
    "👩‍🚀 🎉",
    "العربية",
    "Ωμέγα и Я",
    "Z\u0308oe\u0301 A\u030angstro\u0308m",
    "\U0001d4b3 \U00020bb7",
)

# Values at the edge of a format, with what they are.
FORMAT_EDGES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "email": (
        ("shortest", "a@b.co"),
        ("with a tag", "first.last+tag@sub.example.com"),
        ("with a quote", "o'neil@example.com"),
    ),
    "date": (("leap day", "2024-02-29"), ("last of a year", "2023-12-31"), ("long ago", "1900-01-01")),
    "date-time": (
        ("last second of a leap day", "2024-02-29T23:59:59Z"),
        ("far west, with fractions", "2024-01-01T00:00:00.123456-12:00"),
        ("far east", "2024-06-30T12:00:00+14:00"),
    ),
    "time": (("midnight", "00:00:00Z"), ("last second", "23:59:59Z")),
    "duration": (("zero", "PT0S"), ("all parts", "P1Y2M3DT4H5M6S")),
    "uuid": (
        ("all zeros", "00000000-0000-0000-0000-000000000000"),
        ("capital letters", "A987FBC9-4BED-4078-8F07-9141BA07C9F3"),
    ),
    "uri": (
        ("with query and fragment", "https://example.com/a%20b?q=1&r=2#top"),
        ("address and port", "http://[::1]:8080/"),
        ("not of the web", "urn:isbn:9780141439518"),
    ),
    "ipv4": (("lowest", "0.0.0.0"), ("highest", "255.255.255.255")),  # noqa: S104 - an example, nobody listens
    "ipv6": (("shortest", "::"), ("longest", "2001:0db8:85a3:0000:0000:8a2e:0370:7334")),
    "hostname": (("without a dot", "localhost"), ("longest label", f"{'a' * 63}.example.com")),
    "json-pointer": (("the whole", ""), ("escaped", "/a~1b/c~0d")),
    "regex": (("empty", ""), ("look-ahead", "^(?=.*a)b+$")),
}
FORMAT_FAULTS: Mapping[str, tuple[str, ...]] = {
    "email": ("no-at-sign.example.com", "two@at@example.com", "@example.com", "nobody@"),
    "date-time": ("2024-13-45T25:61:00Z", "yesterday", "2024-02-30T00:00:00Z"),
    "date": ("2024-02-30", "30.02.2024", "2024-13-01", "someday"),
    "time": ("25:61:00Z", "noon"),
    "duration": ("3 days", "P"),
    "uuid": ("not-a-uuid", "a987fbc9-4bed-3078-cf07", "g987fbc9-4bed-4078-8f07-9141ba07c9f3"),
    "uri": ("http//missing colon", "not a uri", "http://[broken"),
    "ipv4": ("300.1.2.3", "1.2.3", "::1"),
    "ipv6": ("12345::xyz", "1.2.3.4", ":::"),
    "hostname": ("-bad-.host..name", "with blank.example.com"),
    "json-pointer": ("no/slash/first", "/a~2"),
    "regex": ("(open", "[a-"),
}
NO_FORMAT = ("not that format at all", "\u0000")


def others(turn: int) -> tuple[JSON, ...]:
    """A value of each type but null, other ones each turn."""
    if turn < len(OTHERS):
        return OTHERS[turn]
    return (f"unexpected {turn}", 12345 + turn, [turn], {"unexpected": turn})


def broken(text: str) -> Iterator[tuple[str, bytes]]:
    """Bodies that are not JSON, made of a text that is, each with what is wrong with it."""
    if len(text) > 1 and text[-1] in '}]"':
        yield "cut off", text[:-1].encode()
    if text[-1] in "}]" and text not in {"{}", "[]"}:
        yield "a comma too many", f"{text[:-1]},{text[-1]}".encode()
    if '"' in text and "'" not in text:
        yield "single quotes", text.replace('"', "'").encode()
    yield "blank", b" "
    yield "something after it", f"{text} and more".encode()
    yield "not UTF-8", b'"\xff\xfe"'
    yield "plain text", b"this is not JSON"
