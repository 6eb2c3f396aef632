"""Which addresses a backend may have.

Rules: http or https, a host, no credentials, and not where a machine in a cloud asks for its own credentials,
in whatever way such an address is written. A name that resolves to one is not looked up here: a host name
may mean something else tomorrow.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from unicodedata import normalize
from urllib.parse import SplitResult, urlsplit

# Where clouds answer beside their link-local addresses: AWS and Google by IPv6, Alibaba, Azure.
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16")))
_METADATA_NAMES = frozenset({"metadata.google.internal", "metadata.goog"})
# Upper 96 bits of IPv6 addresses that carry an IPv4 one: compatible, mapped, NAT64.
_CARRIERS = frozenset(int(IPv6Address(prefix)) >> 32 for prefix in ("::", "::ffff:0:0", "64:ff9b::"))


def address(value: str, *, link_local: bool = False) -> str:
    """The base address with a slash at its end, if it is one that a backend can have.

    `link_local`: link-local and metadata addresses are wanted.
    """
    if not value.isprintable() or any(character.isspace() or character == "\\" for character in value):
        raise ValueError("not an address: it has a space, backslash or control character. Write it without.")
    parts = _split(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(
            "not an http or https address with a host. Write one such as http://localhost:11434/v1/."
        )
    if "@" in parts.netloc:
        raise ValueError("an address with a user name or password in it. Put the key into ApiKey.")
    if not link_local and _has_credentials(parts.hostname):
        raise ValueError(
            "a link-local or metadata address, where clouds keep their credentials. "
            "Write the backend's own address, or AllowLinkLocal true if it is this one."
        )
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    return parts._replace(path=path, fragment="").geturl()


def _split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        port = parts.port  # parsed, and refused, on access
    except ValueError:
        port = 0
    # Nobody unescapes a host: in one, "%" only stands before the zone of an IPv6 address.
    if port == 0 or ("%" in parts.netloc and "[" not in parts.netloc):
        raise ValueError(
            "not an address: its host or port cannot be read. Write one such as http://localhost:1234/v1/."
        )
    return parts


def _has_credentials(host: str) -> bool:
    # HTTP clients take the full stops of other scripts for dots: 169。254。169。254.
    plain = normalize("NFKC", host).replace("\u3002", ".").rstrip(".").partition("%")[0]
    found = _ip(plain)
    if isinstance(found, IPv6Address):
        found = _carried(found) or found
    if found is None:
        return plain in _METADATA_NAMES
    return found.is_link_local or found in _METADATA


def _carried(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one."""
    return IPv4Address(int(ip) & 0xFFFFFFFF) if int(ip) >> 32 in _CARRIERS else ip.sixtofour


def _ip(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        # Resolvers also take 2852039166 and 0xa9fea9fe for 169.254.169.254.
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
