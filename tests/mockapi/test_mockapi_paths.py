import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.mockapi.paths import described, template

UUID = "0b8e6f0e-1c2d-4e3f-8a9b-0123456789ab"


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        pytest.param("/users", "/users", {}, id="itself"),
        pytest.param("/", "/", {}, id="root"),
        pytest.param("/users/", "/users/", {}, id="slash at the end"),
        pytest.param("/users/{id}", "/users/ada%", {"id": "ada%"}, id="parameter"),
        pytest.param("/users/{user-id}", "/users/7", {"user-id": "7"}, id="any name"),
        pytest.param(
            "/a/{x}/b/{y:int}", "/a/1/b/2", {"x": "1", "y": 2}, id="two parameters, one of them a number"
        ),
        pytest.param("/u/{id:uuid}", f"/u/{UUID}", {"id": UUID}, id="uuid"),
        pytest.param("/f/{rest:path}/raw", "/f/a/b/raw", {"rest": "a/b"}, id="path"),
        pytest.param(
            "/f/{name}.{kind}", "/f/a.tar.gz", {"name": "a.tar", "kind": "gz"}, id="parts of a segment"
        ),
        pytest.param("/users/*", "/users/7", {}, id="one segment"),
        pytest.param("/users/*/orders", "/users/7/orders", {}, id="one segment within"),
        pytest.param("/f/report-*.csv", "/f/report-.csv", {}, id="part of a segment, even none"),
        pytest.param("/files/**", "/files", {}, id="no segment"),
        pytest.param("/files/**", "/files/a/b", {}, id="many segments"),
        pytest.param("/**", "/", {}, id="everything, the root too"),
        pytest.param("/a/**/z", "/a/b/c/z", {}, id="segments between"),
        pytest.param("/a/**/z", "/a/z", {}, id="no segment between"),
        pytest.param("/{x}", "/a\nb", {"x": "a\nb"}, id="line break"),
    ],
)
def test_a_path_of_the_form_gives_its_parameters(text, path, expected):
    """Names stand for what was there, numbers as numbers."""
    assert template(text).match(path) == expected


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/users", "/users/"),
        ("/users", "/Users"),
        ("/users", "/users/7"),
        ("/users/{id}", "/users/"),
        ("/users/{id}", "/users/7/orders"),
        ("/users/{id:int}", "/users/ada"),
        ("/users/{id:int}", "/users/-1"),
        ("/users/{id:int}", "/users/" + "9" * 5000),
        ("/u/{id:uuid}", "/u/7"),
        ("/users/*", "/users/"),
        ("/users/*", "/users/7/orders"),
        ("/files/**", "/filesystem"),
        ("/a.b", "/axb"),
    ],
)
def test_any_other_path_is_none(text, path):
    """Case, slashes at the end and dots count."""
    assert template(text).match(path) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("users", "The path 'users' does not begin with a slash: write '/users'."),
        ("", "The path '' does not begin with a slash: write '/'."),
        (
            "http://h/x",
            "The path 'http://h/x' is an address: write what follows its host, such as '/users'.",
        ),
        (
            "/users/<int:id>",
            "The path '/users/<int:id>' has '<int:id>', which would be just this text: write '{id}', or '{id:int}' for numbers.",
        ),
        (
            "/users/:id/orders",
            "The path '/users/:id/orders' has ':id', which would be just this text: write '{id}', or '{id:int}' for numbers.",
        ),
        (
            "/users?page=2",
            "The path '/users?page=2' has a query: leave it out, and give the query as params={…}.",
        ),
        ("/a//b", "The path '/a//b' has two slashes side by side: write one."),
        ("/a/{id", "The path '/a/{id' has a brace without its partner in '{id'."),
        ("/a/id}", "The path '/a/id}' has a brace without its partner in 'id}'."),
        ("/a/{}", "The path '/a/{}' has a parameter without a name: write '{id}'."),
        ("/{a}/{a}", "The path '/{a}/{a}' has two parameters 'a': rename one."),
        (
            "/{a:number}",
            "The path '/{a:number}' has a parameter of the kind 'number'. Known: int, path, str, uuid.",
        ),
        ("/{a:itn}", "The path '/{a:itn}' has a parameter of the kind 'itn'. Did you mean 'int'?"),
        (
            "/{a}{b}",
            "The path '/{a}{b}' has nothing that divides two parameters in '{a}{b}': put text between them. '**' is a whole segment.",
        ),
        (
            "/a**",
            "The path '/a**' has nothing that divides two parameters in 'a**': put text between them. '**' is a whole segment.",
        ),
        ("/**/a/**", "The path '/**/a/**' has more than one '**' or path parameter: leave one."),
        ("/{a:path}/**", "The path '/{a:path}/**' has more than one '**' or path parameter: leave one."),
    ],
)
def test_what_no_path_can_be_is_refused(text, message):
    """The message says how to write it."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        template(text)


def test_a_template_is_its_text():
    """Equal texts are equal templates, and shown as they were written."""
    one = template("/users/{id:int}")

    assert one == template("/users/{id:int}") != template("/users/{id}")
    assert (str(one), one.names) == ("/users/{id:int}", ("id",))


SEGMENT = st.text(
    st.characters(exclude_characters="/{}*?#", exclude_categories=("Cs",)), min_size=1, max_size=8
)


@settings(max_examples=50)
@given(st.lists(SEGMENT, min_size=1, max_size=4))
def test_whatever_fills_a_template_is_found_again(values):
    """A path made of a template and values gives the values back."""
    names = [f"p{number}" for number in range(len(values))]
    text = "".join(f"/fixed/{{{name}}}" for name in names)
    path = "".join(f"/fixed/{value}" for value in values)

    assert template(text).match(path) == dict(zip(names, values, strict=True))


@pytest.mark.parametrize(
    ("text", "path", "params"),
    [
        ("/pets/{pet-id}", "/pets/7", {"pet-id": "7"}),
        ("/a/*/{x:int}", "/a/*/7", {"x:int": "7"}),
        ("/a/{x}.{y}", "/a/b.c", {"x": "b", "y": "c"}),
        ("/a/{x}", "/a/b/c", None),
    ],
)
def test_a_described_path_has_no_words_but_names_in_braces(text, path, params):
    """What is a wildcard or a kind in a route is text in a document."""
    assert described(text).match(path) == params


@pytest.mark.parametrize("text", ["a", "/a?b", "/a/{x}/{x}", "/{a}{b}", "/a}{", "/{a"])
def test_a_described_path_that_no_request_can_have_is_refused(text):
    """With the path."""
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        described(text)
