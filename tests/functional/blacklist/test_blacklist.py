"""The blacklist as staff and mailers see it: list, one, a record's, check, reset, validate; and what the queue does."""

import json
from typing import Any

import pytest
from daybook.aws.dynamodb import Connection
from daybook.aws.ses import NoVerdictError, Verdict
from daybook.blacklist.address_store import AddressStore
from daybook.core.errors import StoreBusyError
from daybook.model.delivery_events import DeliveryEvent
from daybook.model.entries import Record
from daybook.storage.table import Table

from tests.support import api
from tests.support.aws.clients import REGION, client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.ses_stand_in import Ses
from tests.support.hashes import hashed

pytestmark = pytest.mark.usefixtures("ses")

ORG = "/v1/orgs/riverside"
JANE = "jane@x.example"
FAMILY, STAFF = Record("family", "1"), Record("staff", "7")
READER = {"scope": "daybook/read", "client_id": "mailer"}
WRITER = {"scope": "daybook/write", "client_id": "portal"}


def delivery_event(event: str, second: int = 1, **fields: Any) -> DeliveryEvent:
    return DeliveryEvent(type=event, at=f"2026-05-01T10:00:{second:02}.000Z", source=f"feedback-{second}", **fields)  # type: ignore[arg-type]


HARD = delivery_event("bounce", kind="Permanent", subtype="NoEmail", diagnostic="smtp; 550 5.1.1 user unknown")
COMPLAINT = delivery_event("complaint", kind="abuse")


def hear(
    address: str,
    *delivery_events: DeliveryEvent,
    org: str = "riverside",
    record: Record | None = FAMILY,
    message_id: str = "m-1",
) -> None:
    address_store = AddressStore(
        table=Table(
            name=TABLE, connection=Connection(region=REGION, endpoint=f"http://dynamodb.{REGION}.amazonaws.com")
        ),
        keyed_hash=hashed,
        soft_bounce_limit=0,
    )
    address_store.record_events(
        org, address, record, delivery_events, message_id=message_id, sent="2026-05-01T10:00:00.000Z"
    )


def one(address: str, **how: Any) -> api.Answer:
    return api.call("GET", f"{ORG}/blacklist/{address}", **how)


def reset(address: str, **how: Any) -> api.Answer:
    return api.call("DELETE", f"{ORG}/blacklist/{address}", **how)


def validate(address: str, **how: Any) -> api.Answer:
    return api.call("POST", f"{ORG}/blacklist/{address}/validate", **how)


def check(*addresses: str, **how: Any) -> Any:
    answer = api.call("POST", f"{ORG}/blacklist/check", body={"addresses": addresses}, **{"claims": READER, **how})
    assert answer.status == 200, answer.text
    return answer.body["blocked"]


