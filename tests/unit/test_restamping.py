"""A changed policy's way through the table: right whatever interrupts it, and no faster than stated."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from daybook import ids, items, keys, times
from daybook.access import Caller
from daybook.bodies import Bodies
from daybook.copies import Copies
from daybook.deliveries import Deliveries
from daybook.errors import StoreBusyError
from daybook.events import Event, Happening
from daybook.holding import Holding
from daybook.ingest import Ingest
from daybook.restamping import Asked, Progress, Restamping
from daybook.retention import policy_of
from daybook.retention_preview import Asked as PreviewAsked
from daybook.retention_preview import Found as PreviewFound
from daybook.retention_preview import Preview
from daybook.standings import Standings
from daybook.table import Change, Found, Item, Key, Range, Scanned, Size, Update

from tests import api
from tests.memory_table import CrashError
from tests.streams import StreamedTable

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
    """Several threads use it, one at a time; counts how often the ends of an item have changed. May be busy."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.RLock()
        self.restamped: Counter[Key] = Counter()
        self.busy: Callable[[], bool] = lambda: False

    def _change(self, change: Change) -> bool:
        before = self.stored.get(change.key) if isinstance(change, Update) else None
        done = super()._change(change)
        if before and done and isinstance(change, Update):
            after = self.stored[change.key]
            self.restamped[change.key] += any(before.get(name) != after.get(name) for name in ENDS)
        return done

    def write(self, changes: Sequence[Change]) -> list[bool]:
        with self.lock:
            return super().write(changes)

    def get(self, keys: Sequence[Key], *, consistent: bool = True) -> dict[Key, Item]:
        with self.lock:
            return super().get(keys, consistent=consistent)

    def query(self, span: Range, limit: int, after: Item | None = None) -> Found:
        with self.lock:
            return super().query(span, limit, after)

    def partitions(self, pks: Sequence[str]) -> list[Item]:
        with self.lock:
            return super().partitions(pks)

    def scan(self, part: int, parts: int, names: Sequence[str], after: Item | None = None) -> Scanned:
        with self.lock:
            if self.busy():
                raise StoreBusyError("the store is throttling reads")
            return super().scan(part, parts, names, after)

    def size(self) -> Size:
        with self.lock:
            return super().size()


class Seconds(threading.local):
    """Time as each thread has slept it."""

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
        standings = Standings(table=self.table, soft_bounce_limit=0)
        return Ingest(
            table=self.table,
            bodies=Bodies(objects=None),  # type: ignore[arg-type]
            blacklist=standings,
            deliveries=self.deliveries(),
            policy=policy_of(durations),
            clock=self.clock,
        )

    def deliveries(self) -> Deliveries:
        standings = Standings(table=self.table, soft_bounce_limit=0)
        return Deliveries(table=self.table, listener=standings, clock=self.clock)

    def holding(self, durations: dict[str, str]) -> Holding:
        return Holding(table=self.table, policy=policy_of(durations), clock=self.clock)

    def post(self, count: int, durations: dict[str, str], within: int = 59) -> None:
        """Entries of any log and time, with their copies, as they were written at those times or brought later."""
        ingest = self.ingest(durations)
        lines = [self.entry(within) for _ in range(count)]
        for start in range(0, count, 100):
            results = ingest.post("riverside", [msgspec.json.encode(line) for line in lines[start : start + 100]])
            assert {result.status for result in results} == {"created"}
        entries = [item for item in self.table.stored.values() if "org_source" in item]
        Copies(table=self.table, bodies=Bodies(objects=None)).complete(entries)  # type: ignore[arg-type]

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

    def restamping(self) -> Restamping:
        seconds = Seconds()

        def sleep(pause: float) -> None:
            seconds.now += pause
            self.longest = max(self.longest, seconds.now)

        return Restamping(
            table=self.table,
            holding=self.holding(self.durations),
            durations=self.durations,
            clock=self.clock,
            tick=seconds,
            sleep=sleep,
        )

    def apply(self, rate: int = 100, segments: int = 4) -> Progress:
        """To the end, as the command line does."""
        for _ in range(1000):
            progress = self.restamping().step(Asked(rate, segments))
            if progress.done:
                return progress
        raise AssertionError("it never ends")

    def preview(self, durations: dict[str, str]) -> PreviewFound:
        seconds = Seconds()
        preview = Preview(table=self.table, durations=OLD, clock=self.clock, tick=seconds, sleep=lambda _: None)
        found = preview.step(PreviewAsked(3, durations))
        assert found.done
        return found


def expected(item: Item, before: Item, entry: tuple[str, datetime], new: dict[str, str], *, is_content: bool) -> Item:
    """What becomes of an item's ends, reckoned in days."""
    log, occurred = entry
    found: Item = {}

    def end(standing: dict[str, Any] | None, kinds: list[str]) -> dict[str, Any] | None:
        lengths = [timedelta(days=int(new[kind][1:-1])) for kind in kinds if new[kind]]
        if not lengths:
            return None
        wanted = times.epoch_seconds(occurred + min(lengths))
        floor = times.epoch_seconds(BEGAN + GRACE * DAY)
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


