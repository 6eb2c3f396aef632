"""The shape that data has: its types in place of its values."""

from pytest_llmock.llm import JSON

MOST_LISTED = 3
_LIKE: dict[type, JSON] = {str: "string", bool: True, int: 0, float: 0.0}


def skeleton(value: JSON) -> JSON:
    """The value as an example of its types: {"id": 7, "tags": ["a"]} → {"id": 0, "tags": ["string"]}.

    A list is as long as it was, up to three items, which are all like the first.
    """
    if isinstance(value, dict):
        return {name: skeleton(part) for name, part in value.items()}
    if isinstance(value, list):
        return [skeleton(value[0])] * min(len(value), MOST_LISTED) if value else []
    return _LIKE.get(type(value))
