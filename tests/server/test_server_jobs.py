"""What a worker does with a job."""

import pickle
from dataclasses import replace

import pytest

from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings
from pytest_llmock.datasets.plan import Plan
from pytest_llmock.errors import RequestError
from pytest_llmock.ledger import Spent
from pytest_llmock.server.jobs import job_of
from pytest_llmock.server.roles import Roles


def numbers(prompt):
    """Records with their numbers."""
    return [{"id": prompt.generation.start + place} for place in range(prompt.generation.count)]


def fail(prompt):
    """No record."""
    raise RequestError("Not today.")


@pytest.fixture
def job(tmp_path):
    """A job as it comes to a worker, answered by a function."""

    def job(function):
        settings = load_settings(tmp_path, environ={})
        roles = Roles.of(backend=function, enricher=None)
        plan = Plan(shape={"id": 0}, count=20, path="/users", batch=10)
        made = job_of(plan, settings, Choice(backend=roles.backend, record="off"), roles)
        return pickle.loads(pickle.dumps(made))

    return job


def test_a_worker_makes_what_a_run_here_would(job):
    """Part after part, in the same session."""
    found = job(numbers)

    one, two = found((found.plan.part(0), found.plan.part(1)), Spent())

    assert one.lines.startswith(b'{"id":0}\n')
    assert found((found.plan.part(1),), Spent()) == (two,)


def test_an_error_can_be_sent_back(job):
    """Whatever it was; its message stays."""
    found = job(fail)

    (made,) = pickle.loads(pickle.dumps(found((found.plan.part(0), found.plan.part(1)), Spent())))

    assert str(made.error) == "Not today."


def test_a_function_that_breaks_is_told_with_the_kind_of_its_error(job):
    """Its class may not be there where the message goes."""
    found = job(lambda_)

    assert str(found((found.plan.part(0),), Spent())[0].error) == "KeyError: 'x'"


def lambda_(prompt):
    """An error of nobody's tree."""
    raise KeyError("x")


def test_a_worker_of_another_version_makes_nothing(job):
    """Its records could be others."""
    found = replace(job(numbers), version="0.0.1")

    (made,) = found((found.plan.part(0), found.plan.part(1)), Spent())

    assert str(made.error).startswith("A worker has pytest-llmock ")
    assert "than 0.0.1 here. Install the same version everywhere." in str(made.error)


def test_a_job_shows_none_of_its_settings(job):
    """Dask may write it into a log."""
    assert "settings" not in repr(job(numbers))
