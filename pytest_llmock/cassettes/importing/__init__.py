"""Recordings of other tools, read and made into interactions of ours.

vcrpy and pytest-recording (YAML, JSON), cassetter (YAML, TOML), fixtures of aimock (JSON). The calls that can
be taken are those of OpenAI's chat completions and embeddings, whatever the host. Rules: headers are never
taken, secrets are redacted, nothing is invented, and whatever is left out or ambiguous is said.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.importing.conversion import NotImportedError, converted, prompt_of
from pytest_llmock.cassettes.importing.exchange import Exchange, Note
from pytest_llmock.cassettes.importing.reading import Foreign, read_foreign
from pytest_llmock.cassettes.importing.remarks import Remarks
from pytest_llmock.cassettes.interaction import Interaction
from pytest_llmock.cassettes.redact import Redactor

__all__ = ["Foreign", "Imported", "imported", "read_foreign"]

_TRUNCATED = "imported as truncated: the recorded stream ends before the answer does."
_AMBIGUOUS = "one request with different answers: they are given in this order, each once."


@dataclass(frozen=True, slots=True)
class Imported:
    """The interactions, in the order of the file; a sentence each about what was left out or is ambiguous."""

    interactions: list[Interaction]
    remarks: list[str]


def imported(foreign: Foreign, leaf: Leaf, redactor: Redactor) -> Imported:
    """The file's calls as recordings of `leaf`, a configured backend.

    A recording's identity has the backend's name and model in it, so it answers calls to that one only. The
    remarks do not name the file. Not for a thread whose event loop is running.
    """
    return asyncio.run(_imported(foreign, leaf, redactor))


async def _imported(foreign: Foreign, leaf: Leaf, redactor: Redactor) -> Imported:
    taken: list[tuple[int, Interaction]] = []
    remarks = Remarks(foreign.unit)
    remarks.note(foreign.contents.notes)
    for exchange in foreign.exchanges:
        try:
            interaction = await _taken(exchange, leaf, redactor, remarks)
        except NotImportedError as reason:
            remarks.note([Note(exchange.number, f"not imported: {reason}.")])
            continue
        taken.append((exchange.number, interaction))
    _compare(taken, remarks)
    lines = [redactor.text(line) for line in (*foreign.contents.remarks, *remarks.lines())]
    return Imported([interaction for _, interaction in taken], lines)


async def _taken(exchange: Exchange, leaf: Leaf, redactor: Redactor, remarks: Remarks) -> Interaction:
    prompt = prompt_of(exchange)
    interaction = await converted(exchange, prompt, leaf, redactor)
    if interaction.truncated:
        remarks.note([Note(exchange.number, _TRUNCATED)])
    if leaf.model and prompt.model not in ("", leaf.model):
        text = f"imported for '{leaf.model}', the model of backend '{leaf.name}'; '{prompt.model}' was asked."
        remarks.note([Note(exchange.number, text)])
    return interaction


def _compare(taken: Sequence[tuple[int, Interaction]], remarks: Remarks) -> None:
    """Say which recordings answer one request differently."""
    equal: dict[str, list[tuple[int, Interaction]]] = {}
    for number, interaction in taken:
        equal.setdefault(key_of(interaction.request), []).append((number, interaction))
    for group in equal.values():
        answers = [_said(interaction) for _, interaction in group if interaction.failure is None]
        if any(answer != answers[0] for answer in answers):  # a refusal before an answer is a retry
            remarks.group([number for number, _ in group], _AMBIGUOUS)


def _said(interaction: Interaction) -> object:
    completion = interaction.completion
    return completion.choices, completion.vectors
