"""Scenes: what callers and providers do, so that every kind and form of item and object is written.

Each begins with empty stores, at noon of 2026-11-22. Its name is that of its golden file.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from daybook.aws.ses import NoVerdictError, Verdict
from daybook.entries import message_limit
from daybook.erasure.audit_entries import AuditEntryErasure
from daybook.handlers.triggers import erasures, index_stream
from daybook.holds import backfill
from daybook.model import job_retry
from daybook.records import rebuilding
from daybook.search.index.segment_store import Sizes
from daybook.search.index.writer import IndexWriter
from daybook.storage.keys import org_keys, register_keys
from daybook.storage.table import RefusedError

from tests.support import api

# In the records of `feedback_records`.
from tests.support.aws import moto_stores
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.faults.stores import take_messages
from tests.support.feedback_records import SENT, eum, push_log, ses, sms_log
from tests.support.functions import blacklist, exports, stored
from tests.support.functions.events import Context
from tests.support.functions.ses_stand_in import Ses
from tests.support.functions.triggers import handle
from tests.support.functions.world import lift, place
from tests.support.golden.stage import Stage

Scene = Callable[[Stage, pytest.MonkeyPatch, Ses], None]

JANE, JOE, PHONE = "Jane.Smith@Mail.example", "joe@xn--bcher-kva.example", "+14155550123"
SMITH, SAM, TEACHER = {"type": "family", "id": "1"}, {"type": "student", "id": "2"}, {"type": "staff", "id": "7"}
PUT_STATUSES = ("complaint", "manual", "bounce", "invalid")
PHONE_ANSWER = "Phone is currently unreachable/unavailable"


def noise(size: int) -> str:
    """Text that hardly compresses, the same each time."""
    return "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(size // 64))


def mailed(message_id: str, recipient: str = JANE, **mail: Any) -> dict[str, Any]:
    """The `mail` object of SES's records of a message."""
    return {"messageId": message_id, "destination": [recipient], **mail}


