"""What the functions write to their logs: the lines of an invocation, and the metrics among them."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import pytest

from tests.support import api
from tests.support.functions.events import Context

Line = dict[str, Any]


class NamedFunctions:
    """Functions under their own names, as in Lambda, and what they write."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self._written = io.StringIO()
        self.answer: Any = None

    def invoke(self, name: str, event: dict[str, Any], context: Context, error: type[Exception] | None = None) -> None:
        """Invoke a function; its answer is kept. `error` is what it must raise."""
        self._patch.setenv("POWERTOOLS_SERVICE_NAME", name)
        api.factory(name).cache_clear()
        with redirect_stdout(self._written):
            api.factory(name)()
            for handler in logging.getLogger(name).handlers:
                if isinstance(handler, logging.StreamHandler):
                    # It has that of the test that was the first to invoke the function.
                    handler.stream = self._written
            if error is None:
                self.answer = api.function(name).handler(event, context)
                return
            with pytest.raises(error):
                api.function(name).handler(event, context)

    def lines(self) -> list[Line]:
        """All lines since the last call, without metrics."""
        return [line for line in self.everything() if "_aws" not in line]

    def metrics(self) -> list[Line]:
        """All lines of metrics since the last call."""
        return [line for line in self.everything() if "_aws" in line]

    def everything(self) -> list[Line]:
        """All lines since the last call."""
        written = self._written.getvalue()
        self._written.seek(0)
        self._written.truncate()
        return [json.loads(line) for line in written.splitlines()]


@contextmanager
def named_functions(patch: pytest.MonkeyPatch) -> Iterator[NamedFunctions]:
    """They are made anew, and so are the next ones."""
    yield NamedFunctions(patch)
    for name in api.FACTORIES:
        api.factory(name).cache_clear()


def published(line: Line) -> dict[tuple[str, str, tuple[tuple[str, str], ...]], list[float]]:
    """The values in a line of metrics by namespace, name and dimensions, as CloudWatch reads them (EMF)."""
    return {
        (directive["Namespace"], metric["Name"], tuple((name, line[name]) for name in dimensions)): line[metric["Name"]]
        for directive in line["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    }
