"""A table in memory with entries of every log, what a changed policy does to them, and what it should have done."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from daybook.access.callers import Caller
from daybook.audit.record_copies import RecordCopies
from daybook.blacklist.address_store import AddressStore
from daybook.core import entry_ids, timestamps
from daybook.core.errors import StoreBusyError
from daybook.entries.ingest import Ingest
from daybook.feedback.reconcile import Reconciler
from daybook.holds.backfill import HoldBackfill
from daybook.holds.enforcement import HoldEnforcer
from daybook.model.retention_policy import parse_policy
from daybook.retention.apply_policy import PAGE, STEP_SECONDS, ApplyPolicyJob, ApplyProgress, ApplyRequest
from daybook.retention.preview import PreviewRequest, PreviewStep, RetentionPreview
from daybook.storage.content_store import ContentStore
from daybook.storage.keys import record_keys
from daybook.storage.models.entries import AuditItem
from daybook.storage.models.item import Key
from daybook.storage.store import Change, M, Page, Range, ScanPage, StartKey, Update
from daybook.storage.values import Values

from tests.support import api
from tests.support.hashes import hashed
from tests.support.memory.streams import StreamedTable
from tests.support.memory.table import Attributes, CrashError

BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
GRACE = 7
OLD = {
    "email": "P90D", "sms": "P90D", "push": "", "activity": "P60D", "audit": "P60D", "content": "P60D", "grace": "P7D",
}  # fmt: skip
NEW = OLD | {"email": "P40D", "sms": "", "push": "P50D", "audit": "P30D", "content": "P10D", "activity": "P70D"}
WHO = Caller(None, "portal", "portal", frozenset(), frozenset())
ENDS = ("expires_at", "held_until", "content_until", "held_content_until")


class SharedTable(StreamedTable):
    """Several threads use it, one at a time; counts how often the ends of an item have changed. May be busy.

    What crashes is dead, with all its threads, until `revive`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.RLock()
        self.changed: Counter[Key] = Counter()
        self.busy: Callable[[], bool] = lambda: False
        # Before the write that has that number from now on: what has threads of its own.
        self.interrupted: tuple[int, Callable[[], object]] | None = None
        self._is_dead = False

    def revive(self) -> None:
        self._is_dead = False
        self.crash_after = self.meanwhile = None

    def _let_others(self) -> None:
        if self._is_dead:
            raise CrashError
        super()._let_others()

    def _change(self, change: Change) -> bool:
        before = self.stored.get(change.key) if isinstance(change, Update) else None
        try:
            done = super()._change(change)
        except CrashError:
            self._is_dead = True
            raise
        if before and done and isinstance(change, Update):
            after = self.stored[change.key]
            self.changed[change.key] += any(before.get(name) != after.get(name) for name in ENDS)
        return done

    def write(self, changes: Sequence[Change]) -> list[bool]:
        with self.lock:
            act = None
            if self.interrupted is not None:
                left, others = self.interrupted
                self.interrupted, act = ((left - 1, others), None) if left else (None, others)
        if act is not None:
            act()
        with self.lock:
            return super().write(changes)

    def get(self, kind: type[M], keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, M]:
        with self.lock:
            return super().get(kind, keys, consistent=consistent)

    def get_values(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Values]:
        with self.lock:
            return super().get_values(keys, consistent=consistent)

    def query(self, kind: type[M], span: Range, limit: int, after: StartKey | None = None) -> Page[M]:
        with self.lock:
            return super().query(kind, span, limit, after)

    def query_values(self, span: Range, limit: int, after: StartKey | None = None) -> Page[Values]:
        with self.lock:
            return super().query_values(span, limit, after)

    def partitions(self, kind: type[M], pks: Sequence[str]) -> list[M]:
        with self.lock:
            return super().partitions(kind, pks)

    def scan(
        self, segment: int, segments: int, names: Sequence[str], after: Key | None = None, limit: int | None = None
    ) -> ScanPage:
        with self.lock:
            if self.busy():
                raise StoreBusyError("the store is throttling reads")
            return super().scan(segment, segments, names, after, limit)

    def item_count(self) -> int:
        with self.lock:
            return super().item_count()


