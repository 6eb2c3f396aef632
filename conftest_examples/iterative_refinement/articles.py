"""A product page that is refined until it is good: written fast, polished, and rescued by the best model."""

from pytest_llmock import Refine, Stage

PAGE = {"title": "string", "summary": "string", "keywords": ["string"], "price": 0.5}


def assess_quality(page):
    """Completeness (the fields are there), validity (enough words), realism (the price can be asked): 0 to 1."""
    complete = sum(bool(page.get(field)) for field in PAGE) / len(PAGE)
    valid = min(len(page.get("summary", "").split()) / 10, 1)
    real = 0 < page.get("price", 0) < 10_000
    return round((complete + valid + real) / 3, 2)


PRODUCT_PAGE = Refine(
    Stage("generate", backend="generator"),
    Stage("refine", backend="enricher"),
    assess_quality,
    threshold=0.8,
    max_iterations=3,
    final=Stage("validate", backend="validator", shape=PAGE, path="/products/enrich"),
)
