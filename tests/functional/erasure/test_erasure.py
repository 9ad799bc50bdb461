"""Erasing a person: whatever was stored of them, and wherever, a search of all of it finds nothing afterwards."""

import base64
import gzip
import json
import unicodedata
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from daybook.access import callers
from daybook.core.errors import StoreBusyError
from daybook.erasure.names import fold
from daybook.model import event_set, job_retry
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Record
from daybook.storage.items import audit_items
from daybook_cli.feedback.ses_events import EmailKind, Mail, ses_event
from msgspec.structs import replace

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import BUCKET, TABLE
from tests.support.functions import blacklist, triggers
from tests.support.functions.events import change
from tests.support.functions.ses_stand_in import Ses
from tests.support.functions.stored import ARCHIVE, archived_lines, items, noise
from tests.support.functions.triggers import deliver_twice, expire, handle, indexed

ADDRESS, PHONE, NAME, MEMBER, TEXT = "jane.doe@mail.example", "+14155550177", "Doerfler", "Jane Doerfler", "Balance due"
SECRETS = (ADDRESS, PHONE, NAME, TEXT, "jane.doe", "198.51.100.77")
FAMILY, STUDENT, NEIGHBOUR = ({"type": kind, "id": "77"} for kind in ("family", "student", "class"))
SENT = "2026-11-20T09:00:00.000Z"
SENT_AT = datetime.fromisoformat(SENT)

pytestmark = pytest.mark.usefixtures("archive", "cold")


def erase(record: str = "family/77", reason: str = "asked by letter", **how: Any) -> api.Answer:
    return api.call("POST", f"/v1/orgs/riverside/records/{record}/erase", body={"reason": reason}, **how)


def status(erasure_id: str, **how: Any) -> api.Answer:
    return api.call("GET", f"/v1/orgs/riverside/erasures/{erasure_id}", **how)


def grant_front_desk(*permissions: str) -> None:
    """Grant these to the group of STAFF; the functions are made anew, as they remember grants for half a minute."""
    granted = {"permissions": permissions}
    assert api.call("PUT", "/v1/orgs/riverside/access/groups/front_desk", body=granted).status == 200
    for name in ("manage", "query"):
        api.function(name).gateway.cache_clear()


def feedback(*said: tuple[EmailKind, str]) -> None:
    """What SES says of these messages."""
    events = [ses_event(kind, Mail(message, (ADDRESS,), SENT_AT), SENT_AT) for kind, message in said]
    triggers.feedback(*map(json.dumps, events))


def told() -> list[dict[str, Any]]:
    """What the stream tells of the erasures under way."""
    return [change(item, "INSERT") for item in items() if item["pk"]["S"] == "erasing"]


def run(limit: int = 50) -> int:
    """Have the retention function do what the stream tells it of; how many steps that were."""
    for steps in range(limit):
        records = told()
        if not records:
            return steps
        handle({"Records": records * 2})
    raise AssertionError("it comes to no end")


def reindexed(before: list[dict[str, Any]]) -> None:
    """What the stream tells the index function of what was changed since."""
    known = {(item["pk"]["S"], item["sk"]["S"]): item for item in before}
    news = []
    for item in items():
        old = known.get((item["pk"]["S"], item["sk"]["S"]))
        if "org_source" in item and old != item:
            record = change(item, "INSERT" if old is None else "MODIFY")
            if old is not None:
                record["dynamodb"]["OldImage"] = old
            news.append(record)
    triggers.index(news)


def everything() -> dict[str, str]:
    """All that is stored, in plain, by where it stands: every item, every version of every object."""
    found = {}
    for item in items():
        packed = [base64.b64decode(value["B"]) for value in item.values() if "B" in value]
        plain = [str(unpacked(body)) for body in packed]
        found["/".join((item["pk"]["S"], item["sk"]["S"]))] = json.dumps(item) + " ".join(plain)
    for bucket in (BUCKET, ARCHIVE):
        versions = client("s3").list_object_versions(Bucket=bucket).get("Versions", [])
        for one in versions:
            body = client("s3").get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
            found[f"{bucket}/{one['Key']}/{one['VersionId']}"] = f"{one['Key']} {unpacked(body)}"
    return found


