"""The public API as a type checker sees it: this file is checked by mypy --strict, not run."""

from collections.abc import AsyncGenerator

from pytest_llmock import (
    Call,
    Case,
    Completion,
    Consensus,
    DataSet,
    Delta,
    Fault,
    Health,
    MockApi,
    MockCalls,
    Patterns,
    Progress,
    Prompt,
    QualityGate,
    QualityGrader,
    QualityReport,
    Refine,
    Result,
    Route,
    RouteRequest,
    Rule,
    SelectedBackend,
    SelfHeal,
    Session,
    Settings,
    Stage,
    ValidationLoop,
    as_backend,
    contract_cases,
    fold,
    generate,
    load_settings,
    openapi_cases,
    score,
)
from pytest_llmock.strategies import contract_cases as contract_case_strategy


async def deltas(prompt: Prompt) -> AsyncGenerator[Delta, None]:
    yield Delta(prompt.model)


async def words(prompt: Prompt) -> str:
    return prompt.messages[-1].text


def register(llmock: Session) -> None:
    llmock.backends.add("deltas", deltas)
    llmock.backends.add("words", words, live=True)
    llmock.backends.add("text", lambda prompt: prompt.model)
    llmock.backends.add("data", lambda prompt: {"id": 1})


def ask(llm_backend: SelectedBackend) -> str:
    completion: Completion = llm_backend.complete_sync("Hello", shape={"id": 0}, temperature=0.2)
    pieces: list[str] = [delta.text for delta in llm_backend.stream_sync([{"role": "user", "content": "Hi"}])]
    return completion.text + "".join(pieces)


def script(llm_backend: SelectedBackend, llmock: Session) -> Rule:
    llm_backend.reply("One", {"two": 2}, lambda prompt: prompt.model)
    llm_backend.on(contains=["a", "b"], has_tool_result=False, turn=1).reply({"tool": "x"}).times(2)
    llm_backend.assert_called_with(contains="a", model="gpt-*", times=2)
    llm_backend.assert_not_called(tool="x")
    llm_backend.assert_order("a", {"turn": 2})
    llmock.backends["synthetic"].fail(429, retry_after=1)
    fault: Fault = llm_backend.calls[0].faults[0]
    return llm_backend.fail(fault=fault).fail(429, retry_after=1, times=2).then("ok")


async def ask_later(llm_backend: SelectedBackend) -> int:
    completion = await llm_backend.complete("Hello", shape=dict[str, int])
    return completion.usage.total_tokens + len([delta async for delta in llm_backend.stream("Hi")])


def read(mock_api: MockApi) -> int:
    last: Call = mock_api.calls[-1]
    return mock_api.get("/users").status_code + last.status


def program(mock_api: MockApi) -> int:
    def answer(request: RouteRequest) -> tuple[int, object]:
        return 201, {"id": request.params["id"], "body": request.json}

    route: Route = mock_api.route("GET", "/users/{id:int}", params={"page": 2}).respond(json={}, status=201)
    route.error(404, "gone", details=["id"]).sequence(503, (200, {"id": 1}), repeat="last").side_effect(
        answer
    )
    route.pass_through().shape([{"id": 0}]).backend("words").delay((0.1, 0.2)).times(2)
    mock_api.calls.assert_called("POST", "/users", json={"name": "Ada"}, times=1)
    calls: MockCalls = route.calls
    return calls.call_count


def configure(settings: Settings) -> Settings:
    return settings.merged({"Seed": 7}, where="here")


def is_usable(llmock: Session) -> bool:
    health: Health = llmock.health("words")
    return health.up and llmock.healthy["words"].key != "refused"


def cases(document: dict[str, object]) -> list[Case]:
    made = contract_cases("POST /users", {"id": 0}, valid=1) + openapi_cases(document, "addUser")
    return [case for case in made if case.is_valid] + [
        contract_case_strategy("/x", int, kinds=["edge"]).example()
    ]


def make(settings: Settings) -> int:
    lines: list[str] = []

    def watch(progress: Progress) -> None:
        lines.append(progress.line)

    by_name: DataSet = generate({"id": 0}, 10, "a.jsonl", backend="writer", settings=settings, progress=watch)
    by_function = generate(dict[str, int], 10, "b.csv", backend=words, enrich_every=2, enrich_backend=deltas)
    return by_name.records + by_function.resumed


async def compose(prompt: Prompt) -> Completion:
    return await fold(as_backend(words)(prompt))


def variety(data: object) -> float:
    return len(data) / 10 if isinstance(data, list) else 1


def grade(quality_gate: QualityGrader) -> float:
    report: QualityReport = quality_gate(
        {"id": 1},
        shape={"id": 0},
        rules=["Be nice"],
        metrics=[variety],
        weights={"variety": 2},
        baseline="users",
    )
    looked = quality_gate.score(
        [1], model=list[int], metrics={"reasoned": lambda _: (0.5, "half")}, judge="critic"
    )
    return report.score + looked.realism + score({"id": 1}).completeness + len(report.issues[0].pointer)


def improve(pipeline: Patterns) -> Result:
    fix = Stage("fix", shape={"id": 0})
    loop = ValidationLoop(Stage("make"), {"id": 0}, fix, max_attempts=2, final=lambda data: data)
    healed = SelfHeal(loop, lambda data: ["wrong"], fix)
    best = Consensus([healed, Refine(fix, fix, lambda value: 0.5)], choose=lambda values: values[0])
    return pipeline(best, QualityGate(0.9, rules=["Verify email formats"], on_fail=fix)).run_sync({})


__all__ = [
    "ask",
    "ask_later",
    "cases",
    "compose",
    "configure",
    "grade",
    "improve",
    "is_usable",
    "load_settings",
    "make",
    "program",
    "read",
    "register",
    "script",
]
