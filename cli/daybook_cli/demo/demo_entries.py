"""The entries of one org's demonstration data: families, students and staff over the last months.

The same `org`, `now` and `seed` always give the same entries, each with a key: loading them again changes nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from daybook_cli.demo.activity import Activity
from daybook_cli.demo.businesses import business_of, families_of
from daybook_cli.demo.entry_parts import Entry
from daybook_cli.demo.messages import Messages
from daybook_cli.demo.sampler import Sampler

SEED = 20


@dataclass(frozen=True)
class Demonstration:
    """The entries to post, and the status that feedback leads each newer e-mail to, by message id."""

    entries: list[Entry]
    final_statuses: dict[str, str]


def demonstration(org: str, now: datetime, seed: int) -> Demonstration:
    """All entries of an org are at least some hours older than `now`."""
    rng = random.Random(f"{seed}/{org}")  # noqa: S311 - the same every time is what is wanted
    business = business_of(org)
    families, sampler = families_of(business, rng), Sampler(rng, now)
    messages, activity = Messages(business, families, sampler), Activity(business, families, sampler)
    entries = chain(messages.emails(), messages.sms_and_pushes(), activity.activity(), activity.audit())
    with_keys = [entry | {"key": f"demo-{org}-{number}"} for number, entry in enumerate(entries, start=1)]
    return Demonstration(with_keys, messages.final_statuses)
