"""How many entries were created, were there already, or were rejected and why, and how many have warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from daybook_cli.posting.delivery import STATUSES, Outcome

# So many rejections, warnings or faults are repeated in a JSON summary; standard error gets all of them.
MAX_LISTED = 1000


@dataclass
class Summary:
    """`rejections` and `warned` are the first `MAX_LISTED`; `warned_count` is of all entries that have a warning."""

    counts: Counter[str] = field(default_factory=Counter)
    rejections: list[Outcome] = field(default_factory=list)
    warned: list[Outcome] = field(default_factory=list)
    warned_count: int = 0

    def add(self, outcomes: Sequence[Outcome]) -> None:
        self.counts.update(outcome.status for outcome in outcomes)
        room = MAX_LISTED - len(self.rejections)
        self.rejections += [outcome for outcome in outcomes if outcome.status == "rejected"][:room]
        warned = [outcome for outcome in outcomes if outcome.warnings]
        self.warned += warned[: MAX_LISTED - len(self.warned)]
        self.warned_count += len(warned)

    @property
    def has_rejected(self) -> bool:
        return self.counts["rejected"] > 0

    def __str__(self) -> str:
        counts = ", ".join(f"{self.counts[status]:,} {status}" for status in STATUSES)
        return f"{counts}, {self.warned_count:,} with warnings" if self.warned_count else counts

    def as_dict(self) -> dict[str, Any]:
        """The summary as `daybook import --json` prints it; of warnings only where there are any."""
        rejections = [{"place": str(outcome.place), "reason": outcome.reason} for outcome in self.rejections]
        summary = {**{status: self.counts[status] for status in STATUSES}, "rejections": rejections}
        if not self.warned_count:
            return summary
        warned = [{"place": str(outcome.place), "warnings": list(outcome.warnings)} for outcome in self.warned]
        return summary | {"warned": self.warned_count, "warnings": warned}