def messages_with_keys(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """Every log but audit; every delivery event with every field; pointers, keys, contents, pending events."""
    api.posted(
        api.email(
            message_id="m-all", key="k-mail", recipient=JANE, sender="Office <office@school.example>",
            body={"text": "Dear Smiths", "html": "<p>Dear Smiths"}, occurred_at=SENT,
        ),
        api.email(message_id="m-bounced", recipient=JOE, occurred_at=SENT, subject="Bücher"),
        api.email(message_id="m-rejected", occurred_at=SENT),
        api.email(message_id="m-failed", occurred_at=SENT, record=TEACHER),
        api.email(message_id="m-large", status="sent", body={"text": noise(12_000)}, occurred_at=SENT),
        api.email(message_id="m-two", recipient="first@mail.example", occurred_at=SENT),
        api.email(message_id="m-two", recipient="second@mail.example", occurred_at=SENT),
        api.email(occurred_at=SENT, recipient="plain@mail.example"),
        api.sms(message_id="s-delivered", key="k-sms", occurred_at=SENT),
        api.sms(message_id="s-failed", occurred_at=SENT, text="Ü"),
        api.sms(occurred_at=SENT),
        api.push(message_id="p-delivered", occurred_at=SENT),
        api.push(message_id="p-failed", key="k-push", occurred_at=SENT),
        api.push(occurred_at=SENT),
        api.activity(key="k-act", ip="203.0.113.9", details={"door": 2, "names": ["Sam"]}, occurred_at=SENT),
        api.activity(record=SAM, details="by phone", occurred_at=SENT),
    )  # fmt: skip
    whole = mailed("m-all")
    stage.feedback(
        *(ses(kind, mail=whole) for kind in ("Send", "Open", "Subscription", "Rendering Failure", "Reject")),
        ses("Click", mail=whole, isBotEvent="Likely"),
        ses("Delivery", mail=whole, recipients=[JANE]),
        ses("DeliveryDelay", mail=whole, delayedRecipients=[delayed(JANE)]),
        ses("Complaint", mail=whole, complaintSubType="OnAccountSuppressionList", complainedRecipients=[to(JANE)]),
        ses("Bounce", mail=whole, bounceType="Transient", bounceSubType="General", bouncedRecipients=[bounced(JANE)]),
        # SES truncates its times: this one is before the message was sent.
        ses(
            "Bounce", mail=mailed("m-bounced", JOE), timestamp="2026-03-02T09:00:00Z", bouncedRecipients=[bounced(JOE)]
        ),
        ses("Reject", mail=mailed("m-rejected", "smith@mail.example")),
        ses("Rendering Failure", mail=mailed("m-failed", "smith@mail.example")),
        ses("Open", mail=mailed("m-two", destination=["first@mail.example", "second@mail.example"])),
        ses("Open", mail=mailed("m-later", "smith@mail.example")),
        ses("Delivery", mail=mailed("m-later", "smith@mail.example"), recipients=["smith@mail.example"]),
        ses("Send", mail=mailed("m-tagged", "tagged@mail.example", tags=TAGS)),
        eum("TEXT_PENDING", messageId="s-delivered", isFinal=False),
        eum("TEXT_DELIVERED", messageId="s-delivered"),
        eum("TEXT_BLOCKED", messageId="s-failed", messageStatusDescription="blocked by the carrier"),
        eum("TEXT_DELIVERED", messageId="s-later"),
        push_log() | pushed("p-delivered"),
        push_log("FAILURE", statusCode=410, providerResponse='{"reason":"Unregistered"}') | pushed("p-failed"),
        sms_log("FAILURE", PHONE_ANSWER) | pushed("s-waits"),
    )  # fmt: skip


def outcomes(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """What people and machines clicked, a message that is delayed, and those posted with what became of them."""
    api.posted(
        api.email(message_id="m-clicked", recipient=JANE, occurred_at=SENT),
        api.email(message_id="m-delayed", recipient=JOE, occurred_at=SENT),
        api.email(recipient="gone@mail.example", status="bounced", occurred_at=SENT),
        api.email(message_id="m-spam", recipient="angry@mail.example", status="complained", occurred_at=SENT),
        api.sms(status="not_delivered", reason="undelivered", occurred_at=SENT),
        api.sms(status="delivered", occurred_at=SENT),
        api.push(status="failed", occurred_at=SENT),
    )
    clicked, delay = mailed("m-clicked"), mailed("m-delayed", JOE)
    stage.feedback(
        ses("Click", mail=clicked, isBotEvent="Likely", timestamp="2026-03-02T09:00:05Z"),
        ses("Click", mail=clicked, timestamp="2026-03-02T09:00:07Z"),
        ses("DeliveryDelay", mail=delay, delayedRecipients=[delayed(JOE)]),
    )


def several_names(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """A message known by its header and by SES's id, and what clients of two orgs tell of messages with one id."""
    own = "<own.1@mailer.school.example>"
    header = [{"name": "Message-ID", "value": own}]
    named = mailed("0100018f-1", headers=header)
    api.posted(api.email(message_id=own, recipient=JANE, occurred_at=SENT), api.sms(message_id="s-1", occurred_at=SENT))
    stage.feedback(ses("Delivery", mail=named, recipients=[JANE]), ses("Open", mail=mailed("0100018f-1")))
    # Recipients that are not told.
    stage.feedback(ses("Bounce", mail=named | {"destination": []}, bounceType="Permanent", bounceSubType="General",
                       bouncedRecipients=[bounced("else@mail.example")]))  # fmt: skip
    told = {"at": "2026-03-02T09:00:09Z", "type": "bounced", "id": "e-1", "recipient": "kim@mail.example"}
    for org in ("riverside", "hilltop"):
        api.deliver(api.delivery(message_id="o-1", **told), org=org)
    api.deliver(api.delivery(log="sms", message_id="s-1", type="undelivered", at="2026-03-02T09:00:09Z"))


TAGS = {"daybook-org": ["riverside"], "daybook-record": ["family.1"]}


def to(address: str) -> dict[str, Any]:
    return {"emailAddress": address}


def delayed(address: str) -> dict[str, Any]:
    return {**to(address), "status": "4.2.2", "diagnosticCode": "smtp; 452 full"}


def bounced(address: str) -> dict[str, Any]:
    return {**to(address), "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 nobody here"}


def pushed(message_id: str) -> dict[str, Any]:
    """The part of a log line of SNS that names the message."""
    return {"notification": {"messageId": message_id, "timestamp": "2026-03-02 09:00:07.21"}}


def messages_at_their_limit(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """Messages with as many entries as they may have, each of which was posted twice."""
    monkeypatch.setattr(message_limit, "MAX_ENTRIES_OF_MESSAGE", 1)
    for entry in (
        api.email(message_id="m-full", recipient=JANE, occurred_at=SENT),
        api.sms(message_id="s-full", occurred_at=SENT),
        api.push(message_id="p-full", occurred_at=SENT),
    ):
        assert [api.post(entry).body["results"][0]["status"] for _ in range(2)] == ["created", "duplicate"]


def audit_entries(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """Audit entries of no record, of one and of several, with small and large changes; copies, usernames, the index."""
    small = {"details": {"phone": PHONE}, "before": ["a"], "after": None}
    api.posted(
        api.audit(affected=[], action="signed in", ip="203.0.113.9", occurred_at="2026-10-31T23:59:59.999Z"),
        api.audit(key="k-audit", occurred_at="2026-11-01T08:00:00Z"),
        api.audit(
            affected=changes(small), username="ben", source="staff_portal", ip="2001:db8::1",
            occurred_at="2026-11-02T08:00:00Z",
        ),
        api.audit(affected=changes({"before": "note " * 400}), occurred_at="2026-11-03T08:00:00Z"),
        api.audit(affected=changes({"after": {"note": noise(9_000)}}), occurred_at="2026-11-04T08:00:00Z"),
    )  # fmt: skip
    stage.settle()


def thin_copies(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """Audit entries with texts that are too long to be repeated in each copy: of the actor, and names of records."""
    long = [{**change, "name": f"{change['record']['id']} {noise(192)}"} for change in changes({"before": "b"})]
    api.posted(
        api.audit(affected=long, occurred_at="2026-11-05T08:00:00Z"),
        api.audit(affected=changes({}), action=f"changed {noise(192)}", occurred_at="2026-11-06T08:00:00Z"),
        api.audit(affected=changes({}), member_name=noise(192), username="b" * 200, occurred_at="2026-11-07T08:00:00Z"),
    )
    stage.settle()


def changes(fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"record": SMITH, "change": "updated", "name": "Smith", **fields},
        {"record": SAM, "change": "moved", "name": "Sam Smith", **fields},
        {"record": {"type": "class", "id": "ballet"}, "change": "moved"},
    ]


def search_segments(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """The open segment, a small one in its head, and large ones in blocks: of the middle and of the last tier."""
    sizes = Sizes(open_limit=2, inline_limit=4, small_merged=4, full=8, block_bytes=100)
    defaults = IndexWriter.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "sizes", sizes)
    batches = [(10, 5), (10, 9), (10, 3), (11, 5), (11, 3), (11, 2)]
    day = 0
    for number, (month, size) in enumerate(batches):
        entries = []
        for each in range(size):
            day += 1
            name = f"{['Anna', 'Bea', 'Cleo', 'Dora'][day % 4]} {noise(64)[number + each : number + each + 8]}"
            affected = [{"record": {"type": "family", "id": str(day)}, "change": "updated", "name": name}]
            moment = f"2026-{month}-{day % 20 + 1:02}T{number:02}:00:{each:02}Z"
            entries.append(api.audit(action="changed enrolment", affected=affected, occurred_at=moment))
        api.posted(*entries)
        stage.settle()


def address_states_and_resets(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """Addresses that bounced hard, softly, complained, are invalid, were delivered to, reset, verified, erased.

    Some of them, and others, are put on the blacklist; and some are reset before or after.
    """
    stage.at("2026-03-02T10:00:00Z")

    def said(kind: str, address: str, number: int = 1, **part: Any) -> None:
        message, moment = f"{address.lower()}-{number}", f"2026-03-02T09:0{number}:00.500Z"
        record = {"type": "family", "id": address.lower().partition("@")[0]}
        api.posted(api.email(recipient=address, message_id=message, occurred_at=moment, record=record))
        mail = mailed(message, address, timestamp=moment)
        times = {} if "timestamp" in part else {"timestamp": moment.replace("00.500", "07.250")}
        stage.feedback(ses(kind, mail=mail, **times, **part))

    hard: dict[str, Any] = {"bounceType": "Permanent", "bounceSubType": "NoEmail"}
    soft: dict[str, Any] = {"bounceType": "Transient", "bounceSubType": "MailboxFull"}
    invalid: dict[str, Any] = {"bounceType": "Permanent", "bounceSubType": "EmailValidationSuppressed"}
    for name in ("Hard", "reset", "Asked", "valid", "doubted", "refused", "erased"):
        said("Bounce", f"{name}@mail.example", bouncedRecipients=[bounced(f"{name}@mail.example")], **hard)
    said("Complaint", "Complained@mail.example", complainedRecipients=[to("Complained@mail.example")])
    said("Bounce", "invalid@mail.example", bouncedRecipients=[bounced("invalid@mail.example")], **invalid)
    for number in (1, 2, 3):
        said("Bounce", "Full@mail.example", number, bouncedRecipients=[bounced("Full@mail.example")], **soft)
    for number in (1, 2):
        said("Bounce", "filling@mail.example", number, bouncedRecipients=[bounced("filling@mail.example")], **soft)
    said("Delivery", "good@mail.example", recipients=["good@mail.example"])
    stage.at("2026-11-22T12:00:00Z")
    assert blacklist.reset("reset@mail.example").status == 200
    provider.verdicts = {
        "valid@mail.example": Verdict(is_valid=True, doubts=()),
        "doubted@mail.example": Verdict(is_valid=False, doubts=("no such mailbox",)),
        "refused@mail.example": NoVerdictError("not in this region", final=True),
    }
    for name in ("asked", "valid", "doubted", "refused"):
        assert blacklist.validate(f"{name}@mail.example").status in (200, 202)
    stage.at("2026-11-22T12:01:00Z")
    for body in blacklist.queued():
        if "asked@" not in body:
            blacklist.queue_brings(body)
    brought = {"since": "2026-10-01T08:00:00Z", "reason": "on the list of the mailer before"}
    put = [{"address": f"{status}-put@mail.example", "status": status, **brought} for status in PUT_STATUSES]
    assert blacklist.put(*put, {"address": "Hard@mail.example", "status": "manual"}).status == 200
    stage.at("2026-11-22T12:02:00Z")
    for name in ("erased", "bounce-put"):
        answer = blacklist.reset(f"{name}@mail.example", body={"reason": "Mr. Erased has room again"})
        assert answer.status == 200
    stage.at("2026-11-22T12:03:00Z")
    again = {"status": "manual", "reason": "Mr. Erased asked to be left alone"}
    answer = blacklist.put(*({"address": f"{name}@mail.example", **again} for name in ("erased", "reset")))
    assert answer.status == 200
    erase("family/erased")
    work(stage)


def erase(record: str) -> str:
    """The id of the erasure that is asked for."""
    answer = api.call("POST", f"/v1/orgs/riverside/records/{record}/erase", body={"reason": "asked by letter"})
    assert answer.status == 202, answer.text
    erasure_id: str = answer.body["id"]
    return erasure_id


def work(stage: Stage) -> None:
    """Let the retention function work until no erasure is left."""
    for _ in range(30):
        others = {key: item for key, item in stage.items().items() if key[0] != "erasing"}
        if others == stage.items():
            return
        stage.known = others
        stage.retain()
    raise AssertionError("it comes to no end")


def access(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """Grants to a group and to a member of staff; with the audit entries of these changes."""
    org = "/v1/orgs/riverside"
    both = {"permissions": ["family_email_log", "audit_log"]}
    assert api.call("PUT", f"{org}/access/groups/front_desk", body=both).status == 200
    assert api.call("PUT", f"{org}/access/staff/ben", body={"permissions": ["blacklist"]}).status == 200


def orgs(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """An org that is made, and whose settings its staff change; with the audit entries of both."""
    org = "/v1/orgs/northside"
    made = {"name": "Northside Tennis", "record_url": {"family": "https://portal.example/families/{id}"}}
    assert api.call("PUT", org, claims=api.PLATFORM, body=made).status == 200
    admin = {**api.ADMIN, "org": "northside"}
    assert api.call("PUT", f"{org}/settings", claims=admin, body={"time_zone": "America/Chicago"}).status == 200


def usernames(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """Grants to names that no path holds, or with capitals; and audit entries by usernames in several spellings."""
    for named in ({"group": "Front Desk / late"}, {"staff": "RIVERSIDE\\Ben"}, {"staff": "Jane.Doe"}):
        body = {**named, "permissions": ["audit_log"]}
        assert api.call("PUT", "/v1/orgs/riverside/access", body=body).status == 200
    for day, username in enumerate(("jane.doe", "Jane.Doe", "RIVERSIDE\\Ben", "ÅSA"), 10):
        api.posted(api.audit(username=username, occurred_at=f"2026-11-{day}T08:00:00Z"))
    stage.settle()


def holds_in_one_list(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """Holds that are placing, standing, lifting and lifted, with what they came too late for, and what they hold."""
    stage.at("2026-03-02T10:00:00Z")
    moment = "2026-03-02T09:00:00Z"
    records = {name: {"type": "family", "id": name} for name in ("stands", "missed", "placing", "lifting", "lifted")}
    api.posted(
        api.email(record=records["stands"], message_id="m-1", key="k-1", occurred_at=moment),
        api.email(record=records["stands"], message_id="m-1", recipient="other@mail.example", occurred_at=moment),
        api.activity(record=records["stands"], key="k-2", occurred_at=moment),
        api.audit(affected=changes_of(records["stands"], {"before": "note " * 400}), occurred_at=moment),
        api.sms(record=records["missed"], occurred_at="2024-03-02T10:00:00Z"),
        *(api.activity(record=records["placing"], occurred_at=f"2026-03-02T09:00:0{n}Z") for n in range(3)),
        api.sms(record=records["lifted"], message_id="s-1", occurred_at=moment),
    )
    stage.feedback(ses("Open", mail=mailed("m-1", destination=["smith@mail.example", "other@mail.example"])))
    stage.settle()
    stage.at("2026-03-10T10:00:00Z")
    for name in ("stands", "missed", "lifting", "lifted"):
        place(records[name])
    stage.end()
    stage.settle()
    stage.at("2026-11-22T12:00:00Z")
    lift(records["lifted"])
    stage.settle()
    lift(records["lifting"])
    # A step is a page.
    monkeypatch.setattr(backfill, "PAGE", 1)
    monkeypatch.setattr(index_stream, "SECONDS", 0)
    place(records["placing"], reason="another claim")
    stage.known = {key: item for key, item in stage.items().items() if key != ("riverside/holds", "family/placing")}
    stage.listen()
    stage.deliver(stage.waiting)


def held_content(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """An e-mail with content that a hold keeps."""
    stage.at("2026-11-22T11:00:00Z")
    api.posted(api.email(body={"text": "Dear Smiths"}, message_id="m-1", occurred_at="2026-11-20T09:00:00Z"))
    place(SMITH)
    stage.settle()


def changes_of(record: dict[str, str], fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"record": record, "change": "updated", **fields}, {"record": SAM, "change": "moved", **fields}]


def erasures_under_way(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """An erasure that is done, one that left held entries, and two under way: one knows already whom it is to erase."""
    gone, shared, next_one = ({"type": "family", "id": name} for name in ("gone", "shared", "next"))
    named, doe = {"name": "Doe", "before": "Doe"}, "doe@mail.example"
    changed = [{"record": each, "change": "updated", **named} for each in (gone, {"type": "class", "id": "ballet"})]
    linked = [{"record": each, "change": "linked", "name": name} for each, name in ((shared, "Roe"), (SAM, "Sam"))]
    api.posted(
        api.email(record=gone, recipient=doe, body={"text": "Dear Doe"}, message_id="m-1", occurred_at=SENT),
        api.sms(record=gone, message_id="s-1", occurred_at=SENT),
        api.push(record=gone, message_id="p-1", occurred_at=SENT),
        api.activity(record=gone, name="Doe", ip="203.0.113.9", details="rang", occurred_at=SENT),
        api.audit(affected=changed, occurred_at=SENT, action="called Doe"),
        api.audit(affected=linked, occurred_at=SENT),
        api.email(record=next_one, recipient="next@mail.example", occurred_at=SENT),
        api.activity(record=next_one, name="Next Person", occurred_at=SENT),
        api.audit(
            affected=[{"record": next_one, "change": "updated", "name": "Next"}],
            member_name="N. Person", username="next-person", source="customer_portal", occurred_at=SENT,
        ),
        api.audit(
            affected=[{"record": {"type": "family", "id": "last"}, "change": "updated"}],
            member_name="L. Person", username="last-person", source="mobile_app", occurred_at=SENT,
        ),
    )  # fmt: skip
    stage.settle()
    stage.feedback(ses("Bounce", mail=mailed("m-1", doe), bouncedRecipients=[bounced(doe)]))
    place(SAM)
    stage.settle()
    for record in ("family/gone", "family/shared"):
        erase(record)
        work(stage)
    stage.settle()
    # One step a call, until all is known and nothing is erased yet.
    monkeypatch.setattr(erasures, "SECONDS", 0.0)
    for record, steps in (("family/next", 3), ("family/last", 2)):
        stage.known = stage.items()
        erase(record)
        for _ in range(steps):
            stage.retain()


def erasures_that_fail(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """An erasure that was given up, and one that has failed once: its names are in an item of their own."""
    given_up, many = ({"type": "family", "id": name} for name in ("given-up", "many"))
    named = [{"record": many, "change": "called", "name": f"{name:03} {'Name ' * 20}"} for name in range(50)]
    api.posted(
        api.email(record=given_up, recipient="doe@mail.example", occurred_at=SENT),
        api.audit(affected=named, occurred_at=SENT),
        api.activity(record=many, name="Doe", occurred_at=SENT),
    )
    monkeypatch.setattr(job_retry, "pause", lambda failures: failures * timedelta(minutes=1))
    find_usernames = AuditEntryErasure.find_usernames

    def refused(*_: Any) -> None:
        raise RefusedError

    monkeypatch.setattr(AuditEntryErasure, "find_usernames", refused)
    stage.known = stage.items()
    erase("family/given-up")
    stage.retain()
    stage.at("2026-11-23T12:00:00Z")
    handle({"erasures": True})
    stage.known = stage.items()
    erase("family/many")
    stage.retain()
    monkeypatch.setattr(AuditEntryErasure, "find_usernames", find_usernames)


def jobs(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """A reindexing after its first month, a daily check and a changed policy that are done."""
    api.posted(api.audit(occurred_at="2026-09-01T08:00:00Z"), api.audit(occurred_at="2026-10-01T08:00:00Z"))
    stage.settle()
    assert api.function("index").handler({"reindex": "riverside"}, Context())["month"] == "2026-09"
    retention = api.function("retention")
    with without_orgs_and_register():
        retention.handler({"check": True}, Context())
        assert retention.handler({"apply": {"rate": 1000, "segments": 2}}, Context())["done"]


def records(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """The register of records: names of several alphabets, addresses, numbers, and a rebuild that is under way."""
    family, student = {"type": "family", "id": "7"}, {"type": "student", "id": "8"}
    affected = [
        {"record": family, "change": "updated", "name": "O'Brien-Núñez"},
        {"record": student, "change": "created", "name": "山田 Sam"},
    ]
    api.posted(
        api.audit(affected=affected, occurred_at=SENT),
        api.activity(record=family, name="Anna O'Brien", occurred_at=SENT),
        api.email(record=family, recipient=JANE, occurred_at=SENT),
        api.sms(record=family, recipient="+442079460958", occurred_at=SENT),
    )
    stage.settle()
    monkeypatch.setattr(rebuilding, "SECONDS", -1.0)
    monkeypatch.setattr(rebuilding, "PAGE", 1)
    for _ in range(3):
        api.function("index").handler({"reindex": "riverside"}, Context())


def erased_records(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """The register of records that were erased, told of late; the one is gone, of the other something came since."""
    gone, back = {"type": "family", "id": "gone"}, {"type": "family", "id": "back"}
    api.posted(*(api.activity(record=each, name="Anna O'Brien", occurred_at=SENT) for each in (gone, back)))
    stage.listen()
    told = list(stage.waiting)
    stage.settle()
    for each in ("gone", "back"):
        erase(f"family/{each}")
    work(stage)
    stage.at("2026-11-22T12:10:00Z")
    api.posted(api.activity(record=back, name="Ada Other", occurred_at="2026-11-22T12:10:00Z"))
    stage.settle()
    stage.deliver(told)


@contextmanager
def without_orgs_and_register() -> Iterator[None]:
    """What counts the items of the table counted no such items when its golden file was written."""
    for item in stored.items():
        if register_keys.kind_of(item["pk"]["S"]) is not None:
            client("dynamodb").delete_item(TableName=TABLE, Key={name: item[name] for name in ("pk", "sk")})
    for org in moto_stores.ORGS:
        pk, sk = org_keys.org(org)
        client("dynamodb").delete_item(TableName=TABLE, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    yield
    moto_stores.create_orgs(TABLE)


def archive(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """What is left of entries of every log once they have expired, on the day after."""
    stage.at("2026-03-02T10:00:00Z")
    api.posted(
        api.email(
            message_id="m-1", recipient=JANE, sender="us@mail.example", status="sent", body={"text": "Dear"},
            occurred_at=SENT,
        ),
        api.email(message_id="m-2", recipient=JOE, occurred_at=SENT),
        api.sms(message_id="s-1", occurred_at=SENT),
        api.push(message_id="p-1", occurred_at=SENT),
        api.activity(ip="203.0.113.9", details={"door": 2}, occurred_at=SENT),
        api.audit(affected=changes({"details": "by phone"}), ip="203.0.113.9", occurred_at=SENT),
        api.audit(affected=changes({"before": "note " * 400}), occurred_at=SENT),
        api.audit(affected=[], action="signed in", occurred_at=SENT),
    )  # fmt: skip
    stage.feedback(
        *(ses(kind, mail=mailed("m-1")) for kind in ("Send", "Open", "Click")),
        ses("Bounce", mail=mailed("m-2", JOE), bouncedRecipients=[bounced(JOE)]),
        eum("TEXT_BLOCKED", messageId="s-1"),
        push_log("FAILURE", statusCode=410) | pushed("p-1"),
    )
    stage.at("2028-03-20T10:00:00Z")
    stage.end()


def exports_of_lists(stage: Stage, monkeypatch: pytest.MonkeyPatch, provider: Ses) -> None:
    """Exports that are done, that have failed, whose file was deleted, and that nobody has begun."""
    api.posted(
        *(api.audit(occurred_at=f"2026-11-01T08:00:0{number}Z", key=f"k-{number}") for number in range(3)),
        *(api.email(occurred_at=SENT, recipient=f"a{number}@mail.example") for number in range(3)),
    )
    done = exports.asked("audit", file_format="csv", query={"from": "2026-11-01", "to": "2026-11-01", "staff": ["ada"]})
    deleted = exports.asked("records/family/1/emails", query={"sort": "date", "q": "hello"}, claims=api.PLATFORM)
    exports.work()
    stage.at("2026-11-22T12:01:00Z")
    assert exports.cancel(deleted, api.PLATFORM).status == 204
    cancelled = exports.asked("audit", file_format="csv", rows="changes")
    assert exports.cancel(cancelled).status == 204
    exports.work()
    waits = exports.asked("blacklist", query={"status": ["bounce", "complaint"]})
    take_messages("exports")
    assert len({done, deleted, cancelled, waits}) == 4


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        messages_with_keys, messages_at_their_limit, outcomes, several_names,
        audit_entries, thin_copies, search_segments,
        address_states_and_resets, access, orgs, usernames,
        holds_in_one_list, held_content, erasures_under_way, erasures_that_fail, jobs, archive, records,
        erased_records, exports_of_lists,
    )
}  # fmt: skip