def unpacked(body: bytes) -> Any:
    for opened in (gzip.decompress, zlib.decompress, event_set.unpack, lambda packed: zlib.decompress(packed, -15)):
        try:
            return opened(body)
        except (OSError, zlib.error, ValueError):
            continue
    return body


def pending(message_id: str) -> list[DeliveryEvent]:
    """The pending events of a message."""
    stored = [item for item in items() if item["pk"]["S"] == f"message/{message_id}" and "events" in item]
    return [event for item in stored for event in event_set.unpack(base64.b64decode(item["events"]["B"]))]


def holding(*secrets: str) -> list[str]:
    """Where one of these is still to be found, whatever its case."""
    return [
        f"{secret}: {place}"
        for place, text in everything().items()
        for secret in secrets
        if secret.casefold() in (place + text).casefold()
    ]


@pytest.fixture
def life(ses: Any) -> dict[str, Any]:
    """A family in all of its logs, some of it in S3 and in the archive; gives ids by name."""
    client("s3").put_bucket_versioning(Bucket=ARCHIVE, VersioningConfiguration={"Status": "Enabled"})
    mail = api.email(record=FAMILY, recipient=ADDRESS, subject=TEXT, occurred_at=SENT)
    both = [
        {"record": FAMILY, "change": "updated", "name": NAME, "before": {"email": ADDRESS}},
        {"record": STUDENT, "change": "moved", "name": "Anna", "details": f"the {NAME}s asked"},
        {"record": NEIGHBOUR, "change": "updated", "name": "Ballet"},
    ]
    large = [dict(both[1], name=f"Anna {NAME}"), dict(both[0], after={"note": noise(6000), "phone": PHONE})]
    who = {"member_name": MEMBER, "username": ADDRESS, "ip": "198.51.100.77"}
    mailed, bounced, texted, acted, changed, _, enlarged, paid, looked = api.posted(
        dict(mail, message_id="m-1", body={"text": f"{TEXT}, {MEMBER}"}, key=f"welcome-{ADDRESS}"),
        dict(mail, message_id="m-2", recipient=f"{ADDRESS}".upper(), body={"html": TEXT + noise(20_000)}),
        api.sms(record=FAMILY, recipient=PHONE, text=TEXT, message_id="s-1"),
        api.activity(record=FAMILY, name=MEMBER, action=f"{MEMBER} paid", ip="198.51.100.77", details={"to": ADDRESS}),
        api.audit(action=f"deleted {NAME}", affected=both),
        api.push(record=FAMILY, subject=TEXT, text=f"Dear {NAME}", message_id="p-1"),
        api.audit(action="merged", affected=large),
        api.audit(source="customer_portal", action="paid", affected=[dict(both[0])], **who),
        # A login, of no record.
        api.audit(source="mobile_app", action="signed in", affected=[], **who),
    )
    feedback(("bounce", "m-2"), ("open", "m-1"))
    indexed()
    return {
        "mailed": mailed, "bounced": bounced, "texted": texted, "acted": acted, "changed": changed,
        "enlarged": enlarged, "paid": paid, "looked": looked,
    }  # fmt: skip


def test_a_search_of_all_that_is_stored_finds_nothing(life: dict[str, Any]) -> None:
    assert {place.partition(": ")[0] for place in holding(*SECRETS)} == set(SECRETS)
    before = items()
    answer = erase()
    assert (answer.status, answer.body["status"]) == (202, "running")
    assert run() >= 1
    reindexed(before)
    assert holding(*SECRETS) == []
    done = status(answer.body["id"])
    assert (done.status, done.body["status"]) == (200, "done")
    counts = done.body["counts"]
    assert (counts["contents"], counts["blacklisted"], counts["on_hold"]) == (2, 1, 0)
    assert counts["entries"] == len(life) + 1


