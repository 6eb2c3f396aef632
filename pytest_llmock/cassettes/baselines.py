"""Scores that are kept beside the tests, to be compared with: one readable file for each test module.

`baselines/test_users.json` is an object from name to {"score", "metrics"}, sorted, so that a change is a
readable diff. It is read and replaced as a whole under its lock, so that workers do not lose each other's
entries.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_llmock.cassettes.files import locked, read, replace
from pytest_llmock.cassettes.policy import shown
from pytest_llmock.errors import CassetteError, SettingsError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import JSONTextError, loads, place
from pytest_llmock.shapes.validate import problems

TOLERANCE = 0.02
_MEND = "Mend it, or delete it and record again: pytest --llmock-record=once."
_ADDS = frozenset({"once", "new"})
_REPLACES = frozenset({"all", "rewrite"})
_SHARE: dict[str, JSON] = {"type": "number", "minimum": 0, "maximum": 1}
_FORM: dict[str, JSON] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {"score": _SHARE, "metrics": {"type": "object", "additionalProperties": _SHARE}},
        "required": ["score", "metrics"],
        "additionalProperties": False,
    },
}


@dataclass(frozen=True, slots=True)
class Baseline:
    """The score of some data when it was recorded, and what it was made of."""

    score: float
    metrics: Mapping[str, float]

    def fall(self, now: "Baseline", tolerance: float) -> str:
        """How far a score has fallen, if by more than `tolerance`; "" otherwise."""
        if round(self.score - now.score, 6) <= tolerance:
            return ""
        lower = [
            f"{name} {was:g} → {now.metrics[name]:g}"
            for name, was in self.metrics.items()
            if now.metrics.get(name, was) < was
        ]
        return f"from {self.score:g} to {now.score:g} ({', '.join(lower) or 'its weights changed'})"


@dataclass(frozen=True, slots=True)
class Baselines:
    """The baselines of one test module; `mode` is the record mode of the test."""

    path: Path
    mode: str = "none"
    rootdir: Path = Path()

    def compare(self, name: str, now: Baseline, tolerance: float) -> str:
        """Why the score fails against the one of that name; "" when it does not, or was recorded just now.

        The modes `once` and `new` record where there is none, `all` and `rewrite` replace. Raises
        CassetteError when there is none and none may be recorded, or when the file is not what it should be.
        """
        if self.mode not in _ADDS | _REPLACES:
            return self._fall(name, self._known(), now, tolerance)
        with locked(self.path):
            known = self._known()
            if name in known and self.mode in _ADDS:
                return self._fall(name, known, now, tolerance)
            self._write({**known, name: now})
        return ""

    def _fall(self, name: str, known: Mapping[str, Baseline], now: Baseline, tolerance: float) -> str:
        if name not in known:
            raise CassetteError(
                f"There is no baseline '{name}' in {self._shown}.{nearest(name, list(known))} To record it: "
                "pytest --llmock-record=once."
            )
        fall = known[name].fall(now, tolerance)
        if not fall:
            return ""
        return (
            f"It fell {fall}, by more than {tolerance:g}, since the baseline '{name}' was recorded in "
            f"{self._shown}. To take the new score: pytest --llmock-record=all."
        )

    def _known(self) -> dict[str, Baseline]:
        raw = read(self.path)
        if not raw.strip():
            return {}
        try:
            text = raw.decode()
            value = loads(text)
        except UnicodeDecodeError as error:
            raise CassetteError(f"{self._shown} is not UTF-8 text. {_MEND}") from error
        except JSONTextError as error:
            where = "" if error.position is None else f"{place(text, error.position)}: "
            raise CassetteError(f"{self._shown} is not JSON: {where}{error.problem}. {_MEND}") from error
        for problem in problems(_FORM, value):
            raise CassetteError(
                f"{self._shown} is no file of baselines: {problem.pointer or 'it'} {problem.message}. {_MEND}"
            )
        assert isinstance(value, dict)
        return {name: Baseline(**entry) for name, entry in value.items() if isinstance(entry, dict)}  # type: ignore[arg-type]  # the form was checked

    def _write(self, known: Mapping[str, Baseline]) -> None:
        value = {
            name: {"score": known[name].score, "metrics": dict(known[name].metrics)} for name in sorted(known)
        }
        replace(self.path, f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode())

    @property
    def _shown(self) -> str:
        return shown(self.path, self.rootdir)


def checked_name(name: object) -> str:
    """The name of a baseline. Raises SettingsError for what is none."""
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise SettingsError(f"baseline= takes a name, such as 'users', not {name!r}.")
    return name
