"""A run of a function, undisturbed or with a fault, until all of it is done; and what must be the same afterwards."""

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from daybook.api.routes import POST_RESET, ROUTES
from daybook.aws.dynamodb import Connection
from daybook.exports.running import attempts as export_attempts
from daybook.exports.running import reading
from daybook.handlers import wiring
from daybook.model import job_retry

from tests.support import api
from tests.support.faults.aws_calls import AwsCalls, Call, Fault, installed
from tests.support.faults.stores import Canonical, Snapshot, documents, restore, snapshot
from tests.support.functions.events import Context
from tests.support.functions.world import START

Event = dict[str, Any]

# A source redelivers what failed at least so many times.
REDELIVERIES = 4
REDIRECT, NOT_FOUND = 300, 404

# What a preview counts by log and month.
TOTALS = ("entries", "size", "objects", "held")


def nothing() -> None:
    pass


def shown_nothing() -> list[Any]:
    return []


@dataclass(frozen=True)
class Scenario:
    """`function` gets the event that `prepare` makes of the `world`; `trigger` is the route or the kind of event.

    `settle` does what else follows: the stream, the queue, the schedule. `shown` reads through the API what the
    comparison of stores leaves out. `may_repeat`: each attempt writes an audit entry about the call, as
    documented; all else is there once. `counts` are attributes that count these entries, too, and are not compared.
    Of a repeated request, documents that match `leftovers` may be more, and what the answer says of `progress` differs.
    """

    name: str
    function: str
    trigger: str
    prepare: Callable[[Any], Event]
    world: Callable[[], Any] = nothing
    settle: Callable[[], None] = nothing
    shown: Callable[[], list[Any]] = shown_nothing
    may_repeat: bool = False
    counts: tuple[str, ...] = ()
    leftovers: str | None = None
    progress: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of a delivery: the answer, and the event that its source delivers next; None where all is done."""

    answer: Any = None
    again: Event | None = None
    is_failed: bool = False


@dataclass(frozen=True)
class Expected:
    """The undisturbed run."""

    start: Snapshot
    event: Event
    calls: tuple[Call, ...]
    answer: list[str]
    state: list[str]


@dataclass
class Lab:
    """Runs scenarios on moto. One fault at a time."""

    calls: AwsCalls
    canonical: Canonical
    empty: Snapshot
    worlds: dict[Callable[[], Any], tuple[Snapshot, Any]]
    _expected: dict[str, Expected] = field(default_factory=dict)

    def _world(self, make: Callable[[], Any]) -> Any:
        """What a function has made of empty stores, which it leaves in place."""
        if make not in self.worlds:
            restore(self.empty, self.calls.ses)
            forget()
            facts = make()
            self.worlds[make] = snapshot(self.calls.ses), facts
        start, facts = self.worlds[make]
        restore(start, self.calls.ses)
        forget()
        return facts

    def undisturbed(self, scenario: Scenario) -> Expected:
        if scenario.name not in self._expected:
            event = scenario.prepare(self._world(scenario.world))
            start = snapshot(self.calls.ses)
            forget()
            with self.calls.watch():
                outcomes = deliver_all(scenario, event)
            calls = tuple(self.calls.noted)
            assert outcomes[-1].again is None, f"{scenario.name} fails without a fault: {outcomes[-1].answer}"
            answer = self._answer(scenario, outcomes)
            self._expected[scenario.name] = Expected(start, event, calls, answer, self._state(scenario))
        return self._expected[scenario.name]

    def disturbed(self, scenario: Scenario, expected: Expected, call: Call, fault: Fault, attempts: float) -> list[str]:
        """What is wrong after a run in which so many attempts of a call met a fault; nothing, as it should be."""
        restore(expected.start, self.calls.ses)
        forget()
        with self.calls.watch(fault, call, attempts):
            outcomes = deliver_all(scenario, expected.event, until_failed=True)
        met, first = self.calls.attempts[call], outcomes[-1]
        if met == 0:
            return ["the call was not made"]
        wrong = []
        if first.is_failed and met > attempts:
            wrong.append(f"botocore has repeated it, and still: {first.answer}")
        if first.is_failed and scenario.trigger in ROUTES:
            wrong += _wrong_refusal(first)
        if first.again is not None:
            outcomes += deliver_all(scenario, first.again)
        is_gone = _is_gone(scenario, outcomes[-1])
        if outcomes[-1].again is not None and not is_gone:
            return [*wrong, f"not done after redelivery: {outcomes[-1].answer}"]
        if not is_gone and self._answer(scenario, outcomes) != expected.answer:
            wrong.append(f"answered {self._answer(scenario, outcomes)} instead of {expected.answer}")
        differences = _differences(scenario, expected.state, self._state(scenario))
        if call.operation == "SendMessage" and fault.name.endswith("after success"):
            # The queue has taken it, and takes it again: SQS promises no more than "at least once".
            differences = [text for text in differences if text.removeprefix("gained: ") not in expected.state]
        return [*wrong, *differences]

    def _answer(self, scenario: Scenario, outcomes: Sequence[Outcome]) -> list[str]:
        """What the caller has learnt; how far each step of a long run came is left out."""
        last = outcomes[-1].answer
        if scenario.trigger in ROUTES:
            # `created` and `duplicate` are both stored, and known by the id.
            text = json.dumps(last, sort_keys=True).replace("duplicate", "created")
            if scenario.trigger.endswith("/deliveries"):
                # So are `applied` and `pending`, of which the table tells the difference.
                text = re.sub('"(applied|pending)"', '"created"', text)
            for name in scenario.progress:
                text = re.sub(f'("{name}": )[^,}}]*', r"\1...", text)
            return self.canonical([text])
        if scenario.trigger == "preview":
            months: Counter[str] = Counter()
            for outcome in outcomes:
                for month in [] if outcome.is_failed else outcome.answer["months"]:
                    months.update({f"{month['log']} {month['month']} {name}": month[name] for name in TOTALS})
            return sorted(f"{name}: {total}" for name, total in months.items())
        return []

    def _state(self, scenario: Scenario) -> list[str]:
        forget()
        scenario.settle()
        shown = [f"shown {json.dumps(each, sort_keys=True)}" for each in scenario.shown()]
        texts = [*documents(self.calls.ses), *shown]
        for name in scenario.counts:
            texts = [re.sub(rf'"{name}": \{{[^}}]*\}}', "...", text) for text in texts]
        return self.canonical(texts)


def deliver(scenario: Scenario, event: Event) -> Outcome:
    """Invoke the function as the event's source does."""
    handler = api.function(scenario.function).handler
    try:
        answer = handler(copy.deepcopy(event), Context())
    except Exception as error:  # noqa: BLE001 - as Lambda does
        return Outcome(f"{type(error).__name__}: {error}", event, is_failed=True)
    answer = answer or {}
    if "routeKey" in event:
        is_failed = answer["statusCode"] >= REDIRECT
        body = json.loads(answer["body"] or "null")
        return Outcome({**answer, "body": body}, event if is_failed else None, is_failed)
    if failures := answer.get("batchItemFailures"):
        return Outcome(answer, _left(event, [failure["itemIdentifier"] for failure in failures]), is_failed=True)
    if answer.get("done") is False:
        return Outcome(answer, _next_step(event, answer))
    return Outcome(answer)


