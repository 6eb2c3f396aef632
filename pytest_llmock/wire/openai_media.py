"""Tiny valid files, the same for the same seed: pictures in PNG, sounds in WAV, MP3 and raw PCM.

Specs: PNG https://www.w3.org/TR/png-3/, WAV RFC 2361, MP3 ISO/IEC 11172-3 (read 2026-11-22). A picture has
two colours and a pattern; an MP3 is silent, as its frames hold no sound; the others are one tone.
"""

import struct
import zlib

from pytest_llmock.clock import seed_of

RATE_HZ = 24_000  # of what the service gives as `pcm`
# an MPEG 1 layer III frame of 32 kbit/s, 44.1 kHz, one channel, without sound
_SILENT_FRAME = b"\xff\xfb\x10\xc0".ljust(104, b"\0")
_FRAME_S = 1152 / 44_100


def png(seed: int, width: int, height: int) -> bytes:
    """A picture of that size, in pixels."""
    bits = seed_of("pattern", seed).to_bytes(8, "big")
    colours = seed_of("colours", seed).to_bytes(8, "big")[:6]
    stride = (width + 7) // 8
    rows = [b"\0" + bytes([byte]) * stride for byte in bits]
    pixels = b"".join(rows[y // 16 % 8] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)  # one bit a pixel, by palette
    chunks = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pcm(seed: int, seconds: float) -> bytes:
    """A tone of 16-bit little-endian samples, one channel, 24 kHz."""
    half = 20 + seed % 60  # samples of half a wave
    wave = struct.pack(f"<{2 * half}h", *([3000] * half + [-3000] * half))
    size = int(RATE_HZ * seconds) * 2
    return (wave * (size // len(wave) + 1))[:size]


def wav(seed: int, seconds: float) -> bytes:
    """The tone with its header."""
    data = pcm(seed, seconds)
    form = struct.pack("<HHIIHH", 1, 1, RATE_HZ, RATE_HZ * 2, 2, 16)
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def mp3(seed: int, seconds: float) -> bytes:  # noqa: ARG001 - silence is the same for every seed
    """Silence."""
    return _SILENT_FRAME * max(1, round(seconds / _FRAME_S))
