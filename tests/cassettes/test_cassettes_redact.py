"""No secret reaches the disk, and nothing else is touched."""

import base64
import json
import pickle
from itertools import pairwise
from types import MappingProxyType
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from effort import grows_linearly
from pytest_llmock.cassettes.credentials import is_telling
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.errors import SettingsError

VALUE = "tell-nobody-7731"
REDACTOR = Redactor.of({"OPENAI_API_KEY": VALUE})
KNOWN_ONLY = Redactor.of({})
# Put together here, so that no scanner of secrets stops at this file.
RANDOM = "aB3dE5fG7hI9" * 8
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\nC7/+8hX\nZz09=="
PEM = f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----"
JWT = ".".join(["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0In0", RANDOM[:43]])

KEYS = {
    "OpenAI": ("openai-key", f"sk-{RANDOM[:48]}"),
    "OpenAI project": ("openai-key", f"sk-proj-{RANDOM[:20]}_-{RANDOM}"),
    "OpenAI service account": ("openai-key", f"sk-svcacct-{RANDOM}"),
    "OpenRouter": ("openai-key", f"sk-or-v1-{'0a1b2c3d' * 8}"),
    "Anthropic": ("anthropic-key", f"sk-ant-api03-{RANDOM[:90]}-_AA"),
    "Google": ("google-key", f"AIza{RANDOM[:35]}"),
    "Google token": ("google-token", f"ya29.{RANDOM}"),
    "Hugging Face": ("huggingface-token", f"hf_{RANDOM[:34]}"),
    "Groq": ("groq-key", f"gsk_{RANDOM[:52]}"),
    "xAI": ("xai-key", f"xai-{RANDOM[:80]}"),
    "Perplexity": ("perplexity-key", f"pplx-{RANDOM[:48]}"),
    "GitHub": ("github-token", f"ghp_{RANDOM[:36]}"),
    "GitHub app": ("github-token", f"ghs_{RANDOM[:36]}"),
    "GitHub fine-grained": ("github-token", f"github_pat_{RANDOM[:22]}_{RANDOM[:59]}"),
    "GitLab": ("gitlab-token", f"glpat-{RANDOM[:20]}.01.{RANDOM[:9]}"),
    "Slack": ("slack-token", f"xoxb-123456789012-{RANDOM[:24]}"),
    "AWS": ("aws-access-key", f"AKIA{'Q3EGR7XK' * 2}"),
    "AWS for a session": ("aws-access-key", f"ASIA{'Q3EGR7XK' * 2}"),
    "Stripe": ("stripe-key", f"sk_live_{RANDOM[:24]}"),
    "Stripe restricted": ("stripe-key", f"rk_test_{RANDOM[:24]}"),
    "JWT": ("jwt", JWT),
    "PEM": ("private-key", PEM),
    "PEM in JSON": ("private-key", json.dumps(PEM)[1:-1]),
    "PEM indented": ("private-key", PEM.replace("\n", "\r\n    ")),
    "PEM with headers": (
        "private-key",
        PEM.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00FF\n\n", 1),
    ),
    "PEM cut off": ("private-key", PEM[:78]),
}  # fmt: skip

PARTS = {
    "Authorization": (f"Authorization: Bearer {RANDOM[:30]}.", "bearer-token", f"{RANDOM[:30]}."),
    "small bearer": (f"curl -H 'authorization: bearer {RANDOM}'", "bearer-token", RANDOM),
    "password": ("see https://user:hush@example.com/x", "password", "hush"),
    "password of a database": ("postgres+psycopg://me:a:b%40c@[::1]:5432/x", "password", "a:b%40c"),
    "AWS secret": (f"aws_secret_access_key = {RANDOM[:40]}", "aws-secret-key", RANDOM[:40]),
    "AWS secret in JSON": (f'{{\\"SecretAccessKey\\": \\"{RANDOM[:40]}\\"}}', "aws-secret-key", RANDOM[:40]),
    "AWS secret in shell": (f"export AWS_SECRET_ACCESS_KEY={RANDOM[:40]}\n", "aws-secret-key", RANDOM[:40]),
}

