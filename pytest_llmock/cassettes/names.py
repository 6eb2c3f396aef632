r"""Where a test's cassette lives, and what it is called.

Rules for names: legal on every system, at most 255 bytes with the longest ending that is ever added, and the
same on every machine and in every run, whatever pytest calls a set of parameters and in which order it counts
them. Eight hex digits are of the test's name and of the values of its parameters. A test without parameters
goes without them, unless its name had to change to be legal, or another name of its module differs from it
only by case (`differs_by_case`): Windows and macOS would give both the same file.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from types import MappingProxyType

from pytest_llmock.cassettes.parameters import shown, stable
from pytest_llmock.errors import SettingsError

_NO_VALUES: Mapping[str, object] = MappingProxyType({})
_NO_IDS: Mapping[str, str] = MappingProxyType({})
_LONGEST = 255 - len(".yaml.12345678.recording")  # bytes
_LONGEST_SLUG = 60  # characters
# Controls and halves of characters, marks that change the direction of writing, what Windows does not allow.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff"
    r'<>:"/\\|?*]'
)
_UNTIDY = re.compile(r"[\s!#$%&'();\[\]^`{}~-]+")
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(?:\..*)?", re.IGNORECASE | re.DOTALL
)


def cassette_path(  # noqa: PLR0913 - what a name depends on, all by keyword
    *,
    test_file: Path,
    rootdir: Path,
    qualname: str,
    params: Mapping[str, object] = _NO_VALUES,
    ids: Mapping[str, str] = _NO_IDS,
    folder: Path | None = None,
    named: str | None = None,
    twin: bool = False,
) -> Path:
    """The file of one test: `<dir of test_file>/cassettes/test_chat/TestX.test_y--blue-3-1f2e3d4c.yaml`.

    `qualname` is `TestX.test_y`, `params` the values that pytest passes, `ids` what tells those apart that
    have no text of their own; `folder` is the run's `--llmock-cassettes`, `named` the marker's `cassette`;
    `twin` is what `differs_by_case` says. Raises SettingsError for a `named` that leaves the folder or that
    some system does not take.
    """
    if named is not None:
        return cassettes_folder(test_file, rootdir, folder).joinpath(*_checked(named))
    texts = {name: stable(value, rootdir, ids.get(name, "")) for name, value in params.items()}
    digest = _digest(qualname, sorted(texts.items()))
    slug = _slug("-".join(shown(params[name]) for name in sorted(params)))
    if params:
        name = _ended(qualname, f"--{slug}-{digest}" if slug else f"--{digest}")
    else:
        name = qualname if _is_plain(qualname) and not twin else _ended(qualname, f"-{digest}")
    return module_folder(test_file, rootdir, folder) / f"{name}.yaml"


def cassettes_folder(test_file: Path, rootdir: Path, folder: Path | None) -> Path:
    """The folder that holds all cassettes of the run (`folder`), or of the tests beside `test_file`."""
    return test_file.parent / "cassettes" if folder is None else rootdir / folder


def module_folder(test_file: Path, rootdir: Path, folder: Path | None) -> Path:
    """The folder of one test file's cassettes: `<dir>/cassettes/test_chat`, or `DIR/tests/unit/test_chat`."""
    parts = (test_file.name,) if folder is None else _way(test_file, rootdir)
    *parents, last = map(_legal, (*parts[:-1], parts[-1].removesuffix(".py")))
    return cassettes_folder(test_file, rootdir, folder).joinpath(*parents, last)


def differs_by_case(module: object, qualname: str) -> bool:
    """Whether the module has a class or test that is called like this one but for upper and lower case."""
    owner = module
    for part in qualname.split("."):
        if any(name != part and _folded(name) == _folded(part) for name in dir(owner)):
            return True
        owner = getattr(owner, part, None)
    return False


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _way(path: PurePath, rootdir: PurePath) -> tuple[str, ...]:
    """The steps from rootdir to a path, which may lie elsewhere: `("..", "other", "test_x.py")`."""
    for up, folder in enumerate((rootdir, *rootdir.parents)):
        if path.is_relative_to(folder):
            return (*[".."] * up, *path.relative_to(folder).parts)
    return path.parts  # another drive


def _is_plain(qualname: str) -> bool:
    parts = qualname.split(".")
    return all(part.isidentifier() for part in parts) and _tidy(qualname) == qualname


def _ended(qualname: str, ending: str) -> str:
    """A test's name, as far as it is legal and has room, with what makes it the only one."""
    return _cut(_tidy(qualname.lstrip(". ")), _LONGEST - len(ending.encode())) + ending


def _legal(name: str) -> str:
    """The name of a folder, changed only if some system would not take it."""
    tidy = _tidy(name)
    return name if tidy == name.lstrip() else _ended(name, f"-{_digest(name)}")


def _tidy(name: str) -> str:
    safe = _UNSAFE.sub("-", unicodedata.normalize("NFC", name)).rstrip(". ")
    safe = _cut(safe, _LONGEST)
    return f"_{safe}" if not safe or _DEVICE.fullmatch(safe) else safe


def _slug(text: str) -> str:
    words = _UNTIDY.sub("-", _UNSAFE.sub("-", unicodedata.normalize("NFC", text)))
    return _cut(words.strip("-._ ")[:_LONGEST_SLUG], 2 * _LONGEST_SLUG).strip("-._ ")


def _cut(text: str, size: int) -> str:
    """As much of the text as fits into `size` bytes."""
    return text.encode()[:size].decode(errors="ignore").rstrip(". ")


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]


def _checked(named: str) -> list[str]:
    """The steps to a cassette with a name of its own, `.yaml` added; SettingsError with what is wrong."""
    name = unicodedata.normalize("NFC", named)
    steps = (name if name.endswith(".yaml") else f"{name}.yaml").split("/")
    wrong = next((reason for is_wrong, reason in _WRONG_NAMES if is_wrong(name)), "")
    wrong = wrong or next((why for step in steps for is_wrong, why in _WRONG_STEPS if is_wrong(step)), "")
    if wrong:
        raise SettingsError(
            f"cassette={named!r} {wrong}. "
            "Write a name relative to the cassettes folder, such as 'shared/chat'."
        )
    return steps


_WRONG_NAMES: tuple[tuple[Callable[[str], object], str], ...] = (
    (re.compile(r"/|[A-Za-z]:").match, "is an absolute path"),
    (re.compile(r"\\").search, "has a backslash; folders are separated by '/'"),
    (re.compile(r"(?:^|/)\.\.(?:/|$)").search, "has '..', and a cassette stays inside the cassettes folder"),
    (re.compile(r"^\s*$|//|/$").search, "has an empty step"),
)
_WRONG_STEPS: tuple[tuple[Callable[[str], object], str], ...] = (
    (re.compile(r"\.").match, "has a hidden file or folder, one that begins with a dot"),
    (
        re.compile(r"\s|.*[. ](?:\.yaml)?$").match,
        "has a space at the edge of a step, or a dot at its end",
    ),
    (_UNSAFE.search, 'has a control character or one of <>:"|?*, which Windows does not allow'),
    (_DEVICE.fullmatch, "has the name of a device of Windows"),
    (lambda step: len(step.encode()) > _LONGEST, f"has a step of more than {_LONGEST} bytes"),
)
