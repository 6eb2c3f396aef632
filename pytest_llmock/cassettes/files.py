"""Writes that are whole or did not happen, one process at a time.

Rules: nothing here knows what stands in a file. Whoever writes to a cassette holds its lock from before the
read that the write depends on. The lock is a file of its own, not beside the cassette, where it would be
committed; it stays when it is free, since removing it could let two in. What was written is on the disk
(fsync, of a new name's folder too) when a function returns. Every failure is a CassetteError and leaves the
file as it was.
"""

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import FileIO
from pathlib import Path
from time import monotonic, sleep  # a lock is waited for in real time, whatever clock a test has

from filelock import lock_descriptor, unlock_descriptor

from pytest_llmock.errors import CassetteError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def locked(path: Path, *, timeout_s: float = 30.0) -> Iterator[None]:
    """Nobody else, thread or process of this user, is in here with the same `path`; it need not exist.

    Not re-entrant. Raises CassetteError when the lock is not free within `timeout_s`.
    """
    handle = _taken(lock_file(path), path, timeout_s)
    try:
        yield
    finally:
        try:
            unlock_descriptor(handle)
        finally:
            os.close(handle)


@lru_cache(maxsize=64)
def lock_file(path: Path) -> Path:
    """The lock of a path: the same for each way to write the path, and for each process of this user."""
    user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""  # Windows gives each user a folder of his own
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()
    return Path(tempfile.gettempdir(), f"pytest-llmock{user}", f"{name}.lock")


def _taken(lock: Path, path: Path, timeout_s: float) -> int:
    try:
        handle = _opened(lock)
        try:
            _wait(handle, path, lock, timeout_s)
        except BaseException:
            os.close(handle)
            raise
    except OSError as error:
        raise CassetteError(f"The lock file {lock} cannot be used: {_reason(error)}.") from error
    return handle


def _opened(lock: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(lock, flags, 0o600)
    except FileNotFoundError:
        lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(lock, flags, 0o600)


def _wait(handle: int, path: Path, lock: Path, timeout_s: float) -> None:
    end = monotonic() + timeout_s
    while not lock_descriptor(handle, blocking=False):
        if monotonic() > end:
            raise CassetteError(
                f"{path}: another process or thread has been writing to this cassette for {timeout_s:g} s. "
                f"Find out which one holds the lock file {lock} and end it; nothing was changed."
            )
        sleep(0.002)


Stamp = tuple[int, int, int, int]


def stamp(path: Path) -> Stamp | None:
    """What tells one content of a file from another; None when there is no file, or an empty one."""
    try:
        return _stamp(path.stat())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CassetteError(f"{path}: this cassette cannot be read: {_reason(error)}.") from error


def _stamp(found: os.stat_result) -> Stamp | None:
    times = (found.st_mtime_ns, found.st_ctime_ns)
    return (*times, found.st_size, found.st_ino) if found.st_size else None


def read(path: Path) -> bytes:
    """The bytes of a file, none when there is no file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise CassetteError(f"{path}: this cassette cannot be read: {_reason(error)}.") from error


def ends(path: Path, *, head: int, tail: int) -> tuple[bytes, bytes]:
    """The first `head` and the last `tail` bytes of a file, or less; nothing when there is no file."""
    try:
        with FileIO(path) as file:
            first = file.read(head)
            file.seek(max(0, os.fstat(file.fileno()).st_size - tail))
            return first, file.read()
    except FileNotFoundError:
        return b"", b""
    except OSError as error:
        raise CassetteError(f"{path}: this cassette cannot be read: {_reason(error)}.") from error


def append(path: Path, data: bytes) -> Stamp | None:
    """Put `data` at the end of a file, which is made when there is none, with its folder; its new stamp."""
    try:
        try:
            file = FileIO(path, "ab")
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = FileIO(path, "ab")
        with file:
            return _extend(file, path, data)
    except OSError as error:
        raise _unwritten(path, error) from error


def _extend(file: FileIO, path: Path, data: bytes) -> Stamp | None:
    size = os.fstat(file.fileno()).st_size
    try:
        _write(file, data)
    except OSError as error:
        _take_back(file, path, size, error)
        raise
    if not size:
        _sync_folder(path.parent)
    return _stamp(os.fstat(file.fileno()))


def _take_back(file: FileIO, path: Path, size: int, reason: OSError) -> None:
    try:
        file.truncate(size)
    except OSError as error:
        raise CassetteError(
            f"{path}: this cassette cannot be written: {_reason(reason)}. A part of a recording may stand "
            f"at its end, which could not be taken back: {_reason(error)}."
        ) from reason


def _write(file: FileIO, data: bytes) -> None:
    written = file.write(data)
    while written < len(data):  # a disk that fills up, or a file at its limit, takes a part first
        written += file.write(data[written:])
    os.fsync(file.fileno())


def cut(path: Path, size: int) -> None:
    """Shorten a file to its first `size` bytes."""
    try:
        with FileIO(path, "r+b") as file:
            file.truncate(size)
            os.fsync(file.fileno())
    except OSError as error:
        raise _unwritten(path, error) from error


def replace(path: Path, data: bytes) -> None:
    """Give a file new content, all at once; its permissions stay.

    The content is prepared in a file of the same folder, which a killed run leaves behind and the next
    replacement uses again.
    """
    other = temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileIO(other, "wb") as file:
                _write(file, data)
            if path.exists():
                other.chmod(stat.S_IMODE(path.stat().st_mode))
            other.replace(path)
        except OSError:
            other.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise _unwritten(path, error) from error


def temporary(path: Path) -> Path:
    """Where new content for a file is prepared; a cassette's own name may have no room for more letters."""
    return path.with_name(f".llmock-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}.tmp")


def move(source: Path, target: Path) -> None:
    """Give a file another name in place of what had that name."""
    try:
        source.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise _unwritten(target, error) from error


def remove(path: Path) -> None:
    """Delete a file, if there is one."""
    try:
        path.unlink()
        _sync_folder(path.parent)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unwritten(path, error) from error


def check_writable(folder: Path) -> None:
    """Raise CassetteError when files cannot be made in `folder`, which is made when there is none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder, prefix=".llmock-") as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CassetteError(
            f"{folder}: recordings cannot be written here: {_reason(error)}. Nothing was asked of a live "
            "model. Give another folder with --llmock-cassettes, or replay with --llmock-record=none."
        ) from error


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # pragma: no cover - Windows cannot sync a folder, and keeps its names without
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritten(path: Path, error: OSError) -> CassetteError:
    return CassetteError(f"{path}: this cassette cannot be written: {_reason(error)}. It is as it was.")


def _reason(error: OSError) -> str:
    full = "the disk is full: " if error.errno in _FULL else ""
    return f"{full}{error.strerror or error} (errno {error.errno})"
