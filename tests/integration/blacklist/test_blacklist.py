"""The blacklist on DynamoDB Local: real indexes, real conditions, many writers, crashes between writes."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from daybook.access.callers import Caller
from daybook.aws.ses import NoVerdictError, Verdict
from daybook.blacklist import address_status
from daybook.blacklist.actions import BlacklistActions, ValidationRequest
from daybook.blacklist.additions import BlacklistAdditions
from daybook.blacklist.address_status import AddressState, PastReset
from daybook.blacklist.address_store import AddressStore
from daybook.blacklist.queries import BlacklistQueries, BlacklistQuery
from daybook.core import timestamps
from daybook.core.errors import NotFoundError, StoreBusyError
from daybook.core.paging import Cursors
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Entry, Record
from daybook.records.finding import RecordFinder
from daybook.storage.store import Change, Page, Range
from daybook.storage.values import Values

from tests.support.dynamodb.service_stack import NOW, Stack
from tests.support.hashes import hashed

JANE = "jane@x.example"
ADA = Caller("riverside", "ada", "Ada Admin", frozenset({"admin"}), frozenset())
FAMILY = Record("family", "1")


class Crash(BaseException):
    """The function is gone: nothing after it runs."""


@dataclass
class Ses:
    suppressed: set[str] = field(default_factory=set)
    verdict: Verdict | NoVerdictError = field(default_factory=lambda: NoVerdictError("TooManyRequestsException"))
    before: Callable[[], None] = lambda: None

    def release(self, spelling: str) -> None:
        self.before()
        self.suppressed.discard(spelling)

    def verify(self, address: str) -> Verdict:  # noqa: ARG002
        self.before()
        if isinstance(self.verdict, NoVerdictError):
            raise self.verdict
        return self.verdict


@dataclass
class Sent:
    """A queue that keeps what is sent, with its delay."""

    messages: list[tuple[str, int]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def send(self, body: str, *, delay: int = 0) -> None:
        self.before()
        self.messages.append((body, delay))


@dataclass
class Records:
    """An audit log in memory."""

    entries: list[Entry] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def record(self, org: str, entry: Entry) -> None:  # noqa: ARG002
        self.before()
        self.entries.append(entry)


@dataclass
class Desk:
    """A blacklist with all that it works with; `now` can be moved on."""

    stack: Stack
    ses: Ses = field(default_factory=Ses)
    queue: Sent = field(default_factory=Sent)
    log: Records = field(default_factory=Records)
    now: datetime = NOW
    limit: int = 0

    @property
    def address_store(self) -> AddressStore:
        return AddressStore(table=self.stack.table, keyed_hash=hashed, soft_bounce_limit=self.limit)

    @property
    def blacklist(self) -> BlacklistActions:
        return BlacklistActions(
            records_of=lambda *_: {},
            address_store=self.address_store,
            provider=self.ses,
            queue=self.queue,
            recorder=self.log,
            clock=lambda: self.now,
        )

    @property
    def pages(self) -> BlacklistQueries:
        return BlacklistQueries(
            table=self.stack.table,
            address_store=self.address_store,
            keyed_hash=hashed,
            records_of=RecordFinder(table=self.stack.table, keyed_hash=hashed, clock=lambda: self.now).with_recipients,
            cursors=Cursors(secret="test"),
            clock=lambda: self.now,
        )

    def hear(
        self, *delivery_events: DeliveryEvent, org: str = "riverside", address: str = JANE, message_id: str = "m"
    ) -> None:
        self.address_store.record_events(
            org, address, FAMILY, delivery_events, message_id=message_id, sent=delivery_events[0].at
        )

    def status(self, org: str = "riverside") -> str | None:
        return self.address_store.blocked(org, [JANE]).get(JANE)

    def reset(self, org: str = "riverside") -> None:
        self.blacklist.reset(org, JANE, None, ADA, None)

    def validate(self) -> ValidationRequest:
        """Ask for a verification, and give the request that went into the queue."""
        self.blacklist.validate("riverside", JANE, ADA, None)
        return self.last_request()

    def last_request(self) -> ValidationRequest:
        body = msgspec.json.decode(self.queue.messages[-1][0], type=dict[str, ValidationRequest])
        return body["validation"]


@pytest.fixture
def desk(stack: Stack) -> Desk:
    return Desk(stack)


def at(second: int) -> str:
    return timestamps.instant(NOW - timedelta(days=1) + timedelta(seconds=second))


def bounce(second: int = 1, kind: str = "Permanent") -> DeliveryEvent:
    return DeliveryEvent(type="bounce", at=at(second), source=f"feedback-{second}", kind=kind, subtype="General")


def complaint(second: int = 1) -> DeliveryEvent:
    return DeliveryEvent(type="complaint", at=at(second), source=f"feedback-{second}")


def test_an_address_is_in_the_indexes_only_while_it_is_blocked(desk: Desk) -> None:
    desk.hear(bounce())
    (item,) = desk.stack.items()
    assert {"org_status", "at", "recipient_key"} <= set(item)
    assert desk.address_store.is_blocked_elsewhere("hilltop", JANE)
    assert not desk.address_store.is_blocked_elsewhere("riverside", JANE)
    desk.reset()
    (item,) = desk.stack.items()
    assert set(item) == {"pk", "sk", "standing", "resets"}
    assert not desk.address_store.is_blocked_elsewhere("hilltop", JANE)
    assert desk.pages.page("riverside", BlacklistQuery()).entries == []
    desk.hear(complaint(90_000))
    assert desk.address_store.is_blocked_elsewhere("hilltop", JANE)
    assert [block.status for block in desk.pages.page("riverside", BlacklistQuery()).entries] == ["complaint"]


def test_an_address_that_was_erased_stays_blocked_without_being_in_the_index_that_lists_it(desk: Desk) -> None:
    desk.hear(bounce(), address="Jane@X.example")
    desk.hear(bounce(), address="other@x.example")
    desk.hear(complaint(), org="hilltop")
    assert desk.address_store.erase("riverside", hashed(JANE))
    assert not desk.address_store.erase("riverside", hashed(JANE))
    told = str(desk.stack.items()).lower()
    assert told.count("jane") == 1  # Hilltop's.
    assert desk.status() == "bounce"
    assert desk.address_store.is_blocked_elsewhere("hilltop", JANE)
    assert [block.address for block in desk.pages.page("riverside", BlacklistQuery()).entries] == ["other@x.example"]
    desk.address_store.record_events_of_erased(
        "riverside", hashed(JANE), FAMILY, [complaint(9)], message_id="m", sent=at(0)
    )
    assert (desk.status(), str(desk.stack.items()).lower().count("jane")) == ("complaint", 1)
    desk.reset()
    assert (desk.status(), desk.status("hilltop")) == (None, "complaint")


def test_many_who_hear_of_an_address_while_it_is_erased_lose_nothing(desk: Desk) -> None:
    def hear(second: int) -> None:
        for _ in range(5):
            try:
                return desk.address_store.record_events_of_erased(
                    "riverside", hashed(JANE), FAMILY, [bounce(second)], message_id="m", sent=at(0)
                )
            except StoreBusyError:
                continue
        raise AssertionError("too busy for ever")

    desk.hear(complaint(), address="Jane@X.example")
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(hear, second) for second in range(8)]
        assert pool.submit(desk.address_store.erase, "riverside", hashed(JANE)).result()
        for one in done:
            one.result()
    (item,) = desk.stack.items()
    assert "jane" not in str(item).lower()
    assert len(desk.address_store.read("riverside", [JANE])[JANE].causes) == 9


def test_what_the_index_of_all_orgs_still_says_is_not_believed(desk: Desk) -> None:
    class Behind:
        """Global indexes lag: this one has not heard of the reset."""

        def __getattr__(self, name: str) -> Any:
            return getattr(desk.stack.table, name)

        def query_values(self, span: Range, limit: int) -> Page[Values]:  # noqa: ARG002
            assert span.index == "by_org_status"
            return Page([{"at": "hilltop"}], more=False)

    behind: Any = Behind()
    address_store = AddressStore(table=behind, keyed_hash=hashed, soft_bounce_limit=0)
    desk.hear(bounce(), org="hilltop")
    assert address_store.is_blocked_elsewhere("riverside", JANE)
    desk.reset("hilltop")
    assert not address_store.is_blocked_elsewhere("riverside", JANE)


def test_what_changes_nothing_writes_nothing_and_what_says_nothing_reads_nothing(desk: Desk) -> None:
    class Counting:
        calls: list[str]

        def __init__(self) -> None:
            self.calls = []

        def __getattr__(self, name: str) -> Any:
            self.calls.append(name)
            return getattr(desk.stack.table, name)

    counting = Counting()
    address_store = AddressStore(table=counting, keyed_hash=hashed, soft_bounce_limit=0)

    def hear(*delivery_events: DeliveryEvent, address: str = JANE) -> list[str]:
        counting.calls.clear()
        address_store.record_events("riverside", address, FAMILY, delivery_events, message_id="m", sent=at(0))
        return counting.calls

    assert (
        hear(bounce(1, "Transient"), DeliveryEvent(type="delivery", at=at(2)), DeliveryEvent(type="open", at=at(3)))
        == []
    )
    assert hear(bounce(), address="a" * 255) == []
    assert hear(bounce()) == ["get_item", "write"]
    assert hear(bounce(), bounce()) == ["get_item"]
    desk.reset()
    assert hear(bounce()) == ["get_item"]


@pytest.mark.parametrize("limit", [0, 3])
def test_many_writers_at_once_lose_nothing(desk: Desk, limit: int) -> None:
    desk.limit = limit
    said = [bounce(second) for second in range(8)] + [complaint(second) for second in range(8)]
    if limit:
        said += [bounce(second, "Transient") for second in range(8)]

    def hear(what: DeliveryEvent) -> None:
        for _ in range(5):
            try:
                return desk.hear(what, message_id=what.source)
            except StoreBusyError:
                continue
        raise AssertionError("too busy for ever")

    twice = said * 2
    random.Random(3).shuffle(twice)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hear, twice))
    found = desk.address_store.read("riverside", [JANE])[JANE]
    expected = [
        address_status.state_from_event(what, message_id=what.source, sent=what.at, record=FAMILY, limit=limit)
        for what in said
    ]
    assert found == address_status.merge(address_status.EMPTY, *expected, limit=limit)
    assert len(found.causes) == 16


def test_two_orgs_that_reset_at_once_leave_nothing_at_the_provider(desk: Desk) -> None:
    for _ in range(15):
        desk.ses.suppressed = {JANE}
        for org in ("riverside", "hilltop"):
            desk.now += timedelta(seconds=1)
            desk.hear(DeliveryEvent(type="bounce", at=timestamps.instant(desk.now), kind="Permanent"), org=org)
        desk.now += timedelta(seconds=1)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(desk.reset, ["riverside", "hilltop"]))
        assert (desk.status("riverside"), desk.status("hilltop"), desk.ses.suppressed) == (None, None, set())


class _DyingStore:
    """Its writes never happen."""

    def __init__(self, stack: Stack) -> None:
        self._table = stack.table

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def write(self, changes: Sequence[Change]) -> list[bool]:  # noqa: ARG002
        raise Crash


def _crash() -> None:
    raise Crash


@pytest.mark.parametrize("where", ["provider", "audit", "table"])
def test_a_reset_that_breaks_off_anywhere_is_completed_by_the_next(desk: Desk, where: str) -> None:
    desk.hear(bounce())
    desk.ses.suppressed = {JANE}
    broken = Desk(desk.stack, ses=desk.ses, log=desk.log)
    blacklist = broken.blacklist
    if where == "provider":
        desk.ses.before = _crash
    elif where == "audit":
        desk.log.before = _crash
    else:
        dying = AddressStore(table=_DyingStore(desk.stack), keyed_hash=hashed, soft_bounce_limit=0)
        blacklist = BlacklistActions(
            records_of=lambda *_: {},
            address_store=dying,
            provider=desk.ses,
            queue=desk.queue,
            recorder=desk.log,
            clock=lambda: NOW,
        )
    with pytest.raises(Crash):
        blacklist.reset("riverside", JANE, None, ADA, None)
    desk.ses.before = desk.log.before = lambda: None
    assert desk.status() == "bounce"
    desk.reset()
    assert (desk.status(), desk.ses.suppressed) == (None, set())
    assert len(desk.log.entries) == (2 if where == "table" else 1)
    with pytest.raises(NotFoundError):
        desk.reset()


def test_a_verification_that_breaks_off_at_the_provider_is_completed_by_the_next_delivery(desk: Desk) -> None:
    desk.hear(bounce())
    desk.ses.suppressed = {JANE}
    desk.ses.verdict = Verdict(is_valid=True)
    request = desk.validate()
    desk.ses.before = _crash
    with pytest.raises(Crash):
        desk.blacklist.verify(request)
    desk.ses.before = lambda: None
    assert (desk.status(), desk.ses.suppressed) == ("validate", {JANE})
    desk.blacklist.verify(request)
    assert (desk.status(), desk.ses.suppressed) == (None, set())


def test_asking_that_breaks_off_before_the_queue_can_be_done_again(desk: Desk) -> None:
    desk.queue.before = _crash
    with pytest.raises(Crash):
        desk.validate()
    desk.queue.before = lambda: None
    assert desk.status() == "validate"
    desk.ses.verdict = Verdict(is_valid=True)
    desk.blacklist.verify(desk.validate())
    assert desk.status() is None


def test_a_verification_is_tried_ever_more_seldom_and_given_up_after_a_day_with_the_reason(desk: Desk) -> None:
    request = desk.validate()
    delays, tries = [], 0
    while len(desk.queue.messages) > tries:
        tries = len(desk.queue.messages)
        delays.append(desk.queue.messages[-1][1])
        assert desk.last_request() == request
        desk.now += timedelta(seconds=delays[-1] + 1)
        desk.blacklist.verify(request)
    assert delays[:8] == [0, 30, 32, 65, 131, 263, 527, 900]
    assert max(delays) == 900
    assert timedelta(days=1) <= desk.now - NOW < timedelta(days=1, minutes=16)
    (block,) = desk.pages.page("riverside", BlacklistQuery()).entries
    assert block.status == "validate"
    assert block.reason == "not verified: SES did not answer within a day: TooManyRequestsException"
    desk.ses.verdict = Verdict(is_valid=True)
    desk.blacklist.verify(request)
    assert desk.status() == "validate"
    desk.blacklist.verify(desk.validate())
    assert desk.status() is None


def test_a_reset_and_a_verification_of_one_clock_tick_follow_each_other(desk: Desk) -> None:
    desk.validate()
    desk.reset()
    assert desk.status() is None
    desk.validate()
    assert desk.status() == "validate"


def test_with_a_limit_so_many_soft_bounces_in_a_row_block_and_a_delivery_breaks_the_row(desk: Desk) -> None:
    desk.limit = 3
    for second in (1, 2, 3):
        assert desk.status() is None
        desk.hear(bounce(second, "Transient"), message_id=f"m-{second}")
    (block,) = desk.pages.page("riverside", BlacklistQuery()).entries
    assert (block.status, block.reason) == ("bounce", "3 soft bounces in a row")
    desk.hear(DeliveryEvent(type="delivery", at=at(2)), message_id="m-delivered")
    assert desk.status() is None
    assert desk.pages.page("riverside", BlacklistQuery()).entries == []


def test_a_standing_stays_small_whatever_is_said(desk: Desk) -> None:
    desk.limit = 3
    long = "x" * 900
    for second in range(40):
        for kind in ("Permanent", "Transient"):
            what = DeliveryEvent(type="bounce", at=at(second), source=f"{kind}-{second}", kind=kind, diagnostic=long)
            desk.hear(what, complaint(second), message_id=f"{second}-{'m' * 200}")
    (item,) = desk.stack.items()
    assert len(item["standing"]["S"]) < 16_000
    assert isinstance(msgspec.json.decode(item["standing"]["S"], type=AddressState), AddressState)


def test_many_who_put_an_address_and_hear_of_it_and_reset_it_lose_nothing(desk: Desk) -> None:
    desk.now = NOW
    additions = BlacklistAdditions(
        records_of=lambda *_: {}, address_store=desk.address_store, recorder=desk.log, clock=lambda: desk.now
    )
    others = [f"{number}@x.example" for number in range(3)]

    def put(number: int) -> None:
        items = [
            {"address": address, "status": status, "since": at(number), "reason": f"reason {number}"}
            for address in (JANE, *others)
            for status in address_status.PRECEDENCE
        ]
        payloads = [msgspec.Raw(msgspec.json.encode(item)) for item in items]
        assert all(result.status != "rejected" for result in additions.put("riverside", payloads, ADA, None).results)

    def hear(number: int) -> None:
        desk.hear(bounce(number), message_id=f"m-{number}")

    def reset(number: int) -> None:
        desk.address_store.reset("riverside", JANE, PastReset(at(number % 4), "ada", "Ada Admin", f"reason {number}"))

    def persist(act: Callable[[int], None], number: int) -> None:
        for _ in range(20):
            try:
                return act(number)
            except StoreBusyError:
                continue
        raise AssertionError("too busy for ever")

    acts = [(act, number) for act in (put, hear, reset) for number in range(8)] * 2
    random.Random(7).shuffle(acts)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda act: persist(*act), acts))
    found = desk.address_store.read("riverside", [JANE, *others])
    assert {(cause.kind, cause.at) for cause in found[JANE].causes if cause.fingerprint == "put"} == {
        (kind, at(7)) for kind in address_status.PRECEDENCE
    }
    assert [cause.at for cause in found[JANE].causes if cause.message_id] == [at(number) for number in range(4, 8)]
    assert found[JANE].reset_at == at(3)
    assert [len(found[address].causes) for address in others] == [4, 4, 4]
    block = desk.address_store.blocks("riverside", [JANE])[JANE]
    assert sorted(past.reason for past in block.resets) == [f"reason {number}" for number in range(8)]
    listed = desk.pages.page("riverside", BlacklistQuery(q="x.example")).entries
    assert [each.address for each in listed] == sorted([JANE, *others])
