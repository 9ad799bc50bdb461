"""Random values for the demonstration data: the seed and the sequence of calls decide all of them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEK = timedelta(days=7)
# Of a week's work, about so much falls on each day, from Monday on.
_WEEKDAYS = (30, 16, 16, 14, 9, 12, 3)
_MONDAY = 0
# How busy each hour of the front desk is, and that of a Monday, when half of the families come in the evening.
_DESK = {8: 3, 9: 6, 10: 6, 11: 5, 12: 3, 13: 3, 14: 4, 15: 8, 16: 11, 17: 12, 18: 10, 19: 6, 20: 2}
_MONDAY_DESK = _DESK | {17: 22, 18: 26, 19: 16, 20: 5}
# Those who use the portal do so at home.
HOME = {6: 1, 7: 4, 8: 4, 9: 2, 12: 4, 13: 2, 17: 3, 18: 4, 19: 7, 20: 11, 21: 12, 22: 6, 23: 1}
NIGHT = {2: 1}


@dataclass(frozen=True)
class Sampler:
    """`rng` is for choices of the caller's own. Hours are those of the business's own zone."""

    rng: random.Random
    now: datetime
    zone: ZoneInfo

    def moment_ago(self, max_days: int, min_days: int = 1, hours: Mapping[int, int] | None = None) -> datetime:
        """A moment so many days before `now`, on the busier days and hours more often: by default the front desk's."""
        chosen = self.now.date() - timedelta(days=self.rng.randint(min_days, max_days))
        weekday = self.rng.choices(range(7), _WEEKDAYS)[0]
        same_week = chosen + timedelta(days=weekday - chosen.weekday())
        is_within = min_days <= (self.now.date() - same_week).days <= max_days
        return self.moment_on(same_week if is_within else chosen, hours)

    def moment_on(self, day: date, hours: Mapping[int, int] | None = None) -> datetime:
        """A moment of that day; of that day of an earlier week where it is not in the past."""
        busy = hours or (_MONDAY_DESK if day.weekday() == _MONDAY else _DESK)
        hour = self.rng.choices(list(busy), list(busy.values()))[0]
        local = datetime.combine(day, time(hour), self.zone)
        moment = local.astimezone(UTC) + timedelta(milliseconds=self.rng.randrange(3600 * 1000))
        while moment >= self.now:
            moment -= _WEEK
        return moment

    def first_of_month(self, months_ago: int) -> date:
        """The first day of a month: 0 is that of the last full day."""
        yesterday = self.now.date() - timedelta(days=1)
        months = 12 * yesterday.year + yesterday.month - 1 - months_ago
        return date(months // 12, months % 12 + 1, 1)

    def day_ago(self, days: int, weekday: int) -> date:
        """The last such day of the week that is at least so many days before `now`."""
        day = self.now.date() - timedelta(days=days)
        return day - timedelta(days=(day.weekday() - weekday) % 7)

    def uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def ses_message_id(self) -> str:
        """An id in the form of SES."""
        return f"0100019{self.rng.getrandbits(36):09x}-{self.uuid()}-000000"
