"""All moments of a record by their kind; the birth date follows from the age."""

from collections.abc import Mapping

from pytest_llmock.shapes.sample import facts, times

MOMENTS: Mapping[str, times.Moment] = {**times.MOMENTS, "birth": facts.birth}