OPEN = {
    "prose": "The task-force said: ask-me-anything is a disk-based risk-free thing, Bearer of good news.",
    "class names": "sk-container-id-1 sk-toggleable__label-arrow sk-estimator-doc-link sk-circle-fade-dot",
    "uuid": "550e8400-e29b-41d4-a716-446655440000 sk-550e8400-e29b-41d4-a716-446655440000",
    "digests": "sha256:" + "0a1b2c3d" * 8 + " 1-3f2a9c0d5be84c17a1b2c3d4e5f60718",
    "base64": "data:image/png;base64," + base64.b64encode(bytes(range(256)) * 8).decode(),
    "code": "from hf_hub import hf_hub_download_with_retries_and_progress_bars_v2 as eyJ; gh_pages = ghp_x",
    "models": "claude-3-5-sonnet-20241022, gpt-4o-mini-2024-07-18, meta-llama/Llama-3.1-8B-Instruct",
    "our own keys": "sk-llmock-not-a-key sk-ant-llmock-not-a-key Bearer sk-ant-llmock-not-a-key",
    "addresses": "https://example.com:8080/a@b?x=1:2@3 mailto:me@example.com git@github.com:a/b.git http://u@h/",
    "templates": "postgres://{user}:{password}@host ://$U:$PASS@h ://<u>:<p>@h ://u:${P}@h ://u:%s@h ://u:***@h",
    "about keys": "a PEM file begins with -----BEGIN PRIVATE KEY----- and goes on with base64, then ends",
    "public": "-----BEGIN PUBLIC KEY-----\n" + BODY + "\n-----END PUBLIC KEY-----",
    "documentation": "Authorization: Bearer YOUR_ACCESS_TOKEN, Bearer authentication-scheme/for-some-servers",
    "AWS": "arn:aws:iam::123456789012:role/AKIA and secret_access_key: see the documentation of your account",
    "placeholder": "<redacted:OTHER_KEY> <redacted:openai-key>",
}


@pytest.mark.parametrize(("name", "key"), KEYS.values(), ids=KEYS.keys())
@pytest.mark.parametrize("around", ['"{}"', "={}&", "see\\n{}, or", "a%3D{}", "https://h/?k={} x"])
def test_a_known_key_is_replaced_by_the_name_of_its_kind(name, key, around):
    """Wherever a word can begin, escaped text included."""
    text = KNOWN_ONLY.text(around.format(key))

    assert text == around.format(f"<redacted:{name}>")


@pytest.mark.parametrize(("text", "name", "secret"), PARTS.values(), ids=PARTS.keys())
def test_only_the_secret_part_of_what_is_recognised_is_replaced(text, name, secret):
    """A reviewer still sees what stood there."""
    assert KNOWN_ONLY.text(text) == text.replace(secret, f"<redacted:{name}>")


@pytest.mark.parametrize("text", OPEN.values(), ids=OPEN.keys())
def test_what_is_no_key_stays(text):
    """Prose, code, digests, images and stand-ins come back as the same object."""
    redactor = Redactor.of({"MY_TOKEN": VALUE, "OPENAI_API_KEY": "sk-llmock-not-a-key"})

    assert redactor.text(text) is text
    assert redactor.survivors(text) == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(
            f"a {VALUE}{VALUE}!", "a <redacted:OPENAI_API_KEY><redacted:OPENAI_API_KEY>!", id="twice"
        ),
        pytest.param(f"x{VALUE}y", "x<redacted:OPENAI_API_KEY>y", id="inside a word"),
        pytest.param(f"Bearer {VALUE}", "Bearer <redacted:OPENAI_API_KEY>", id="before its kind"),
        pytest.param(f"<redacted:{VALUE}>", "<redacted:<redacted:OPENAI_API_KEY>>", id="no placeholder"),
        pytest.param(VALUE.upper(), VALUE.upper(), id="another text"),
    ],
)
def test_the_value_of_a_variable_is_replaced_by_its_name(text, shown):
    """Wherever it stands, also within other text."""
    assert REDACTOR.text(text) == shown