def test_the_trail_keeps_that_something_happened_when_and_by_whom(life: dict[str, Any]) -> None:
    asked = erase()
    run()
    entry = api.call("GET", f"/v1/orgs/riverside/audit/{life['changed']}").body
    assert (entry["member_name"], entry["username"], entry["action"]) == ("Ada Admin", "ada", "deleted [erased]")
    assert entry["erased_at"] == asked.body["requested_at"]
    assert [one["change"] for one in entry["affected"]] == ["updated", "moved", "updated"]
    assert entry["affected"][0]["name"] == "[erased]"
    assert entry["affected"][2]["name"] == "Ballet"
    of_class = api.walk("audit", "class/77")
    assert [(row["id"], row["names"]) for row in of_class] == [(life["changed"], ["[erased]", "Anna", "Ballet"])]
    own = api.call("GET", f"/v1/orgs/riverside/audit/{life['looked']}").body
    assert (own["username"], own["source"], own["action"]) == ("[erased]", "mobile_app", "signed in")
    mails = api.walk("emails", "family/77")
    assert {row["id"]: (row["status"], row["recipient"]) for row in mails} == {
        life["mailed"]: ("opened", "[erased]"),
        life["bounced"]: ("bounced", "[erased]"),
    }
    content = api.read(f"emails/{life['mailed']}/content", "family/77")
    assert (content.status, content.body["code"]) == (404, "no_content")
    events = api.read(f"emails/{life['bounced']}/events", "family/77").body["events"]
    assert [event["type"] for event in events] == ["bounce"]
    erasures = [row for row in api.walk("audit", "family/77") if row["action"] == "erased record"]
    assert [row["affected"][0]["details"] for row in erasures] == [{"reason": "asked by letter"}]


def put_by_hand(address: str) -> api.Answer:
    return blacklist.put({"address": address, "status": "manual", "reason": f"{NAME} left"})


@pytest.mark.parametrize("record", ["family/77", "staff/7"])
@pytest.mark.parametrize("action", [blacklist.reset, blacklist.validate, put_by_hand])
@pytest.mark.parametrize("is_archived", [False, True])
def test_the_address_in_a_blacklist_action_is_erased_with_any_of_its_records(
    ses: Ses, record: str, action: Callable[[str], api.Answer], is_archived: bool
) -> None:
    for each in ("family/77", "staff/7"):
        blacklist.hear(ADDRESS, blacklist.HARD, record=Record.from_path(each))
    assert action(ADDRESS).status in (200, 202)
    indexed()
    if is_archived:
        handle({"Records": expire()})
    before = items()
    # No e-mail of theirs is stored: the entry alone says what their address is.
    assert erase(record).status == 202
    run()
    reindexed(before)
    # The blacklist itself knows the address for as long as it blocks it.
    assert [place for place in holding(ADDRESS) if ": riverside/blacklist/" not in place] == []


@pytest.mark.parametrize("place", [0, 1, 59])
def test_an_address_on_a_list_that_was_put_is_erased_wherever_it_stands(life: dict[str, Any], place: int) -> None:
    listed = [{"address": f"a{number:02}@x.example", "status": "manual"} for number in range(60)]
    listed[place] = {"address": f"Jane <{ADDRESS.upper()}>", "status": "manual", "reason": f"{NAME} left"}
    assert blacklist.put(*listed).status == 200
    indexed()
    before = items()
    erase()
    run()
    reindexed(before)
    assert holding(*SECRETS) == []
    entries = api.call("GET", "/v1/orgs/riverside/audit", q="blacklist").body["entries"]
    counts = [entry["affected_count"] for entry in entries if entry["action"] == "blacklist address"]
    assert sorted(counts) == [10, 50]
    assert blacklist.check(ADDRESS) == {ADDRESS: "manual"}


