"""What the clients of a soak have been told: the only thing that it is checked against."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Entry = dict[str, Any]


@dataclass
class Posted:
    """An acknowledged entry. `status` is what its events lead to; None where none were published."""

    org: str
    id: str
    entry: Entry
    word: str
    status: str | None = None
    opens: int = 0

    @property
    def log(self) -> str:
        return str(self.entry["log"])

    @property
    def records(self) -> list[str]:
        """The paths of the records in whose logs it stands."""
        named = [each["record"] for each in self.entry.get("affected", [])]
        if "record" in self.entry:
            named = [self.entry["record"]]
        return list(dict.fromkeys(f"{record['type']}/{record['id']}" for record in named))


@dataclass
class Erased:
    """A record whose erasure was accepted, with words that stand in nothing but what it has."""

    org: str
    record: str
    erasure_id: str
    secrets: list[str]


@dataclass
class Ledger:
    """Filled by all threads of a soak."""

    posted: list[Posted] = field(default_factory=list)
    erased: list[Erased] = field(default_factory=list)
    held: dict[tuple[str, str], bool | None] = field(default_factory=dict)
    blocked: dict[tuple[str, str], bool | None] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name: str, by: int = 1) -> None:
        with self._lock:
            self.counts[name] += by

    def acknowledge(self, posted: list[Posted]) -> None:
        with self._lock:
            self.posted += posted
            self.counts["entries acknowledged"] += len(posted)

    def find(self, fault: str) -> None:
        """Note what must not be; the check at the end prints it."""
        with self._lock:
            self.faults.append(fault)