def test_the_longer_of_two_values_is_found_first():
    """A value that contains another is one secret."""
    redactor = Redactor.of({"A_TOKEN": VALUE, "B_TOKEN": f"x{VALUE}y"})

    assert redactor.text(f"x{VALUE}y {VALUE}") == "<redacted:B_TOKEN> <redacted:A_TOKEN>"


def test_a_value_that_is_part_of_a_name_is_no_secret():
    """It would be found in the placeholders themselves."""
    redactor = Redactor.of({"ACME_API_KEY": "ACME_API_KEY", "TOKEN": "openai-k"})

    assert redactor.text("ACME_API_KEY openai-k") == "ACME_API_KEY openai-k"


def test_a_value_of_several_lines_is_found_in_any_indentation():
    """As in a block of YAML, or with the line ends of Windows."""
    redactor = Redactor.of({"SSH_KEY": "first line of it\n\nthe second line\n"})

    text = redactor.text("key: |\n  first line of it\r\n  \r\n    the second line\n  end")

    assert text == "key: |\n  <redacted:SSH_KEY>\n  end"


def test_a_name_that_no_placeholder_can_hold_is_adapted():
    """What stands in the placeholder is plain."""
    redactor = Redactor.of({}, secrets={"my <own> backend.ApiKey": VALUE})

    assert redactor.text(VALUE) == "<redacted:my_own_backend.ApiKey>"


def test_a_pattern_of_the_user_hides_what_it_matches():
    """By its name, or by none; a group in it means nothing."""
    redactor = Redactor.of({}, patterns=[r"customer=cust-(\d{3})", r"\bZZ\d+"])

    assert redactor.text("cust-123, ZZ9") == "<redacted:customer>, <redacted:pattern>"


def test_a_pattern_is_applied_until_it_finds_nothing_more():
    """What a find uncovers is found as well, so that a second redaction changes nothing."""
    redactor = Redactor.of({}, patterns=["A=a+", "B=^b+"])

    assert redactor.text("aabb") == "<redacted:A><redacted:B>"


def test_a_pattern_that_matches_only_between_characters_finds_nothing():
    """There is nothing to hide."""
    assert Redactor.of({}, patterns=[r"\b(?=x)"]).text("x") == "x"


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        pytest.param(
            "order=(abc",
            "Setting 'Redact': 'order=(abc' is no regular expression: missing ), unterminated subpattern at "
            r"position 0. Write NAME=REGEX or REGEX, and put \ before a character that stands for itself.",
            id="broken",
        ),
        pytest.param(
            "a*",
            "Setting 'Redact': 'a*' also matches empty text, which is everywhere. Write + where it has * or ?.",
            id="empty",
        ),
    ],
)
def test_a_pattern_that_cannot_work_is_refused(pattern, message):
    """The message names it."""
    with pytest.raises(SettingsError) as caught:
        Redactor.of({}, patterns=[pattern])

    assert caught.value.message == message


def test_json_is_redacted_in_texts_and_keys():
    """At any depth; what has no secret stays the same object."""
    kept = {"temperature": 0.5, "stop": None}
    value = {"messages": [{"user": f"my key: {VALUE}"}, (1, VALUE)], VALUE: True, "sampling": kept}

    clean = REDACTOR.json(value)

    shown = "<redacted:OPENAI_API_KEY>"
    assert clean == {"messages": [{"user": f"my key: {shown}"}, [1, shown]], shown: True, "sampling": kept}
    assert clean["sampling"] is kept


@pytest.mark.parametrize(
    "value", [{"a": ["b", {"c": 1.5}], "d": None}, ["x@y"], "text", 12345678, None, {1: ()}, [b"x"]], ids=repr
)
def test_json_without_a_secret_is_the_same_object(value):
    """Nobody pays for a copy."""
    assert REDACTOR.json(value) is value


