"""What users import, and that importing it late costs nothing early."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_llmock


def test_every_public_name_can_be_imported():
    """The lazy table names things that exist."""
    for name in pytest_llmock.__all__:
        assert getattr(pytest_llmock, name) is not None


def test_type_checkers_see_the_same_names():
    """What is imported for type checkers and what is imported lazily are the same."""
    tree = ast.parse(Path(pytest_llmock.__file__).read_text(encoding="utf-8"))
    for_checkers = {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }

    assert for_checkers - {"import_module", "TYPE_CHECKING"} == set(pytest_llmock.__all__) - {"__version__"}


def test_an_unknown_name_is_an_attribute_error():
    """A misspelt import fails as it does everywhere."""
    with pytest.raises(AttributeError, match="module 'pytest_llmock' has no attribute 'Promt'"):
        pytest_llmock.Promt  # noqa: B018 - the access is the test


def test_importing_the_package_imports_none_of_its_modules():
    """`import pytest_llmock` by itself loads nothing."""
    code = "import sys, pytest_llmock; print([name for name in sys.modules if name.startswith('pytest_llmock.')])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