def deliver_all(scenario: Scenario, event: Event, *, until_failed: bool = False) -> list[Outcome]:
    """Until all is done, or that was tried often enough; or until the first failure."""
    outcomes = [deliver(scenario, event)]
    for _ in range(REDELIVERIES):
        again = outcomes[-1].again
        if again is None or (until_failed and outcomes[-1].is_failed):
            break
        outcomes.append(deliver(scenario, again))
    return outcomes


def _next_step(event: Event, answer: Any) -> Event:
    """The next call of the command line in a long run, of which a preview is told where the last one ended."""
    if "preview" not in event:
        return event
    return {"preview": event["preview"] | {name: answer[name] for name in ("began", "places")}}


def _left(event: Event, failed: Sequence[str]) -> Event:
    """What comes again: of a queue the failed messages, of a stream all from the first failed record on."""
    records = event["Records"]
    if "messageId" in records[0]:
        return {"Records": [record for record in records if record["messageId"] in failed]}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    return {"Records": records[min(map(numbers.index, failed)) :]}


def _wrong_refusal(outcome: Outcome) -> list[str]:
    """A refused request is told to come again, in the form that the contract says."""
    if isinstance(outcome.answer, str):
        return [f"not answered: {outcome.answer}"]
    headers, body = outcome.answer["headers"], outcome.answer["body"]
    told = outcome.answer["statusCode"], headers["content-type"], body.get("status"), body.get("code")
    if told != (503, "application/problem+json", 503, "store_busy") or int(headers.get("retry-after", 0)) < 1:
        return [f"refused with {told}, retry after {headers.get('retry-after')}"]
    return []


def _is_gone(scenario: Scenario, outcome: Outcome) -> bool:
    """Whether a repeated DELETE, or reset of an address in the body, finds that the first has done it."""
    removes = scenario.trigger.startswith("DELETE ") or scenario.trigger == POST_RESET
    return removes and isinstance(outcome.answer, dict) and outcome.answer["statusCode"] == NOT_FOUND


def _differences(scenario: Scenario, expected: Sequence[str], found: Sequence[str]) -> list[str]:
    before, after = Counter(expected), Counter(found)
    if scenario.may_repeat:
        before, after = Counter(set(expected)), Counter(set(found))
    gained = [text for text in (after - before).elements() if not re.search(scenario.leftovers or "$^", text)]
    return [*(f"lost: {text}" for text in (before - after).elements()), *(f"gained: {text}" for text in gained)]


def forget() -> None:
    """The functions start anew: what they remember is of other stores."""
    for name in api.FACTORIES:
        api.factory(name).cache_clear()


@contextmanager
def laboratory(
    worlds: dict[Callable[[], Any], tuple[Snapshot, Any]] | None = None, now: datetime = START
) -> Iterator[Lab]:
    """On a clock that stands. Of several laboratories, `worlds` keeps what was made for the scenarios."""
    with pytest.MonkeyPatch.context() as patch, installed() as calls:
        patch.setattr(wiring, "now", lambda: now)
        # The next attempt of an erasure is due at once.
        patch.setattr(job_retry, "LEASE", timedelta(0))
        patch.setattr(job_retry, "pause", lambda _: timedelta(0))
        # The lease of an attempt at an export ends with it; files have several parts.
        patch.setattr(export_attempts, "MARGIN", timedelta(seconds=-900))
        patch.setattr(reading, "PART_BYTES", 1000)
        # A client takes longer to make than most scenarios to run.
        patch.setattr(wiring, "Connection", cache(Connection))
        forget()
        yield Lab(calls, Canonical(now), snapshot(calls.ses), {} if worlds is None else worlds)
        forget()
