"""Bodies that a client has packed, `Content-Encoding: gzip`, as they were before.

Rule: what comes out is bounded as what comes in is, so that a small body cannot become a large one.
"""

import zlib

from pytest_llmock.errors import RequestError, TooLargeError

_AUTOMATIC, _RAW = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS  # of gzip and zlib the head says which; raw has none
_PACKINGS = frozenset({"gzip", "x-gzip", "deflate"})


def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """The body as it was packed, of at most `limit` bytes.

    Raises RequestError: 415 for a packing that is not known here, 400 for a body that is not packed so;
    TooLargeError (413) for one that is larger.
    """
    for name in reversed([each.strip().lower() for each in encoding.split(",")]):
        if name in _PACKINGS:
            body = _inflated(body, name, limit)
        elif name not in ("", "identity"):
            raise RequestError(
                f"The request body is packed as {name[:40]!r}: send it as it is, or by gzip or deflate.",
                status=415,
            )
    return body


def _inflated(body: bytes, name: str, limit: int) -> bytes:
    has_head = name != "deflate" or body[:1] in (b"\x78", b"\x1f")  # some send deflate without zlib's head
    reader = zlib.decompressobj(_AUTOMATIC if has_head else _RAW)
    try:
        found = reader.decompress(body, limit + 1)
    except zlib.error:
        found = b""
    if len(found) > limit:
        raise TooLargeError(
            f"The request body is larger than {limit} bytes when it is unpacked. Send less, or raise "
            "MaxRequestSizeBytes."
        )
    if body and not reader.eof:
        raise RequestError(
            f"The request body says Content-Encoding {name}, and is not packed so, or not whole: send it as "
            "it is, without that header."
        )
    return found