def owner(table: SharedTable, key: Key, item: Item) -> tuple[str, datetime, bool] | None:
    """The log and time of the entry that an item belongs to, found by looking for it."""
    pk, sk = key
    if pk == "riverside/blacklist":
        return None
    content = sk.startswith("content/")
    place = item["entry"]["S"] if "entry" in item else sk
    if content:
        moment, suffix = ids.split(sk.removeprefix("content/")) or ("", "")
        (place,) = [at for owner_pk, at in table.stored if owner_pk == pk and at.endswith(f"/{moment}/{suffix}")]
    log, _, rest = place.partition("/")
    if log not in keys.LOGS or "/" not in rest:
        return None
    return log, times.from_instant(rest.split("/")[0]), content


def check(world: World, before: dict[Key, Item]) -> int:
    """That all that stood before is right; how much of it has changed."""
    changed = 0
    for key, old in before.items():
        item = world.table.stored[key]
        entry = owner(world.table, key, old)
        if entry is None:
            assert item == old, key
            continue
        log, occurred, is_content = entry
        wanted = expected(item, old, (log, occurred), world.durations, is_content=is_content)
        assert {name: item[name] for name in ENDS if name in item} == wanted, key
        rest = [{name: value for name, value in one.items() if name not in ENDS} for one in (item, old)]
        assert rest[0] == rest[1] or "events" in item, key
        changed += any(item.get(name) != old.get(name) for name in ENDS)
    return changed


def standing(world: World) -> dict[Key, Item]:
    world.table.restamped.clear()
    return {key: dict(item) for key, item in world.table.stored.items()}


def test_every_item_of_an_entry_gets_its_new_end_and_nothing_else_is_touched() -> None:
    world = World()
    world.post(300, OLD)
    world.table.insert([
        {"pk": {"S": "message/m"}, "sk": {"S": keys.early_events("email", "")}, "expires_at": {"N": "1795000000"}},
        {"pk": {"S": "riverside/search"}, "sk": {"S": "2026-11/1/0"}, "expires_at": {"N": "1795000000"}},
        {"pk": {"S": "riverside/staff"}, "sk": {"S": "ada"}, "expires_at": {"N": "1795000000"}},
        {"pk": {"S": "riverside/blacklist"}, "sk": {"S": "a@mail.example"}, "entry": {"S": "email/x/y"}},
    ])  # fmt: skip
    before = standing(world)
    progress = world.apply()
    changed = check(world, before)
    assert changed == progress.items_restamped > 400
    assert progress.items_read == len(before)
    assert progress.items_estimated == len(before) + 1
    assert progress.read_units > 0
    assert set(world.table.restamped.values()) <= {0, 1}


def test_an_unchanged_policy_writes_nothing_and_neither_does_a_second_run() -> None:
    world = World(durations=OLD)
    # Some of it came when its time was over.
    world.post(300, OLD, within=200)
    standing(world)
    assert world.apply().items_restamped == 0
    world = World()
    world.post(300, OLD)
    assert world.apply().items_restamped > 0
    world.now += DAY
    assert world.apply().items_restamped == 0


@pytest.mark.parametrize("seed", range(4))
def test_killed_three_times_and_resumed_it_is_right_and_nothing_is_restamped_twice(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(seed)
    monkeypatch.setattr("daybook.ids.os.urandom", world.drawn.randbytes)
    world.post(3000 if seed == 0 else 400, OLD)
    before = standing(world)
    kills = 0
    began = set()

    def others() -> None:
        """New entries, and news of old ones."""
        left, world.table.crash_after = world.table.crash_after, None
        message = f"m{world.drawn.randrange(world.posted)}"
        world.post(3, NEW, within=5)
        happening = Happening(type="open", at="2026-11-22T12:00:00.000Z", ip="203.0.113.7")
        world.deliveries().apply(
            [Event(log="email", message_id=message, recipient="smith@mail.example", what=happening)]
        )
        world.table.crash_after = left

    for _ in range(1000):
        world.table.meanwhile = world.drawn.randrange(60), others
        if kills < 3:
            world.table.crash_after = world.drawn.randrange(1 + len(before) // 6)
        try:
            progress = world.restamping().step(Asked(100, 4))
        except CrashError:
            kills += 1
            continue
        finally:
            world.table.crash_after = world.table.meanwhile = None
        began.add(progress.began)
        # Seconds, of which the grace has many.
        world.now += timedelta(seconds=15)
        if progress.done:
            break
    assert kills == 3
    assert began == {times.instant(BEGAN)}
    assert check(world, before) > len(before) / 3
    assert set(world.table.restamped.values()) <= {0, 1}
    fresh = {key: item for key, item in world.table.stored.items() if key not in before}
    ingested = policy_of(NEW)
    for key, item in fresh.items():
        entry = owner(world.table, key, item)
        if entry is not None:
            log, occurred, is_content = entry
            wanted = (ingested.content_expiry if is_content else ingested.expiry)(log, occurred, world.now)
            assert items.expiry(item) == wanted, key
