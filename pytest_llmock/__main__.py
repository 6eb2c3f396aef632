"""`python -m pytest_llmock` is `pytest-llmock`."""

from pytest_llmock.cli import main

main(prog_name="pytest-llmock")
