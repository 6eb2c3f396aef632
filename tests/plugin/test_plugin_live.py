"""Live runs, recorded runs and their replay, with a settings file of the seeds' kind, on a real server."""

import json

from llama import serving


def test_a_run_on_a_live_backend(run, pytester, llama):
    """The command line of the documentation gets the live model."""
    backend = {
        "Name": "tiny-llama",
        "Provider": "ollama",
        "BaseUrl": llama.base_url,
        "ModelName": llama.model,
    }
    settings = {"LLMockApi": {"Temperature": 0.9, "TimeoutSeconds": 30, "Backends": [backend]}}
    pytester.makefile(".json", appsettings=json.dumps(settings))
    text = """
    from openai import OpenAI
    def test_it(llm_backend):
        with OpenAI(base_url=llm_backend.base_url, api_key=llm_backend.api_key) as client:
            answer = client.chat.completions.create(
                model="m", max_tokens=5, messages=[{"role": "user", "content": "Hi"}])
        assert answer.usage.completion_tokens > 0
        assert llm_backend.calls[-1].source == "live"
    """

    result = run("--llmock-backend=tiny-llama", "--llmock-record=off", test_it=text)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["llmock: backend=tiny-llama, record=off", "llmock: 1 call (1 live), *"])


def test_what_a_real_model_answered_is_replayed_when_it_has_stopped(run, run_anew, pytester, llama):
    """The babble of a random model, streamed and as JSON of a shape, is the same text without it."""
    text = """
    import json, pathlib

    def test_it(llm_backend, mock_api):
        pieces = [delta.text for delta in llm_backend.stream_sync("Say something", max_tokens=24)]
        shape = {"id": 0, "name": "string"}
        record = mock_api.post("/users", json={"shape": shape}).json()
        kept = pathlib.Path("kept.json")
        if kept.exists():
            assert json.loads(kept.read_text()) == [pieces, record]
        kept.write_text(json.dumps([pieces, record]))
        assert len(pieces) > 2
    """
    with serving(pytester.mkdir("model")) as server:
        backend = {
            "Name": "tiny",
            "Provider": "ollama",
            "BaseUrl": server.base_url,
            "ModelName": server.model,
        }
        pytester.makefile(".json", appsettings=json.dumps({"LLMockApi": {"Backends": [backend]}}))
        run("--llmock-record=once", test_it=text).assert_outcomes(passed=1)

    replayed = run_anew()

    replayed.assert_outcomes(passed=1)
    replayed.stdout.fnmatch_lines(["llmock: 2 calls (2 replayed), *"])
