"""Recordings of cassetter; what it shares with vcrpy's is claimed there."""

import pytest
from foreign_files import taken

from pytest_llmock.cassettes.importing import cassetter
from pytest_llmock.cassettes.importing.exchange import Note


def entry(**body):
    request = {"method": "POST", "uri": "http://h/v1/chat/completions", **body}
    return {"request": request, "response": {"status": 200, "body": {"type": "none"}}}


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"body": {"type": "json", "content": {"a": 1.5}}}, b'{"a": 1.5}'),
        ({"body": {"type": "text", "content": "é"}}, "é".encode()),
        ({"body": {"type": "binary", "content": "ff001f"}}, b"\xff\x00\x1f"),
        ({"body": {"type": "binary", "content": "xx"}}, None),
        ({"body": {"type": "none"}}, None),
        ({"body_type": "json", "body_content": '{"a":1.5}'}, b'{"a":1.5}'),
        ({"body_type": "binary", "body_content": "ff"}, b"\xff"),
        ({}, None),
    ],
    ids=["data", "text", "hex", "no hex", "none", "toml json", "toml hex", "missing"],
)
def test_a_body_is_read_by_its_type(body, sent):
    """As data or text in YAML, as text in TOML, bytes in hexadecimal digits in both."""
    (exchange,) = cassetter.read({"interactions": [entry(**body)]}).exchanges

    assert exchange.request == sent


def test_the_time_of_recording_is_kept():
    """In UTC, as cassettes have it."""
    interaction = taken("cassetter.yaml").interactions[0]

    assert interaction.recorded.at == "2026-11-22T03:49:10.541505Z"


def test_calls_without_http_are_counted():
    """The file says what it lost on the way."""
    found = cassetter.read({"interactions": [], "grpc_interactions": [{}, {}], "ws_interactions": [{}]})

    assert found.remarks == (
        "not imported: gRPC calls (2). This version reads HTTP only.",
        "not imported: WebSocket sessions (1). This version reads HTTP only.",
    )


@pytest.mark.parametrize("damaged", [None, {"response": {"status": 200}}, {"request": {"uri": "x"}}])
def test_half_an_interaction_of_cassetter_is_noted(damaged):
    """A damaged file loses only what is damaged."""
    found = cassetter.read({"interactions": [entry(), damaged]})

    assert found.notes == (Note(2, "not imported: it has not both a request and a response."),)


def test_a_file_of_vcrpy_is_none_of_cassetter():
    """Both have interactions; the status tells them apart."""
    assert cassetter.read({"interactions": [{"response": {"status": {"code": 200}}}]}) is None
