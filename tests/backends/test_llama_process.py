"""The process that runs llama.cpp: why it cannot start, and how it ends."""

import os
import signal
import subprocess
import sys
from urllib.request import urlopen

import pytest

from pytest_llmock.backends import llama_process
from pytest_llmock.backends.llama_process import SCRIPT, Model, NotLoadedError, Process, check


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "does not exist. Put the GGUF file there, or set 'ModelName' to where it is"),
        (b"", "is no GGUF file: it begins with b''. Set 'ModelName' to one that is"),
        (b"PK\x03\x04zip", "is no GGUF file: it begins with b'PK\\x03\\x04'. Set 'ModelName' to one that is"),
    ],
    ids=["missing", "empty", "another format"],
)
def test_a_file_that_is_no_model_is_refused_before_anything_starts(tmp_path, content, problem):
    """The message says what the file is, and what to do."""
    path = tmp_path / "m.gguf"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(NotLoadedError) as caught:
        check(path)

    assert str(caught.value) == problem


def test_a_folder_is_refused(tmp_path):
    """A path that cannot be read says why."""
    with pytest.raises(NotLoadedError, match="^cannot be read: "):
        check(tmp_path)


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    """Whoever has the file and not the wheel gets the command."""
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, "xllamacpp", None)

    with pytest.raises(NotLoadedError) as caught:
        check(tmp_path / "m.gguf")

    assert str(caught.value) == "needs llama.cpp: pip install 'pytest-llmock[llamacpp]'"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"llama", b"lxama", "unknown model architecture: 'lxama'"),
        (b"{% for m", b"{% fur m", "common_chat_templates_init: error: Unknown statement: fur"),
    ],
    ids=["architecture", "template"],
)
def test_what_llama_cpp_cannot_load_is_told_in_its_own_words(gguf, tmp_path, old, new, reason):
    """A new kind of model, or a damaged file, is told apart from a wrong path."""
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(gguf.read_bytes().replace(old, new))

    with pytest.raises(NotLoadedError) as caught:
        Process(Model(damaged, 512)).address()

    assert str(caught.value) == f"cannot be loaded by llama.cpp: {reason}"


def test_a_process_that_ends_at_once_is_told(gguf, monkeypatch, tmp_path):
    """The last words of a Python that cannot even begin are those of its traceback."""
    script = tmp_path / "script.py"
    script.write_text("import sys\nsys.stdin.close()\nraise SystemExit('no room')\n")
    monkeypatch.setattr(llama_process, "SCRIPT", script)

    with pytest.raises(NotLoadedError, match="^cannot be loaded by llama.cpp: no room$"):
        Process(Model(gguf, 512)).address()


def test_a_process_ends_when_whoever_started_it_is_gone(gguf):
    """Its standard input closes with the other process, however that ended."""
    process = Process(Model(gguf, 512))
    process.address()

    process.stop()
    process.stop()

    assert process.is_over


def test_a_process_that_does_not_end_is_killed(gguf, monkeypatch, tmp_path):
    """The end of a run waits for nobody."""
    script = tmp_path / "script.py"
    script.write_text("import time\nprint('http://x', flush=True)\ntime.sleep(600)\n")
    monkeypatch.setattr(llama_process, "SCRIPT", script)
    monkeypatch.setattr(llama_process, "END_S", 0.01)
    process = Process(Model(gguf, 512))
    process.address()

    process.stop()

    assert process.is_over


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is no signal there")
def test_ctrl_c_is_left_to_whoever_started_it(gguf):
    """A terminal sends it to every process: the debugger of the test may want it."""
    process = Process(Model(gguf, 512))
    address = process.address()

    process._process.send_signal(signal.SIGINT)

    with urlopen(f"{address}/health", timeout=5) as answer:
        assert answer.status == 200
    process.stop()


def test_the_script_needs_nothing_of_this_package(gguf):
    """It is run as a file, and modules beside it are called as some of the standard library."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import runpy; print(sorted(runpy.run_path({str(SCRIPT)!r})))"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "'serve', 'signal', 'started'" in done.stdout
