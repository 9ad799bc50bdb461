"""What a search line asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from daybook.core import timestamps
from daybook.core.timestamps import Instant
from daybook.search.line.dates import Spans, TimeOfDay

Field = Literal["username", "source", "ip", "record", "action", "status"]
Kind = Literal["date", "word", "phrase", "field", "excluded", "ignored"]
UTC = ZoneInfo("UTC")


class Term(Struct, frozen=True):
    """A word or phrase to find. It occurs in a text that has one of its normalized `forms`, from a word's beginning."""

    forms: tuple[str, ...]
    field: Field | None = None
    """None: every shown text, the source, the status and the beginning of the IP address."""
    whole: bool = False
    """It has to end where a word ends, too."""
    ip: str | None = None
    """What an IP address begins with, in small letters; None where it cannot be one."""
    time: TimeOfDay | None = None
    """The entry may be of this time of day instead."""


class Understood(Struct, frozen=True):
    """What a part of a line was read as; `text` is that part as it was typed.

    A date has the interval [from, to) that it means. One without is a time of any day, or one that the clock skipped.
    """

    text: str
    kind: Kind
    start: Instant | UnsetType = msgspec.field(default=UNSET, name="from")
    end: Instant | UnsetType = msgspec.field(default=UNSET, name="to")
    field: Field | UnsetType = UNSET


SearchLine = Annotated[
    str, Meta(max_length=1000, description="what staff type, as in `01/01/2015 5:10 pm admin deleted Smith`")
]
Parts = Annotated[list[Understood], Meta(description="what each part of the search line was read as, in its order")]


class Line(Struct, frozen=True):
    """The query of a line. `spans` are UTC intervals [from, to): None is any time, () no time at all.

    `zone` is that of the times of day; `understood` is in the order of the line.
    """

    spans: Spans | None
    required: tuple[Term, ...]
    excluded: tuple[Term, ...]
    zone: ZoneInfo = UTC
    understood: tuple[Understood, ...] = ()

    @property
    def asks_for_nothing(self) -> bool:
        """Whether every entry matches."""
        return self.spans is None and not self.required and not self.excluded

    def within(self, start: datetime | None, end: datetime | None) -> tuple[str | None, str | None]:
        """The bounds of [start, end) and the line's dates, as instants; None is without a bound."""
        lows, highs = ([timestamps.instant(bound)] if bound else [] for bound in (start, end))
        if self.spans:
            lows.append(self.spans[0][0])
            highs.append(self.spans[-1][1])
        return max(lows, default=None), min(highs, default=None)


# What an empty line asks for.
EVERYTHING = Line(None, (), ())
