"""The cells of the matrix: each call of a scenario with each fault; all of them, or a sample by a seed."""

import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support import properties
from tests.support.faults.aws_calls import Call, Fault
from tests.support.faults.catalogue import faults_of

# Of each scenario: all of them take a quarter of an hour.
SAMPLE = 12
PROPERTY = "fault cells"


@dataclass(frozen=True)
class Cell:
    """The first so many attempts of a call meet a fault."""

    call: Call
    fault: Fault
    attempts: float

    def __str__(self) -> str:
        attempts = "one attempt" if self.attempts == 1 else "each attempt"
        return f"{self.call.operation} {self.call.number}, {attempts}: {self.fault.name}"


def cells_of(calls: Iterable[Call]) -> list[Cell]:
    """Each fault in all attempts of each call, and one of each kind in a single attempt."""
    cells = []
    for call in calls:
        faults = faults_of(call)
        once = {fault.kind: fault for fault in faults}
        cells += [Cell(call, fault, float("inf")) for fault in faults]
        cells += [Cell(call, fault, 1) for fault in once.values()]
    return cells


def seed() -> str:
    """Of this run."""
    return os.environ["SEED"]


def choose_seed() -> None:
    """Once for all processes of a run, before they begin: the same sample each time, unless `SEED` names another."""
    os.environ["SEED"] = os.environ.get("SEED") or "0"


def chosen(scenario: str, cells: Sequence[Cell]) -> list[Cell]:
    """All of them in a `fuzz` run, otherwise SAMPLE."""
    if properties.is_fuzz() or len(cells) <= SAMPLE:
        return list(cells)
    return random.Random(f"{seed()} {scenario}").sample(cells, SAMPLE)


def summary(reports: Iterable[Any]) -> str | None:
    """What the tests of a run have tried; None where there was none of the matrix."""
    tried = [value for report in reports for name, value in report.user_properties if name == PROPERTY]
    if not tried:
        return None
    count, total = (sum(each[place] for each in tried) for place in (0, 1))
    return f"Faults of AWS: {count} of {total} cells, in {len(tried)} scenarios. To repeat them: SEED={seed()}"
