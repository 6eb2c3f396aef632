"""Runs on providers that are not built in, and on a model in a file."""

import json

import pytest

BARD = """
    from pathlib import Path
    from pytest_llmock import BackendError, Delta, End, Failure, Usage

    class Bard:
        async def __call__(self, prompt):
            if "fail" in prompt.messages[-1].text:
                raise BackendError(Failure("status", "The bard is hoarse.", status=503))
            for word in ("Sing, ", "goddess"):
                yield Delta(word)
            yield Delta(end=End("stop", Usage(5, 2)))

        async def aclose(self):
            Path("closed").touch()

    def make(entry, settings):
        Path("made").touch()
        return Bard()
"""
SING = """
    import pytest
    from pytest_llmock import BackendError

    def test_it(llm_backend):
        pieces = [delta.text for delta in llm_backend.stream_sync("Sing") if delta.text]
        assert pieces == ["Sing, ", "goddess"]
        assert llm_backend.calls[-1].usage.total_tokens == 7

    def test_fail(llm_backend):
        with pytest.raises(BackendError, match="The bard is hoarse") as caught:
            llm_backend.complete_sync("fail")
        assert caught.value.failure.status == 503
"""


def configure(pytester, provider, **keys):
    backend = {"Name": "x", "Provider": provider, **keys}
    pytester.makefile(".json", llmock=json.dumps({"MaxRetryAttempts": 0, "Backends": [backend]}))


def declare(pytester, value):
    """What an installer would leave beside a package."""
    folder = pytester.mkdir("bardic-2.1.dist-info")
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: bardic\nVersion: 2.1\n")
    (folder / "entry_points.txt").write_text(f"[pytest_llmock.providers]\nbardic = {value}\n")


@pytest.mark.parametrize("provider", ["bardic", "bard:make"], ids=["entry point", "module and function"])
def test_a_provider_of_somebody_else_is_recorded_and_replayed(run, pytester, provider):
    """Its stream, its usage and its failures are those of the recording, and it is closed after the run."""
    declare(pytester, "bard:make")
    configure(pytester, provider)

    run("--llmock-record=once", bard=BARD, test_it=SING).assert_outcomes(passed=2)
    closed = (pytester.path / "closed").exists()
    result = run()

    assert closed
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["llmock: 2 calls (*replayed*"])


def test_a_live_call_of_such_a_provider_needs_permission(run, pytester):
    """What is not said to be otherwise is live."""
    configure(pytester, "bard:make")

    result = run(bard=BARD, test_it=SING)

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*no recording answers this chat with backend 'x' (bard:make)*"])


def test_a_package_that_is_broken_is_told_in_one_line(run, pytester):
    """The test fails with the package, the entry point and the cause, and no traceback of ours."""
    declare(pytester, "bard:absent")
    configure(pytester, "bardic")

    result = run(bard=BARD, test_it=SING)

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "llmock: Backend 'x': provider 'bardic' of package 'bardic' (bard:absent) cannot be loaded: *absent'. *"
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*runtime.py*")


def test_a_package_is_not_loaded_where_no_backend_names_it(run, pytester):
    """An installed provider costs a run that does not use it nothing."""
    declare(pytester, "bard:make")
    configure(pytester, "lmstudio", BaseUrl="http://127.0.0.1:9/v1/")
    text = """
    import sys
    def test_it(llmock):
        assert "bard" not in sys.modules
        assert llmock.backends["x"].provider == "lmstudio"
    """

    run(bard=BARD, test_it=text).assert_outcomes(passed=1)


def test_a_model_in_a_file_is_recorded_and_replayed_without_it(run, pytester, gguf):
    """A replay needs neither the file nor llama.cpp."""
    model = pytester.mkdir("models") / "tiny.gguf"
    model.write_bytes(gguf.read_bytes())
    configure(pytester, "llamacpp", ModelName="models/tiny.gguf", MaxTokens=120)
    text = """
    import json, pathlib

    def test_it(llm_backend, mock_api):
        pieces = [delta.text for delta in llm_backend.stream_sync("Say something", max_tokens=24)]
        shape = {"type": "object", "properties": {"id": {"type": "integer", "maximum": 99, "minimum": 1}},
                 "required": ["id"], "additionalProperties": False}
        answer = mock_api.post("/users", json={"shape": shape})
        assert answer.status_code == 200, answer.text
        assert answer.headers["X-LLMock-Model"] == "tiny.gguf"
        kept = pathlib.Path("kept.json")
        if kept.exists():
            assert json.loads(kept.read_text()) == [pieces, answer.json()]
        kept.write_text(json.dumps([pieces, answer.json()]))
        assert len(pieces) > 2
    """

    run("--llmock-record=once", test_it=text).assert_outcomes(passed=1)
    model.unlink()
    replayed = run()

    replayed.assert_outcomes(passed=1)
    replayed.stdout.fnmatch_lines(["llmock: 2 calls (2 replayed*"])


def test_a_model_that_is_not_there_is_told_at_the_first_call_and_not_recorded(run, pytester, tape):
    """The failure names the path, and the next run asks again."""
    configure(pytester, "llamacpp", ModelName="models/no.gguf")
    text = """
    def test_it(mock_api):
        answer = mock_api.get("/users")
        assert answer.status_code == 200, answer.json()["error"]["message"]
    """

    result = run("--llmock-record=once", test_it=text)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*models?no.gguf does not exist. Put the GGUF file there, or set 'ModelName' *"]
    )
    assert tape() == ""
