"""Which records of an org are held. The item of a lifted hold is kept for a while, for writers that come late."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec
from msgspec import Struct

from daybook.model import job_retry
from daybook.storage.keys import org_keys
from daybook.storage.models.orgs import HoldItem
from daybook.storage.store import Range, Store

# Values of a hold's `status`. The first and the third: its backfill is running.
PLACING, STANDING, LIFTING, LIFTED = "placing", "standing", "lifting", "lifted"
HOLDING = frozenset({PLACING, STANDING})
BACKFILLING = frozenset({PLACING, LIFTING})

# Holds that are read at once; most orgs have fewer.
FIRST_PAGE = 100

# Ids that a hold lists of entries that it came too late for.
MAX_LISTED = 100


class State(Struct, frozen=True):
    """Whether a record is held, or until which instant it was; None where no hold is known."""

    is_held: bool
    lifted_at: str | None = None


class Snapshot:
    """The holds of an org, read strongly consistently: the first page at once, others on demand.

    Creating one, and every method, raises StoreBusyError.
    """

    def __init__(self, *, table: Store, org: str) -> None:
        self._table = table
        self._org = org
        page = table.query(HoldItem, Range(org_keys.holds(org), *org_keys.ALL_HOLDS, forward=True), FIRST_PAGE)
        self._known: dict[str, State | None] = {hold.sk: _state(hold) for hold in page.items}
        self._last_read = page.items[-1].sk if page.more else None
        self.some_stand = page.more or any(state.is_held for state in self._known.values() if state)

    @property
    def is_empty(self) -> bool:
        """Whether the org has no hold, and none that was lifted in the last days."""
        return not self._known

    def load(self, records: Iterable[str]) -> None:
        """Read the holds of these records, `<type>/<id>`, that were not on the first page."""
        if self._last_read is not None:
            missing = {record for record in records if record > self._last_read and record not in self._known}
            holds = self._table.get(HoldItem, [(org_keys.holds(self._org), record) for record in missing])
            self._known |= dict.fromkeys(missing)
            self._known |= {hold.sk: _state(hold) for hold in holds.values()}

    def knows(self, records: Collection[str]) -> bool:
        """Whether one of these records is held, or was until some days ago."""
        self.load(records)
        return any(self._known.get(record) is not None for record in records)

    def state(self, records: Collection[str]) -> State:
        """The state of what belongs to all these records: any hold holds it, until the last one is lifted."""
        self.load(records)
        known = [state for record in records if (state := self._known.get(record)) is not None]
        if any(state.is_held for state in known):
            return State(is_held=True)
        ends = [state.lifted_at for state in known if state.lifted_at is not None]
        return State(is_held=False, lifted_at=max(ends, default=None))


def listed_entries(text: str | None) -> list[str]:
    """The entry ids in a hold's `missed` or `lost`; None where it has none."""
    return [] if text is None else msgspec.json.decode(text, type=list[str])


def is_listed(status: str, retry: str | None) -> bool:
    """Whether callers see a hold with these attributes: while it stands, and where its entries cannot be released."""
    return status in HOLDING or job_retry.retry_of(retry).failures > 0


def _state(hold: HoldItem) -> State:
    return State(is_held=True) if hold.status in HOLDING else State(is_held=False, lifted_at=hold.lifted_at)
