"""Files of other tools for the tests of importing, and a backend to import them for.

Those in `foreign/` were recorded against a small local server that speaks as OpenAI does: by vcrpy 9.4.2 with
requests (`vcrpy.yaml`, `vcrpy_odd.yaml`), httpx (`vcrpy.json`) and urllib (`vcrpy_binary.yaml`), by vcrpy 5.1.0
with httpx (`vcrpy_5.yaml`), by pytest-recording 0.14.1 with openai 3.54.0, by cassetter 0.16.1 with httpx, and by
aimock 1.43.0, whose nine files are one here.
"""

import json
from pathlib import Path

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.cassettes.importing import imported, read_foreign
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.folding import as_backend

FOLDER = Path(__file__).parent / "foreign"
LEAF = Leaf(
    "cloud", as_backend(lambda prompt: ""), "openai", "small-1", "https://api.openai.com/v1", live=True
)
REDACTOR = Redactor.of({}, patterns=[r"server-key=fake-key-\S+"])


def taken(file, leaf=LEAF):
    """What is imported from a file in `foreign/`, or from any path."""
    return imported(read_foreign(FOLDER / file), leaf, REDACTOR)


def body_of(text, **more):
    """A chat request of one message, as JSON text."""
    return json.dumps({"model": "small-1", "messages": [{"role": "user", "content": text}], **more})


def answer_of(text):
    """A chat answer, as JSON text."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return json.dumps({"model": "small-1", "choices": [choice]})


def vcrpy_entry(
    request=None, response="", *, uri="http://h/v1/chat/completions", method="POST", status=200, **headers
):
    """One interaction as vcrpy writes it; `headers` of the response."""
    return {
        "request": {"method": method, "uri": uri, "body": request, "headers": {}},
        "response": {
            "status": {"code": status, "message": ""},
            "headers": {name.replace("_", "-"): [value] for name, value in headers.items()},
            "body": {"string": response},
        },
    }


def vcrpy_file(folder, *entries):
    """The path of a file with these interactions."""
    path = folder / "calls.json"
    path.write_text(json.dumps({"version": 1, "interactions": entries}), encoding="utf-8")
    return path
