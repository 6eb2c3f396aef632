"""Customers from a spreadsheet. What cannot be read, or is wrong, a model heals, and it is tried again."""

from pytest_llmock import SelfHeal, Stage

CUSTOMER = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "email": {"type": "string", "format": "email"},
        "age": {"type": "integer", "minimum": 0, "maximum": 130},
    },
    "required": ["name", "email", "age"],
}


def read_row(row):
    return {"name": row["name"], "email": row["email"], "age": int(row["age"])}


IMPORT = SelfHeal(read_row, CUSTOMER, Stage("heal", backend="enricher"), max_attempts=3)
