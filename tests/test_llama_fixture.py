"""The real model server answers as the tests of live backends expect."""

import json
from urllib.request import urlopen


def test_real_server_lists_its_model(llama):
    """The fixture gives the address and the name of a model that is being served."""
    with urlopen(f"{llama.base_url}models", timeout=5) as answer:
        listed = json.load(answer)

    assert [model["id"] for model in listed["data"]] == [llama.model]
