"""What earlier versions stored is read as they read it: golden items and objects, put into the stores as they are."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from daybook.aws.ses import Verdict
from daybook.storage.models import kinds
from daybook.storage.models.item import Item

from tests.support import api
from tests.support.aws import dynamodb_calls
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.feedback_records import SENT, eum, ses
from tests.support.functions import blacklist
from tests.support.functions.events import TTL, Context, change
from tests.support.functions.ses_stand_in import Ses
from tests.support.functions.stored import archived_lines
from tests.support.functions.triggers import handle
from tests.support.functions.world import lift
from tests.support.golden import files
from tests.support.golden.scenes import bounced, mailed, work
from tests.support.golden.stage import Stage, staged

ORG = "/v1/orgs/riverside"
FAMILY = f"{ORG}/records/family"


@pytest.fixture
def stage(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for made in staged(monkeypatch):
        # Later than all that is golden, so that no id comes twice.
        made.at("2026-11-22T12:30:00Z")
        yield made


def is_read(found: Any, expected: Any) -> None:
    assert found == expected, files.UNREADABLE


@pytest.mark.parametrize("name", files.names())
def test_the_api_answers_from_golden_items_as_it_did(stage: Stage, name: str) -> None:
    files.put(name)
    for read in files.reads(name):
        method, _, path = read["request"].partition(" ")
        more = {key: read[key] for key in ("body", "claims") if key in read}
        answer = api.call(method, path, **more, **read["query"])
        is_read((read["request"], read["query"], answer.status, answer.body), (*_asked(read), read["answer"]))


def _asked(read: dict[str, Any]) -> tuple[str, dict[str, Any], int]:
    return read["request"], read["query"], read["status"]


def test_every_attribute_of_every_kind_of_item_is_in_a_golden_file() -> None:
    found: dict[type[Item], set[str]] = {}
    for name in files.names():
        for item in files.items(name):
            found.setdefault(kinds.kind_of(item), set()).update(item)
    of_all_kinds = {"expires_at", "held_until"}
    missing = {
        f"{kind.__name__}.{attribute.attr_name}"
        for kind in leaves(Item)
        for attribute in kind.get_attributes().values()
        if attribute.attr_name not in found.get(kind, set()) | of_all_kinds
    }
    assert not missing, "add a golden file with these"
    assert of_all_kinds <= set().union(*found.values())


def leaves(kind: type[Item]) -> set[type[Item]]:
    """The kinds of items that have no kinds of their own, without those of other tests."""
    derived = [each for each in kind.__subclasses__() if each.__module__.startswith("daybook.")]
    kinds_of = {leaf for each in derived for leaf in leaves(each)}
    return kinds_of or {kind}


def ids(name: str, log: str) -> dict[str, str]:
    """The ids of a golden file's messages of a log, by the provider's ids; of several the first."""
    answers = (read["answer"]["entries"] for read in files.reads(name) if read["request"].endswith(f"/{log}"))
    rows = [row for entries in answers for row in entries if row.get("message_id")]
    return {row["message_id"]: row["id"] for row in sorted(rows, key=lambda row: row["id"], reverse=True)}


def test_a_repeated_post_finds_the_entry_by_its_key_and_by_its_message(stage: Stage) -> None:
    files.put("messages")
    before = files.stored_items()
    known = ids("messages", "emails") | ids("messages", "sms") | ids("messages", "pushes")
    posted = api.post(
        api.email(key="k-mail", recipient="any@mail.example", occurred_at=SENT),
        api.email(message_id="m-all", recipient="JANE.smith@mail.EXAMPLE", occurred_at="2026-03-03T00:00:00Z"),
        api.sms(key="k-sms", occurred_at=SENT),
        api.sms(message_id="s-failed", occurred_at=SENT),
        api.push(key="k-push", occurred_at=SENT),
        api.push(message_id="p-delivered", occurred_at=SENT),
        api.activity(key="k-act", occurred_at=SENT),
    )
    results = [(result["status"], result["id"]) for result in posted.body["results"]]
    (activity,) = [item for item in before if "details" in item and "ip" in item]
    wanted = [known[name] for name in ("m-all", "m-all", "s-delivered", "s-failed", "p-failed", "p-delivered")]
    is_read(results[:-1], [("duplicate", entry_id) for entry_id in wanted])
    is_read(results[-1][0], "duplicate")
    assert activity["sk"]["S"].rpartition("/")[2] in results[-1][1]
    assert files.stored_items() == before


def test_a_repeated_post_of_an_audit_entry_finds_it_by_its_key(stage: Stage) -> None:
    files.put("audit_entries")
    answer = api.post(api.audit(key="k-audit", occurred_at="2026-11-01T08:00:00Z"))
    is_read([result["status"] for result in answer.body["results"]], ["duplicate"])


def test_pending_events_are_applied_to_their_entry(stage: Stage) -> None:
    files.put("messages")
    mail, waits, later = api.posted(
        api.email(message_id="m-later", occurred_at=SENT, subject="later"),
        api.sms(message_id="s-waits", occurred_at=SENT),
        api.sms(message_id="s-later", occurred_at=SENT),
    )
    rows = {row["id"]: row for log in ("emails", "sms") for row in api.walk(log)}
    is_read((rows[mail]["status"], rows[mail]["opens"]), ("opened", 1))
    is_read((rows[waits]["status"], rows[waits]["reason"]), ("not_delivered", "undelivered"))
    is_read(rows[later]["status"], "delivered")
    events = api.read(f"emails/{mail}/events").body["events"]
    at = "2026-03-02T09:00:07.250Z"
    delivery = {"type": "delivery", "occurred_at": at, "diagnostic": "250 kept"}
    is_read(events, [delivery, {"type": "open", "occurred_at": at, "user_agent": "Reader/3", "ip": "192.0.2.7"}])


def test_feedback_finds_the_entry_by_its_pointer_and_adds_to_its_events(stage: Stage) -> None:
    files.put("messages")
    stage.feedback(
        ses("Delivery", mail=mailed("m-two", "second@mail.example"), recipients=["second@mail.example"]),
        ses("Click", mail=mailed("m-bounced", "joe@xn--bcher-kva.example"), link="https://school.example"),
        eum("TEXT_DELIVERED", messageId="s-failed"),
    )
    rows = {row["recipient"]: row for row in api.walk("emails")}
    is_read(rows["second@mail.example"]["status"], "delivered")
    is_read(rows["first@mail.example"]["status"], "queued")
    is_read(rows["joe@xn--bcher-kva.example"]["clicks"], 1)
    is_read(rows["joe@xn--bcher-kva.example"]["bounce"]["subtype"], "NoEmail")


def test_an_email_known_from_its_send_event_is_completed_by_its_post(stage: Stage) -> None:
    files.put("messages")
    tagged = ids("messages", "emails")["m-tagged"]
    assert api.posted(
        api.email(message_id="m-tagged", recipient="tagged@mail.example", subject="Complete", body={"text": "whole"})
    ) == [tagged]
    is_read(api.read(f"emails/{tagged}/content").body, {"subject": "Complete", "text": "whole", "html": None})


def test_soft_bounces_go_on_counting(stage: Stage) -> None:
    files.put("address_states")
    sent = "2026-03-02T09:05:00.500Z"
    record = {"type": "family", "id": "filling"}
    api.posted(api.email(recipient="filling@mail.example", message_id="third", occurred_at=sent, record=record))
    mail = mailed("third", "filling@mail.example", timestamp=sent)
    soft = {"bounceType": "Transient", "bounceSubType": "MailboxFull", "timestamp": "2026-03-02T09:05:07.250Z"}
    stage.feedback(ses("Bounce", mail=mail, **soft, bouncedRecipients=[bounced("filling@mail.example")]))
    is_read(blacklist.check("filling@mail.example"), {"filling@mail.example": "bounce"})


def test_a_verification_under_way_is_answered_and_releases_every_spelling(stage: Stage, ses: Ses) -> None:
    files.put("address_states")
    ses.suppressed = {"asked@mail.example", "Asked@mail.example"}
    ses.verdicts = {"asked@mail.example": Verdict(is_valid=True)}
    asked = {"org": "riverside", "address": "asked@mail.example", "asked": "2026-11-22T12:00:00.000Z"}
    blacklist.queue_brings(json.dumps({"validation": asked}, separators=(",", ":")))
    is_read(blacklist.check("asked@mail.example"), {})
    is_read(ses.suppressed, set())


def test_a_post_to_a_blocked_address_is_suppressed(stage: Stage) -> None:
    files.put("address_states")
    names = ("HARD", "complained", "invalid", "full", "erased", "asked", "good", "reset")
    api.posted(*(api.email(recipient=f"{name}@mail.example", record={"type": "staff", "id": "1"}) for name in names))
    statuses = {row["recipient"].partition("@")[0]: row["status"] for row in api.walk("emails", "staff/1")}
    is_read(statuses, {name: "queued" if name in ("good", "reset") else "suppressed" for name in names})


def test_a_reset_is_remembered_against_an_event_from_before(stage: Stage) -> None:
    files.put("address_states")
    stage.feedback(ses("Bounce", mail=mailed("reset@mail.example-1", "reset@mail.example"), feedbackId="another",
                       bouncedRecipients=[bounced("reset@mail.example")]))  # fmt: skip
    is_read(blacklist.check("reset@mail.example"), {})


def test_holds_go_on_where_they_are_and_hold_what_comes(stage: Stage) -> None:
    files.put("holds")
    api.posted(api.activity(record={"type": "family", "id": "stands"}))
    stage.settle()
    ends = {(pk, sk): "expires_at" in item for (pk, sk), item in stage.items().items() if pk.startswith("riverside/f")}
    by_record: dict[str, set[bool]] = {}
    for (pk, _), end in ends.items():
        by_record.setdefault(pk.rpartition("/")[2], set()).add(end)
    expected = {"stands": {False}, "placing": {False}, "missed": {False}, "lifting": {True}, "lifted": {True}}
    is_read(by_record, expected)
    listed = api.call("GET", f"{ORG}/holds").body["entries"]
    # Of the four of the record one had been held before, and is not counted again.
    is_read({hold["record"]["id"]: (hold["status"], hold["held"]) for hold in listed}["placing"], ("standing", 4))


def test_a_backfill_that_failed_goes_on_by_schedule_and_one_that_was_given_up_by_request(stage: Stage) -> None:
    files.put("holds_that_fail")
    assert api.function("index").handler({"resume": True}, Context()) is None
    lift({"type": "family", "id": "lifting"})
    stage.settle()
    listed = api.call("GET", f"{ORG}/holds").body["entries"]
    is_read(
        [(hold["record"]["id"], hold["status"], "failure" in hold) for hold in listed], [("waits", "standing", False)]
    )
    held = {pk.rpartition("/")[2] for (pk, _), item in stage.items().items() if "held_until" in item}
    is_read(held, {"waits"})


def test_a_held_content_ends_again_once_its_hold_is_lifted(stage: Stage) -> None:
    files.put("held_content")
    lift({"type": "family", "id": "1"})
    stage.settle()
    (row,) = api.walk("emails")
    kept = {name: row[name] for name in ("has_content", "content_expires_at", "expires_at")}
    ends = {"content_expires_at": "2027-11-20T09:00:00.000Z", "expires_at": "2028-11-20T09:00:00.000Z"}
    is_read(kept, {"has_content": True, **ends})


@pytest.mark.parametrize("name", ["erasures_of_people", "erasures_under_way"])
def test_erasures_under_way_go_on_with_whom_they_know(stage: Stage, name: str) -> None:
    files.put(name)
    work(stage)
    found = json.dumps([item for item in files.stored_items() if item["pk"]["S"] != "riverside/search"])
    is_read([each for each in ("next-person", "Next Person", "next@mail", "last-person") if each in found], [])
    done = [item["status"]["S"] for item in files.stored_items() if item["pk"]["S"] == "riverside/erasures"]
    is_read(done, ["done", "incomplete", "done", "done"])


def test_an_erasure_that_has_failed_goes_on_once_it_is_due_and_leaves_no_name(stage: Stage) -> None:
    files.put("erasures_that_fail")
    named = [item for item in files.stored_items() if item["pk"]["S"].startswith("riverside/-erasing/")]
    assert len(named) == 2
    for moment, status in (("2026-11-23T12:00:59Z", "running"), ("2026-11-23T12:01:00Z", "done")):
        stage.at(moment)
        handle({"erasures": True})
        found = [item["status"]["S"] for item in files.stored_items() if item["pk"]["S"] == "riverside/erasures"]
        is_read(found, ["failed", status])
    left = json.dumps([item for item in files.stored_items() if item["pk"]["S"] != "riverside/search"])
    is_read(("Name Name" in left, left.count("-erasing"), "doe@mail.example" in left), (False, 1, True))


def test_a_reindexing_goes_on_after_the_month_that_is_done(stage: Stage) -> None:
    files.put("jobs")
    steps = [api.function("index").handler({"reindex": "riverside"}, Context()) for _ in range(2)]
    is_read(
        [(step["month"], step["entries"], step["done"]) for step in steps],
        [("2026-10", 1, False), ("2026-10", 0, True)],
    )


def test_a_daily_check_that_is_done_is_not_begun_again_on_its_day(stage: Stage) -> None:
    files.put("jobs")
    before = files.stored_items()
    api.function("retention").handler({"check": True}, Context())
    is_read(files.stored_items(), before)


def test_a_daily_check_and_a_changed_policy_go_on_with_their_segments(stage: Stage) -> None:
    files.put("jobs_under_way")
    retention = api.function("retention")
    retention.handler({"check": True}, Context())
    (check,) = [item for item in files.stored_items() if item["sk"]["S"] == "check"]
    run = json.loads(check["pass"]["S"])
    counted = {"items_overdue": 3, "contents_without_entry": 2, "events_unclaimed": 1}
    is_read(run["began"], "2026-11-21T12:00:00.000Z")
    is_read(run["parts"][0]["figures"], {"items_checked": 100, "read_units": 7.5} | counted)
    is_read(run["parts"][1]["is_done"], True)
    applied = retention.handler({"apply": {"rate": 1000, "segments": 9}}, Context())
    is_read((applied["done"], applied["began"], applied["items_restamped"]), (True, "2026-11-22T12:00:00.000Z", 10))
    assert applied["items_read"] in range(100, 103)


def test_jobs_go_on_behind_the_item_that_they_name(stage: Stage) -> None:
    files.put("audit_entries")
    files.put("jobs_at_positions")
    (item,) = [each for each in files.items("jobs_at_positions") if "run" in each]
    position = json.loads(item["run"]["S"])["segments"][0]["after"]
    start = dict(zip(("pk", "sk"), ({"S": part} for part in position), strict=True))
    behind = client("dynamodb").scan(TableName=TABLE, ExclusiveStartKey=start)["Count"]
    retention = api.function("retention")
    retention.handler({"check": True}, Context())
    (check,) = [each for each in files.stored_items() if each["sk"]["S"] == "check"]
    is_read(json.loads(check["pass"]["S"])["parts"][0]["figures"]["items_checked"], 100 + behind)
    applied = retention.handler({"apply": {"rate": 1000, "segments": 9}}, Context())
    is_read((applied["done"], applied["items_read"]), (True, 100 + behind))


def test_a_job_that_is_out_of_time_notes_the_key_of_its_last_item(stage: Stage) -> None:
    files.put("audit_entries")

    def one_item_a_page(operation: str, arguments: dict[str, Any]) -> None:
        if operation == "Scan":
            arguments["Limit"] = 1

    with dynamodb_calls.listening(before=one_item_a_page):
        api.function("retention").handler({"check": True}, ShortOfTime())
    (check,) = [each for each in files.stored_items() if each["sk"]["S"] == "check"]
    positions = [part["after"] for part in json.loads(check["pass"]["S"])["parts"] if part["after"]]
    assert positions, "it had time for all"
    keys = [[item["pk"]["S"], item["sk"]["S"]] for item in files.stored_items()]
    keys += [["orgs", "hilltop"], ["orgs", "riverside"]]
    assert all(position in keys for position in positions), files.WRITTEN_OTHERWISE


class ShortOfTime(Context):
    """Lambda's context, with time for a few pages."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 6

    def get_remaining_time_in_millis(self) -> int:
        self._left -= 1
        return 900_000 if self._left >= 0 else 0


