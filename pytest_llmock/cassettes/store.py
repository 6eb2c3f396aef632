"""One cassette file: read, added to, replaced.

Rules: the texts of documents go in and out as they are, without their `---` line and with a newline at their
end. Every writer holds the file's lock from before it looks until its bytes are on the disk, so that what
two write at the same time is kept, and what each wrote stays in its order. Whatever is taken out of a file
because it is torn stands in `<cassette>.torn` first.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from pytest_llmock.cassettes import files
from pytest_llmock.cassettes.emitting import flow
from pytest_llmock.cassettes.files import locked
from pytest_llmock.cassettes.index import Entry, Index, is_whole
from pytest_llmock.errors import CassetteError


class Store:
    """The cassette at `path`, which need not exist; a file without a byte counts as none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._real = path.resolve()  # a link stays a link when the file that it names is replaced
        self._written: files.Stamp | None = None

    @property
    def exists(self) -> bool:
        return files.stamp(self._real) is not None

    def load(self) -> Index:
        """The documents; none when there is no file. Raises CassetteError for what cannot be read.

        The same unchanged file gives the same Index, to every test of a run.
        """
        index = self._read()
        if index.torn is None:
            return index
        with locked(self._real):  # it may only have looked so while somebody was writing
            return self._read()

    def append(self, documents: Sequence[str], *, header: str) -> None:
        """Add documents at the end; a new file begins with `header`. They are on the disk afterwards."""
        if documents:
            data = _stream(documents)
            with locked(self._real):
                self._written = files.append(self._real, self._start(header) + data)

    def rewrite(
        self,
        change: Callable[[Index], Sequence[str]],
        *,
        header: str | None = None,
        replace_header: bool = False,
    ) -> None:
        """Give the file the documents that `change` makes of the present ones, all at once.

        A file that stays the same is not touched; one without documents is deleted. `header` is for a new
        file, or for any with `replace_header`. `change` runs under the lock: it must not use this store.
        """
        with locked(self._real):
            index = self._settled(self._torn)
            documents = list(change(index))
            first = header if header is not None and (replace_header or not index.header) else index.header
            same = first == index.header and documents == [index.text(entry) for entry in index.entries]
            if not documents:
                files.remove(self._real)
            elif not same:
                files.replace(self._real, _first(first) + _stream(documents))

    def take_over(self, other: Path) -> int:
        """Move the documents of another file to the end of this one; how many were not here yet.

        The other file is gone afterwards. Whoever was killed between the two can simply do it again: what is
        here word for word is not added again. Documents keep the test that the other file's header names.
        """
        source = Store(other)
        with locked(self._real), locked(source._real):
            found = source._settled(self._torn)
            if found.entries and not self.exists:
                files.move(source._real, self._real)
                return len(found.entries)
            new = self._add(found) if found.entries else 0
            files.remove(source._real)
            return new

    def remove(self) -> None:
        """Delete the file, if there is one."""
        with locked(self._real):
            files.remove(self._real)

    @property
    def _torn(self) -> Path:
        return self._real.with_name(f"{self._real.name}.torn")

    def _read(self) -> Index:
        stamp = files.stamp(self._real)
        return Index(str(self.path)) if stamp is None else _indexed(self._real, str(self.path), stamp)

    def _settled(self, torn: Path) -> Index:
        """The documents as they are under the lock, after a torn end was moved into the file `torn`."""
        data = files.read(self._real)
        index = Index.of(data, str(self.path))
        if index.torn is not None:
            start = len(data) - len(data.split(b"\n", index.torn - 1)[-1])
            files.append(torn, data[start:])
            files.cut(self._real, start)
        return index

    def _start(self, header: str) -> bytes:
        """What is to stand between what is there and new documents; a torn end is moved away first."""
        if self._written is not None and files.stamp(self._real) == self._written:
            return b""
        first_line = header[: header.find("\n") + 1].encode()
        start, end = files.ends(self._real, head=len(first_line), tail=4096)
        if start == first_line and is_whole(end):
            return b""
        index = self._settled(self._torn)
        if not index.header:
            return _first(header)
        if index.format != (ours := Index(str(self.path), header).format):
            raise CassetteError(
                f"{self.path}: this cassette has format {index.format}, and what would be added to it format "
                f"{ours}. Run: pytest-llmock cassettes migrate {self.path}"
            )
        return b"" if index.torn is not None or end.endswith(b"\n") else b"\n"

    def _add(self, found: Index) -> int:
        start = self._start(found.header)
        here = self._read()
        numbers = (number for key in found.by_key for number in here.by_key.get(key, ()))
        present = Counter(here.text(here.entries[number]) for number in numbers)
        test = found.test if found.test != here.test else ""
        moved = Counter[str]()
        new = []
        for text in (_signed(entry, test) for entry in found.entries):
            moved[text] += 1
            if moved[text] > present[text]:
                new.append(text)
        if new:
            self._keep(start + _stream(new), found.where)
        return len(new)

    def _keep(self, data: bytes, source: str) -> None:
        try:
            files.append(self._real, data)
        except CassetteError as error:
            raise CassetteError(f"{error.message} What was recorded is in {source}.") from error


@lru_cache(maxsize=8)
def _indexed(path: Path, where: str, stamp: files.Stamp) -> Index:  # noqa: ARG001 - part of the cache's key
    return Index.of(files.read(path), where)


def _first(header: str) -> bytes:
    if not (header.startswith("llmock_cassette:") and header.endswith("\n")):
        raise ValueError("a cassette begins with a header: 'llmock_cassette: <format>', …, newline")
    return header.encode()


def _stream(documents: Sequence[str]) -> bytes:
    """The bytes of documents as they follow a header; refuses what would not be read as them again."""
    texts = [text.removeprefix("---\n").encode() for text in documents]
    data = b"".join([b"---\n" + text for text in texts])
    if not all(map(_is_as_we_write, texts)):
        index = Index.of(b"llmock_cassette: 1\n" + data, "A recording that was to be written")
        one_key = all((b"\n" + text).count(b"\ninteraction:") == 1 for text in texts)
        if not one_key or [text.encode() for text in map(index.text, index.entries)] != texts:
            raise ValueError(
                "a recording has one line 'interaction: <key>' and ends with 'recorded: {…}', newline"
            )
    return data


def _is_as_we_write(text: bytes) -> bool:
    inside = text.find(b"\n---") >= 0 or text.find(b"\ninteraction:") >= 0
    return text.startswith(b"interaction: ") and is_whole(text) and not inside


def _signed(entry: Entry, test: str) -> str:
    """The text of a document, with a line that says whose it is if it has none."""
    text = entry.file.text(entry)
    if not test or entry.test:
        return text
    line = f"test: {flow(test)}\n"
    end = text.find("\n") + 1 if text.startswith("interaction:") else 0
    return f"{text[:end]}{line}{text[end:]}"
