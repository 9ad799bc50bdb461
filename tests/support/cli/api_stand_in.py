"""A stand-in for the API, for tests of the command line: it keeps orgs and what is posted.

It knows an entry by its key, and warns of U+FFFD in a field.
"""

from __future__ import annotations

import io
import json
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from daybook_cli.main import app
from daybook_cli.runtime import Runtime
from rich.console import Console
from typer import testing
from typer.main import get_command
from typer.testing import CliRunner, Result

# Putting the commands together takes five times as long as most of them run.
testing._get_command = cache(get_command)  # type: ignore[attr-defined]

API = "http://daybook.test"
TOKENS = {role: f"token-of-{role}" for role in ("admin", "staff", "service", "platform", "other_admin")}


class StandIn(httpx.BaseTransport):
    """Answers as the API does. `refusals` are given first, one a request; `pages` are what reading calls get.

    The org's settings are answered apart from both. `orgs` are those that were made.
    """

    def __init__(
        self, *refusals: httpx.Response | Exception, pages: list[dict[str, Any]] | None = None, time_zone: str = "UTC"
    ) -> None:
        self.refusals = list(refusals)
        self.pages = pages or [{"entries": [], "next": None}]
        self.orgs = {org: org_settings(org, name=org.title(), time_zone=time_zone) for org in ("hilltop", "riverside")}
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
            org, _, path = request.url.path.removeprefix("/v1/orgs").strip("/").partition("/")
            if path == "settings" and org in self.orgs:
                return httpx.Response(200, json={"time_zone": self.orgs[org]["time_zone"]})
            refusal = self.refusals.pop(0) if self.refusals else None
            if isinstance(refusal, Exception):
                raise refusal
            if refusal:
                return refusal
            if not path:
                return self._org(request, org) if org else self._org_page(request)
            if org not in self.orgs:
                return unknown_org(org)
            return self._posted(request) if request.method == "POST" else self._page(request)

    def _org(self, request: httpx.Request, org: str) -> httpx.Response:
        if request.method == "PUT":
            self.orgs[org] = self.orgs.get(org, org_settings(org)) | json.loads(request.content)
        return httpx.Response(200, json=self.orgs[org]) if org in self.orgs else unknown_org(org)

    def _org_page(self, request: httpx.Request) -> httpx.Response:
        first, limit = (int(request.url.params.get(name, default)) for name, default in (("cursor", 0), ("limit", 50)))
        behind = first + limit
        entries = [self.orgs[org] for org in sorted(self.orgs)]
        next_cursor = str(behind) if behind < len(entries) else None
        return httpx.Response(200, json={"entries": entries[first:behind], "next": next_cursor})

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
        warnings = [
            {"field": field, "message": "half of a character"} for field, text in entry.items() if "\ufffd" in str(text)
        ]
        result = {"status": status, "id": self.ids.setdefault(key, f"id-{len(self.ids)}")}
        return result | ({"warnings": warnings} if warnings else {})

    def _page(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=self.pages[int(request.url.params.get("cursor", "0"))])


def org_settings(org: str, *, name: str = "", time_zone: str = "UTC") -> dict[str, Any]:
    """An org as the API shows it."""
    return {"org": org, "name": name, "time_zone": time_zone, "record_url": {}}


def unknown_org(org: str) -> httpx.Response:
    """What the API answers to any call within an org that was not made."""
    problem = {"title": "Not Found", "status": 404, "detail": f"there is no org {org}", "code": "unknown_org"}
    return httpx.Response(404, json=problem)


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
