"""A stand-in for Lambda that speaks HTTP, as botocore does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.conftest import REGION

Answer = dict[str, Any] | bytes


class Lambda:
    """Answers with `answers`, one after another. An `errorMessage` is a failure; None closes the connection."""

    def __init__(self) -> None:
        self.answers: list[Answer | None] = []
        self.invocations: list[tuple[str, Any]] = []
        lambda_ = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                lambda_.invocations.append((self.path, json.loads(body)))
                answer = lambda_.answers.pop(0)
                if answer is None:
                    return
                text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(200)
                if b"errorMessage" in text:
                    self.send_header("X-Amz-Function-Error", "Unhandled")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def in_stack(folder: Path, kind: str) -> Iterator[Lambda]:
    """A function of a local stack that runs in the folder."""
    function = Lambda()
    threading.Thread(target=function.server.serve_forever, args=(0.01,), daemon=True).start()
    (folder / ".local").mkdir()
    stack = {"aws": function.url, "region": REGION, f"{kind}_function": f"daybook-{kind}"}
    (folder / ".local" / "stack.json").write_text(json.dumps(stack))
    yield function
    function.server.shutdown()
    function.server.server_close()
