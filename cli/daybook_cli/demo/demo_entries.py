"""The entries of one org's demonstration data: families, students and staff over the last two years.

The same `org`, `now` and `seed` always give the same entries, each with a key: loading them again changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from daybook_cli.demo.activity.families import FamilyAudit
from daybook_cli.demo.activity.office import OfficeAudit
from daybook_cli.demo.activity.people_activity import PeopleActivity
from daybook_cli.demo.businesses import business_of
from daybook_cli.demo.entry_parts import Entry
from daybook_cli.demo.messages.emails import Emails
from daybook_cli.demo.messages.outcomes import Outcomes
from daybook_cli.demo.messages.texts import Texts
from daybook_cli.demo.people import families_of
from daybook_cli.demo.sampler import Sampler

SEED = 20


@dataclass(frozen=True)
class Demonstration:
    """The entries to post, and what feedback tells of the newer messages, by message id.

    `now` is the end of what has happened. The outcomes are named in `demo_feedback`.
    """

    now: datetime
    entries: list[Entry]
    email_outcomes: dict[str, str]
    sms_outcomes: dict[str, str]
    failed_pushes: Sequence[str]


def demonstration(org: str, now: datetime, seed: int) -> Demonstration:
    """All entries of an org are older than `now`."""
    rng = random.Random(f"{seed}/{org}")  # noqa: S311 - the same every time is what is wanted
    business = business_of(org)
    families = families_of(business, rng)
    sampler = Sampler(rng, now, ZoneInfo(business.time_zone))
    outcomes, texts = Outcomes(families, sampler), Texts(business, families, sampler)
    # The order decides the random values.
    entries = chain(
        Emails(business, families, sampler, outcomes).entries(),
        texts.entries(),
        PeopleActivity(business, families, sampler).entries(),
        FamilyAudit(business, families, sampler).entries(),
        OfficeAudit(business, families, sampler).entries(),
    )
    with_keys = [entry | {"key": f"demo-{org}-{number}"} for number, entry in enumerate(entries, start=1)]
    return Demonstration(now, with_keys, outcomes.of_messages, texts.sms_outcomes, texts.failed_pushes)