def audit(record: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = api.read("audit", record).body["entries"]
    return entries


def queued() -> list[str]:
    """The requests that wait in the feedback queue, whenever they are to be seen."""
    from moto.sqs.models import sqs_backends

    (queue,) = [queue for queue in sqs_backends["123456789012"][REGION].queues.values() if queue.name == "feedback"]
    return [message.body for message in queue._messages]


def queue_brings(*bodies: str) -> None:
    """To the feedback function, each twice."""
    records = [
        {"messageId": str(number), "body": body, "attributes": {}, "messageAttributes": {}, "eventSource": "aws:sqs"}
        for number, body in enumerate(bodies * 2)
    ]
    assert api.function("feedback").handler({"Records": records}, None) == {"batchItemFailures": []}


def verify(body: str) -> None:
    queue_brings(body)


def ses_event(kind: str, message_id: str = "m-1", **fields: Any) -> str:
    """An event as SES publishes it, about a message to Jane alone."""
    mail = {
        "timestamp": "2026-05-01T10:00:00.048Z",
        "messageId": message_id,
        "source": "office@school.example",
        "destination": [JANE],
    }
    return json.dumps({"eventType": kind, "mail": mail, kind.lower(): fields})


def ses_bounce(at: str, kind: str = "Permanent", subtype: str = "General", **fields: Any) -> str:
    bounced = [{"emailAddress": "Jane Doe <JANE@X.example>"}]
    named: dict[str, Any] = {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": bounced,
        "timestamp": at,
    }
    return ses_event("Bounce", **named, feedbackId=f"feedback-{at}", **fields)


def ses_complaint(**fields: Any) -> str:
    complained = [{"emailAddress": "JANE@X.example"}]
    named: dict[str, Any] = {"complainedRecipients": complained, "timestamp": "2026-05-01T10:05:00.000Z"}
    return ses_event("Complaint", **named, feedbackId=f"feedback-{fields}", **fields)


def ses_delivery() -> str:
    named: dict[str, Any] = {"recipients": [JANE], "processingTimeMillis": 464, "smtpResponse": "250 2.0.0 OK"}
    return ses_event("Delivery", timestamp="2026-05-01T10:00:00.512Z", **named)


class TestWhatProvidersSay:
    def test_a_bounce_of_an_email_blocks_its_address_for_the_next(self) -> None:
        api.post(api.email(recipient=JANE, message_id="m-1", occurred_at="2026-05-01T10:00:00Z"))
        queue_brings(ses_bounce("2026-05-01T10:00:03.000Z", subtype="NoEmail"))
        assert one(JANE).body["message_id"] == "m-1"
        (entry,) = api.call("GET", f"{ORG}/records/family/1/blacklist").body["entries"]
        assert entry == one(JANE).body
        assert check("Jane <JANE@X.example>") == {"Jane <JANE@X.example>": "bounce"}
        reset(JANE)
        queue_brings(ses_bounce("2026-05-01T10:00:03.000Z", subtype="NoEmail"))
        assert check(JANE) == {}

    @pytest.mark.parametrize(
        "said",
        [
            [ses_bounce("2026-05-01T10:00:00.000Z", "Transient"), ses_delivery()],
            [ses_delivery(), ses_bounce("2026-05-01T10:00:00.000Z", "Transient")],
            [ses_bounce("2026-05-01T10:00:03.000Z", "Undetermined", "Undetermined")],
            [ses_bounce("2026-05-01T10:00:03.000Z", "Permanent", "UnsubscribedRecipient")],
            [ses_complaint(complaintFeedbackType="not-spam")],
            [ses_complaint(complaintFeedbackType="auth-failure")],
            [ses_complaint(complaintSubType="OnAccountSuppressionList")],
        ],
    )
    def test_what_is_no_hard_bounce_and_no_complaint_blocks_nobody(self, said: list[str]) -> None:
        api.post(api.email(recipient=JANE, message_id="m-1", occurred_at="2026-05-01T10:00:00Z"))
        queue_brings(*said)
        assert check(JANE) == {}
        queue_brings(ses_complaint(complaintFeedbackType="abuse"))
        assert check(JANE) == {JANE: "complaint"}

    def test_a_bounce_before_its_entry_blocks_when_the_entry_comes(self) -> None:
        queue_brings(ses_bounce("2026-05-01T10:00:03.000Z"))
        assert check(JANE) == {}
        api.post(api.email(recipient="Jane@X.example", message_id="m-1", occurred_at="2026-05-01T10:00:00Z"))
        assert check(JANE) == {JANE: "bounce"}


def test_no_line_of_the_log_holds_an_address(
    ses: Ses, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    hear(JANE, HARD)
    one(JANE)
    check(JANE)
    validate(JANE)
    ses.verdicts[JANE] = Verdict(is_valid=False)
    verify(queued()[0])
    reset(JANE)
    one(JANE)
    logged = str([vars(record) for record in caplog.records]) + str(capsys.readouterr())
    assert "/blacklist/{address}" in logged
    assert "jane" not in logged.lower()


class TestReading:
    def test_an_address_is_found_in_any_spelling(self) -> None:
        hear(JANE, HARD)
        expected = {
            "address": JANE,
            "status": "bounce",
            "since": "2026-05-01T10:00:01.000Z",
            "reason": "Permanent/NoEmail: smtp; 550 5.1.1 user unknown",
            "message_id": "m-1",
        }
        for spelling in (JANE, "JANE@X.example", "Jane <JANE@X.example>"):
            assert one(spelling).body == expected

    @pytest.mark.parametrize("address", ["nobody@x.example", "nonsense", "%", "a" * 999, "é" * 999])
    def test_what_is_not_on_it_is_404(self, address: str) -> None:
        hear(JANE, HARD)
        assert (one(address).status, one(address).body["code"]) == (404, "not_found")

    def test_an_absurdly_long_address_is_422(self) -> None:
        answer = one("a" * 1001)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "address")

    def test_a_list_comes_page_by_page_each_address_once(self) -> None:
        addresses = [f"{number:02}@x.example" for number in range(11)]
        for address in addresses:
            hear(address, HARD)
        hear("other@x.example", HARD, org="hilltop")
        pages: list[list[str]] = []
        cursor: dict[str, Any] = {}
        while True:
            answer = api.call("GET", f"{ORG}/blacklist", limit=4, **cursor)
            assert answer.status == 200, answer.text
            pages.append([entry["address"] for entry in answer.body["entries"]])
            if answer.body["next"] is None:
                break
            cursor = {"cursor": answer.body["next"]}
        assert [len(page) for page in pages] == [4, 4, 3]
        assert [address for page in pages for address in page] == addresses

    def test_a_last_page_that_is_full_has_no_next(self) -> None:
        for number in range(4):
            hear(f"{number}@x.example", HARD)
        assert api.call("GET", f"{ORG}/blacklist", limit=4).body["next"] is None

    def test_a_list_can_be_of_some_statuses(self) -> None:
        hear("bounce@x.example", HARD)
        hear("complaint@x.example", COMPLAINT)
        hear("invalid@x.example", delivery_event("bounce", kind="Permanent", subtype="EmailValidationSuppressed"))

        def listed(status: str) -> list[str]:
            found = api.call("GET", f"{ORG}/blacklist", status=status, limit=1).body
            entries = found["entries"]
            while found["next"]:
                found = api.call("GET", f"{ORG}/blacklist", status=status, limit=1, cursor=found["next"]).body
                entries += found["entries"]
            return [entry["status"] for entry in entries]

        assert listed("complaint") == ["complaint"]
        assert listed("bounce,invalid") == ["bounce", "invalid"]
        assert listed("validate") == []
        assert api.call("GET", f"{ORG}/blacklist", status="blocked").status == 422

    def test_a_cursor_belongs_to_its_org_and_statuses(self) -> None:
        for number in range(3):
            hear(f"{number}@x.example", HARD)
        cursor = api.call("GET", f"{ORG}/blacklist", limit=1).body["next"]
        assert api.call("GET", f"{ORG}/blacklist", limit=2, cursor=cursor).status == 200
        assert api.call("GET", f"{ORG}/blacklist", cursor=cursor, status="bounce").body["code"] == "invalid_cursor"
        hilltop = api.call("GET", "/v1/orgs/hilltop/blacklist", claims=api.OTHER_ADMIN, cursor=cursor)
        assert hilltop.body["code"] == "invalid_cursor"

    def test_a_record_shows_those_of_its_addresses_that_are_on_it(self) -> None:
        # More e-mails to one address than are looked at in one go, and more addresses than that.
        api.post(*(api.email(recipient="often@x.example") for _ in range(60)))
        api.post(*(api.email(recipient=f"a{number:02}@x.example") for number in range(70)))
        api.post(api.email(recipient="zoe@x.example"), api.email(recipient="ZOE@x.example"))
        api.post(api.sms(), api.email(recipient="theirs@x.example", record={"type": "family", "id": "2"}))
        for address in ("often@x.example", "a69@x.example", "Zoe@x.example", "theirs@x.example", "never@x.example"):
            hear(address, HARD)
        answer = api.call("GET", f"{ORG}/records/family/1/blacklist")
        assert [entry["address"] for entry in answer.body["entries"]] == [
            "a69@x.example", "often@x.example", "zoe@x.example",
        ]  # fmt: skip
        assert api.call("GET", f"{ORG}/records/family/none/blacklist").body == {"entries": []}
        assert api.call("GET", f"{ORG}/records/student/1/blacklist").status == 404

    def test_a_check_answers_in_the_spelling_of_the_question(self) -> None:
        hear(JANE, COMPLAINT)
        blocked = check("Jane <JANE@X.example>", JANE, "JANE@x.example", "bob@x.example", "", "nonsense", "a" * 999)
        assert blocked == dict.fromkeys(["Jane <JANE@X.example>", JANE, "JANE@x.example"], "complaint")

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"addresses": []}, 422),
            ({"addresses": ["a@x.example"] * 101}, 422),
            ({"addresses": ["a" * 1001]}, 422),
            ({}, 422),
            ({"addresses": [1]}, 422),
            ({"addresses": ["a@x.example"], "more": 1}, 422),
            ("{", 400),
        ],
    )
    def test_a_check_of_something_else_is_refused(self, body: Any, status: int) -> None:
        assert api.call("POST", f"{ORG}/blacklist/check", claims=READER, body=body).status == status

    def test_one_org_knows_nothing_of_anothers(self) -> None:
        hear(JANE, HARD, org="hilltop")
        assert one(JANE).status == 404
        assert check(JANE) == {}
        assert api.call("GET", f"{ORG}/blacklist").body == {"entries": [], "next": None}

    def test_an_email_posted_for_a_blacklisted_address_is_suppressed(self) -> None:
        hear(JANE, HARD)
        api.post(api.email(recipient="Jane@x.example"), api.email(recipient="bob@x.example"))
        statuses = {entry["recipient"]: entry["status"] for entry in api.read("emails").body["entries"]}
        assert statuses == {"Jane@x.example": "suppressed", "bob@x.example": "queued"}


