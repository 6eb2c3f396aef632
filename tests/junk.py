"""Bodies with something wrong in any of their places."""

import json


def places(value, at=()):
    """Where a body has a value: () for all of it, ("messages", 0, "role")."""
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*at, key))


def replaced(value, at, junk):
    """The body with junk at the place."""
    if not at:
        return junk
    copy = json.loads(json.dumps(value))
    holder = copy
    for key in at[:-1]:
        holder = holder[key]
    holder[at[-1]] = junk
    return copy
