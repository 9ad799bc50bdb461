"""Replays a case on a running local stack: what is posted and published, and what staff see of it then.

A case is a JSON file:

- `post`: entries, as POST /entries takes them
- `events`: records of providers, as JSON; `raw_records`: others, as texts
- `order`: "events first, then post", or absent
- `records`: of these the logs are read beside those of the posted entries
- `expected`: what is to be seen (`Seen`), of each entry some fields; absent in files that are only shown

All records are delivered twice and shuffled, whatever `deliver` says. `CASE` in a file stands for a text of this run,
and `ORG` for its org, so that a case can be replayed again.
"""

import argparse
import json
import random
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from tests.support.local_stack.aws import aws_client, unhandled_feedback
from tests.support.local_stack.calls import make_org, request, soon

SECONDS = 60
LOGS = {"email": "emails", "sms": "sms", "push": "pushes"}
DELIVERIES = 2
# The queue counts no message while it is handed over.
SETTLED_SECONDS = 1


class Seen(Struct):
    """The rows by log, the blocked addresses with their status, and how many records became dead letters."""

    rows: dict[str, list[dict[str, Any]]]
    blacklist: dict[str, str]
    dead_letters: int


def replay(stack: dict[str, Any], text: str, seed: int) -> tuple[dict[str, Any], Seen]:
    """The case of this JSON with its placeholders replaced, and what is seen of it in an org of its own."""
    token = uuid.uuid4().hex[:12]
    org = f"case-{token}"
    case: dict[str, Any] = json.loads(text.replace("CASE", token).replace('"ORG"', f'"{org}"'))
    make_org(stack, org)
    before = _dead_letters(stack)
    is_first = case.get("order", "").startswith("events first")
    if is_first:
        _publish(stack, case, seed)
    _post(stack, org, case.get("post", []))
    if not is_first:
        _publish(stack, case, seed)
    return case, Seen(_rows(stack, org, case), _blacklist(stack, org), _dead_letters(stack) - before)


def differences(expected: dict[str, Any], seen: Seen) -> list[str]:
    """What of the expected is not seen, each as a line. Of a row, only the expected fields are compared."""
    found = []
    for log in LOGS.values():
        wanted, rows = expected.get(log, []), seen.rows.get(log, [])
        by_recipient = {row.get("recipient"): row for row in rows}
        if len(wanted) != len(rows):
            found.append(f"{log}: {len(rows)} rows instead of {len(wanted)}")
        for row in wanted:
            shown = by_recipient.get(row["recipient"], {})
            found += [
                f"{log}: {row['recipient']}: {name} is {shown.get(name)!r} instead of {value!r}"
                for name, value in row.items()
                if shown.get(name) != value
            ]
    found += [
        f"{name}: {getattr(seen, name)!r} instead of {expected[name]!r}"
        for name in ("blacklist", "dead_letters")
        if getattr(seen, name) != expected[name]
    ]
    return found


def shown(seen: Seen) -> dict[str, Any]:
    """What is seen, in short: for files that expect nothing."""
    names = ("recipient", "status", "reason", "opens", "bounce", "complaint_uncertain", "bot_opens", "bot_clicks")
    rows = {
        log: [{name: row[name] for name in names if name in row} for row in of_log]
        for log, of_log in seen.rows.items()
        if of_log
    }
    return {**rows, "blacklist": seen.blacklist, "dead_letters": seen.dead_letters}


def _post(stack: dict[str, Any], org: str, entries: list[dict[str, Any]]) -> None:
    if entries:
        answer = request(stack, "POST", "entries", "service", org=org, json={"entries": entries})
        assert answer.status_code in (201, 207), answer.text


def _publish(stack: dict[str, Any], case: dict[str, Any], seed: int) -> None:
    """Publish each record twice, in an order that follows from the seed, and wait until all are handled."""
    records = [json.dumps(event) for event in case.get("events", [])] + case.get("raw_records", [])
    published = records * DELIVERIES
    random.Random(seed).shuffle(published)
    sns = aws_client(stack, "sns")
    for record in published:
        sns.publish(TopicArn=stack["feedback_topic"], Message=record)
    assert soon(lambda: _is_settled(stack), SECONDS), "the feedback queue was not emptied"


def _is_settled(stack: dict[str, Any]) -> bool:
    if unhandled_feedback(stack):
        return False
    time.sleep(SETTLED_SECONDS)
    return not unhandled_feedback(stack)


def _rows(stack: dict[str, Any], org: str, case: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    places = {(entry["record"]["type"], entry["record"]["id"]): None for entry in case.get("post", [])}
    places |= {(record["type"], record["id"]): None for record in case.get("records", [])}
    rows: dict[str, list[dict[str, Any]]] = {}
    for record_type, record_id in places:
        for log in LOGS.values() if record_type == "family" else ("emails", "sms"):
            answer = request(stack, "GET", f"records/{record_type}/{record_id}/{log}", "platform", org=org)
            rows.setdefault(log, []).extend(_body(answer)["entries"])
    return rows


def _blacklist(stack: dict[str, Any], org: str) -> dict[str, str]:
    entries = _body(request(stack, "GET", "blacklist", "platform", org=org))["entries"]
    return {entry["address"]: entry["status"] for entry in entries}


def _body(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _dead_letters(stack: dict[str, Any]) -> int:
    name = "ApproximateNumberOfMessages"
    sqs = aws_client(stack, "sqs")
    return int(sqs.get_queue_attributes(QueueUrl=stack["dead_letters"], AttributeNames=[name])["Attributes"][name])


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay the files of a folder by hand: 1 where something expected is not seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.local_stack.replay", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--stack", type=Path, default=Path(".local/stack.json"), help="the stack.json of a `make run`")
    parser.add_argument("--seed", type=int, default=1, help="of the order in which records are delivered")
    options = parser.parse_args(arguments)
    stack = json.loads(options.stack.read_text())
    has_differences = False
    for path in sorted(options.folder.glob("*.json")):
        text = path.read_text()
        if not isinstance(json.loads(text), dict) or not {"events", "raw_records"} & json.loads(text).keys():
            continue
        case, seen = replay(stack, text, options.seed)
        found = differences(case["expected"], seen) if "expected" in case else [json.dumps(shown(seen))]
        has_differences |= bool(found) and "expected" in case
        sys.stdout.write("\n  ".join([path.stem, *(found or ["as expected"])]) + "\n")
    return 1 if has_differences else 0


if __name__ == "__main__":
    sys.exit(main())
