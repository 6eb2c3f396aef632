"""Who makes parts."""

import pytest

from pytest_llmock.datasets.executors import dask_address
from pytest_llmock.errors import SettingsError


@pytest.mark.parametrize(
    ("said", "address"), [("local", None), ("dask", ""), ("dask:tcp://10.0.0.1:8786", "tcp://10.0.0.1:8786")]
)
def test_an_executor_is_read(said, address):
    """Here, on this machine's workers, or on those of a scheduler."""
    assert dask_address(said) == address


@pytest.mark.parametrize("said", ["", "dsk", "dask:", "dask:10.0.0.1", "local:2"])
def test_what_is_no_executor_is_refused(said):
    """With those that there are."""
    with pytest.raises(SettingsError) as raised:
        dask_address(said)

    assert raised.value.message == (
        f"--executor is '{said}', which is none. Known: local, dask, dask:tcp://HOST:PORT."
    )