def test_records_are_no_names_and_stay_as_they_are_called(life: dict[str, Any]) -> None:
    affected = [{"record": {"type": "family", "id": number}, "change": "moved"} for number in ("77", "78", NAME)]
    large = [dict(affected[0], name=NAME, before=noise(6000)), *affected[1:]]
    posted = api.posted(api.audit(affected=affected), api.audit(affected=large))
    indexed()
    erase()
    run()
    names = [api.call("GET", f"/v1/orgs/riverside/audit/{entry}").body["names"] for entry in posted]
    assert names == [["family/77", "family/78", f"family/{NAME}"], ["[erased]", "family/78", f"family/{NAME}"]]
    handle({"Records": expire()})
    lines = {line["id"]: line["names"] for line in archived_lines() if "names" in line}
    assert [lines[entry] for entry in posted] == [[], ["[erased]"]]


@pytest.mark.parametrize("is_thin", [True, False])
def test_a_copy_in_the_log_of_the_person_is_erased_thin_or_whole(
    monkeypatch: pytest.MonkeyPatch, is_thin: bool
) -> None:
    monkeypatch.setattr(audit_items, "SHARED_BYTES", 0 if is_thin else 10_000)
    affected = [{"record": NEIGHBOUR, "change": "moved"}, {"record": FAMILY, "change": "moved", "name": NAME}]
    who = {"member_name": MEMBER, "username": ADDRESS, "ip": "198.51.100.77", "source": "customer_portal"}
    api.posted(api.audit(action=f"paid for {NAME}", affected=affected, **who))
    indexed()
    assert [item.get("thin") for item in items() if "of" in item] == [{"BOOL": True} if is_thin else None]
    before = items()
    erase()
    run()
    reindexed(before)
    # Name and username are known from the copy and its entry alone.
    assert holding(*SECRETS) == []
    for record in ("class/77", "family/77"):
        row = api.walk("audit", record)[-1]
        assert (row["member_name"], row["username"], row["names"]) == (
            "[erased]", "[erased]", ["[erased]", "class/77"],
        )  # fmt: skip
        assert row["action"] == "paid for [erased]"


def test_the_search_finds_the_entry_by_what_is_left_of_it(life: dict[str, Any]) -> None:
    def found(line: str) -> list[str]:
        return [row["id"] for row in api.call("GET", "/v1/orgs/riverside/audit", q=line).body["entries"]]

    assert found(f"deleted {NAME}") == [life["changed"]]
    erase()
    run()
    assert found(NAME) == []
    assert found("deleted erased") == [life["changed"]]
    assert found("record:class/77") == [life["changed"]]


def test_a_blacklisted_address_goes_on_blocking(life: dict[str, Any]) -> None:
    erase()
    run()
    checked = api.call(
        "POST",
        "/v1/orgs/riverside/blacklist/check",
        claims=api.SERVICE,
        body={"addresses": [ADDRESS, "x@mail.example"]},
    )
    assert checked.body == {"blocked": {ADDRESS: "bounce"}}
    assert api.call("GET", "/v1/orgs/riverside/blacklist").body["entries"] == []
    assert api.call("DELETE", f"/v1/orgs/riverside/blacklist/{ADDRESS}", body={}).status == 200


def test_late_feedback_and_repeated_posts_bring_nothing_back(life: dict[str, Any]) -> None:
    erase()
    run()
    mail = api.email(record=FAMILY, recipient=ADDRESS, subject=TEXT, occurred_at=SENT)
    again = api.post(dict(mail, message_id="m-1", body={"text": TEXT}, key=f"welcome-{ADDRESS}"))
    assert [(one["status"], one["id"]) for one in again.body["results"]] == [("duplicate", life["mailed"])]
    said: list[tuple[EmailKind, str]] = [
        (kind, message) for message in ("m-1", "m-2") for kind in ("bounce", "click", "complaint")
    ]
    feedback(*said, *said)
    assert holding(*SECRETS) == []
    checked = api.call("POST", "/v1/orgs/riverside/blacklist/check", claims=api.SERVICE, body={"addresses": [ADDRESS]})
    assert checked.body == {"blocked": {ADDRESS: "complaint"}}


