"""The output of `make run`: its progress, and then how to use the stack."""

import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from daybook_local.issuer.callers import PEOPLE, caller_claims, described

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


NEW_ORG = {
    "name": "Lakeside Swimming",
    "time_zone": "America/Denver",
    "record_url": {"family": "https://portal.lakeside.example/families/{id}"},
}


def print_text(text: str) -> None:
    # Not with rich, which would wrap the lines that are meant to be copied.
    print(text, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """A line that ends with the seconds that the step has taken."""
    started = time.monotonic()
    print(f"  {text} ", end="", flush=True)
    yield
    print_text(f"{'.' * max(3, 45 - len(text))} {time.monotonic() - started:.1f} s")


@contextmanager
def progress_bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, elsewhere a `step`. The function it gives takes how many of how many are done."""
    if not sys.stdout.isatty():
        with step(text):
            yield lambda done, total: None  # noqa: ARG005
        return
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console()) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_usage(stack: dict[str, Any], content_path: str | None) -> None:
    """Print addresses, tokens and lines to copy. `content_path` is that of an e-mail's content, below the org's."""
    api, tokens = stack["api"], stack["tokens"]
    base = f"{api}/v1/orgs/{stack['orgs'][0]}"
    people = [f"{person.name} ({person.org}: {person.about})" for person in PEOPLE]
    print_text(f"\nDaybook is ready.\n\n  Console        {stack['console']}")
    print_text("                 sign in as " + ",\n                            ".join(people) + "\n")
    print_text(f"  API            {api}")
    print_text(f"  orgs           {', '.join(stack['orgs'])}")
    print_text(f"  OpenAPI        {api}/v1/openapi.json")
    print_text(f"  AWS endpoint   {stack['aws']} (table {stack['table']}, bucket {stack['bucket']})")
    print_text("\nTokens (all of this is in .local/stack.json as well):\n")
    for name, claims in caller_claims().items():
        print_text(f"{name} ({described(claims)}):\n{tokens[name]}\n")
    print_text(
        "To copy: write an entry of each log; find a record by name; count e-mails by day; read a family's logs; "
        "read an e-mail's content; make an org.\n"
    )
    print_text(_curl(f"{base}/entries", tokens["service"], body={"entries": EXAMPLES}) + "\n")
    logs = ("emails", "sms", "pushes", "activity", "audit")
    paths = [
        "records?q=nguyen",
        "messages/counts?log=email",
        *(f"{RECORD}/{log}?limit=5" for log in logs),
        content_path or "",
    ]
    for path in filter(None, paths):
        print_text(_curl(f"{base}/{path}", tokens["admin"]) + "\n")
    print_text(_curl(f"{api}/v1/orgs/lakeside", tokens["platform"], method="PUT", body=NEW_ORG) + "\n")
    print_text("Ctrl-C stops all of it. `make run KEEP=1` then continues with the same data.")


def _curl(url: str, token: str, *, method: str | None = None, body: dict[str, Any] | None = None) -> str:
    """A line to copy. Without a method, curl sends GET, and POST where there is a body."""
    parts = ["curl", "-sS", url, "-H", f"Authorization: Bearer {token}"]
    if method:
        parts += ["-X", method]
    if body:
        parts += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    return shlex.join(parts)
