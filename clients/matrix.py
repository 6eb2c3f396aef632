"""The table: which client has which cell, read from the adapters without importing any.

An adapter has a cell by having the function of that name: what a client cannot do is not there, and nothing
is skipped. Each takes the `Place` where the test answers, and may be a coroutine function:

    plain         the words of an answer             patient     the same, repeated once after a failure
    streamed      the pieces of one                  impatient   the same, given up after PATIENCE_S
    tools         the name and arguments of the tool that the model calls
    structured    a `Ticket`
    agent         the last words, after the tool was called
    models        the names of the models there are

`ENVIRONMENTS` are the dependency groups that the client is installed in, if not the first; `TIMEOUT` is what
`impatient` raises; `HOME` says that it asks that host when nobody gives it one, so that `plain` can be
intercepted; `OBEYS_RETRY_AFTER` is False for one that waits as it likes. Files that begin with an underscore
are no adapters.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

USUAL = ("clients",)
_FOLDER = Path(__file__).parent / "adapters"


def clients(environment: str, name: str) -> list[str]:
    """The clients of an environment whose adapter has the name, which mostly is a cell's."""
    return [
        client
        for client, declared in _declared().items()
        if environment in _places(declared) and name in declared
    ]


def adapter(name: str) -> ModuleType:
    """The client itself; importing it is what takes time."""
    return import_module(f"adapters.{name}")


def _places(declared: Mapping[str, Any]) -> tuple[str, ...]:
    return declared.get("ENVIRONMENTS", USUAL)


@cache
def _declared() -> dict[str, dict[str, Any]]:
    files = sorted(path for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))
    return {path.stem: dict(_names(ast.parse(path.read_text(encoding="utf-8")))) for path in files}


def _names(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, True
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            yield name, ast.literal_eval(node.value) if name == "ENVIRONMENTS" else True
