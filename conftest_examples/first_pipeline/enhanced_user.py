"""A user in two stages: the fast model makes it, the good one adds to it. `python enhanced_user.py` shows one."""

import json

from pytest_llmock import Pipeline, Stage, connect

BASIC = {"firstName": "string", "lastName": "string", "email": "string"}
ENHANCED = {
    **BASIC,
    "demographics": {"age": 0, "city": "string", "occupation": "string"},
    "preferences": {"interests": ["string"], "newsletter": True},
}
ENHANCED_USER = Pipeline(
    Stage("generate", backend="fast", shape=BASIC),
    Stage("enrich", backend="quality", shape=ENHANCED, keep_input="strict"),
)


def main():
    with connect() as session:
        result = session.pipeline.bind(ENHANCED_USER).run_sync({})
    print(result.explain())
    print(json.dumps(result.value, indent=2))


if __name__ == "__main__":
    main()
