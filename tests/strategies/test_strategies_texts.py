"""Texts of the strategies cost no draw its time."""

import subprocess
import sys
from pathlib import Path

import pytest

DRAWS = """
from pathlib import Path

from hypothesis import given, settings

from pytest_llmock import strategies

tables = Path(".hypothesis/unicode_data")
before = sorted(tables.rglob("*"))


@settings(max_examples=20, database=None, deadline=None, derandomize=True)
@given(strategies.{strategy})
def test(value):
    assert value is not None


test()
print(len(before), sorted(tables.rglob("*")) == before)
"""


@pytest.mark.parametrize("strategy", ['replies({"city": "string"})', "conversations()"])
def test_no_draw_makes_a_table_of_characters_in_a_new_folder(tmp_path: Path, strategy: str) -> None:
    """What Hypothesis knows of characters is there before the first draw.

    It keeps its tables in the folder of the run, and counts what a draw takes to make one: in a new folder,
    as CI has it, that took 3 seconds, and the user's test failed as too slow.
    """
    line = [sys.executable, "-c", DRAWS.replace("{strategy}", strategy)]
    ran = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    count, unchanged = ran.stdout.split()
    assert int(count) > 0
    assert unchanged == "True"
