"""A product of three parts that do not depend on each other: three models make them at the same time."""

from datetime import UTC, datetime

from pytest_llmock import Parallel, Stage

DETAILS = {
    "name": "string",
    "description": "string",
    "specs": {"dimensions": "string", "weight": "string", "material": "string"},
}
PRICING = {"price": 0.0, "msrp": 0.0, "discount": 0, "currency": "USD"}
INVENTORY = {"inStock": True, "quantity": 0, "warehouse": "string", "nextRestock": "ISO-8601"}


def merged(parts):
    return {
        **parts["details"],  # has the sku, too: a stage keeps its input
        "pricing": parts["pricing"],
        "inventory": parts["inventory"],
        "generated": datetime.now(UTC).isoformat(),
    }


PARTS = {
    "details": Stage("details", backend="enricher", shape=DETAILS),
    "pricing": Stage("pricing", backend="generator", shape=PRICING, keep_input=False),
    "inventory": Stage("inventory", backend="generator", shape=INVENTORY, keep_input=False),
}
PRODUCT = Parallel(PARTS, merge=merged)
