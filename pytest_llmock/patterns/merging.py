"""One object made of those of several branches, in which no branch may contradict another."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pytest_llmock.errors import LLMockError
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.given import kind


def merged(results: Sequence[tuple[str, JSON]], *, deep: bool = False) -> JSON:
    """The fields of all results, which stand behind their branches, in one object.

    `deep`: also within objects of the same name. The order of the results decides the order of the fields and
    nothing else. Raises LLMockError for a result that is no object, and when two set one field to different
    values; both name the branches.
    """
    merge, whole = _Merge(deep=deep), dict[str, JSON]()
    for branch, result in results:
        if not isinstance(result, dict):
            raise LLMockError(
                f"branch '{branch}' made {kind(result)}, and only objects can be merged into one. Nest the "
                "branches (merge='nest'), or merge them with a function."
            )
        whole = merge.objects(whole, result, branch, "")
    return whole


@dataclass(slots=True)
class _Merge:
    """Knows which branch set the fields so far, by pointer."""

    deep: bool
    owners: dict[str, str] = field(default_factory=dict)

    def objects(
        self, old: dict[str, JSON], new: dict[str, JSON], branch: str, pointer: str
    ) -> dict[str, JSON]:
        whole = dict(old)
        for key, value in new.items():
            at = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            if key in old:
                whole[key] = self.values(old[key], value, branch, at)
            else:
                whole[key], self.owners[at] = value, branch
        return whole

    def values(self, old: JSON, new: JSON, branch: str, at: str) -> JSON:
        if self.deep and isinstance(old, dict) and isinstance(new, dict):
            return self.objects(old, new, branch, at)
        if _is_same(old, new):
            return old
        raise LLMockError(
            f"branches '{self._owner(at)}' and '{branch}' both set {at}, to {old!r:.80} and to {new!r:.80}. "
            "Let one of them make it, nest the branches (merge='nest'), or merge them with a function."
        )

    def _owner(self, at: str) -> str:
        """Who set a field, or the object around it."""
        while at not in self.owners:
            at = at.rpartition("/")[0]
        return self.owners[at]


def _is_same(one: JSON, other: JSON) -> bool:
    """Whether two values are the same JSON; in Python, True is 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other