def test_any_mapping_is_redacted():
    """What is no dict becomes one only if it has a secret."""
    clear, secret = MappingProxyType({"a": 1}), MappingProxyType({"a": VALUE})

    clean = [REDACTOR.json(clear), REDACTOR.json(secret)]

    assert clean == [clear, {"a": "<redacted:OPENAI_API_KEY>"}]
    assert clean[0] is clear


def test_two_keys_with_a_secret_each_stay_two():
    """No member is lost."""
    value = {f"sk-proj-{RANDOM[:30]}": 1, f"sk-proj-{RANDOM[:31]}": 2}

    assert KNOWN_ONLY.json(value) == {"<redacted:openai-key>": 1, "<redacted:openai-key>+1": 2}


def test_a_number_that_is_a_secret_is_found():
    """A password of digits only does not escape as a JSON number."""
    redactor = Redactor.of({"DB_PASSWORD": "73519428"})

    assert redactor.json({"pin": 73519428, "on": True, "n": 73, "x": None}) == {
        "pin": "<redacted:DB_PASSWORD>", "on": True, "n": 73, "x": None,
    }  # fmt: skip


@pytest.mark.parametrize("key", ["SecretAccessKey", "aws_secret_access_key"])
def test_a_value_known_by_its_key_only_is_replaced(key):
    """In a file the key stands before it, so the last scan would find it there."""
    value = {key: RANDOM[:40], "other": RANDOM[:40], "nested": {key: ["no text"]}}

    assert KNOWN_ONLY.json(value) == {**value, key: "<redacted:aws-secret-key>"}


def test_a_key_that_looks_like_a_secret_itself_does_not_touch_its_value():
    """The two are only looked at together when the value is what is found."""
    key = f"SecretAccessKey: {RANDOM[:40]}"

    assert KNOWN_ONLY.json({key: "x"}) == {"SecretAccessKey: <redacted:aws-secret-key>": "x"}


@pytest.mark.parametrize(
    ("pieces", "clean"),
    [
        pytest.param(["a tell-", "no", "body", "-7731", " b"], ["a <redacted:OPENAI_API_KEY>", "", "", "", " b"], id="split"),
        pytest.param(["", VALUE[:1], "", VALUE[1:] + "x"], ["", "<redacted:OPENAI_API_KEY>", "", "x"], id="empty pieces"),
        pytest.param(["tell-nobody", "-7732"], ["tell-nobody", "-7732"], id="none"),
        pytest.param([], [], id="nothing"),
    ],
)  # fmt: skip
def test_a_secret_split_over_pieces_is_found(pieces, clean):
    """As many pieces as before; the placeholder stands where the secret began."""
    assert REDACTOR.pieces(pieces) == clean


@pytest.mark.parametrize(
    "spelt",
    [str, json.dumps, quote, lambda value: base64.b64encode(f"me:{value}".encode()).decode()],
    ids=["plain", "json", "percent", "base64"],
)
def test_survivors_names_secrets_in_any_spelling(spelt):
    """Names only, each once, in order."""
    value = 'pa ss "wörd" 1/2'
    redactor = Redactor.of({"B_TOKEN": VALUE, "A_TOKEN": value}, patterns=["X=x"])

    text = f"{spelt(value)} {VALUE} {spelt(value)} x sk-proj-{RANDOM}"

    assert redactor.survivors(text) == ("A_TOKEN", "B_TOKEN", "openai-key")


def test_a_redactor_shows_names_only():
    """Neither repr nor its parts show a value, and it does not leave the process."""
    redactor = Redactor.of({"MY_TOKEN": VALUE})

    shown = repr([redactor, redactor._rules, vars(type(redactor))])

    assert "MY_TOKEN" in shown
    assert VALUE not in shown
    with pytest.raises(TypeError, match="A Redactor is not pickled"):
        pickle.dumps(redactor)


SECRETS = (
    st.text("abcXYZ0189+/= \n\"\\'%~é€😀_-.:@", min_size=8, max_size=40).map(str.strip).filter(is_telling)
)
SPELT = st.sampled_from(
    [
        str,
        json.dumps,
        lambda value: json.dumps(json.dumps(value)),
        lambda value: quote(value, safe=""),
        lambda value: base64.b64encode(f"x{value}y".encode()).decode(),
    ]
)
TEXTS = st.text(
    st.sampled_from('ab Z09\n\t"\\:/@<>-_.{}é') | st.characters(exclude_categories=["Cs"]), max_size=30
)
BUILT = st.sampled_from([key for _, key in KEYS.values()])


