"""What tests of the console post: a family of their own, with an e-mail and what a provider says of it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.support.local_stack.calls import posted, request, soon


def new_family() -> dict[str, str]:
    return {"type": "family", "id": f"t{uuid4().hex[:12]}"}


def post_emails(
    stack: dict[str, Any], record: dict[str, str], bodies: dict[str, dict[str, str]], status: str = "sent"
) -> dict[str, str]:
    """An e-mail for each body, with its name as subject; their ids by name."""
    now = datetime.now(UTC) - timedelta(hours=1)
    entries = [
        {
            "log": "email",
            "record": record,
            "recipient": "parent@mail.example.com",
            "message_id": f"m-{uuid4().hex}",
            "subject": name,
            "occurred_at": (now + timedelta(seconds=number)).isoformat(),
            "body": body,
            "status": status,
        }
        for number, (name, body) in enumerate(bodies.items())
    ]
    # One by one: a request takes 1 MiB, and one of these e-mails is of that size.
    return {name: posted(stack, entry)[0] for name, entry in zip(bodies, entries, strict=True)}


def complain(stack: dict[str, Any], record: dict[str, str]) -> str:
    """An address of the record that is blacklisted, since it marked an e-mail as spam."""
    address, message = f"{record['id']}@mail.example.com", f"m-{uuid4().hex}"
    now = datetime.now(UTC) - timedelta(hours=1)
    email = {"log": "email", "record": record, "recipient": address, "message_id": message, "subject": "Class moved"}
    posted(stack, email | {"occurred_at": now.isoformat(), "body": {"text": "It is at 5 PM now."}, "status": "sent"})
    event = {"log": "email", "message_id": message, "recipient": address, "type": "complained", "at": now.isoformat()}
    answer = request(stack, "POST", "deliveries", "service", json={"events": [event]})
    assert answer.status_code == 200, answer.text
    path = f"records/{record['type']}/{record['id']}/blacklist"
    assert soon(lambda: request(stack, "GET", path).json()["entries"])
    return address
