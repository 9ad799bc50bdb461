"""The console's function on files of a test, and an issuer whose discovery document it reads."""

import base64
import http.server
import importlib.util
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from daybook_local.deployment.template import REPOSITORY


@cache
def app() -> ModuleType:
    """`functions/console/app.py`."""
    path = REPOSITORY / "functions" / "console" / "app.py"
    spec = importlib.util.spec_from_file_location("function_console", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # Where dataclasses look up their annotations.
    sys.modules["function_console"] = module
    spec.loader.exec_module(module)
    return module


def request(path: str, **headers: str) -> dict[str, Any]:
    """What API Gateway sends for a GET; `_` in the name of a header stands for `-`."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"GET {path}" if path in ("/", "/console") else "GET /console/{path+}",
        "rawPath": path,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {"requestId": "request-1", "http": {"method": "GET", "path": path}},
        "isBase64Encoded": False,
    }
    if path.startswith("/console/"):
        event["pathParameters"] = {"path": path.removeprefix("/console/")}
    return event


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def answered(console: Any, event: dict[str, Any]) -> Answer:
    """The answer of a `Console`, with the body as a client gets it."""
    _, response = console.respond(event)
    body = base64.b64decode(response["body"]) if response["isBase64Encoded"] else response["body"].encode()
    return Answer(response["statusCode"], response["headers"], body)


def write_assets(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@dataclass
class StubIssuer:
    """`changes` are made to the discovery document; a `text` is sent in its place. `asked` are the paths so far."""

    url: str
    changes: dict[str, Any] = field(default_factory=dict)
    text: str | None = None
    asked: list[str] = field(default_factory=list)

    def document(self) -> str:
        endpoints = {"authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token"}
        document = {"issuer": self.url, **endpoints, "end_session_endpoint": f"{self.url}/end_session", **self.changes}
        return json.dumps({name: value for name, value in document.items() if value is not None})


@contextmanager
def stub_issuer() -> Iterator[StubIssuer]:
    issuer = StubIssuer("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write((issuer.document() if issuer.text is None else issuer.text).encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Log nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield issuer
        server.shutdown()
