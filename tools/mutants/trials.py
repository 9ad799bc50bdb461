"""Tries the tests on mutants: those that reach the mutated statement first, then all on what survives."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tools.mutants.modules import Module
from tools.mutants.mutants import Mutant
from tools.mutants.reach import Reach
from tools.mutants.runs import Outcome, Run, outcomes

# A run may take so many times what was measured.
SLOWNESS = 5


@dataclass(frozen=True)
class Trial:
    """A mutant and what the tests make of it. `is_reached`: whether any executes it."""

    mutant: Mutant
    outcome: Outcome
    is_reached: bool = True


def tried(
    module: Module, reach: Reach, mutants: Iterable[Mutant], *, until: float, timeout: float, processes: int
) -> list[Trial]:
    """The trials of the mutants, in their order, of as many as fit until the time (`time.monotonic`).

    `timeout` is how many seconds a run may take for its start, so many `processes` at a time.
    """
    trials: list[Trial] = []
    unconfirmed: list[Mutant] = []
    every = list(reach.statements)

    def run_of(mutant: Mutant, tests: Sequence[str]) -> Run:
        return Run(mutant, tests, timeout + SLOWNESS * sum(reach.seconds[test] for test in tests))

    def runs() -> Iterator[Run]:
        for mutant in mutants:
            if time.monotonic() >= until:
                return
            tests = reach.tests_of(mutant.statement)
            if tests:
                yield run_of(mutant, tests)
            else:
                trials.append(Trial(mutant, "survived", is_reached=False))

    for run, outcome in outcomes(module, runs(), processes):
        if outcome == "survived" and len(run.tests) < len(every):
            unconfirmed.append(run.mutant)
        else:
            trials.append(Trial(run.mutant, outcome))
    # A test may set up what others find done, such as a cache: these notice a mutant that they do not execute.
    confirming = (run_of(mutant, every) for mutant in unconfirmed)
    trials += (Trial(run.mutant, outcome) for run, outcome in outcomes(module, confirming, processes))
    return trials
