"""`pytest --llmock-backend=… --llmock-record=off` with a settings file of the seeds' kind, on a real server."""

import json


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
