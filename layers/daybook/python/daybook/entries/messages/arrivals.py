"""Which of the later e-mails of a record to an address have arrived: what verdicts tell of one that has not."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from daybook.storage import values
from daybook.storage.keys import index_keys, record_keys
from daybook.storage.keys.index_keys import BY_RECIPIENT
from daybook.storage.models.item import Key
from daybook.storage.store import Range, Store
from daybook.verdicts import rows
from daybook.verdicts.rows import RecordMailbox

# The newest e-mails of a record to an address that are looked at; an arrival before them is not found. They are counted
# from the newest of all, so that what is found for an e-mail does not depend on the page that it is on.
NEWEST = 25

# As many records and addresses are asked for at once.
PARALLEL = 8


class Arrivals:
    """Look-ups of the e-mails in records' logs by their recipient."""

    def __init__(self, *, table: Store) -> None:
        self._table = table

    def newest_arrivals(self, org: str, since: Mapping[RecordMailbox, str], now: datetime) -> dict[RecordMailbox, str]:
        """The instants at which the newest e-mails that arrived were sent, of those sent after the instants `since`.

        Without a record and mailbox of which none is found among the NEWEST. StoreBusyError.

        A query for each record and mailbox gives the keys, as the index holds nothing else. The items of the newest are
        read at once, and where they have not arrived, those of the others. They are read eventually consistent, at half
        the price: what arrived within the last second may be missed.
        """
        with ThreadPoolExecutor(min(PARALLEL, len(since))) as pool:
            newest = dict(zip(since, pool.map(lambda sought: self._newest(org, *sought), since.items()), strict=True))
        arrivals: dict[RecordMailbox, str] = {}
        for part in (slice(1), slice(1, None)):
            unread = {
                key: record_mailbox
                for record_mailbox, keys in newest.items()
                if record_mailbox not in arrivals
                for key in keys[part]
            }
            items = self._table.get_values(list(unread), consistent=False) if unread else {}
            for key, record_mailbox in unread.items():
                item = items.get(key)
                if item is None or not values.is_visible(item, now):
                    continue
                if rows.has_arrived(item["status"], item.get("outcome")):
                    _, instant, _ = record_keys.split_entry(item["sk"])
                    arrivals.setdefault(record_mailbox, instant)
        return arrivals

    def _newest(self, org: str, record_mailbox: RecordMailbox, since: str) -> list[Key]:
        """The keys of the newest e-mails sent after `since`, newest first."""
        record, mailbox = record_mailbox
        bounds = index_keys.recipient_bounds_after("email", mailbox, since)
        span = Range(record_keys.partition(org, record), *bounds, BY_RECIPIENT)
        return [values.key_of(item) for item in self._table.query_values(span, NEWEST).items]
