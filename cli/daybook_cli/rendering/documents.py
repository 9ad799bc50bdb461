"""Single things as text to read: an e-mail, a record, an audit entry, an org, an erasure, a dead letter."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo

from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

from daybook_cli.connection.problems import objects_in
from daybook_cli.rendering import local_time
from daybook_cli.rendering.cells import actor, query, record_name
from daybook_cli.rendering.escaping import json_line, multiline, one_line
from daybook_cli.rendering.tables import Row, print_line

# What an erasure counts, in words.
_ERASURE_COUNTS = {
    "entries": "Entries",
    "contents": "Contents of e-mails",
    "objects": "Large contents",
    "archived": "Entries in the archive",
    "blacklisted": "Blacklisted addresses",
    "on_hold": "Left, being on hold",
}
# The claims of a token that are times, in seconds (RFC 7519, 4.1).
_TIME_CLAIMS = ("iat", "nbf", "exp")
# The parts of a change that are shown below it.
_CHANGE_PARTS = ("details", "before", "after")


def email_content(content: Row, *, prefer_html: bool) -> str:
    """The subject and one of `text` and `html`: the other one where the preferred one is absent."""
    preference = ("html", "text") if prefer_html else ("text", "html")
    body = next((content[part] for part in preference if content.get(part)), "")
    return f"Subject: {one_line(content.get('subject'))}\n\n{multiline(body)}"


def entry(row: Row, zone: tzinfo | None) -> str:
    """An e-mail, SMS, push notification or activity, with what became of it and what to do now."""
    verdict, bounce = row.get("verdict"), row.get("bounce")
    verdict = verdict if isinstance(verdict, dict) else {}
    return _lines(
        {
            "When": local_time.to_second(row.get("occurred_at"), zone),
            "Record": record_name(row.get("record")),
            "Recipient": row.get("recipient"),
            "Sender": row.get("sender"),
            "Subject": row.get("subject"),
            "Text": row.get("text"),
            "Name": row.get("name"),
            "Action": row.get("action"),
            "Details": _details(row.get("details")),
            "IP": row.get("ip"),
            "Status": row.get("status"),
            "What happened": verdict.get("text"),
            "What to do": verdict.get("next"),
            "Last activity": local_time.to_second(row.get("last_activity_at"), zone),
            "Opens": row.get("opens"),
            "Clicks": row.get("clicks"),
            "Mail server said": bounce.get("diagnostic") if isinstance(bounce, dict) else None,
            "Content until": local_time.to_second(row.get("content_expires_at"), zone),
            "Expires": local_time.to_second(row.get("expires_at"), zone),
            "Message": row.get("message_id"),
        }
    )


def _details(value: object) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)


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
    head = _lines(fields)
    affected = entry.get("affected")
    changes = [each for each in affected if isinstance(each, dict)] if isinstance(affected, list) else []
    return "\n".join([head, *(line for change in changes for line in _change_lines(change))])


def _lines(fields: Mapping[str, object]) -> str:
    """A line for each field that has a value."""
    shown = {label: value for label, value in fields.items() if value is not None and value != ""}
    return "\n".join(one_line(f"{label}: {value}") for label, value in shown.items())


def _change_lines(change: Row) -> Iterator[str]:
    label = record_name(change.get("record"))
    if change.get("name"):
        label = f"{label} ({change['name']})"
    yield ""
    yield one_line(f"{label}: {change.get('change')}")
    if change.get("url"):
        yield f"  link: {one_line(change['url'])}"
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
    return _lines(named | ({f"Link to {kind}": url for kind, url in urls.items()} if isinstance(urls, dict) else {}))


def record(head: Row, zone: tzinfo | None) -> str:
    """The head of a record: its name and link, what is known of it, and when each of its logs was last active.

    Of a record of which nothing is known, that it has no entries.
    """
    if is_unknown(head):
        return "\n".join([_lines({"Record": record_name(head), "Link": head.get("url")}), "No entries."])
    logs = head.get("logs")
    fields: dict[str, object] = {
        "Record": record_name(head),
        "Name": head.get("name"),
        "Link": head.get("url"),
        "Blacklisted addresses": head.get("blacklisted"),
        "On hold": _yes_or_no(head.get("on_hold")),
    }
    for each in logs if isinstance(logs, list) else ():
        if isinstance(each, dict):
            fields[f"Last in {each.get('log')}"] = local_time.to_minute(each.get("last_at"), zone) or "nothing"
    return _lines(fields)


def is_unknown(head: Row) -> bool:
    """Whether the head of a record shows no name, no entry, no blacklisted address and no hold."""
    if head.get("name") or head.get("blacklisted") or head.get("on_hold"):
        return False
    return not any(each.get("last_at") for each in objects_in(head.get("logs")))


def blocked_address(block: Row, zone: tzinfo | None) -> str:
    """An address of the blacklist: why and since when it is there, and who has reset it before."""
    records, resets = block.get("records"), block.get("resets")
    fields = {
        "Address": block.get("address"),
        "Status": block.get("status"),
        "Since": local_time.to_minute(block.get("since"), zone),
        "Reason": block.get("reason"),
        "Message": block.get("message_id"),
        "Records": ", ".join(map(record_name, records)) if isinstance(records, list) else None,
    }
    resets = resets if isinstance(resets, list) else []
    lines = [_reset_line(reset, zone) for reset in resets if isinstance(reset, dict)]
    return "\n".join([_lines(fields), *lines])


def _reset_line(reset: Row, zone: tzinfo | None) -> str:
    who = f" by {actor(reset)}" if reset.get("username") else ""
    when = local_time.to_minute(reset.get("at"), zone)
    return one_line(f"Reset: {when}{who}: {reset.get('reason') or 'no reason given'}")


def reset_address(reset: Row, zone: tzinfo | None) -> str:
    """An address that was reset."""
    return one_line(
        f"{reset.get('address')} has been off the blacklist since {local_time.to_minute(reset.get('reset_at'), zone)}."
    )


def own_access(access: Row) -> str:
    """Who asks, and what they may."""
    fields = {name: access.get(name) for name in ("name", "username", "org")}
    lists = {name: access.get(name) for name in ("groups", "permissions", "scopes")}
    joined = {name: ", ".join(map(str, items)) or "none" for name, items in lists.items() if isinstance(items, list)}
    return _lines({label.capitalize(): value for label, value in (fields | joined).items()})


def hold(hold: Row, zone: tzinfo | None) -> str:
    """A hold: since when and why, how many entries it keeps, and what fails where something does."""
    failure = hold.get("failure")
    fields = {
        "Record": record_name(hold.get("record")),
        "Status": hold.get("status"),
        "Placed": local_time.to_minute(hold.get("placed_at"), zone),
        "By": hold.get("placed_by"),
        "Reason": hold.get("reason"),
        "Held": hold.get("held"),
        "Expired before": hold.get("too_late") or None,
        "Failure": failure.get("reason") if isinstance(failure, dict) else None,
    }
    return _lines(fields)


def erasure(erasure: Row, zone: tzinfo | None) -> str:
    """An erasure: how far it is, and what it has found of the person."""
    counts = erasure.get("counts")
    fields: dict[str, object] = {
        "Erasure": erasure.get("id"),
        "Record": record_name(erasure.get("record")),
        "Status": erasure.get("status"),
        "Requested": local_time.to_minute(erasure.get("requested_at"), zone),
        "By": erasure.get("requested_by"),
        "Completed": local_time.to_minute(erasure.get("completed_at"), zone),
        "Failure": erasure.get("reason"),
        "Next attempt": local_time.to_minute(erasure.get("next_attempt_at"), zone),
    }
    if isinstance(counts, dict):
        fields |= {_ERASURE_COUNTS.get(str(name), str(name)): count for name, count in counts.items()}
    return _lines(fields)


def export(export: Row, zone: tzinfo | None) -> str:
    """An export: of what, how far it is, and until when its file is there."""
    reached = export.get("range")
    bounds = reached if isinstance(reached, dict) else {}
    fields: dict[str, object] = {
        "Export": export.get("id"),
        "List": export.get("list"),
        "Query": query(export),
        "Format": export.get("format"),
        "Status": export.get("status"),
        "Rows": export.get("rows"),
        "From": local_time.to_second(bounds.get("from"), zone),
        "To": local_time.to_second(bounds.get("to"), zone),
        "Bytes": export.get("bytes"),
        "Requested": local_time.to_minute(export.get("requested_at"), zone),
        "By": export.get("requested_by"),
        "Completed": local_time.to_minute(export.get("completed_at"), zone),
        "File until": local_time.to_minute(export.get("expires_at"), zone),
        "Failure": export.get("reason"),
    }
    return _lines(fields)


def claims(token_claims: Row) -> str:
    """The claims of a token, one a line; times in UTC, lists and objects as JSON."""
    return _lines({name: _claim(name, value) for name, value in token_claims.items()})


def _claim(name: str, value: object) -> object:
    if name in _TIME_CLAIMS and isinstance(value, int | float):
        try:
            return local_time.to_minute(datetime.fromtimestamp(value, UTC).isoformat(), UTC)
        except (ValueError, OverflowError, OSError):
            return value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _yes_or_no(value: object) -> object:
    """`yes` or `no` for a truth value; anything else as it is."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


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