def test_what_ttl_takes_of_earlier_versions_is_archived(stage: Stage) -> None:
    for name in ("messages", "audit_entries"):
        files.put(name)
        removed = [item for item in files.items(name) if "expires_at" in item]
        handle({"Records": [change(item, userIdentity=TTL) for item in removed]})
    found = sorted(archived_lines(), key=lambda line: line.get("id") or line["changes_of"])
    is_read(found, json.loads((files.FOLDER / "reads" / "archived-lines.json").read_text()))


def test_the_archive_of_earlier_versions_is_erased_from(stage: Stage) -> None:
    files.put("archive")
    stage.at("2028-03-20T10:00:00Z")
    answer = api.call("POST", f"{FAMILY}/1/erase", body={"reason": "asked by letter"})
    work(stage)
    status = api.call("GET", f"{ORG}/erasures/{answer.body['id']}").body
    is_read((status["status"], status["counts"]["archived"], status["counts"]["blacklisted"]), ("done", 8, 1))
    found = json.dumps(archived_lines(), ensure_ascii=False)
    secrets = ("Jane.Smith", "joe@", "+1415", "Sam Smith", "There", "198.51", "Reader/3", "550")
    is_read([secret for secret in secrets if secret in found], [])


def test_the_index_function_takes_audit_entries_of_earlier_versions(stage: Stage) -> None:
    files.put("audit_entries")
    entries = [item for item in files.items("audit_entries") if "org_source" in item]
    copies = [item for item in files.stored_items() if "of" in item]
    for item in files.stored_items():
        if item["pk"]["S"] in ("riverside/search", "riverside/staff") or "of" in item:
            files.delete(item)
    api.function("index").handler({"Records": [change(item, "INSERT") for item in entries]}, Context())
    is_read([item for item in files.stored_items() if "of" in item], copies)
    for read in files.reads("audit_entries"):
        answer = api.call("GET", read["request"].partition(" ")[2], **read["query"])
        is_read((*_asked(read), answer.body), (*_asked(read), read["answer"]))


def test_the_hash_of_an_address_and_of_a_key_is_what_it_was(stage: Stage) -> None:
    # printf %s smith@mail.example | openssl dgst -sha256 -hmac "the key of the tests' hashes"
    api.posted(api.email(recipient="SMITH@mail.example", message_id="m-1", key="k-1", occurred_at=SENT))
    keys = {(item["pk"]["S"], item["sk"]["S"]) for item in files.stored_items()}
    assert ("message/m-1", "riverside/family/1/e8f98f1aaa5e4d06a5de4dec89d2c1f0") in keys, files.UNREADABLE
    assert ("riverside/family/1", f"key/email/{SENT}/a26be5416785a406cc4a946084ed13cf") in keys, files.UNREADABLE


def test_a_cursor_that_was_given_out_before_leads_on(stage: Stage) -> None:
    """Of every list: a caller may hold one while a new version is deployed."""
    lists = set()
    for name in files.names():
        for read in files.reads(name):
            if "cursor" in read["query"]:
                lists.add(read["request"].rpartition("/")[2])
    of_records = {"emails", "sms", "pushes", "timeline"}
    assert lists == of_records | {"messages", "audit", "staff", "blacklist", "holds", "exports"}
