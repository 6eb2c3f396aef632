"""What the fixture `pipeline` makes: every pattern, bound."""

import pytest
from hosts import Canned

from pytest_llmock import Batch, Fallback, Parallel, Pipeline, Router, Stage
from pytest_llmock.errors import RefusedError
from pytest_llmock.patterns.maker import Patterns

MAKE = Stage("make")


def price(data):
    return 5


@pytest.mark.parametrize(
    ("make", "same"),
    [
        (lambda make: make(MAKE, price), Pipeline(MAKE, price)),
        (lambda make: make.bind(MAKE), MAKE),
        (lambda make: make.parallel({"a": MAKE}, merge="flat"), Parallel({"a": MAKE}, merge="flat")),
        (lambda make: make.parallel(MAKE, on_error="collect"), Parallel(MAKE, on_error="collect")),
        (lambda make: make.fallback(MAKE, price), Fallback(MAKE, price)),
        (lambda make: make.router([(3, MAKE)]), Router([(3, MAKE)])),
        (lambda make: make.router([(3, MAKE)], price), Router([(3, MAKE)], price)),
        (lambda make: make.batch(MAKE), Batch(MAKE)),
        (
            lambda make: make.batch(MAKE, 5, 2, "cancel", whole=True),
            Batch(MAKE, 5, 2, "cancel", whole=True),
        ),
    ],
)
def test_each_method_makes_its_pattern_bound_to_the_host(make, same):
    """With the arguments of the class."""
    host = Canned({})

    made = make(Patterns(host))

    assert (made, made.host) == (same, host)


@pytest.mark.parametrize(
    "make",
    [
        lambda make, ghost: make(ghost),
        lambda make, ghost: make.bind(ghost),
        lambda make, ghost: make.parallel(ghost),
        lambda make, ghost: make.fallback(ghost),
        lambda make, ghost: make.router([(3, ghost)]),
        lambda make, ghost: make.batch(ghost),
    ],
)
def test_no_pattern_is_made_with_an_unknown_backend(make):
    """It is refused at once."""
    with pytest.raises(RefusedError, match="Stage 'a': backend 'ghost' is not configured"):
        make(Patterns(Canned(known={"x"})), Stage("a", backend="ghost"))


def test_what_is_no_step_cannot_be_bound():
    """The message says what takes steps."""
    with pytest.raises(TypeError, match="^bind takes steps and functions of one argument, not 'make'"):
        Patterns(Canned()).bind("make")
