"""A stand-in for the API, for tests of the command line: it keeps what is posted, and knows an entry by its key."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from daybook_cli.main import app
from daybook_cli.runtime import Runtime
from rich.console import Console
from typer.testing import CliRunner, Result

API = "http://daybook.test"
TOKENS = {role: f"token-of-{role}" for role in ("admin", "staff", "service", "other_admin")}


class StandIn(httpx.BaseTransport):
    """Answers as the API does. `refusals` are given first, one a request; `pages` are what reading calls get.

    The org's settings are answered apart from both.
    """

    def __init__(
        self, *refusals: httpx.Response | Exception, pages: list[dict[str, Any]] | None = None, time_zone: str = "UTC"
    ) -> None:
        self.refusals = list(refusals)
        self.pages = pages or [{"entries": [], "next": None}]
        self.time_zone = time_zone
        self.requests: list[httpx.Request] = []
        self.batches: list[list[dict[str, Any]]] = []
        self.ids: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [entry for batch in self.batches for entry in batch]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            request.read()
            self.requests.append(request)
            if request.url.path.endswith("/settings"):
                return httpx.Response(200, json={"time_zone": self.time_zone})
            refusal = self.refusals.pop(0) if self.refusals else None
            if isinstance(refusal, Exception):
                raise refusal
            if refusal:
                return refusal
            return self._posted(request) if request.method == "POST" else self._page(request)

    def _posted(self, request: httpx.Request) -> httpx.Response:
        batch = json.loads(request.content)["entries"]
        self.batches.append(batch)
        results = [{"index": index, **self._result(entry)} for index, entry in enumerate(batch)]
        rejected = any(result["status"] == "rejected" for result in results)
        return httpx.Response(207 if rejected else 201, json={"results": results})

    def _result(self, entry: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(entry, dict) or "log" not in entry:
            faults = [{"field": "log", "message": "required"}]
            error = {"code": "invalid_entry", "detail": "log: required", "errors": faults}
            return {"status": "rejected", "error": error}
        key = entry.get("key") or f"unkeyed {len(self.ids)}"
        status = "duplicate" if key in self.ids else "created"
        return {"status": status, "id": self.ids.setdefault(key, f"id-{len(self.ids)}")}

    def _page(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=self.pages[int(request.url.params.get("cursor", "0"))])


def write_stack(folder: Path) -> None:
    (folder / ".local").mkdir()
    stack = {"api": API, "tokens": TOKENS, "orgs": ["riverside", "hilltop"]}
    (folder / ".local" / "stack.json").write_text(json.dumps(stack))


def run(
    folder: Path,
    transport: httpx.BaseTransport,
    *arguments: str,
    stdin: str | bytes | None = None,
    environ: dict[str, str] | None = None,
    pauses: list[float] | None = None,
    terminal: io.StringIO | None = None,
    width: int = 120,
    err: Console | None = None,
) -> Result:
    """Run `daybook` in a folder against a transport; `terminal` takes the place of a terminal that is `width` wide."""
    waited = [] if pauses is None else pauses
    runtime = Runtime(environ=environ or {}, directory=folder, transport=transport, sleep=waited.append)
    if terminal is not None:
        runtime = replace(runtime, out=Console(file=terminal, force_terminal=True, width=width))
    if err is not None:
        runtime = replace(runtime, err=err)
    return CliRunner().invoke(app, arguments, input=stdin, obj=runtime)
