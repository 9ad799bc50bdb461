"""Random values for the demonstration data: the seed and the sequence of calls decide all of them."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta

# Of a hundred e-mails, about so many.
_EMAIL_STATUSES = {
    "delivered": 42, "opened": 27, "clicked": 11, "sent": 6, "bounced": 5, "delayed": 3, "queued": 2, "complained": 1,
    "suppressed": 1, "rejected": 1, "failed": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Sampler:
    """`rng` is for choices of the caller's own."""

    rng: random.Random
    now: datetime

    def moment_ago(self, max_days: int, min_days: int = 1) -> datetime:
        """A moment from 7 to 19 o'clock, so many days before `now`."""
        day = self.now - timedelta(days=self.rng.randint(min_days, max_days))
        start = datetime.combine(day.date(), time(7), self.now.tzinfo)
        return start + timedelta(milliseconds=self.rng.randrange(12 * 3600 * 1000))

    def time_of_day(self) -> str:
        """As `9:05`, from 8 to 19 o'clock."""
        return f"{self.rng.randint(8, 19)}:{self.rng.randint(0, 59):02d}"

    def amount(self) -> str:
        """In dollars, as `85.00`."""
        return f"{self.rng.randint(15, 240)}.{self.rng.choice(('00', '50', '95'))}"

    def email_status(self) -> str:
        """One of the statuses of an e-mail, the usual ones more often."""
        return self.rng.choices(list(_EMAIL_STATUSES), list(_EMAIL_STATUSES.values()))[0]

    def uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def ses_message_id(self) -> str:
        """An id in the form of SES."""
        return f"0100019{self.rng.getrandbits(36):09x}-{self.uuid()}-000000"
