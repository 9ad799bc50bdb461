"""Runs of the tests, each in a process of its own, with a mutant in the place of the module.

The working tree stays as it is: the mutant's code is what an import of the module gets.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import resource
import signal
import sys
import sysconfig
import time
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import CodeType, ModuleType
from typing import Literal

import pytest

from tools.mutants.modules import Module
from tools.mutants.mutants import Mutant
from tools.mutants.reach import PROBE, Reach, ReachPlugin, with_probes

Outcome = Literal["survived", "killed", "timed out"]

# Of one run, in bytes: a mutant may never stop to allocate.
MAX_MEMORY = 4 * 1024**3

OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-m", "not slow")
_fork = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Run:
    """A mutant, the ids of the tests to try on it, and how many seconds they may take."""

    mutant: Mutant
    tests: Sequence[str]
    seconds: float


class _Finder(MetaPathFinder):
    """Imports the module from this code, with these names defined before it runs."""

    def __init__(self, module: Module, code: CodeType, names: Mapping[str, object]) -> None:
        self._module = module
        self._loader = _Loader(module.name, str(module.path))
        self._loader.code, self._loader.names = code, names

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != self._module.name:
            return None
        return spec_from_file_location(name, self._module.path, loader=self._loader)


class _Loader(SourceFileLoader):
    code: CodeType
    names: Mapping[str, object]

    def get_code(self, _: str) -> CodeType:
        return self.code

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(self.names)
        super().exec_module(module)


class _Chosen:
    """A plugin of pytest that runs these tests only, and lets Hypothesis not look for the smallest failing example."""

    def __init__(self, tests: Collection[str] | None) -> None:
        self._tests = None if tests is None else frozenset(tests)

    def pytest_sessionstart(self) -> None:
        if "hypothesis" in sys.modules:
            from hypothesis import Phase, settings  # noqa: PLC0415 - only where the tests use it

            phases = (Phase.explicit, Phase.generate, Phase.target)
            settings.register_profile("mutants", settings.default, phases=phases, report_multiple_bugs=False)
            settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if self._tests is not None:
            config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in self._tests])
            items[:] = [item for item in items if item.nodeid in self._tests]


def measured(module: Module, paths: Sequence[str]) -> Reach:
    """What these tests reach of the unchanged module. Their third-party modules are loaded for the runs that follow."""
    receiver, sender = _fork.Pipe(duplex=False)
    process = _fork.Process(target=_measure, args=(module, paths, sender))
    process.start()
    sender.close()
    values, loaded = receiver.recv()
    process.join()
    with warnings.catch_warnings(action="ignore"):
        for name in loaded:
            with suppress(ImportError):
                importlib.import_module(name)
    gc.freeze()
    return Reach(**values)


def outcomes(module: Module, runs: Iterable[Run], processes: int) -> Iterator[tuple[Run, Outcome]]:
    """The outcome of each run, so many at a time, in the order in which they end."""
    pending = iter(runs)
    running: dict[int, tuple[ForkProcess, Run, float]] = {}
    while True:
        while len(running) < processes and (run := next(pending, None)):
            process = _fork.Process(target=_try, args=(module, run), daemon=True)
            process.start()
            _lead_group(process.pid)
            running[process.sentinel] = process, run, time.monotonic() + run.seconds
        if not running:
            return
        first = min(deadline for _, _, deadline in running.values())
        wait(list(running), max(first - time.monotonic(), 0))
        for sentinel, (process, run, deadline) in list(running.items()):
            if process.exitcode is None and time.monotonic() < deadline:
                continue
            yield run, _outcome(process)
            del running[sentinel]


def _outcome(process: ForkProcess) -> Outcome:
    if process.exitcode is None:
        _kill(process)
        return "timed out"
    return "survived" if process.exitcode == pytest.ExitCode.OK else "killed"


def _lead_group(process_id: int | None) -> None:
    """The process leads a group, with what its tests start. It does so itself, too: whoever comes first."""
    with suppress(PermissionError, ProcessLookupError):
        os.setpgid(process_id or 0, 0)


def _kill(process: ForkProcess) -> None:
    if process.pid is not None:
        os.killpg(process.pid, signal.SIGKILL)
    process.join()


def _try(module: Module, run: Run) -> None:
    """In the new process: ends it with pytest's exit code."""
    _leave_parent()
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    sys.meta_path.insert(0, _Finder(module, run.mutant.code, {}))
    files = list(dict.fromkeys(test.split("::")[0] for test in run.tests))
    os._exit(pytest.main([*OPTIONS, *files], plugins=[_Chosen(run.tests)]))


def _measure(module: Module, paths: Sequence[str], sender: Connection) -> None:
    """In the new process: sends what is reached, and the names of the third-party modules."""
    _leave_parent()
    plugin = ReachPlugin(module.name)
    code = with_probes(module.path.read_text(encoding="utf-8"), str(module.path))
    sys.meta_path.insert(0, _Finder(module, code, {PROBE: plugin.reached}))
    pytest.main([*OPTIONS, *paths], plugins=[plugin, _Chosen(None)])
    sender.send((asdict(plugin.reach), _third_party()))
    os._exit(0)


def _leave_parent() -> None:
    """A group of processes of its own, no output, and none of the project's modules imported yet."""
    _lead_group(None)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    known = set(_third_party())
    for name in [name for name, imported in sys.modules.items() if getattr(imported, "__file__", None)]:
        if name not in known and name != "__main__":
            del sys.modules[name]


def _third_party() -> list[str]:
    """The names of the modules imported so far that belong to Python or are installed from outside."""
    folders = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return [
        name
        for name, imported in list(sys.modules.items())
        if (file := getattr(imported, "__file__", None)) and any(Path(file).is_relative_to(path) for path in folders)
    ]
