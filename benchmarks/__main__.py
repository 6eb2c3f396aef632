"""Run every benchmark and print its figures; the exit status is 1 when one of them misses its goal."""

import sys
from importlib import import_module

MODULES = (
    "startup",
    "first_use",
    "synthetic",
    "requests",
    "streams",
    "apis",
    "cassettes",
    "pool",
    "patterns",
    "datasets",
    "rivals",
)


def main(names: list[str]) -> int:
    missed = 0
    for name in names or MODULES:
        for figure in import_module(f"benchmarks.{name}").figures():
            print(figure.line(), flush=True)
            missed += not figure.holds
    return 1 if missed else 0


sys.exit(main(sys.argv[1:]))
