"""Single things as text to read: an e-mail, an audit entry, an org, a dead letter, an entry to import."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import tzinfo

from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

from daybook_cli.rendering import local_time
from daybook_cli.rendering.columns import actor
from daybook_cli.rendering.escaping import json_line, multiline, one_line
from daybook_cli.rendering.tables import Row, print_line

# The parts of a change that are shown below it.
_CHANGE_PARTS = ("details", "before", "after")


def email_content(content: Row, *, prefer_html: bool) -> str:
    """The subject and one of `text` and `html`: the other one where the preferred one is absent."""
    preference = ("html", "text") if prefer_html else ("text", "html")
    body = next((content[part] for part in preference if content.get(part)), "")
    return f"Subject: {one_line(content.get('subject'))}\n\n{multiline(body)}"


def audit_entry(entry: Row, zone: tzinfo | None) -> str:
    """An entry of the org's audit log, with what it changed of each record. Without `zone`, times are in UTC."""
    fields = {
        "When": local_time.to_second(entry.get("occurred_at"), zone),
        "Who": actor(entry),
        "Source": entry.get("source"),
        "IP": entry.get("ip"),
        "Action": entry.get("action"),
        "Expires": local_time.to_second(entry.get("expires_at"), zone),
    }
    head = [f"{name}: {one_line(value)}" for name, value in fields.items() if value]
    affected = entry.get("affected")
    changes = [each for each in affected if isinstance(each, dict)] if isinstance(affected, list) else []
    return "\n".join([*head, *(line for change in changes for line in _change_lines(change))])


def _change_lines(change: Row) -> Iterator[str]:
    record = change.get("record")
    label = f"{record.get('type')}/{record.get('id')}" if isinstance(record, dict) else ""
    if change.get("name"):
        label = f"{label} ({change['name']})"
    yield ""
    yield one_line(f"{label}: {change.get('change')}")
    for part in _CHANGE_PARTS:
        if change.get(part) is not None:
            yield f"  {part}: {_indented(change[part])}"


def _indented(value: object) -> str:
    """A string as one line; anything else as JSON, its further lines indented by two."""
    if isinstance(value, str):
        return one_line(value)
    return multiline(json.dumps(value, ensure_ascii=False, indent=2)).replace("\n", "\n  ")


def org(fields: Row) -> str:
    """An org: a line for its id, its name, its time zone and each type of record that it has links to."""
    urls = fields.get("record_url")
    named = {"Org": fields.get("org"), "Name": fields.get("name"), "Time zone": fields.get("time_zone")}
    named |= {f"Link to {kind}": url for kind, url in urls.items()} if isinstance(urls, dict) else {}
    return "\n".join(one_line(f"{label}: {value}") for label, value in named.items())


def dead_letter(letter: Row) -> str:
    """A message of the dead-letter queue: its headers, then its text."""
    fields = {"Sent": letter["sent_at"], "Received": f"{letter['receives']} times", "Reason": letter["reason"]}
    head = [f"{name}: {one_line(value)}" for name, value in (fields | letter["attributes"]).items() if name != "reason"]
    return "\n".join([*head, "", multiline(letter["text"])])


def print_entry(console: Console, place: object, entry: Row) -> None:
    """An entry as it would be posted: indented JSON below its place on a terminal, a line of JSON elsewhere."""
    if not console.is_terminal:
        print_line(console, json_line(entry))
        return
    console.print(Text(one_line(place), style="bold"), soft_wrap=True)
    text = Text(multiline(json.dumps(entry, ensure_ascii=False, indent=2)))
    JSONHighlighter().highlight(text)
    console.print(text, soft_wrap=True)