class TestReset:
    def test_it_takes_the_address_off_here_and_at_the_provider_in_every_spelling_it_was_sent_to(self, ses: Ses) -> None:
        hear("Jane@X.example", HARD)
        ses.suppressed = {JANE, "Jane@X.example", "bob@x.example"}
        answer = reset("JANE@x.example")
        assert (answer.status, answer.body["address"]) == (200, JANE)
        assert ses.suppressed == {"bob@x.example"}
        assert one(JANE).status == 404
        assert check(JANE) == {}
        assert api.call("GET", f"{ORG}/blacklist").body["entries"] == []

    def test_it_is_an_audit_entry_of_the_records_with_who_and_why(self) -> None:
        hear(JANE, HARD)
        hear(JANE, HARD, record=STAFF)
        reset(JANE, body={"reason": "she has a new provider"})
        (entry,) = audit("family/1")
        assert (entry["action"], entry["username"], entry["member_name"], entry["ip"], entry["source"]) == (
            "reset blacklist", "ada", "Ada Admin", "203.0.113.7", "office_portal",
        )  # fmt: skip
        assert entry["affected_count"] == 2
        assert entry["affected"][0]["details"] == {
            "address": JANE,
            "reason": "she has a new provider",
            "status": "bounce",
            "since": "2026-05-01T10:00:01.000Z",
            "blocked_for": "Permanent/NoEmail: smtp; 550 5.1.1 user unknown",
        }

    def test_where_no_record_is_known_the_entry_names_the_address_itself(self) -> None:
        hear(JANE, HARD, record=None)
        reset(JANE)
        (entry,) = [item for item in client("dynamodb").scan(TableName=TABLE)["Items"] if "org_source" in item]
        assert (entry["action"]["S"], json.loads(entry["names"]["S"])) == ("reset blacklist", [JANE])
        assert JANE not in entry["pk"]["S"], "a key cannot be changed when it is erased"

    def test_a_late_duplicate_of_what_was_before_it_does_not_put_it_back_and_a_later_bounce_does(self) -> None:
        hear(JANE, HARD)
        reset_at = reset(JANE).body["reset_at"]
        hear(JANE, HARD)
        assert one(JANE).status == 404
        hear(JANE, DeliveryEvent(type="bounce", at=f"2999{reset_at[4:]}", kind="Permanent"))
        assert one(JANE).body["status"] == "bounce"

    def test_it_forgets_what_is_known_even_where_a_clock_was_ahead(self) -> None:
        hear(JANE, DeliveryEvent(type="bounce", at="2999-01-01T00:00:00.000Z", kind="Permanent"))
        assert reset(JANE).body["reset_at"] == "2999-01-01T00:00:00.000Z"
        assert one(JANE).status == 404

    def test_while_another_org_blocks_the_address_the_provider_keeps_it(self, ses: Ses) -> None:
        hear(JANE, HARD)
        hear(JANE, COMPLAINT, org="hilltop")
        ses.suppressed = {JANE}
        assert reset(JANE).status == 200
        assert ses.suppressed == {JANE}
        assert api.call("DELETE", f"/v1/orgs/hilltop/blacklist/{JANE}", claims=api.OTHER_ADMIN).status == 200
        assert ses.suppressed == set()

    def test_while_the_provider_is_busy_nothing_is_reset(self, ses: Ses) -> None:
        hear(JANE, HARD)
        ses.busy = StoreBusyError("the provider's suppression list is throttling")
        answer = reset(JANE)
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert one(JANE).status == 200
        assert audit("family/1") == []
        ses.busy = None
        assert reset(JANE).status == 200
        assert len(audit("family/1")) == 1

    @pytest.mark.parametrize("address", ["nobody@x.example", "nonsense"])
    def test_what_is_not_on_it_cannot_be_reset(self, address: str) -> None:
        hear(JANE, HARD)
        reset(JANE)
        assert reset(address).status == 404
        assert reset(JANE).status == 404
        assert len(audit("family/1")) == 1

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (None, 200),
            ("", 200),
            ("  ", 200),
            ({}, 200),
            ({"reason": None}, 200),
            ({"reason": "x" * 500}, 200),
            ({"reason": "x" * 501}, 422),
            ({"reason": 1}, 422),
            ({"why": "x"}, 422),
            ("{", 400),
        ],
    )
    def test_its_body_may_be_left_out(self, body: Any, status: int) -> None:
        hear(JANE, HARD)
        assert reset(JANE, body=body).status == status
        assert one(JANE).status == (404 if status == 200 else 200)