class Seconds(threading.local):
    """Time as each thread has slept it. A thread that gets a second segment, by chance, has none left for it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class World:
    """The services on a table in memory. What is written `before` the new policy is written by the old one."""

    def __init__(self, seed: int = 0, durations: dict[str, str] = NEW) -> None:
        self.drawn = random.Random(seed)
        self.table = SharedTable()
        self.durations = durations
        self.posted = 0
        self.now = BEGAN
        self.longest = 0.0

    def clock(self) -> datetime:
        return self.now

    def ingest(self, durations: dict[str, str]) -> Ingest:
        address_store = AddressStore(table=self.table, keyed_hash=hashed, soft_bounce_limit=0)
        return Ingest(
            table=self.table,
            bodies=ContentStore(objects=None),  # type: ignore[arg-type]
            blacklist=address_store,
            reconciler=self.reconciler(),
            keyed_hash=hashed,
            policy=parse_policy(durations),
            clock=self.clock,
        )

    def reconciler(self) -> Reconciler:
        address_store = AddressStore(table=self.table, keyed_hash=hashed, soft_bounce_limit=0)
        return Reconciler(table=self.table, listener=address_store, keyed_hash=hashed, clock=self.clock)

    def holding(self, durations: dict[str, str]) -> HoldEnforcer:
        return HoldEnforcer(table=self.table, policy=parse_policy(durations), clock=self.clock)

    def backfill(self, durations: dict[str, str]) -> HoldBackfill:
        return HoldBackfill(table=self.table, enforcer=self.holding(durations), clock=self.clock)

    def post(self, count: int, durations: dict[str, str], within: int = 59) -> None:
        """Entries of any log and time, with their copies, as they were written at those times or brought later."""
        ingest = self.ingest(durations)
        lines = [self.entry(within) for _ in range(count)]
        for start in range(0, count, 100):
            results = ingest.post("riverside", [msgspec.json.encode(line) for line in lines[start : start + 100]])
            assert {result.status for result in results} == {"created"}
        make_copies(self.table)

    def entry(self, within: int) -> dict[str, Any]:
        self.posted += 1
        number = self.posted
        record = {"type": "family", "id": str(self.drawn.randrange(40))}
        occurred = self.now - timedelta(days=self.drawn.randrange(within), milliseconds=self.drawn.randrange(10**7))
        what = {"record": record, "occurred_at": occurred.isoformat()}
        large = {"before": "x" * self.drawn.choice([1, 1500])}
        affected = [{"record": {"type": "staff", "id": str(place)}, "change": "updated", **large} for place in range(2)]
        made: dict[str, Any] = self.drawn.choice([
            api.email(**what, message_id=f"m{number}", body={"text": "x"}, key=f"k{number}"),
            api.email(**what),
            api.sms(**what, message_id=f"s{number}"),
            api.push(**what, key=f"p{number}"),
            api.activity(**what, key=f"a{number}"),
            api.audit(**{name: value for name, value in what.items() if name != "record"}, affected=affected),
        ])  # fmt: skip
        return made

    def apply_job(self, page_size: int = PAGE) -> ApplyPolicyJob:
        seconds = Seconds()

        def sleep(pause: float) -> None:
            seconds.now += pause
            self.longest = max(self.longest, seconds.now)

        return ApplyPolicyJob(
            table=self.table,
            holds=self.holding(self.durations),
            durations=self.durations,
            clock=self.clock,
            tick=seconds,
            sleep=sleep,
            page_size=page_size,
        )

    def apply(self, rate: int = 100, segments: int = 4, page_size: int = PAGE) -> ApplyProgress:
        """To the end, as the command line does."""
        for _ in range(1000):
            progress = self.apply_job(page_size).step(ApplyRequest(rate, segments))
            if progress.done:
                return progress
        raise AssertionError("it never ends")

    def preview(self, durations: dict[str, str], step_seconds: float = STEP_SECONDS) -> list[PreviewStep]:
        """To the end, step by step, as the command line does."""
        seconds = Seconds()

        def sleep(pause: float) -> None:
            seconds.now += pause

        preview = RetentionPreview(
            table=self.table,
            durations=OLD,
            clock=self.clock,
            tick=seconds,
            sleep=sleep,
            step_seconds=step_seconds,
        )
        steps: list[PreviewStep] = [preview.step(PreviewRequest(3, durations))]
        while not steps[-1].done:
            steps.append(preview.step(PreviewRequest(3, durations, steps[-1].began, steps[-1].places)))
            assert len(steps) < 1000
        return steps


def make_copies(table: SharedTable) -> None:
    """The copies of all audit entries."""
    entries = [AuditItem.from_raw_data(item) for item in table.stored.values() if "org_source" in item]
    RecordCopies(table=table, bodies=ContentStore(objects=None)).complete(entries)  # type: ignore[arg-type]


def expires_at(item: Attributes) -> int | None:
    return int(item["expires_at"]["N"]) if "expires_at" in item else None


def expected(before: Attributes, entry: tuple[str, datetime], new: dict[str, str], *, is_content: bool) -> Attributes:
    """What becomes of an item's ends, reckoned in days."""
    log, occurred = entry
    found: Attributes = {}

    def end(standing: dict[str, Any] | None, kinds: list[str]) -> dict[str, Any] | None:
        lengths = [timedelta(days=int(new[kind][1:-1])) for kind in kinds if new[kind]]
        if not lengths:
            return None
        wanted = timestamps.epoch_seconds(occurred + min(lengths))
        floor = timestamps.epoch_seconds(BEGAN + GRACE * DAY)
        if standing is None:
            return {"N": str(max(wanted, floor))}
        if int(standing["N"]) <= BEGAN.timestamp():
            return standing
        return {"N": str(max(wanted, min(int(standing["N"]), floor)))}

    kinds = [log, "content"] if is_content and log == "email" else [log]
    if (value := end(before.get("expires_at"), kinds)) is not None:
        found["expires_at"] = value
    if "content_until" in before:
        found["content_until"] = end(before["content_until"], [log, "content"]) or {}
    return found


