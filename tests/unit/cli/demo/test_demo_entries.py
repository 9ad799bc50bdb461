from __future__ import annotations

import re
import zlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from daybook.model import entries
from daybook_cli.demo import demo_entries, demo_feedback
from daybook_cli.demo.entry_parts import Entry

from tests.support.posted import entry_of

ROOT = Path(__file__).parents[4]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ORGS = ("riverside", "hilltop", "another")
# Audit entries are kept two years; some days are left for those who look at a stack that runs on.
KEPT_DAYS = 701


def demonstration(org: str = "riverside") -> list[Entry]:
    return demo_entries.demonstration(org, NOW, demo_entries.SEED).entries


@pytest.mark.parametrize("org", ORGS)
@pytest.mark.parametrize("now", [NOW, NOW + timedelta(hours=3, minutes=7), datetime(2028, 2, 29, 23, 59, tzinfo=UTC)])
def test_every_entry_is_accepted_and_in_the_past(org: str, now: datetime) -> None:
    for entry in demo_entries.demonstration(org, now, demo_entries.SEED).entries:
        parsed = entry_of(entry, now)
        assert parsed.occurred_at
        assert parsed.occurred_at < now
        if entry["log"] == "audit":
            assert parsed.occurred_at > now - timedelta(days=KEPT_DAYS)


def sent_at(entry: Entry) -> str:
    at: str = entry["occurred_at"]
    return at


def test_the_same_arguments_give_the_same_entries() -> None:
    assert demonstration() == demonstration()
    assert demonstration() != demo_entries.demonstration("riverside", NOW, demo_entries.SEED + 1).entries


def test_newer_mails_get_their_status_from_feedback() -> None:
    shown = demo_entries.demonstration("riverside", NOW, demo_entries.SEED)
    mails = {entry["message_id"]: entry for entry in shown.entries if entry["log"] == "email" and "message_id" in entry}
    assert shown.email_outcomes.keys() < mails.keys()
    assert {mails[message_id]["status"] for message_id in shown.email_outcomes} == {"sent"}
    assert set(shown.email_outcomes.values()) <= demo_feedback.EMAIL_EVENTS.keys()


@pytest.mark.parametrize("days", [0, 9, 200])
def test_nothing_is_sent_to_an_address_once_it_is_blacklisted(days: int) -> None:
    shown = demo_entries.demonstration("riverside", NOW + timedelta(days=days), demo_entries.SEED)
    blocked: set[str] = set()
    suppressed = 0
    for mail in sorted((entry for entry in shown.entries if entry["log"] == "email"), key=sent_at):
        outcome = shown.email_outcomes.get(mail.get("message_id", ""), mail["status"])
        assert (outcome == "suppressed") == (mail["recipient"] in blocked)
        suppressed += outcome == "suppressed"
        if outcome in ("no-mailbox", "refused", "complained", "bounced"):
            blocked.add(mail["recipient"])
    assert suppressed > 10
    assert "thomas.nguyen@example.com" in blocked


def test_keys_and_message_ids_are_unique_across_orgs() -> None:
    everything = [entry for org in ORGS for entry in demonstration(org)]
    for name in ("key", "message_id"):
        values = [entry[name] for entry in everything if name in entry]
        assert len(values) == len(set(values)) > 50


@pytest.mark.parametrize("document", ["README.md", "docs/cli.md"])
def test_the_documented_search_finds_an_audit_entry(document: str) -> None:
    (line,) = re.findall(r'daybook audit "([^"]+)"(?: +#.*)?$', (ROOT / document).read_text(), re.MULTILINE)
    texts = [
        " ".join(
            [entry["member_name"], entry["username"], entry["action"], *(each["name"] for each in entry["affected"])]
        )
        for entry in demonstration()
        if entry["log"] == "audit"
    ]
    assert any(all(re.search(rf"\b{word}", text, re.IGNORECASE) for word in line.split()) for text in texts)


@pytest.mark.parametrize("document", ["README.md", "docs/cli.md"])
def test_the_documented_name_is_that_of_the_family_of_the_examples(document: str) -> None:
    name = re.findall(r"daybook records (\w+)(?: +#.*)?$", (ROOT / document).read_text(), re.MULTILINE)[0]
    names = {
        each["record"]["id"]: each["name"]
        for entry in demonstration()
        for each in entry.get("affected", [])
        if each["record"]["type"] == "family"
    }
    assert name in names["101"].lower().split()


def test_it_has_something_of_everything() -> None:
    everything = demonstration()
    assert {entry["log"] for entry in everything} == {"email", "sms", "push", "activity", "audit"}
    records = {entry["record"]["type"] for entry in everything if "record" in entry}
    assert records == {"family", "student", "staff"}
    assert {entry["source"] for entry in everything if entry["log"] == "audit"} == set(
        entries.Source.__args__  # type: ignore[attr-defined]
    )
    assert len({entry["username"] for entry in everything if entry["log"] == "audit"}) > 5
    changes = {each["change"] for entry in everything for each in entry.get("affected", [])}
    assert changes == {"created", "updated", "deleted"}
    assert any(entry["log"] == "audit" and not entry["affected"] for entry in everything)
    assert len({entry.get("status") for entry in everything if entry["log"] == "email"}) > 5


