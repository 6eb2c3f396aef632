import pytest

from pytest_llmock.hosts import is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("ollama.localhost", True),
        ("127.0.0.9", True),
        ("::1", True),
        ("192.168.0.1", False),
        ("localhost.evil.test", False),
    ],
)
def test_loopback_is_told_from_other_hosts(host, expected):
    """This machine's names and addresses, and only these."""
    found = is_loopback(host)

    assert found is expected
