"""The calls of AWS that a function makes, found by botocore's event `before-send`; one of them gets a fault.

moto answers in a handler of the same event. What is installed here takes its place, and passes on to it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, TypeAlias

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.retries.quota import RetryQuota
from moto.core.botocore_stubber import BotocoreStubber

from tests.support.faults.email_provider import SesResponses

Send: TypeAlias = Callable[[AWSPreparedRequest], AWSResponse]


@dataclass(frozen=True, order=True)
class Call:
    """The call number `number`, from 1, of an operation in a run, however often botocore repeats it."""

    service: str
    operation: str
    number: int


@dataclass(frozen=True)
class Fault:
    """What goes wrong: `answer` gives the response or raises what botocore would, with or without calling the store."""

    kind: str
    name: str
    answer: Callable[[AWSPreparedRequest, Send], AWSResponse]


@dataclass
class AwsCalls:
    """Notes the calls between `watch` and its end, in `noted` and with their attempts in `attempts`."""

    ses: SesResponses = field(default_factory=SesResponses)
    noted: list[Call] = field(default_factory=list)
    attempts: Counter[Call] = field(default_factory=Counter)
    _is_watching: bool = False
    _fault: Fault | None = None
    _at: Call | None = None
    _faulty_attempts: float = 0
    _by_invocation: dict[Any, Call] = field(default_factory=dict)
    _lock: Any = field(default_factory=RLock)

    @contextmanager
    def watch(
        self, fault: Fault | None = None, at: Call | None = None, attempts: float = float("inf")
    ) -> Iterator[None]:
        """While a function runs; the first so many attempts of the call `at` get the fault."""
        self.noted, self.attempts, self._by_invocation = [], Counter(), {}
        self._fault, self._at, self._faulty_attempts = fault, at, attempts
        self._is_watching = True
        try:
            yield
        finally:
            self._is_watching = False

    def answer(self, event_name: str, request: AWSPreparedRequest, send: Send) -> AWSResponse:
        """The response to a request that botocore is about to send; `send` does that. One at a time, as for moto."""
        _, service, operation = event_name.split(".")
        with self._lock:
            if not self._is_watching:
                return send(request)
            call = self._note(service, operation, request)
            if self._fault is None or call != self._at or self.attempts[call] > self._faulty_attempts:
                return send(request)
            return self._fault.answer(request, send)

    def _note(self, service: str, operation: str, request: AWSPreparedRequest) -> Call:
        # botocore keeps the id of an invocation in all of its attempts.
        invocation = request.headers["amz-sdk-invocation-id"]
        call = self._by_invocation.get(invocation)
        if call is None:
            number = 1 + sum((known.service, known.operation) == (service, operation) for known in self.noted)
            call = self._by_invocation[invocation] = Call(service, operation, number)
            self.noted.append(call)
        self.attempts[call] += 1
        return call


_moto = BotocoreStubber.__call__


def _answer_of_moto(
    calls: AwsCalls, stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest
) -> AWSResponse:
    def send(sent: AWSPreparedRequest) -> AWSResponse:
        response = calls.ses.answer(event_name.rpartition(".")[2], sent) or _moto(stubber, event_name, sent)
        assert response is not None, f"moto does not answer {event_name}"
        return response

    return calls.answer(event_name, request, send)


@contextmanager
def installed() -> Iterator[AwsCalls]:
    """In place of moto's handler. Nothing waits, and retries are never used up, however many there have been."""
    calls = AwsCalls()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            BotocoreStubber,
            "__call__",
            lambda stubber, event_name, request, **_: _answer_of_moto(calls, stubber, event_name, request),
        )
        patch.setattr(RetryQuota, "acquire", lambda *_: True)
        patch.setattr("time.sleep", lambda _: None)
        yield calls
