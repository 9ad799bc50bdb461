"""An import that sends nothing: the first entries as they would be stored, and how many there are that could not be."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from daybook_cli.importing import entry_fields
from daybook_cli.importing.files import KEPT
from daybook_cli.posting.json_files import Fault, Place
from daybook_cli.posting.sending import Item


@dataclass(frozen=True)
class Shown:
    place: Place
    entry: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"place": str(self.place), "entry": self.entry}


@dataclass
class Findings:
    """What an import would meet: `first` of the fine ones, and the faults of the others."""

    rows: int
    fine: int = 0
    faulty: int = 0
    first: list[Shown] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.fine:,} fine, {self.faulty:,} faulty; nothing was sent"

    def as_dict(self) -> dict[str, Any]:
        faults = [{"place": str(fault.place), "reason": fault.reason} for fault in self.faults]
        return {
            "fine": self.fine,
            "faulty": self.faulty,
            "first": [each.as_dict() for each in self.first],
            "faults": faults,
        }

    def add(self, found: Item | Fault, now: datetime) -> Fault | None:
        """Count one; the fault that it is or has."""
        if isinstance(found, Fault):
            return self._add_fault(found)
        try:
            entry = json.loads(found.payload)
            reasons = entry_fields.faults(entry, now)
        except RecursionError:
            reasons = ["nested too deeply"]
        if reasons:
            return self._add_fault(Fault(found.place, "; ".join(reasons)))
        self.fine += 1
        if len(self.first) < self.rows:
            self.first.append(Shown(found.place, entry))
        return None

    def _add_fault(self, fault: Fault) -> Fault:
        self.faulty += 1
        if len(self.faults) < KEPT:
            self.faults.append(fault)
        return fault
