"""What the administrators of the demonstration did in Daybook itself: a hold, and the blacklist of a former system."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from daybook_cli.connection.timestamps import format_timestamp
from daybook_cli.demo.businesses import Business
from daybook_cli.demo.people import former_addresses

# As `PUT /blacklist` takes at most.
_BATCH = 100
# How often of a hundred addresses, and why.
_REASONS = {
    ("bounce", "550 5.1.1 user unknown"): 46,
    ("bounce", "550 5.2.1 mailbox disabled"): 14,
    ("manual", "left us and asked for no more e-mail"): 20,
    ("complaint", "marked as spam"): 12,
    ("invalid", "misspelled at registration"): 8,
}
_YOUNGEST, _OLDEST = 200, 1800


@dataclass(frozen=True)
class Hold:
    """`record` is the type and id of what is held."""

    record: tuple[str, str]
    reason: str


HOLDS = {"riverside": Hold(("family", "107"), "Injury claim of last spring: our insurer asks us to keep everything")}


def blacklist_batches(org: str, business: Business, now: datetime) -> Iterator[list[dict[str, Any]]]:
    """The blacklist that a business brings from its former system, as bodies' `addresses` of `PUT /blacklist`."""
    rng = random.Random(f"{org}/blacklist")  # noqa: S311 - the same every time is what is wanted
    rows = []
    for address in former_addresses(business, rng):
        (status, reason), since = (
            rng.choices(list(_REASONS), list(_REASONS.values()))[0],
            now - timedelta(days=rng.randint(_YOUNGEST, _OLDEST), seconds=rng.randrange(36_000)),
        )
        rows.append({"address": address, "status": status, "since": format_timestamp(since), "reason": reason})
    for first in range(0, len(rows), _BATCH):
        yield rows[first : first + _BATCH]
