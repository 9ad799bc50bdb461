from __future__ import annotations

import re
import zlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from daybook.model import entries
from daybook_cli.demo import demo_entries
from daybook_cli.demo.entry_parts import Entry

from tests.support.posted import entry_of

ROOT = Path(__file__).parents[4]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ORGS = ("riverside", "hilltop", "another")


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
            assert parsed.occurred_at > now - timedelta(days=23 * 30)


def test_the_same_arguments_give_the_same_entries() -> None:
    assert demonstration() == demonstration()
    assert demonstration() != demo_entries.demonstration("riverside", NOW, demo_entries.SEED + 1).entries


def test_newer_mails_get_their_status_from_feedback() -> None:
    shown = demo_entries.demonstration("riverside", NOW, demo_entries.SEED)
    mails = {entry["message_id"]: entry for entry in shown.entries if entry["log"] == "email" and "message_id" in entry}
    assert shown.final_statuses.keys() < mails.keys()
    assert {mails[message_id]["status"] for message_id in shown.final_statuses} == {"sent"}
    assert set(shown.final_statuses.values()) >= {"delivered", "opened", "clicked", "bounced"}


def test_keys_and_message_ids_are_unique_across_orgs() -> None:
    everything = [entry for org in ORGS for entry in demonstration(org)]
    for name in ("key", "message_id"):
        values = [entry[name] for entry in everything if name in entry]
        assert len(values) == len(set(values)) > 50


@pytest.mark.parametrize("document", ["README.md", "docs/cli.md"])
def test_the_documented_search_finds_an_audit_entry(document: str) -> None:
    (line,) = re.findall(r'daybook audit "(.+)"$', (ROOT / document).read_text(), re.MULTILINE)
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


def test_one_family_has_pages_of_emails() -> None:
    mails = Counter(entry["record"]["id"] for entry in demonstration() if entry["log"] == "email")
    assert mails["101"] > 60


def test_a_newsletter_reaches_everybody_at_one_moment() -> None:
    moments = Counter(entry["occurred_at"] for entry in demonstration())
    assert max(moments.values()) >= 18


def test_a_long_mail_stays_long_when_it_is_compressed() -> None:
    mails = [entry["body"]["html"] for entry in demonstration() if entry["log"] == "email"]
    longest = max(mails, key=len)
    assert len(longest) > 30_000
    assert len(zlib.compress(longest.encode(), 9)) > 12_000
