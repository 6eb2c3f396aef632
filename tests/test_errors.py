import pytest

from pytest_llmock import errors
from pytest_llmock.errors import BackendError, DeadlineError, Failure, OffShapeError, RefusedError, nearest


@pytest.mark.parametrize(
    ("word", "known", "sentence"),
    [
        pytest.param("enrichr", ["enricher", "generator"], " Did you mean 'enricher'?", id="close"),
        pytest.param("ENRICHER", ["Enricher"], " Did you mean 'Enricher'?", id="other case"),
        pytest.param("zzz", ["b", "a"], " Known: a, b.", id="far"),
        pytest.param("zzz", list("abcdefghi"), " Known: a, b, c, d, e, f, g, h, ….", id="many"),
        pytest.param("zzz", [], "", id="nothing known"),
    ],
)
def test_nearest_names_what_would_have_worked(word, known, sentence):
    """A close word is proposed, else a few known ones are listed."""
    assert nearest(word, known) == sentence


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(errors.SettingsError("x"), 500, id="settings"),
        pytest.param(errors.RequestError("x"), 400, id="request"),
        pytest.param(errors.RequestError("x", status=405), 405, id="request with status"),
        pytest.param(errors.ShapeError("x"), 422, id="shape"),
        pytest.param(errors.TooLargeError("x"), 413, id="too large"),
        pytest.param(RefusedError("x"), 400, id="refused"),
        pytest.param(errors.SessionClosedError("x"), 410, id="closed"),
        pytest.param(errors.NoBackendError("x"), 503, id="no backend"),
        pytest.param(BackendError(Failure("connect", "x")), 502, id="backend"),
        pytest.param(DeadlineError("x"), 504, id="deadline"),
        pytest.param(OffShapeError("x", attempts=[]), 502, id="off shape"),
    ],
)
def test_every_error_knows_its_status(error, status):
    """The server answers with this status, whatever the API."""
    assert error.status == status
    assert error.message == "x"


def test_a_backend_error_says_who_and_how():
    """The details name backend and upstream status, for the mock API's body."""
    error = BackendError(Failure("status", "busy", status=429), backend="enricher", attempts=3)

    assert error.details == {"backend": "enricher", "status": 429, "kind": "status"}
    assert (error.backend, error.attempts) == ("enricher", 3)


def test_a_failure_of_no_known_kind_is_refused():
    """Retries go by the kind, so that a misspelt one would change what happens."""
    with pytest.raises(ValueError, match=r"^A Failure has no kind 'connection'\. Did you mean 'connect'\?$"):
        Failure("connection", "No route to host.")


def test_the_tree_in_the_docstring_is_the_tree():
    """Every error class of the module is drawn, and nothing else."""
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }

    drawn = {line.split()[-1] if "──" not in line else line.split("── ")[1].split()[0] for line in _tree()}

    assert drawn == classes


def _tree():
    lines = [
        line
        for line in (errors.__doc__ or "").splitlines()
        if ("Error" in line or "──" in line) and line.startswith("    ")
    ]
    return [line if "──" in line else line.split()[0] for line in lines]
