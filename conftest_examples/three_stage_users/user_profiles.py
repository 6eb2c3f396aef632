"""User profiles in three stages: quick data, rich data, data fit for business."""

from pytest_llmock import Pipeline, Stage

BASIC = {"firstName": "string", "lastName": "string", "email": "string", "age": 0}
DEMOGRAPHICS = {"city": "string", "state": "string", "occupation": "string", "income": 0}
PREFERENCES = {"interests": ["string"], "communicationChannel": "string"}
RICH = {**BASIC, "demographics": DEMOGRAPHICS, "preferences": PREFERENCES}
COMPLETE = {
    "userId": "string",
    **BASIC,
    "demographics": {**DEMOGRAPHICS, "zipCode": "string", "educationLevel": "string"},
    "preferences": {**PREFERENCES, "marketingConsent": True},
    "account": {
        "created": "ISO-8601",
        "status": "active|inactive|suspended",
        "tier": "free|premium|enterprise",
        "lastLogin": "ISO-8601",
    },
    "validation": {"emailVerified": True, "phoneVerified": True, "identityVerified": True},
}

PROFILES = Pipeline(
    Stage("generate", backend="generator", shape={"users": [BASIC]}),
    Stage("enrich", backend="enricher", shape={"users": [RICH]}, keep_input="strict"),
    Stage("validate", backend="validator", shape={"users": [COMPLETE]}, keep_input="strict"),
)
