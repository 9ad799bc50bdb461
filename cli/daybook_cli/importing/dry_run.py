"""The report of an import that posts nothing: the first entries as they would be stored, and what is faulty."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from daybook_cli.importing import entry_check
from daybook_cli.posting.batches import Item
from daybook_cli.posting.json_files import Fault, Place
from daybook_cli.posting.summary import MAX_LISTED


@dataclass(frozen=True)
class SampleEntry:
    place: Place
    entry: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"place": str(self.place), "entry": self.entry}


@dataclass
class DryRunReport:
    """Counts of fine and faulty entries, the first `max_samples` fine ones, and the first `MAX_LISTED` faults."""

    max_samples: int
    fine: int = 0
    faulty: int = 0
    first: list[SampleEntry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.fine:,} fine, {self.faulty:,} faulty; nothing was sent"

    def as_dict(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        faults = [{"place": str(fault.place), "reason": fault.reason} for fault in self.faults]
        first = [sample.as_dict() for sample in self.first]
        return {"fine": self.fine, "faulty": self.faulty, "first": first, "faults": faults}

    def add(self, item: Item | Fault, now: datetime) -> Fault | None:
        """Check and count one; its fault, or None where it is fine."""
        if isinstance(item, Fault):
            return self._add_fault(item)
        try:
            entry = json.loads(item.payload)
            reasons = entry_check.faults(entry, now)
        except RecursionError:
            reasons = ["nested too deeply"]
        if reasons:
            return self._add_fault(Fault(item.place, "; ".join(reasons)))
        self.fine += 1
        if len(self.first) < self.max_samples:
            self.first.append(SampleEntry(item.place, entry))
        return None

    def _add_fault(self, fault: Fault) -> Fault:
        self.faulty += 1
        if len(self.faults) < MAX_LISTED:
            self.faults.append(fault)
        return fault
