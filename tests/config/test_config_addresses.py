"""Which addresses a backend may have, in every spelling that leads there."""

import json
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pytest_llmock.config.addresses import address

NO_URL = "not an http or https address with a host. Write one such as http://localhost:11434/v1/."
NO_HOST = "not an address: its host or port cannot be read. Write one such as http://localhost:1234/v1/."
NO_TEXT = "not an address: it has a space, backslash or control character. Write it without."
NO_USER = "an address with a user name or password in it. Put the key into ApiKey."
NO_CLOUD = (
    "a link-local or metadata address, where clouds keep their credentials. "
    "Write the backend's own address, or AllowLinkLocal true if it is this one."
)
WRONG = {
    "localhost:11434/v1": NO_URL,
    "ftp://h/": NO_URL,
    "file:///etc/passwd": NO_URL,
    "//h/v1": NO_URL,
    "http:///v1": NO_URL,
    "http://:80/": NO_URL,
    "http://h:port/": NO_HOST,
    "http://h:0/": NO_HOST,
    "http://h:65536/": NO_HOST,
    "http://[::1/": NO_HOST,
    "http://169%2e254.169.254/": NO_HOST,
    "http://h/a\nb": NO_TEXT,
    "http://h/\x1b[31m": NO_TEXT,
    "http://a b/": NO_TEXT,
    "http:\\\\h\\v1": NO_TEXT,
}


@pytest.mark.parametrize(("url", "complaint"), WRONG.items(), ids=[repr(url)[:30] for url in WRONG])
def test_what_is_no_address_of_a_backend_is_refused(refusal, url, complaint):
    """The error has the key's path, the value, and an address to write instead."""
    message = refusal({"Backends": [{"Name": "fine"}, {"Name": "bad", "BaseUrl": url}]})

    assert message == f"llmock.json: Backends[1].BaseUrl is {json.dumps(url)}, which is {complaint}"


PASSWORDS = {
    "http://me:hunter2@h/": ("http://***@h/", NO_USER),
    "HTTPS://hunter2@h/v1?x=1": ("HTTPS://***@h/v1?x=1", NO_USER),
    "http://me:hun@ter2@h/": ("http://***@h/", NO_USER),
    "http://me:hunter2/x@h/": ("http://***@h/", NO_HOST),
    "http://me:hunter2 x@h/": ("http://***@h/", NO_TEXT),
    "me:hunter2@h/v1": ("***@h/v1", NO_URL),
    "http:/me:hunter2@h/v1": ("***@h/v1", NO_URL),
}


@pytest.mark.parametrize(("url", "expected"), PASSWORDS.items(), ids=PASSWORDS)
def test_a_password_is_refused_and_not_repeated(refusal, url, expected):
    """Whatever else is wrong with the address, nobody reads its password in a log."""
    shown, complaint = expected

    message = refusal({"Backends": [{"Name": "a", "BaseUrl": url}]})

    assert message == f'llmock.json: Backends[0].BaseUrl is "{shown}", which is {complaint}'


CLOUDS = [
    "169.254.169.254",
    "169.254.169.254.",
    "2852039166",
    "0xa9fea9fe",
    "0xA9.0xfe.43518",
    "0251.0376.0251.0376",
    "169\u3002254\u3002169\u3002254",
    "\uff11\uff16\uff19.254.169.254",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[::ffff:169.254.169.254]",
    "[::a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[fd00:ec2::254]",
    "[::ffff:100.100.100.200]",
    "168.63.129.16",
    "Metadata.Google.Internal.",
]


@pytest.mark.parametrize("host", CLOUDS)
def test_where_clouds_keep_credentials_is_refused(refusal, host):
    """Every way to write such an address is recognised."""
    message = refusal({"Backends": [{"Name": "a", "BaseUrl": f"http://{host}:80/v1/"}]})

    assert message == f'llmock.json: Backends[0].BaseUrl is "http://{host}:80/v1/", which is {NO_CLOUD}'


@pytest.mark.parametrize("host", CLOUDS)
def test_who_wants_such_an_address_says_so(load, host):
    """`AllowLinkLocal` is a word of one backend, for that backend."""
    backend = {"Name": "a", "AllowLinkLocal": True, "BaseUrl": f"http://{host}/v1"}

    settings = load({"Backends": [backend]})

    assert settings.backends[0].base_url == f"http://{host}/v1/"


def test_the_word_of_one_backend_does_not_hold_for_another(refusal):
    """The second backend has to say it, too."""
    entries = [
        {"Name": name, "BaseUrl": "http://169.254.1.1/", "AllowLinkLocal": name == "a"} for name in "ab"
    ]

    assert refusal({"Backends": entries}).startswith("llmock.json: Backends[1].BaseUrl is")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:11434/v1/",
        "https://gateway.example:65535/openai/deployments/x/?api-version=1",
        "http://[::1]:8080/v1/",
        "http://10.0.0.5/",
        "http://127.0.0.1/ai/run/@cf/meta/",
        "http://[64:ff9b::102:304]/",
        "http://metadata.example/",
    ],
)
def test_an_ordinary_address_is_taken_as_it_is(url):
    """Private and local addresses are where models live."""
    assert address(url) == url


def spellings(ip):
    """Ways in which resolvers let one IPv4 address be written."""
    a, b, c, d = ip.packed
    return [
        str(ip),
        str(int(ip)),
        hex(int(ip)),
        f"{a}.{b}.{(c << 8) + d}",
        f"{a:#x}.{b:#o}.{c}.{d}".replace("0o", "0"),
        f"{a}\u3002{b}\uff0e{c}\uff61{d}",
        f"[::ffff:{ip}]",
        f"[{IPv6Address((0x64FF9B << 96) + int(ip))}]",
        f"[{IPv6Address((0x2002 << 112) + (int(ip) << 80) + 1)}]",
    ]


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.integers(0, 0xFFFF), st.integers(0, 8))
def test_no_spelling_of_a_link_local_address_passes(low, way):
    """The whole range, in any of the ways."""
    host = spellings(IPv4Address((169 << 24) + (254 << 16) + low))[way]

    with pytest.raises(ValueError, match="^a link-local or metadata address"):
        address(f"http://{host}/")


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1).map(IPv4Address).filter(lambda ip: not ip.is_link_local), st.integers(0, 8))
def test_other_addresses_pass_in_every_spelling(ip, way):
    """What is refused is the address, not the way it is written."""
    url = f"http://{spellings(ip)[way]}/"

    assert address(url) == url
