"""Script files: rules in YAML or JSON, for a whole run or a server.

    rules:
      - on: {contains: weather, has_tool_result: false}
        reply: {tool: weather, arguments: {city: Oslo}}
      - on: {model: "gpt-4*"}
        fail: {status: 429, retry_after: 1, times: 2}
        then: It works again.
      - reply: [First answer, Second answer]

A rule says `on` as `.on(…)` does (without it the rule is for every prompt), `reply` or `fail`, `times` (how
often the first answers of the rule are given) and `then`. The last answer of a rule stays. A key that comes
twice in its mapping is refused.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

from pytest_llmock.errors import SettingsError, nearest
from pytest_llmock.faults import fault_of
from pytest_llmock.foreign_yaml import CORE_WORDS, ForeignYamlError, read_foreign_yaml
from pytest_llmock.scripting.conditions import Conditions, conditions
from pytest_llmock.scripting.rule import Rule

T = TypeVar("T")
KEYS = ("on", "reply", "fail", "times", "then")


def load_script(path: Path) -> tuple[Rule, ...]:
    """The rules of a file. Raises SettingsError naming the file and the key path."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise SettingsError(
            f"The script file {path} cannot be read: {error.strerror}. Create it, or name another one."
        ) from error
    return _loaded(path, changed)


@lru_cache(maxsize=16)
def _loaded(path: Path, changed: int) -> tuple[Rule, ...]:  # noqa: ARG001 - a file that changed is another one
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = _json(text) if path.suffix == ".json" else read_foreign_yaml(text, words=CORE_WORDS)
    except ForeignYamlError as error:
        where = "" if error.line is None else f"line {error.line}: "
        raise SettingsError(f"{path.name}: {where}{error.problem}.") from error
    except RecursionError as error:
        raise SettingsError(f"{path.name}: it is nested too deep.") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path.name}: it cannot be read: {error}.") from error
    return rules_of(data, path.name)


def _json(text: str) -> object:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        entries: dict[str, object] = {}
        for key, value in pairs:
            if key in entries:
                raise ValueError(f"the key {key!r} comes twice in its object")
            entries[key] = value
        return entries

    return json.loads(text, object_pairs_hook=once)


def rules_of(data: object, name: str) -> tuple[Rule, ...]:
    """The rules that a script file says: a mapping with `rules`, or the list of them alone."""
    if isinstance(data, Mapping):
        _check_keys(data, ("rules",), name)
        data = data.get("rules")
    if not isinstance(data, list):
        raise SettingsError(f"{name}: a script is a list of rules, or a mapping with one: 'rules: [...]'.")
    return tuple(_rule(entry, f"{name}: rules[{number}]") for number, entry in enumerate(data))


def _rule(entry: object, where: str) -> Rule:
    if not isinstance(entry, Mapping):
        raise SettingsError(f"{where} is {entry!r:.80}: a rule is a mapping, such as {{reply: Hello}}.")
    _check_keys(entry, KEYS, where)
    said = [key for key in ("reply", "fail") if key in entry]
    if len(said) != 1:
        given = "both reply and fail" if said else "neither reply nor fail"
        raise SettingsError(f"{where} has {given}: write one of them, and what follows as 'then'.")
    rule = Rule(_conditions(entry, where))
    _add(rule, said[0], entry[said[0]], f"{where}.{said[0]}")
    if "times" in entry:
        _tried(lambda: rule.times(entry["times"]), f"{where}.times")
    for number, step in enumerate(_list(entry.get("then", []))):
        place = f"{where}.then[{number}]"
        if isinstance(step, Mapping) and "fail" in step:
            _check_keys(
                step,
                ("fail",),
                place,
                " What is said of a fault stands in it: {fail: {status: 500, times: 2}}.",
            )
            _add(rule, "fail", step["fail"], place)
        else:
            _add(rule, "reply", step, place)
    return rule


def _conditions(entry: Mapping[str, object], where: str) -> Conditions:
    said = entry.get("on", {})
    if not isinstance(said, Mapping):
        raise SettingsError(f"{where}.on is {said!r:.80}: write conditions, such as {{contains: weather}}.")
    if "predicate" in said:
        raise SettingsError(f"{where}.on: a predicate is a function, and stands in a test: .on(predicate=…).")
    return _tried(lambda: conditions(said), f"{where}.on")


def _add(rule: Rule, verb: str, said: object, where: str) -> None:
    if verb == "reply":
        _tried(lambda: rule.reply(said), where)
        return
    if said == []:
        raise SettingsError(f"{where}: a sequence of faults needs one at least: [429, cut@3].")
    for fault in [_tried(partial(fault_of, each), where) for each in _list(said)]:
        _tried(partial(rule.fail, fault=fault), where)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def _tried(make: Callable[[], T], where: str) -> T:
    try:
        return make()
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{where}: {error}") from error


def _check_keys(said: Mapping[str, object], known: Sequence[str], where: str, hint: str = "") -> None:
    unknown = next((str(key) for key in said if key not in known), None)
    if unknown is not None:
        raise SettingsError(f"{where} has an unknown key '{unknown}'.{nearest(unknown, known)}{hint}")