class TestValidate:
    def test_it_is_validate_until_the_answer(self, ses: Ses) -> None:
        hear(JANE, HARD)
        ses.suppressed = {JANE, "JANE@x.example"}
        hear("JANE@x.example", HARD, message_id="m-2")
        answer = validate(JANE)
        assert (answer.status, answer.body["status"]) == (202, "validate")
        assert answer.body == one(JANE).body
        assert check(JANE) == {JANE: "validate"}
        ses.verdicts[JANE] = Verdict(is_valid=True)
        (message,) = queued()
        verify(message)
        assert one(JANE).status == 404
        assert ses.suppressed == set()

    def test_a_bad_answer_makes_it_invalid(self, ses: Ses) -> None:
        validate(JANE)
        ses.suppressed = {JANE}
        ses.verdicts[JANE] = Verdict(is_valid=False, doubts=("HasValidDnsRecords", "MailboxExists"))
        verify(queued()[0])
        found = one(JANE).body
        assert (found["status"], found["reason"]) == (
            "invalid",
            "SES finds it invalid: HasValidDnsRecords, MailboxExists",
        )
        assert ses.suppressed == {JANE}

    def test_an_answer_that_comes_twice_or_after_a_reset_or_for_an_older_question_does_nothing(self, ses: Ses) -> None:
        ses.verdicts[JANE] = Verdict(is_valid=False)
        validate(JANE)
        reset(JANE)
        verify(queued()[0])
        assert one(JANE).status == 404
        first, second = validate(JANE).body["since"], validate(JANE).body["since"]
        assert first < second
        verify(queued()[1])
        assert one(JANE).body["status"] == "validate"
        verify(queued()[2])
        since = one(JANE).body["since"]
        verify(queued()[2])
        assert (one(JANE).body["status"], one(JANE).body["since"]) == ("invalid", since)

    def test_a_bounce_meanwhile_stays_and_keeps_the_providers_entry(self, ses: Ses) -> None:
        validate(JANE)
        hear(JANE, DeliveryEvent(type="bounce", at="2999-01-01T00:00:00.000Z", kind="Permanent"))
        assert one(JANE).body["status"] == "bounce"
        ses.verdicts[JANE] = Verdict(is_valid=True)
        ses.suppressed = {JANE}
        verify(queued()[0])
        assert one(JANE).body["status"] == "bounce"
        assert ses.suppressed == {JANE}

    def test_while_another_org_blocks_the_address_the_provider_keeps_it(self, ses: Ses) -> None:
        hear(JANE, HARD, org="hilltop")
        validate(JANE)
        ses.verdicts[JANE] = Verdict(is_valid=True)
        ses.suppressed = {JANE}
        verify(queued()[0])
        assert (one(JANE).status, ses.suppressed) == (404, {JANE})

    def test_without_an_answer_it_asks_again(self, ses: Ses) -> None:
        validate(JANE)
        ses.verdicts[JANE] = NoVerdictError("TooManyRequestsException")
        verify(queued()[0])
        assert one(JANE).body["status"] == "validate"
        assert queued()[1] == queued()[0]

    def test_what_the_provider_refuses_to_verify_stays_with_the_reason(self, ses: Ses) -> None:
        validate(JANE)
        ses.verdicts[JANE] = NoVerdictError("BadRequestException", final=True)
        verify(queued()[0])
        found = one(JANE).body
        assert (found["status"], found["reason"]) == ("validate", "not verified: SES refused: BadRequestException")
        assert len(queued()) == 1

    def test_a_complaint_cannot_be_validated_away(self) -> None:
        hear(JANE, COMPLAINT)
        answer = validate(JANE)
        assert (answer.status, answer.body["code"]) == (409, "conflict")
        assert one(JANE).body["status"] == "complaint"
        assert (queued(), audit("family/1")) == ([], [])

    @pytest.mark.parametrize("address", ["nonsense", "a@b@c.example", "jane@localhost", f"{'a' * 250}@x.example"])
    def test_what_cannot_be_an_address_is_422(self, address: str) -> None:
        answer = validate(address)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "address")
        assert queued() == []

    def test_it_is_an_audit_entry_and_so_is_the_reset_of_it_in_the_same_records(self) -> None:
        hear(JANE, HARD)
        validate(JANE)
        reset(JANE)
        reset_entry, validate_entry = audit("family/1")
        assert (validate_entry["action"], reset_entry["action"]) == ("validate address", "reset blacklist")
        assert validate_entry["affected"][0]["details"]["status"] == "bounce"
        assert reset_entry["affected"][0]["details"]["status"] == "validate"


