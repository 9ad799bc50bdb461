"""What `make run` tells: how far it is, and at the end what to do with it."""

import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

# The family of the demonstration data that has the most to show.
FAMILY = {"type": "family", "id": "101"}
RECORD = f"records/{FAMILY['type']}/{FAMILY['id']}"
AFFECTED = {"record": FAMILY, "change": "updated", "before": {"due": "85.00"}, "after": {"due": "0.00"}}
EXAMPLES = [
    {
        "log": "email",
        "record": FAMILY,
        "recipient": "jane.smith@mail.example.com",
        "subject": "Welcome",
        "body": {"text": "We look forward to seeing you on Monday."},
        "status": "sent",
    },
    {"log": "sms", "record": FAMILY, "recipient": "+14155550123", "text": "Class is cancelled today."},
    {"log": "push", "record": FAMILY, "subject": "Payment due", "text": "85.00 is due on Friday."},
    {"log": "activity", "record": FAMILY, "name": "Jane Smith", "action": "signed in", "ip": "198.51.100.7"},
    {
        "log": "audit",
        "member_name": "Alex Admin",
        "username": "admin",
        "source": "office_portal",
        "action": "recorded a payment",
        "affected": [AFFECTED],
    },
]


def say(text: str = "") -> None:
    # Unwrapped: rich would break the lines that are meant to be copied.
    print(text, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    started = time.monotonic()
    print(f"  {text} ", end="", flush=True)
    yield
    say(f"{'.' * max(3, 45 - len(text))} {time.monotonic() - started:.1f} s")


@contextmanager
def progress_of(text: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; elsewhere one line when it is done."""
    if not sys.stdout.isatty():
        with step(text):
            yield lambda done, total: None  # noqa: ARG005
        return
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console()) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def ready(stack: dict[str, Any], content_path: str | None) -> None:
    api, tokens = stack["api"], stack["tokens"]
    base = f"{api}/v1/orgs/{stack['orgs'][0]}"
    say(f"\nDaybook is ready: {api}\n")
    say(f"  organisations  {', '.join(stack['orgs'])}")
    say(f"  OpenAPI        {api}/v1/openapi.json")
    say(f"  AWS endpoint   {stack['aws']} (table {stack['table']}, bucket {stack['bucket']})")
    say("\nTokens (all of this is in .local/stack.json as well):\n")
    for name, token in tokens.items():
        say(f"{name}: {token}\n")
    say("To copy: write an entry of each log; read a family's logs; read an e-mail's content.\n")
    say(curl(f"{base}/entries", tokens["service"], body={"entries": EXAMPLES}) + "\n")
    logs = ("emails", "sms", "pushes", "activity", "audit")
    paths = [f"{RECORD}/{log}?limit=5" for log in logs] + [content_path or ""]
    for path in filter(None, paths):
        say(curl(f"{base}/{path}", tokens["admin"]) + "\n")
    say("Ctrl-C stops all of it. `make run KEEP=1` then goes on with the same data.")


def curl(url: str, token: str, body: dict[str, Any] | None = None) -> str:
    parts = ["curl", "-sS", url, "-H", f"Authorization: Bearer {token}"]
    if body:
        parts += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    return shlex.join(parts)