@st.composite
def planted(draw):
    """A redactor, and a text in which secrets stand among anything."""
    secrets = draw(st.lists(SECRETS, min_size=1, max_size=3))
    redactor = Redactor.of({f"V{number}_TOKEN": secret for number, secret in enumerate(secrets)})
    parts = draw(
        st.lists(
            TEXTS | st.tuples(SPELT, st.sampled_from(secrets)).map(lambda pair: pair[0](pair[1])) | BUILT,
            max_size=6,
        )
    )
    return redactor, secrets, "".join(parts)


@given(planted())
@settings(max_examples=60, deadline=None)
def test_no_secret_survives_in_a_text(plant):
    """Whatever stands around it, and a second redaction changes nothing."""
    redactor, secrets, text = plant
    assume("<redacted" not in text)

    clean = redactor.text(text)

    assert redactor.survivors(clean) == ()
    assert redactor.text(clean) is clean
    assert not any(secret in part for secret in secrets for part in clean.split("<redacted:"))


@given(planted())
@settings(max_examples=50, deadline=None)
def test_no_secret_survives_in_json(plant):
    """In texts, keys and members, and a second redaction changes nothing."""
    redactor, _, text = plant

    clean = redactor.json({"a": [text, {text: text}, 1]})

    assert redactor.json(clean) is clean
    assert redactor.survivors(clean["a"][0]) == ()
    assert clean["a"][0] in clean["a"][1].values()


@given(planted(), st.lists(st.integers(0, 200), max_size=12))
@settings(max_examples=50, deadline=None)
def test_pieces_and_text_agree(plant, cuts):
    """However a text is split, its pieces together are its redacted text, and there are as many."""
    redactor, _, text = plant
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]

    clean = redactor.pieces(pieces)

    assert ("".join(clean), len(clean)) == (redactor.text(text), len(pieces))


@given(planted())
@settings(max_examples=50, deadline=None)
def test_the_fast_way_finds_what_the_slow_one_does(plant):
    """A rule that can match is never left out because its hint was not seen."""
    redactor, _, text = plant

    assert redactor.text(text) == redactor._redacted(text, redactor._rules)


@given(st.text(st.sampled_from("abcdefg hijklm,.\n") | st.characters(exclude_categories=["L", "N", "Cs"])))
@settings(max_examples=50, deadline=None)
def test_text_without_secrets_is_unchanged(text):
    """Words of small letters among any marks are never a key."""
    assume("@" not in text)

    assert REDACTOR.text(text) is text


@pytest.mark.parametrize(
    "unit",
    [
        "eyJ", "eyJabcdefgh.", "sk-", "sk-ab-", "sk-ab1-", "-----BEGIN PRIVATE KEY-----\n", "xoxb-", "AIza", "AKIA",
        "http://a:", "@://u:", "Bearer ", "Bearer a1", "hf_", "glpat-aaaaaaaaaaaaaaaaaaaaa.", "secret_access_key",
        "ecret_access_key='", "-----BEGIN PRIVATE KEY-----" + "A" * 30, "PRIVATE KEY-----BEGIN A ", "\\\\", "<redacted:",
        "<redacted:x>", "A b ", "tell-nobody-", f"{VALUE} ", f"sk-proj-{RANDOM} ", "-----BEGIN PRIVATE KEY-----\nA: b\n",
    ],
    ids=repr,
)  # fmt: skip
def test_time_grows_no_faster_than_the_text(unit):
    """Eight times the text takes far less than the 64 times of a search that starts again at each place."""
    head = "@ -----BEGIN PRIVATE KEY----- "
    large = head + unit * (1_000_000 // len(unit))

    assert grows_linearly(lambda size: REDACTOR.text(large[:size]), 1_000_000)
