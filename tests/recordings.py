"""Recordings made by hand, and cassettes of them."""

import os

from pytest_llmock.cassettes import format as documents
from pytest_llmock.cassettes.blobs import Blobs
from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.interaction import Interaction, Recorded, Timed
from pytest_llmock.cassettes.maintenance.found import Opened
from pytest_llmock.cassettes.record import seconds_of
from pytest_llmock.cassettes.request import request_of
from pytest_llmock.llm import Delta, End, Message, Prompt, Text, Usage

TEST = "tests/test_chat.py::test_summary"
CREATED = "2026-11-20T03:01:54Z"
NOW = seconds_of("2026-11-25T03:01:54Z")


def chat(
    asked="Hello", answer="Hi there.", *, backend="writer", model="tiny", at=CREATED, usage=(12, 9), **more
):
    """One recorded chat; the answer came in two pieces."""
    prompt = Prompt((Message("system", (Text("You are terse."),)), Message("user", (Text(asked),))))
    half = len(answer) // 2
    deltas = (
        Timed(812, Delta(answer[:half])),
        Timed(843, Delta(answer[half:])),
        Timed(875, Delta(end=End("stop", Usage(*usage)))),
    )
    recorded = Recorded(at, "ollama", model, "tiny:latest", 0.875, plugin="0.1.0")
    request = request_of(prompt, backend=backend, model=model)
    return Interaction(request, **{"deltas": deltas, "recorded": recorded, **more})


def document(interaction, folder, *, key=None):
    """The text of a document."""
    return documents.write(interaction, key=key or key_of(interaction.request), blobs=Blobs(folder))


def cassette(path, *interactions, test=TEST):
    """A cassette file with these recordings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [document(interaction, path.parent) for interaction in interactions]
    path.write_text(documents.header(test, CREATED) + "".join(texts), encoding="utf-8", newline="")
    return path


def said(path):
    """The words of each recording."""
    return [recording.content.completion.text for recording in Opened.at(path).recordings]


def aged(path, seconds=3600):
    """The file, as if it had been written so long ago."""
    os.utime(path, (NOW - seconds, NOW - seconds))
    return path
