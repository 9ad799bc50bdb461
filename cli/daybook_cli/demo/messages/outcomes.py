"""What becomes of the e-mails to an address: most are read, and some addresses have a trouble of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from daybook_cli.demo.people import Family
from daybook_cli.demo.sampler import Sampler

# Older e-mails get no feedback: they are posted with their final status, as out of another system. The id of a message
# is posted where it says why an address is on the blacklist, or feedback comes.
_USUAL_PERIOD, _TROUBLE_PERIOD = timedelta(days=16), timedelta(days=60)
_USUAL = frozenset({"opened", "clicked", "opened-by-machine", "delivered"})

# The status that an e-mail is posted with where feedback says no more.
_POSTED = {
    "opened": "opened", "clicked": "clicked", "opened-by-machine": "delivered", "delivered": "delivered",
    "late": "delivered", "delayed": "delivered", "mailbox-full": "delivered", "spam-filter": "delivered",
    "no-domain": "delivered", "no-mailbox": "bounced", "refused": "bounced", "complained": "complained",
    "unsubscribed": "rejected", "virus": "rejected",
}  # fmt: skip
# Outcomes after which the address is on the blacklist.
_BLOCKING = frozenset({"no-mailbox", "refused", "complained"})
# How often of a hundred e-mails: of those who open them, and of those of whom only the mail program is seen.
_HABITS = (
    {"opened": 58, "clicked": 22, "delivered": 20},
    {"opened-by-machine": 70, "clicked": 8, "delivered": 22},
    {"delivered": 88, "opened": 12},
)
_HABIT_WEIGHTS = (5, 3, 2)
# Troubles of first parents: the family's position, the outcome, and for how many days.
_TROUBLES = (
    (0, "complained", 55), (3, "no-mailbox", 33), (4, "refused", 12), (5, "no-mailbox", 200), (6, "mailbox-full", 30),
    (7, "no-domain", 13), (8, "late", 35), (9, "delayed", 3), (10, "silent", 20), (12, "no-mailbox", 12),
    (14, "mailbox-full", 9), (16, "refused", 21), (18, "complained", 300), (20, "spam-filter", 9),
    (22, "unsubscribed", 31), (24, "no-mailbox", 5), (26, "virus", 6), (29, "refused", 90), (32, "no-mailbox", 3),
)  # fmt: skip
# Of a thousand other e-mails, so many never reached the mailer, or could not be put together.
_FAILED, _QUEUED_HOURS = 3, 8


@dataclass
class Outcomes:
    """`of_messages` are those that feedback tells of, by message id; `next` fills it.

    E-mails to one address are asked for in the order of their sending.
    """

    families: Sequence[Family]
    sampler: Sampler
    of_messages: dict[str, str] = field(default_factory=dict)
    _blocked: set[str] = field(default_factory=set)
    _habits: dict[str, Mapping[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._troubles = {
            family.parents[0].address: (outcome, self.sampler.now - timedelta(days=days))
            for family, outcome, days in troubled(self.families)
        }

    def next(self, address: str, sent_at: datetime) -> dict[str, str]:
        """The `status` of the address's next e-mail as it is posted, and its `message_id` where it has one."""
        if address in self._blocked:
            return {"status": "suppressed"}
        outcome = self._outcome(address, sent_at)
        if outcome in ("queued", "failed"):
            return {"status": outcome}
        if outcome in _BLOCKING:
            self._blocked.add(address)
        is_usual = outcome in _USUAL
        is_old = self.sampler.now - sent_at >= (_USUAL_PERIOD if is_usual else _TROUBLE_PERIOD)
        if is_old and is_usual:
            return {"status": _POSTED[outcome]}
        message_id = self.sampler.ses_message_id()
        if is_old:
            return {"status": _POSTED[outcome], "message_id": message_id}
        self.of_messages[message_id] = outcome
        return {"status": "sent", "message_id": message_id}

    def _outcome(self, address: str, sent_at: datetime) -> str:
        trouble, since = self._troubles.get(address, ("", self.sampler.now))
        if sent_at >= since:
            return trouble
        if self.sampler.now - sent_at < timedelta(hours=_QUEUED_HOURS) and self.sampler.rng.randrange(3) == 0:
            return "queued"
        if self.sampler.rng.randrange(1000) < _FAILED:
            return "failed"
        if address not in self._habits:
            self._habits[address] = self.sampler.rng.choices(_HABITS, _HABIT_WEIGHTS)[0]
        habit = self._habits[address]
        return self.sampler.rng.choices(list(habit), list(habit.values()))[0]


def troubled(families: Sequence[Family]) -> Iterator[tuple[Family, str, int]]:
    """The families whose first parent has a trouble, which one, and for how many days."""
    for position, outcome, days in _TROUBLES:
        if position < len(families):
            yield families[position], outcome, days