def test_pending_events_of_a_message_to_others_as_well_lose_whom_they_name(life: dict[str, Any]) -> None:
    other_mail = api.email(recipient="x@mail.example", record={"type": "family", "id": "78"})
    api.posted(*(dict(mail, message_id="m-9") for mail in (api.email(recipient=ADDRESS, record=FAMILY), other_mail)))
    forwarded = "jane@work.example"
    bounce = api.delivery(
        message_id="m-9", type="bounced", recipient=forwarded, detail=f"550 5.1.1 <{forwarded}> for {ADDRESS}: unknown"
    )
    opened = api.delivery(message_id="m-9", type="opened", at="2026-11-20T10:00:00Z", detail="Mail app")
    assert [one["status"] for one in api.deliver(bounce, opened).body["results"]] == ["pending", "pending"]
    assert holding(forwarded)
    of_all, of_stranger = sorted(pending("m-9"), key=lambda event: event.named or "")
    erase()
    run()
    assert holding(forwarded, *SECRETS) == []
    left = replace(of_stranger, named=None, diagnostic="550 5.1.1 <[erased]> for [erased]: unknown")
    assert sorted(pending("m-9"), key=lambda event: event.type) == [left, of_all]
    # It is still the same event.
    assert api.deliver(opened).body["results"][0]["status"] == "duplicate"


def test_what_comes_after_it_is_not_touched(life: dict[str, Any]) -> None:
    erase()
    (fresh,) = api.posted(api.activity(record=FAMILY, name=MEMBER, action="came back"))
    run()
    assert [row["name"] for row in api.walk("activity", "family/77") if row["id"] == fresh] == [MEMBER]


def test_the_archive_is_written_anew_and_no_version_of_before_is_left(life: dict[str, Any]) -> None:
    deliver_twice(expire(), 1)
    assert holding(NAME)
    before = {line["id"] for line in archived_lines() if "id" in line}
    erase()
    run()
    assert holding(*SECRETS) == []
    assert {line["id"] for line in archived_lines() if "id" in line} == before
    versions = client("s3").list_object_versions(Bucket=ARCHIVE)["Versions"]
    assert all(one["IsLatest"] for one in versions)


def test_what_ttl_took_before_and_the_stream_tells_of_afterwards_is_archived_without_the_person(
    life: dict[str, Any],
) -> None:
    taken = expire()
    erase()
    run()
    deliver_twice(taken, 2)
    lines = [line for line in archived_lines() if line["record"] is not None]
    assert not [json.dumps(line) for line in lines for secret in SECRETS if secret in json.dumps(line)]
    assert {"merged", "paid", "[erased] paid"} <= {line.get("action") for line in lines if "erased_at" in line}


@pytest.mark.parametrize("is_archived", [False, True])
def test_a_name_goes_in_every_spelling_from_items_archive_and_index(is_archived: bool) -> None:
    name = "Zoë Strauß-Ørvik"
    spellings = [
        "Zoe Strauss-Orvik", "ZOË STRAUẞ-ØRVIK", unicodedata.normalize("NFD", name), "zoë\u00a0 strauß-ørvik",
        "Zo\u00eb Stra\u00adu\u00df-\u00d8rvik",
    ]  # fmt: skip
    own, other = {"record": FAMILY, "change": "called"}, {"record": STUDENT, "change": "moved"}
    api.posted(
        api.activity(record=FAMILY, name=name),
        *(api.audit(action=f"rang {each}, twice", affected=[own]) for each in spellings),
        api.audit(affected=[own, dict(other, name=spellings[0], details={each: [each] for each in spellings})]),
        api.audit(member_name=spellings[1], username="front-desk", affected=[own]),
    )  # fmt: skip
    indexed()

    def told_of() -> list[str]:
        everywhere = [json.dumps(item, ensure_ascii=False) for item in items()]
        everywhere += [json.dumps(line, ensure_ascii=False) for line in archived_lines()]
        return [text for text in everywhere if "orvik" in fold(text)]

    if is_archived:
        deliver_twice(expire(), 3)
    else:
        assert len(api.call("GET", "/v1/orgs/riverside/audit", q="orvik").body["entries"]) == len(spellings) + 2
    assert len(told_of()) >= len(spellings) + 3
    asked = erase().body["id"]
    run()
    assert status(asked).body["status"] == "done"
    assert told_of() == []
    assert api.call("GET", "/v1/orgs/riverside/audit", q="orvik").body["entries"] == []
    if not is_archived:
        actions = {row["action"] for row in api.walk("audit", "family/77")}
        assert "rang [erased], twice" in actions
        assert holding("orvik", "ørvik") == []


