"""What happens to a request of the mock API before a backend is asked.

In this order: it is decoded; it gets the error that it asks for; the rate limit counts it; a programmed route
answers it, or says how a backend is to; it is delayed; it gets what is remembered. Words of ours that are
wrong matter only to requests that a backend answers.
"""

import logging
from dataclasses import replace

from pytest_llmock.errors import LLMockError, RefusedError, RequestError
from pytest_llmock.journal import Call
from pytest_llmock.mockapi.contexts import context_name
from pytest_llmock.mockapi.limits import delay_of, drawn
from pytest_llmock.mockapi.mounts import ROOT as MOUNTED
from pytest_llmock.mockapi.plan import Plan
from pytest_llmock.mockapi.received import RouteRequest, kept, received
from pytest_llmock.mockapi.request import MockRequest, decode, made_ahead
from pytest_llmock.mockapi.route import Claim
from pytest_llmock.mockapi.routes import STREAM_ROOT
from pytest_llmock.mockapi.simulation import simulated
from pytest_llmock.pool.deadline import Deadline
from pytest_llmock.server.memory import recalled, remember_given
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, Response, header_value

SCRIPTED = {"x-llmock-source": "scripted"}
_BELOW = f"{MOUNTED}/"
_NO_PLAN = Plan()
_PASSED = Plan(delay_s=(0.0, 0.0))  # its route has waited already

log = logging.getLogger("pytest_llmock")


async def admitted(session: Session, call: Call, request: Request, *, root: str) -> MockRequest | Response:
    """What a backend is to be asked, or the answer where none is; the mock API is at `root`.

    Raises RequestError for a request that is wrong (4xx) or one too many (429), and what a route raises.
    """
    settings = session.settings
    asked = received(request, root)
    call.request = kept(asked)
    words, mock = _decoded(session, call, asked, root)
    wish = simulated(words, {} if isinstance(mock, RequestError) else mock.directives)
    if wish is not None:
        call.source, call.error = "scripted", wish.message
        return wish.response(SCRIPTED)
    if settings.enable_rate_limiting:
        session.traffic.admit(call.answer_headers)
    routed = await _routed(session, call, asked) if session.routes else _NO_PLAN
    if isinstance(routed, Response):
        if isinstance(mock, MockRequest):
            remember_given(session, call, mock, routed)
        return routed
    if isinstance(mock, RequestError):
        raise mock
    delay = _delay(session, call, routed)
    if delay:
        left = deadline_of(session, call, mock).expires - session.clock.monotonic()
        await session.clock.sleep(min(delay, max(0.0, left)))
    if mock.delivery is not None and mock.delivery.body is not None and routed.shape is None:
        call.source = "scripted"
        call.warnings += mock.warnings
        given = mock.delivery.given(SCRIPTED)
        remember_given(session, call, mock, given)
        return given
    return recalled(session, call, mock if routed is _NO_PLAN else _directed(mock, routed))


def deadline_of(session: Session, call: Call, mock: MockRequest) -> Deadline:
    """When a request has failed, counted from when it came."""
    allowed_s = mock.timeout_s or session.settings.deadline_seconds
    return Deadline(call.started + allowed_s, allowed_s)


def _decoded(
    session: Session, call: Call, asked: RouteRequest, root: str
) -> tuple[Request, MockRequest | RequestError]:
    """What of the request is words to us; and it as backends are asked, or what keeps them from it."""
    words, most = asked.source, session.settings.max_items
    try:
        if not session.mounts and not asked.path.startswith(_BELOW):
            return words, decode(words, root=root, max_items=most)
        taken = session.mounts.taken(asked.method, asked.path)
        if taken is None:
            return words, decode(words, root=root, max_items=most)
        call.answer_headers["x-llmock-operation"] = header_value(taken.operation.source.endpoint)
        words = taken.words(asked.source)
        return words, taken.decode(asked.source, max_items=most, as_stream=root.endswith(STREAM_ROOT))
    except RequestError as error:
        return words, error


async def _routed(session: Session, call: Call, asked: RouteRequest) -> Response | Plan:
    """The answer of the first route that has one, or how it says that a backend answers."""
    for route, params in session.routes.matching(asked):
        claim = route.claim(call, params)
        if claim is None:
            continue
        if claim.plan.answer is None:
            return claim.plan
        if delay := _delay(session, call, claim.plan):
            await session.clock.sleep(delay)
        made = await _made(session, claim, asked)
        if isinstance(made, Response):
            call.source = "scripted"
            named = {**SCRIPTED, "x-llmock-route": header_value(route.pattern.label)}
            return replace(made, headers={**made.headers, **named})
        if made is not None:
            return _PASSED
        route.leave(call)
    return _NO_PLAN


async def _made(session: Session, claim: Claim, asked: RouteRequest) -> Response | RouteRequest | None:
    """What a route answers; what is wrong with the test that programmed it fails the test."""
    label = claim.route.pattern.label
    try:
        return await claim.response(asked)
    except RefusedError as error:
        session.failures.append(error)
        raise
    except LLMockError:
        raise
    except AssertionError as error:
        refused = RefusedError(f"The side effect of the route {label} failed: {str(error) or 'an assertion'}")
        session.failures.append(refused)
        raise refused from error
    except Exception as error:
        log.exception("The side effect of the route %s raised an error", label)
        raised = f"{type(error).__name__}: {error}".rstrip(".")
        raise LLMockError(
            f"The side effect of the route {label} raised {raised}. To answer with an error "
            "on purpose, return its status: (503, {…})."
        ) from error


def _delay(session: Session, call: Call, plan: Plan) -> float:
    least, most = plan.delay_s or delay_of(session.settings)
    return drawn(least, most, seed=session.choice.seed, number=call.number) if most else 0.0


def _directed(mock: MockRequest, plan: Plan) -> MockRequest:
    """The request as its route changes it: the route's shape, the request's backend where it names one."""
    shape = plan.shape or mock.shape
    directives = {**mock.directives, **(plan.shape.directives if plan.shape else {})}
    if plan.cache is not None:
        directives["$cache"] = plan.cache
    return replace(
        mock,
        shape=shape,
        generation=replace(mock.generation, shape=None if shape is None else shape.source),
        backend=mock.backend or plan.backend,
        directives=directives,
        cache=made_ahead(directives),
        context=mock.context or context_name(directives.get("$context"), "$context"),
    )
