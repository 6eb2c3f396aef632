"""Values that only their owner may see: a `Secret` never shows itself, messages mask what looks like one."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn

from pytest_llmock.config.expand import expanded
from pytest_llmock.errors import SettingsError

_MASK = "***"
_VARIABLE = re.compile(r"\s*\$\{[A-Za-z_][A-Za-z0-9_]*\}\s*")
_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
_USER_INFO = re.compile(r"//[^/?#]*@")
_KEY = re.compile(r"\b(?:(?:sk|pk|rk|gsk|xai|hf|ghp)[-_]|AIza|Bearer )[^\s\"']+")


class Secret:
    """A key as written; `reveal()` is the only way to its value, `bool()` says whether one was written.

    `${VAR}` in it is resolved by `reveal`, not before: a replay needs no key. `place` is where it stands.
    """

    # No dataclass: `asdict` and pydantic's dump would open one.
    __slots__ = ("_environ", "_place", "_text")

    def __init__(
        self, text: str = "", *, place: str = "ApiKey", environ: Mapping[str, str] = _NO_VARIABLES
    ) -> None:
        self._text, self._place, self._environ = text, place, environ

    def reveal(self) -> str:
        """The value, trimmed; SettingsError if a variable is not set or no header could carry the value."""
        value = expanded(self._text, self._environ, place=self._place).strip()
        if not (value.isascii() and value.isprintable()):
            raise SettingsError(
                f"{self._place} has characters that no HTTP header can carry. Copy the key again."
            )
        return value

    @property
    def reference(self) -> str:
        """The `${VAR}` that was written, which another process can resolve; "" for a key itself."""
        return self._text.strip() if _VARIABLE.fullmatch(self._text) else ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text.strip())

    def __str__(self) -> str:
        return _MASK if self else ""

    def __repr__(self) -> str:
        return f"Secret('{self}')"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A Secret is not pickled, so that keys stay in this process. Load the settings there."
        )


def masked(text: str) -> str:
    """The text without passwords in addresses and without what looks like a provider's key."""
    return _KEY.sub(_MASK, _USER_INFO.sub(f"//{_MASK}@", text))
