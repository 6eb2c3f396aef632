"""Old customers to a new schema: the fast model moves them, the good one fills gaps, the best one checks who matters."""

from pytest_llmock import Batch, Stage

MOVED = {"id": 0, "firstName": "string", "lastName": "string", "email": "string"}
CUSTOMER = {**MOVED, "phone": "string", "city": "string"}
CRITICAL_RULES = ["Verify email formats", "id must be positive"]

TRANSFORM = Stage("transform", backend="generator", shape=MOVED, keep_input=False)
ENRICH = Stage("enrich", backend="enricher", shape=CUSTOMER, keep_input="strict")
VALIDATE = Stage(
    "validate", backend="validator", shape={"passed": True, "issues": ["string"]}, keep_input=False
)


async def migrate(record):
    """A step may call other steps, as any function may."""
    moved = await TRANSFORM({"legacyRecord": record, "targetSchema": MOVED})
    customer = {
        **moved,
        **{name: record[name.upper()] for name in ("phone", "city") if record.get(name.upper())},
    }
    if customer.keys() != CUSTOMER.keys():
        customer = await ENRICH(customer)
    issues = []
    if record["IMPORTANCE"] == "critical":
        verdict = await VALIDATE({"record": customer, "rules": CRITICAL_RULES})
        issues = [] if verdict["passed"] else verdict["issues"]
    return {"customer": customer, "issues": issues}


def migrate_all(pipeline, records):
    """What became of each record: {"migrated": […], "failed": […], "warnings": […]}."""
    result = pipeline.bind(Batch(migrate, size=50)).run_sync(records)
    done = [(old, new) for old, new in zip(records, result.value, strict=True) if new is not None]
    return {
        "migrated": [new["customer"] for _, new in done],
        "failed": [{"originalId": slot.item["ID"], "error": str(slot.error)} for slot in result.failed],
        "warnings": [
            {"originalId": old["ID"], "issues": new["issues"]} for old, new in done if new["issues"]
        ],
    }
