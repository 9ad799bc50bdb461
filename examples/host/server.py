"""The page of a host product with the elements of the console in it: `python examples/host/server.py`.

It needs the local stack of `make run`, and listens where the stack lets pages of another origin call the API.
"""

import argparse
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
# Nothing inline, and of other origins only Daybook's: its script, its API, and the frames of its e-mails.
POLICY = (
    "default-src 'none'; script-src 'self' {daybook}; style-src 'self'; img-src 'self'; "
    "connect-src 'self' {daybook}; frame-src {daybook}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)


def handler_of(stack: dict[str, object]) -> type[BaseHTTPRequestHandler]:
    """Answers with the files of this folder, and with a token for whoever is signed in to the host product."""
    tokens = stack["tokens"]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/token":
                # A host asks its identity provider for a token of the person who is signed in.
                self._send(json.dumps(tokens["admin"] if isinstance(tokens, dict) else None), "application/json")
                return
            file = FOLDER / (urlsplit(self.path).path.strip("/") or "index.html")
            if file.parent == FOLDER and file.suffix in TYPES and file.is_file():
                self._send(file.read_text().replace("{daybook}", str(stack["api"])), TYPES[file.suffix])
            else:
                self.send_error(404)

        def _send(self, text: str, content_type: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", f"{content_type}; charset=utf-8")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Security-Policy", POLICY.format(daybook=stack["api"]))
            self.end_headers()
            self.wfile.write(text.encode())

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", type=Path, default=Path(".local/stack.json"), help="what the local stack says")
    parser.add_argument("--port", type=int, help="another port: the API then refuses to answer its pages")
    arguments = parser.parse_args()
    if not arguments.stack.exists():
        sys.exit(f"{arguments.stack} is not there. Start the local stack first: make run")
    stack = json.loads(arguments.stack.read_text())
    port = arguments.port or urlsplit(stack["embed_origins"][0]).port
    with ThreadingHTTPServer(("127.0.0.1", port), handler_of(stack)) as server:
        sys.stdout.write(f"http://127.0.0.1:{port}/\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
