"""Schemathesis against what the server says of itself, and against documents that it has mounted.

It is installed beside the development environment, in `fuzz` below it: its pytest plugin would cost every run,
also those that tests start, a second and more. `make schemathesis` is the long form.
"""

import os
import sys
import warnings
from contextlib import suppress
from copy import deepcopy
from pathlib import Path

import pytest
import requests
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from harbour import harbour
from pytest_llmock.server.description import described

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))  # of each operation, valid ones and others
PETSTORE = Path(__file__).parent.parent / "documents" / "petstore.yaml"
# what requests to nothing in particular must have: Schemathesis's own names
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
OF_MODE = {"positive": ("positive_data_acceptance",), "negative": ("negative_data_rejection",)}
SHARE = {"petstore": EXAMPLES, "harbour": (EXAMPLES + 3) // 4}  # the harbour has a hundred operations, alike
FREE = {"type", "minLength", "description"}
ERRORS = {"400", "404", "405", "413", "415", "422"}


@pytest.fixture(scope="module")
def schemathesis():
    """The module; the tests are skipped where it is not installed."""
    place = Path(sys.prefix) / "fuzz"
    sys.path.append(str(place))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it imports
        module = pytest.importorskip("schemathesis", reason="make schemathesis installs it")
        module.checks.load_all_checks()
        yield module
    sys.path.remove(str(place))


@pytest.fixture
def fuzzed(schemathesis):
    """Asks every operation of a document below a URL, with data that fit it or with others."""
    session = requests.Session()
    session.trust_env = False

    def fuzzed(document, url, mode, checks=CHECKS, examples=EXAMPLES):
        schema = schemathesis.openapi.from_dict(document)
        chosen = schemathesis.checks.CHECKS.get_by_names([*checks])
        modes = [schemathesis.GenerationMode(mode)]
        count = 0
        for result in schema.get_all_operations():
            operation = result.ok()
            count += 1
            if mode == "negative" and not can_be_wrong(document["paths"][operation.path], operation.method):
                continue  # it would be looked for all the same, for a second

            @settings(
                max_examples=examples,
                phases=[Phase.generate],
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=modes[0]))
            def ask(case):
                case.call_and_validate(base_url=url, session=session, checks=chosen)

            with suppress(Unsatisfiable):  # nothing about it can be wrong
                ask()
        return count

    yield fuzzed
    session.close()


def with_our_errors(document):
    """The document, and beside its answers those with which every mounted operation refuses a request."""
    error = {
        "description": "refused",
        "content": {"application/json": {"schema": {"type": "object", "required": ["error"]}}},
    }
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation["responses"] |= dict.fromkeys(ERRORS, error)
    return document


def without_wishes(document):
    """The document without the words that ask for a 500, or for less time than anything takes."""
    copy = deepcopy(document)
    for item in copy["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                said = operation.get("parameters", [])
                operation["parameters"] = [
                    each for each in said if not {"error", "timeout"} & words(each["name"])
                ]
    return copy


def can_be_wrong(item, method):
    """Whether there is a request that does not fit: any text will do for a name in a path."""
    operation = item[method]
    said = [*item.get("parameters", ()), *operation.get("parameters", ())]
    is_free = all(
        "$ref" not in each and each["in"] == "path" and set(each["schema"]) <= FREE for each in said
    )
    return (
        "requestBody" in operation or not is_free or any(each["schema"]["type"] != "string" for each in said)
    )


def words(name):
    return {*name.lower().replace("error", "error-").split("-")}


DOCUMENTS = {
    "petstore": lambda: yaml.safe_load(PETSTORE.read_text(encoding="utf-8")),
    "harbour": harbour,
}


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("name", [*DOCUMENTS])
def test_a_mounted_document_is_kept(mock_api, fuzzed, name, mode):
    """No request ends in a 500; what fits is answered as described, and what does not is refused."""
    url = mock_api.url + mock_api.mount_openapi(DOCUMENTS[name]()).path

    asked = fuzzed(with_our_errors(DOCUMENTS[name]()), url, mode, (*CHECKS, *OF_MODE[mode]), SHARE[name])

    assert asked >= 19


@pytest.mark.llmock(strict=False)  # a backend that nobody has is a remark then, and no failure of this test
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_the_server_answers_as_its_own_document_says(llmock, fuzzed, mode):
    """No request ends in a 500, and every answer is one that is described."""
    document = without_wishes(described(llmock.url))

    asked = fuzzed(document, llmock.url, mode)

    assert asked >= 20