def test_it_dies_anywhere_and_is_taken_up(life: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from daybook.storage.table import Table

    write, left = Table.write, [0]

    def dying(self: Table, changes: Any) -> list[bool]:
        left[0] -= 1
        if left[0] == 0:
            raise StoreBusyError("dead")
        return write(self, changes)

    before = items()
    asked = erase().body["id"]
    monkeypatch.setattr(Table, "write", dying)
    # The next attempt is due at once.
    monkeypatch.setattr(job_retry, "LEASE", timedelta(0))
    monkeypatch.setattr(job_retry, "pause", lambda _: timedelta(0))
    for after in range(1, 40):
        left[0] = after
        run_once()
        if left[0] > 0:
            break
    assert status(asked).body["status"] == "done"
    monkeypatch.setattr(Table, "write", write)
    reindexed(before)
    assert holding(*SECRETS) == []


def run_once() -> None:
    # As the schedule does: it asks for all that is under way.
    handle({"erasures": True})


def test_a_step_ends_in_time_and_the_next_goes_on(life: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daybook.handlers.triggers.erasures.SECONDS", 0)
    monkeypatch.setattr("daybook.erasure.messages.PAGE", 2)
    monkeypatch.setattr("daybook.erasure.archive.OBJECTS", 1)
    deliver_twice(expire(), 3)
    asked = erase().body["id"]
    assert run(200) > 10
    assert status(asked).body["status"] == "done"
    assert holding(*SECRETS[:4]) == []


def test_a_record_on_hold_is_not_erased(life: dict[str, Any]) -> None:
    assert api.call("PUT", "/v1/orgs/riverside/holds/family/77", body={"reason": "a claim"}).status == 200
    answer = erase()
    assert (answer.status, answer.body["code"]) == (409, "on_hold")
    assert not told()
    assert "erased record" not in [row["action"] for row in api.walk("audit", "family/77")]


def test_an_entry_that_another_record_holds_stays_and_the_erasure_says_so(life: dict[str, Any]) -> None:
    api.call("PUT", "/v1/orgs/riverside/holds/class/77", body={"reason": "a claim"})
    first = erase().body["id"]
    run()
    done = status(first).body
    assert (done["status"], done["counts"]["on_hold"]) == ("incomplete", 1)
    held = api.call("GET", f"/v1/orgs/riverside/audit/{life['changed']}").body
    assert held["action"] == f"deleted {NAME}"
    api.call("DELETE", "/v1/orgs/riverside/holds/class/77")
    second = erase().body["id"]
    run()
    assert status(second).body["status"] == "done"
    assert holding(*SECRETS) == []


@pytest.mark.parametrize("page", [1, 200])
def test_a_hold_that_comes_while_it_runs_keeps_what_is_left(
    life: dict[str, Any], page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daybook.erasure.messages.PAGE", page)
    asked = erase().body["id"]
    api.call("PUT", "/v1/orgs/riverside/holds/family/77", body={"reason": "a claim"})
    run()
    assert status(asked).body["status"] == "incomplete"
    assert {row["recipient"] for row in api.walk("emails", "family/77")} == {ADDRESS, ADDRESS.upper()}
    assert api.read(f"emails/{life['mailed']}/content", "family/77").status == 200


def test_two_people_of_one_entry_may_be_erased_at_once(life: dict[str, Any]) -> None:
    asked = [erase().body["id"], erase("student/77").body["id"]]
    run()
    assert [status(one).body["status"] for one in asked] == ["done", "done"]
    assert holding(*SECRETS, "Anna") == []
    entry = api.call("GET", f"/v1/orgs/riverside/audit/{life['changed']}").body
    assert [one["name"] for one in entry["affected"]] == ["[erased]", "[erased]", "Ballet"]


def test_what_was_done_about_an_address_goes_with_it(life: dict[str, Any]) -> None:
    answer = api.call("POST", f"/v1/orgs/riverside/blacklist/{ADDRESS}/validate")
    assert answer.status == 202, answer.text
    api.call("DELETE", f"/v1/orgs/riverside/blacklist/{ADDRESS}", body={"reason": f"{MEMBER} rang"})
    api.call("POST", "/v1/orgs/riverside/blacklist/other@mail.example/validate")
    indexed()
    before = items()
    erase()
    run()
    reindexed(before)
    assert holding(*SECRETS) == []
    assert holding("other@mail.example")


def test_another_org_and_other_records_are_not_touched(life: dict[str, Any]) -> None:
    mine = api.email(record={"type": "family", "id": "78"}, recipient=ADDRESS, subject="Neighbours")
    api.posted(mine)
    api.posted(dict(mine, record=FAMILY), org="hilltop")
    before = [item for item in items() if item["pk"]["S"] in ("riverside/family/78", "hilltop/family/77")]
    erase()
    run()
    after = items()
    assert [item for item in after if item["pk"]["S"] in ("riverside/family/78", "hilltop/family/77")] == before


def test_who_may_ask_and_who_may_not(life: dict[str, Any]) -> None:
    assert erase(claims=api.STAFF).status == 403
    assert status("20260101000000000" + "0" * 18, claims=api.STAFF).status == 403
    assert erase(claims=api.OTHER_ADMIN).status == 403
    assert erase(claims=None).status == 401
    for scope in ("daybook/read", "daybook/write"):
        assert erase(claims=api.SERVICE | {"scope": scope}).status == 403
    assert erase(reason="").status == 422
    assert api.call("POST", "/v1/orgs/riverside/records/family/77/erase", body="{").status == 400
    assert erase("family/a b").status in (404, 422)
    assert not told()
    others = [permission for permission in callers.PERMISSIONS if permission != "erase"]
    grant_front_desk(*others)
    assert erase(claims=api.STAFF).status == 403
    assert status("20260101000000000" + "0" * 18, claims=api.STAFF).status == 403
    assert not told()
    grant_front_desk("erase")
    assert api.call("GET", "/v1/orgs/riverside/holds", claims=api.STAFF).status == 403
    asked = erase(claims=api.STAFF)
    assert asked.status == 202
    assert status(asked.body["id"], claims=api.OTHER_ADMIN).status == 403
    assert status("20260101000000000" + "0" * 18).status == 404
    assert api.call("GET", f"/v1/orgs/hilltop/erasures/{asked.body['id']}", claims=api.OTHER_ADMIN).status == 404


def test_a_record_that_nobody_knows_is_done_at_once() -> None:
    asked = erase("family/none").body["id"]
    run()
    assert status(asked).body | {"requested_at": "", "completed_at": ""} == {
        "id": asked,
        "record": {"type": "family", "id": "none"},
        "status": "done",
        "requested_at": "",
        "requested_by": "ada",
        "completed_at": "",
        "counts": {"entries": 0, "contents": 0, "objects": 0, "archived": 0, "blacklisted": 0, "on_hold": 0},
    }


def test_nothing_of_the_person_is_logged(life: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    erase(reason=f"{MEMBER} asked")
    run()
    written = " ".join(str(vars(record)) for record in caplog.records)
    assert "'erasures_continued': 1" in written
    assert not [secret for secret in SECRETS if secret in written]


def test_what_was_erased_before_a_hold_is_not_left_by_a_repeated_erasure() -> None:
    """Only what the hold keeps from being erased is counted."""
    own, other = {"type": "family", "id": "7"}, {"type": "class", "id": "ballet"}
    affected = [{"record": each, "change": "updated", "name": "Zo Quimby"} for each in (own, other)]

    def erased() -> tuple[str, int]:
        asked = erase("family/7").body["id"]
        run()
        found = status(asked).body
        return found["status"], found["counts"]["on_hold"]

    api.posted(api.activity(record=own, name="Zo Quimby"), api.audit(affected=affected))
    assert erased() == ("done", 0)
    assert api.call("PUT", "/v1/orgs/riverside/holds/class/ballet", body={"reason": "a claim"}).status == 200
    assert erased() == ("done", 0)
    api.posted(api.audit(affected=affected, action="moved"))
    assert erased() == ("incomplete", 1)


@pytest.mark.parametrize("source", ["customer_portal", "mobile_app"])
def test_what_the_system_did_for_a_customer_makes_them_no_staff(source: str) -> None:
    login = "zo@mail.example"
    by_login = [
        api.audit(member_name="Zo", username=login, source=each, action="signed in", affected=[])
        for each in (source, "system")
    ]
    api.posted(api.email(record=FAMILY, recipient=login), *by_login)
    indexed()
    asked = erase().body["id"]
    run()
    assert status(asked).body["status"] == "done"
    assert holding(login) == []


@pytest.mark.parametrize("source", ["office_portal", "time_clock_kiosk"])
def test_staff_to_whom_mail_of_the_family_went_stay_as_who_did_it(source: str) -> None:
    address, change_of_family = "ben@school.example", {"record": FAMILY, "change": "updated"}
    by_staff = {"member_name": "Ben Front", "username": address, "source": source}
    api.posted(
        api.email(record=FAMILY, recipient=address), api.audit(**by_staff, action="waived", affected=[change_of_family])
    )
    indexed()
    erase()
    run()
    (row,) = (row for row in api.walk("audit", "family/77") if row["action"] == "waived")
    assert (row["member_name"], row["username"]) == ("Ben Front", address)


@pytest.mark.parametrize("retry", ["garbage", '{"due_at": 5}', '{"failures": 2, "failed_at": "x"}'])
def test_one_whose_retries_cannot_be_read_stops_no_other(life: dict[str, Any], retry: str) -> None:
    asked = erase().body["id"]
    broken = {"pk": "erasing", "sk": "hilltop/0", "work": "{}", "retry": retry}
    client("dynamodb").put_item(TableName=TABLE, Item={name: {"S": value} for name, value in broken.items()})
    handle({"erasures": True})
    assert status(asked).body["status"] == "done"


def test_odd_recipients_go_like_any_others() -> None:
    """Two addresses in one field, one that RFC 5322 does not allow, and a number in brackets."""
    odd = ["ann@fam.example, bob@fam.example", "mama.@docomo.example", "jane@gmail"]
    api.posted(
        *(api.email(record=FAMILY, recipient=each, subject="x", status="bounced") for each in odd),
        api.sms(record=FAMILY, recipient="+1 (415) 555-0177", text="x"),
        api.sms(record=FAMILY, recipient="415-555-0178", text="x"),
        api.activity(record=STUDENT, details="wrote to bob@fam.example and +14155550177"),
        api.audit(action="called 415-555-0178", affected=[{"record": FAMILY, "change": "updated"}]),
    )
    erasure_id = erase().body["id"]
    run()
    assert status(erasure_id).body["status"] == "done"
    left = [secret for secret in ("ann@fam", "mama.@", "jane@gmail", "0178") if holding(secret)]
    assert left == []
    assert {row["recipient"] for row in [*api.walk("emails", "family/77"), *api.walk("sms", "family/77")]} == {
        "[erased]"
    }


def test_a_recipient_that_is_a_word_is_taken_from_no_text() -> None:
    api.posted(
        api.email(record=FAMILY, recipient="unknown", subject="x"),
        api.email(record=FAMILY, recipient="front desk", subject="x"),
        api.audit(username="unknown", action="asked the front desk of unknown", affected=[]),
        api.audit(action="asked the front desk of unknown", affected=[{"record": FAMILY, "change": "updated"}]),
    )
    indexed()
    erase()
    run()
    assert {row["recipient"] for row in api.walk("emails", "family/77")} == {"[erased]"}
    entries = api.call("GET", "/v1/orgs/riverside/audit", q="asked").body["entries"]
    assert [entry["action"] for entry in entries] == ["asked the front desk of unknown"] * 2