class TestPermissions:
    READS = (
        ("GET", f"{ORG}/blacklist", None),
        ("GET", f"{ORG}/blacklist/{JANE}", None),
        ("GET", f"{ORG}/records/family/1/blacklist", None),
        ("POST", f"{ORG}/blacklist/check", {"addresses": [JANE]}),
    )
    CHANGES = (("POST", f"{ORG}/blacklist/{JANE}/validate", None), ("DELETE", f"{ORG}/blacklist/{JANE}", None))

    @pytest.mark.parametrize(("method", "path", "body"), READS + CHANGES)
    def test_staff_need_the_permission(self, method: str, path: str, body: Any) -> None:
        hear(JANE, HARD)
        assert api.call(method, path, body=body, claims=api.STAFF).status == 403
        assert api.call(method, path, body=body, claims=api.ADMIN).status in (200, 202)

    @pytest.mark.parametrize(("method", "path", "body"), READS)
    def test_a_service_reads_by_its_scope_to_read(self, method: str, path: str, body: Any) -> None:
        hear(JANE, HARD)
        assert api.call(method, path, body=body, claims=WRITER).status == 403
        assert api.call(method, path, body=body, claims=READER).status == 200

    @pytest.mark.parametrize(("method", "path", "body"), CHANGES)
    def test_a_service_changes_by_its_scope_to_write(self, method: str, path: str, body: Any) -> None:
        hear(JANE, HARD)
        assert api.call(method, path, body=body, claims=READER).status == 403
        assert api.call(method, path, body=body, claims=WRITER).status in (200, 202)
        (entry,) = audit("family/1")
        assert (entry["username"], entry["source"]) == ("portal", "system")