def owner(table: SharedTable, key: Key, item: Attributes) -> tuple[str, datetime, bool] | None:
    """The log and time of the entry that an item belongs to, found by looking for it."""
    pk, sk = key
    if pk == "riverside/blacklist":
        return None
    content = sk.startswith("content/")
    place = item["entry"]["S"] if "entry" in item else sk
    if content:
        moment, suffix = entry_ids.split(sk.removeprefix("content/")) or ("", "")
        (place,) = [at for owner_pk, at in table.stored if owner_pk == pk and at.endswith(f"/{moment}/{suffix}")]
    log, _, rest = place.partition("/")
    if log not in record_keys.LOGS or "/" not in rest:
        return None
    return log, timestamps.from_instant(rest.split("/")[0]), content


def check(world: World, before: dict[Key, Attributes]) -> int:
    """That all that stood before is right; how much of it has changed."""
    changed = 0
    for key, old in before.items():
        item = world.table.stored[key]
        entry = owner(world.table, key, old)
        if entry is None:
            assert item == old, key
            continue
        log, occurred, is_content = entry
        wanted = expected(old, (log, occurred), world.durations, is_content=is_content)
        assert {name: item[name] for name in ENDS if name in item} == wanted, key
        rest = [{name: value for name, value in one.items() if name not in ENDS} for one in (item, old)]
        assert rest[0] == rest[1] or "events" in item, key
        changed += any(item.get(name) != old.get(name) for name in ENDS)
    return changed


def standing(world: World) -> dict[Key, Attributes]:
    world.table.changed.clear()
    return {key: dict(item) for key, item in world.table.stored.items()}
