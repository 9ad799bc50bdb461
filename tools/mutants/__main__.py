"""Try the tests of a module on mutants of it: python -m tools.mutants daybook.search.plan."""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tools.mutants.modules import find_module, find_tests
from tools.mutants.mutants import mutants
from tools.mutants.runs import measured
from tools.mutants.trials import Trial, tried

# So long mutants are tried where no count is given, beside the first run and that of all tests on the survivors.
SECONDS = 240


def main(arguments: Sequence[str]) -> str | None:
    """The exit status, as `sys.exit` takes it: a message means failure. That mutants survive is none."""
    options = _parser().parse_args(arguments)
    try:
        module = find_module(options.module)
    except ValueError as error:
        return str(error)
    paths = options.tests or [str(path) for path in find_tests(module, Path("tests"))]
    if not paths:
        return f"No test is about {module.name}. Name some, as in TESTS=tests/functional"
    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"Mutants of {module.name}, tried by {' '.join(paths)}", flush=True)
    reach = measured(module, paths)
    if reach.failed:
        return "\n".join(["These tests fail without any mutation:", *reach.failed])
    if not any(reach.statements.values()):
        return f"None of these tests executes any of {module.name}."
    every = list(mutants(module.path.read_text(encoding="utf-8"), str(module.path)))
    sample = random.Random(seed).sample(every, min(options.count or len(every), len(every)))
    until = math.inf if options.count else time.monotonic() + SECONDS
    trials = tried(module, reach, sample, until=until, timeout=options.timeout, processes=options.processes)
    print(_report(trials, module.path))
    print(f"Tried {len(trials)} of {len(every)}; again: SEED={seed} COUNT={len(trials)}; all: COUNT={len(every)}")
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutants", description="Make mutants of a module, and show those that no test notices."
    )
    parser.add_argument("module", help="its dotted name or its path")
    parser.add_argument("tests", nargs="*", help="paths for pytest, instead of the tests about the module")
    parser.add_argument("--count", type=int, help="how many mutants; as many as fit into five minutes by default")
    parser.add_argument("--seed", type=int, help="which mutants: the same ones for the same seed")
    parser.add_argument(
        "--timeout", type=float, default=15, help="seconds that a run may take, beside five times those measured"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="test runs at a time")
    return parser


def _report(trials: Sequence[Trial], path: Path) -> str:
    """The survivors in the order of the text, and a summary."""
    name = os.path.relpath(path)
    survived = (trial for trial in trials if trial.outcome == "survived")
    survivors = sorted(survived, key=lambda trial: (trial.mutant.line, trial.mutant.after))
    lines = [
        f"{name}:{trial.mutant.line}  {trial.mutant.before}  ->  {trial.mutant.after}"
        + ("" if trial.is_reached else "  (no test executes it)")
        for trial in survivors
    ]
    counts = {outcome: sum(trial.outcome == outcome for trial in trials) for outcome in ("killed", "timed out")}
    return "\n".join(
        [*lines, f"{len(survivors)} survived, {counts['killed']} killed, {counts['timed out']} timed out."]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
