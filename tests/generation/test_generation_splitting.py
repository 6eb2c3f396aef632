import pytest

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.config import load_settings
from pytest_llmock.folding import as_backend
from pytest_llmock.generation.splitting import Parts, Splitter, tokens_of_a_record
from pytest_llmock.llm import Sampling
from pytest_llmock.shapes.parse import parse

SMALL = parse({"users": [{"id": 0, "name": "string"}]})
LARGE = parse([{f"field{number}": "string" for number in range(400)}])
BROKEN = parse({"type": "object", "properties": {"a": {"allOf": [{"minimum": 2}, {"maximum": 1}]}}})


@pytest.fixture
def parts(tmp_path):
    def parts(count, shape=SMALL, *, provider="python", live=True, wanted=None, tokens=None, **settings):
        loaded = load_settings(tmp_path, environ={}, overrides=settings)
        leaf = Leaf("model", as_backend(lambda _: []), provider, live=live)
        return Splitter(leaf, loaded, Sampling(max_tokens=tokens), wanted).parts(count, shape)

    return parts


@pytest.mark.parametrize(
    ("settings", "sizes"),
    [
        pytest.param({}, (15, 8, 15), id="a quarter of the window"),
        pytest.param({"MaxContextWindow": 8192}, (15, 16, 25), id="a larger window"),
        pytest.param({"MaxContextWindow": 16}, (1, 1, 1), id="one at a time at least"),
        pytest.param({"tokens": 400}, (5, 6, 6), id="the client's limit"),
        pytest.param({"tokens": 4000}, (15, 16, 50), id="no window said"),
        pytest.param({"tokens": 4000, "MaxContextWindow": 1024}, (5, 6, 7), id="half of a small window"),
        pytest.param({"ChunkSize": 10}, (10, 10, 10), id="ChunkSize"),
        pytest.param({"ChunkSize": 50}, (15, 8, 15), id="a ChunkSize that does not fit"),
        pytest.param({"ChunkSize": 50, "live": False}, (15, 16, 50), id="of a function it is what counts"),
        pytest.param({"live": False}, (15, 8, 15), id="a function is like a model"),
        pytest.param({"provider": "scripted"}, (15, 16, 100), id="a script has no limit"),
        pytest.param({"provider": "scripted", "ChunkSize": 4}, (4, 4, 4), id="but a ChunkSize"),
        pytest.param({"EnableChunking": False}, (15, 16, 100), id="turned off"),
        pytest.param({"EnableAutoChunking": False}, (15, 16, 100), id="by its other name"),
        pytest.param({"wanted": False}, (15, 16, 100), id="autoChunk=false"),
        pytest.param({"wanted": True, "EnableChunking": False}, (15, 8, 15), id="autoChunk=true wins"),
    ],
)
def test_a_list_is_asked_for_in_parts_that_fit(parts, settings, sizes):
    """So many at a time, of 15, 16 and 100 small records."""
    assert tuple(parts(count, **settings).size for count in (15, 16, 100)) == sizes


@pytest.mark.parametrize(
    ("most", "side_by_side"), [(0, False), (1, False), (2, True)], ids=["unsaid", "one", "two"]
)
def test_a_configured_backend_is_asked_side_by_side_when_its_settings_allow(parts, most, side_by_side):
    """A local model is not flooded by one request."""
    backends = [{"Name": "model", "Provider": "ollama", "MaxConcurrentRequests": most}]

    assert parts(100, Backends=backends) == Parts(15, side_by_side)


def test_a_backend_of_no_settings_is_asked_side_by_side(parts):
    """A function is in this process."""
    assert parts(100).side_by_side


@pytest.mark.parametrize(
    ("shape", "tokens"),
    [
        pytest.param(None, 100, id="no shape"),
        pytest.param(SMALL, 50, id="small"),
        pytest.param(LARGE, 1000, id="large"),
        pytest.param(BROKEN, 50, id="one that nobody can meet"),
    ],
)
def test_what_a_record_takes_is_told_by_one_that_is_made_up(shape, tokens):
    """Within bounds, because it is a guess."""
    assert tokens_of_a_record(shape) == tokens
