"""How many entries were created, were there already, or were rejected and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from daybook_cli.posting.delivery import STATUSES, Outcome

# So many rejections or faults are repeated in a JSON summary; standard error gets all of them.
MAX_LISTED = 1000


@dataclass
class Summary:
    """`rejections` are the first `MAX_LISTED`."""

    counts: Counter[str] = field(default_factory=Counter)
    rejections: list[Outcome] = field(default_factory=list)

    def add(self, outcomes: Sequence[Outcome]) -> None:
        self.counts.update(outcome.status for outcome in outcomes)
        room = MAX_LISTED - len(self.rejections)
        self.rejections += [outcome for outcome in outcomes if outcome.status == "rejected"][:room]

    @property
    def has_rejected(self) -> bool:
        return self.counts["rejected"] > 0

    def __str__(self) -> str:
        return ", ".join(f"{self.counts[status]:,} {status}" for status in STATUSES)

    def as_dict(self) -> dict[str, Any]:
        """The summary as `daybook import --json` prints it."""
        rejections = [{"place": str(outcome.place), "reason": outcome.reason} for outcome in self.rejections]
        return {**{status: self.counts[status] for status in STATUSES}, "rejections": rejections}
