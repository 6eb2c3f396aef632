"""What a failure means for the calls that follow it.

    failure                                        same backend   another   counts as an outage
    cut, timeout, connect                          again          yes       yes
    status 408, 500, 502, 503, 504 …               again          yes       yes
    status 409, 425, 429                           again          yes       no: it is alive, and busy
    resolve                                        no             yes       yes
    status 401, 403, 404, 501, 505, 508            no             yes       no
    protocol, too_large, key_missing, open         no             yes       no
    any other status: 400, 422 …                   no             no        no: the request is wrong

A host name that does not resolve now will not resolve in a second. A status such as 501 or 508 says that the
same request is never served here.
"""

from pytest_llmock.errors import Failure

_BUSY = frozenset({409, 425, 429})
_NEVER = frozenset({501, 505, 508})
_ELSEWHERE = frozenset({401, 403, 404}) | _NEVER
_PASSING = frozenset({"connect", "cut", "timeout"})


def may_ask_again(failure: Failure) -> bool:
    """Whether the same backend may answer the same request a little later."""
    return is_outage(failure, resolving=False) or failure.status in _BUSY


def may_ask_another(failure: Failure) -> bool:
    """Whether another backend may answer what this one did not."""
    if failure.kind == "status":
        return may_ask_again(failure) or failure.status in _ELSEWHERE
    return True


def says_nothing(failure: Failure) -> bool:
    """Whether it does not show how the backend is: that is busy, or was not asked for want of a key."""
    return failure.status in _BUSY or failure.kind == "key_missing"


def is_outage(failure: Failure, *, resolving: bool = True) -> bool:
    """Whether the backend is out of order, as far as this failure shows."""
    if failure.kind == "status":
        status = failure.status or 0
        return status == 408 or (status >= 500 and status not in _NEVER)
    return failure.kind in _PASSING or (resolving and failure.kind == "resolve")
