"""Programs in copies of a warm process: what differs from a new interpreter, and what must not."""

import os
import sys

import pytest

PROBE = """
import atexit, gc, json, os, signal, sys, threading, warnings
atexit.register(print, "the end")
told = {
    "arguments": sys.argv, "folder": os.getcwd(), "modules from": sys.path, "environment": dict(os.environ),
    "input": sys.stdin.read(), "name": __name__, "collects": gc.isenabled(), "warns": warnings.filters,
    "streams": [(each.encoding, each.errors, each.isatty()) for each in (sys.stdin, sys.stdout, sys.stderr)],
    "threads": [threading.active_count(), len(os.listdir("/proc/self/task"))],
    "signals": [getattr(signal.getsignal(each), "__name__", 0) for each in sorted(signal.valid_signals())],
    "hooks": [getattr(each, "__name__", type(each).__name__) for each in (sys.excepthook, *sys.meta_path)],
}
print(json.dumps(told, default=str, indent=1))
sys.exit("not well")
"""


@pytest.fixture
def probe(tmp_path):
    """Keyword arguments for a run of the module `probe`: its folder and an environment of its own."""
    (tmp_path / "probe.py").write_text(PROBE, encoding="utf-8")
    return {"cwd": tmp_path, "env": {**os.environ, "ONLY_HERE": "ü"}}


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_a_copy_is_as_a_new_interpreter(warm, probe):
    """It has one thread, and all that its caller decides; it says its last words and fails with its status."""
    copy = warm.run("probe", "-x", "y z", **probe)
    new = warm.start("probe", "-x", "y z", **probe)

    assert (copy.returncode, copy.stdout, copy.stderr) == (new.returncode, new.stdout, new.stderr)
    assert (new.returncode, new.stderr) == (1, "not well\n")


def test_a_copy_has_its_imports_behind_it(warm, probe):
    """Those of pytest and ours, but of no plugin of the environment that a run may want to be without."""
    (probe["cwd"] / "probe.py").write_text("import sys\nprint(*sys.modules)")

    copy = set(warm.run("probe", **probe).stdout.split())

    assert copy >= {"_pytest.terminal", "pytest_llmock.server.runtime", "openai"}
    assert not copy & {"pytest_randomly", "hypothesis", "numpy"}


def test_nothing_that_a_copy_did_is_seen_in_the_next(warm, probe):
    """What one changes and imports is as before for the other."""
    does = "import sys\nprint('antigravity' in sys.modules, hasattr(sys, 'x'))\nsys.x = 1\nsys.modules['antigravity'] = 1"
    (probe["cwd"] / "probe.py").write_text(does)

    printed = [warm.run("probe", **probe).stdout for _ in range(2)]

    assert printed == ["False False\n"] * 2


def test_a_program_that_was_killed_has_the_status_of_its_signal(warm, probe):
    """And the next one runs."""
    (probe["cwd"] / "probe.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")

    statuses = [warm.run("probe", **probe).returncode, warm.run("pytest", "--version", **probe).returncode]

    assert statuses == [-9, 0]


def test_another_environment_of_the_interpreter_needs_another_interpreter(warm, probe):
    """What Python reads when it starts is not for a copy to change."""
    (probe["cwd"] / "probe.py").write_text("import sys\nprint(sys.flags.hash_randomization)")
    probe["env"]["PYTHONHASHSEED"] = "0"

    assert warm.run("probe", **probe).stdout == "0\n"
