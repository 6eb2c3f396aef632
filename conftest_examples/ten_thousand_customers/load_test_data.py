"""Customers for a load test: the fast model makes them all, the good one goes over every tenth batch."""

from pytest_llmock import generate

CUSTOMER = {"id": "string", "name": "string", "email": "string", "phone": "string"}


def customers(out, count=10_000, **other):
    """A file of that many; called again after whatever stopped it, it goes on."""
    said = {"backend": "generator", "enrich_backend": "enricher", **other}
    return generate(CUSTOMER, count, out, batch=100, enrich_every=10, unique=["id", "email"], **said)