@pytest.mark.parametrize("days", [0, 9, 200])
def test_every_kind_of_log_has_one_of_three_pages(days: int) -> None:
    entries = demo_entries.demonstration("riverside", NOW + timedelta(days=days), demo_entries.SEED).entries
    logs = Counter(
        (entry["log"], kind, number) for entry in entries for kind, number in {path(each) for each in records_of(entry)}
    )
    three_pages = {place for place, count in logs.items() if count > 100}
    assert three_pages == {
        *((log, "family", "101") for log in ("email", "sms", "push", "activity", "audit")),
        ("activity", "student", "5001"),
        ("activity", "staff", "1"),
        ("email", "staff", "1"),
    }
    assert sum(entry["log"] == "audit" for entry in entries) > 250


def records_of(entry: Entry) -> list[Entry]:
    records: list[Entry] = [entry["record"]] if "record" in entry else [each["record"] for each in entry["affected"]]
    return records


def path(record: Entry) -> tuple[str, str]:
    return record["type"], record["id"]


@pytest.mark.parametrize(
    ("now", "times"),
    [
        (datetime(2026, 1, 1, 23, 10, tzinfo=UTC), 0),
        (datetime(2026, 1, 2, tzinfo=UTC), 1),
        (NOW, 1),
        (datetime(2027, 11, 20, tzinfo=UTC), 1),
        (datetime(2027, 11, 25, tzinfo=UTC), 0),
    ],
)
def test_the_line_of_the_documentation_finds_one_entry_until_it_would_expire(now: datetime, times: int) -> None:
    found = [
        entry
        for entry in demo_entries.demonstration("riverside", now, demo_entries.SEED).entries
        if entry["log"] == "audit"
        and entry["username"] == "admin"
        and re.search(r"\bdeleted\b", entry["action"])
        and entry["occurred_at"].startswith("2026-01-01T23:10:")
        and any("Smith" in each["name"] for each in entry["affected"])
    ]
    assert len(found) == times


@pytest.mark.parametrize("days", [0, 9, 200])
def test_the_audit_log_has_changes_of_every_extent(days: int) -> None:
    entries = demo_entries.demonstration("riverside", NOW + timedelta(days=days), demo_entries.SEED).entries
    audit = [entry for entry in entries if entry["log"] == "audit"]
    assert {0, 1, 2, 18, 50} <= {len(entry["affected"]) for entry in audit}
    changed = {(each["record"]["type"], each["change"]) for entry in audit for each in entry["affected"]}
    assert changed >= {
        ("student", "created"),
        ("student", "updated"),
        ("student", "deleted"),
        ("class", "updated"),
        ("group", "updated"),
        ("staff", "updated"),
    }


def test_people_are_reached_at_numbers_and_addresses_that_nobody_has() -> None:
    entries = [entry for org in ORGS for entry in demonstration(org)]
    numbers = {entry["recipient"] for entry in entries if entry["log"] == "sms"}
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d|\+447700900\d{3}", number) for number in numbers), numbers
    addresses = {entry["recipient"] for entry in entries if entry["log"] == "email"}
    assert all(re.search(r"@(.+\.)?example(\.(com|org|net))?$", address) for address in addresses), addresses


def test_a_front_desk_works_by_day_and_most_on_monday_evening() -> None:
    zone = ZoneInfo("America/Chicago")
    moments = [
        datetime.fromisoformat(entry["occurred_at"]).astimezone(zone)
        for entry in demonstration()
        if entry["log"] == "sms"
    ]
    assert {moment.hour for moment in moments} <= set(range(8, 21))
    evenings = Counter(moment.weekday() for moment in moments if moment.hour >= 17)
    assert evenings.most_common(1)[0][0] == 0


def test_an_email_to_everybody_reaches_everybody_at_one_moment() -> None:
    mails = Counter((entry["occurred_at"], entry["subject"]) for entry in demonstration() if entry["log"] == "email")
    assert max(mails.values()) == 30


def test_emails_have_html_with_pictures_html_without_and_text_alone() -> None:
    bodies = [entry["body"] for entry in demonstration() if entry["log"] == "email"]
    assert {("html" in body, "<img" in body.get("html", "")) for body in bodies} == {
        (True, True),
        (True, False),
        (False, False),
    }
    assert all(" style=" in body["html"] for body in bodies if "html" in body)


def test_one_mail_is_long_and_stays_so_when_it_is_compressed() -> None:
    mails = [entry["body"]["html"] for entry in demonstration() if entry["log"] == "email" and "html" in entry["body"]]
    longest, second = sorted(mails, key=len, reverse=True)[:2]
    assert 290_000 < len(longest) < 330_000
    assert len(second) < 5_000
    assert len(zlib.compress(longest.encode(), 9)) > 12_000
