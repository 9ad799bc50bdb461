"""An address that is validated with the provider, in the background."""

from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from daybook.aws.ses import NoVerdictError, Verdict
from daybook.handlers import wiring
from daybook.model.delivery_events import DeliveryEvent

from tests.support.functions.blacklist import (
    COMPLAINT,
    HARD,
    JANE,
    audit,
    check,
    hear,
    one,
    queued,
    reset,
    validate,
    verify,
)
from tests.support.functions.ses_stand_in import Ses

pytestmark = pytest.mark.usefixtures("ses")


def test_it_is_validate_until_the_answer(ses: Ses) -> None:
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


def test_a_bad_answer_makes_it_invalid(ses: Ses) -> None:
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


def test_an_answer_that_comes_twice_or_after_a_reset_or_for_an_older_question_does_nothing(ses: Ses) -> None:
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


def test_a_bounce_meanwhile_stays_and_keeps_the_providers_entry(ses: Ses) -> None:
    validate(JANE)
    hear(JANE, DeliveryEvent(type="bounce", at="2999-01-01T00:00:00.000Z", kind="Permanent"))
    assert one(JANE).body["status"] == "bounce"
    ses.verdicts[JANE] = Verdict(is_valid=True)
    ses.suppressed = {JANE}
    verify(queued()[0])
    assert one(JANE).body["status"] == "bounce"
    assert ses.suppressed == {JANE}


def test_a_validated_address_stays_with_the_provider_while_another_org_blocks_it(ses: Ses) -> None:
    hear(JANE, HARD, org="hilltop")
    validate(JANE)
    ses.verdicts[JANE] = Verdict(is_valid=True)
    ses.suppressed = {JANE}
    verify(queued()[0])
    assert (one(JANE).status, ses.suppressed) == (404, {JANE})


def test_without_an_answer_it_asks_again(ses: Ses) -> None:
    validate(JANE)
    ses.verdicts[JANE] = NoVerdictError("TooManyRequestsException")
    verify(queued()[0])
    assert one(JANE).body["status"] == "validate"
    assert queued()[1] == queued()[0]


def test_what_the_provider_refuses_to_verify_stays_with_the_reason(ses: Ses) -> None:
    validate(JANE)
    ses.verdicts[JANE] = NoVerdictError("BadRequestException", final=True)
    verify(queued()[0])
    found = one(JANE).body
    assert (found["status"], found["reason"]) == ("validate", "not verified: SES refused: BadRequestException")
    assert len(queued()) == 1


def test_a_complaint_cannot_be_validated_away() -> None:
    hear(JANE, COMPLAINT)
    answer = validate(JANE)
    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert one(JANE).body["status"] == "complaint"
    assert (queued(), audit("family/1")) == ([], [])


def test_a_complaint_meanwhile_stays_and_keeps_the_providers_entry(ses: Ses) -> None:
    """An answer says whether the mailbox exists, and not whether its owner wants the mail."""
    hear(JANE, HARD)
    validate(JANE)
    hear(JANE, COMPLAINT, message_id="m-2")
    assert check(JANE) == {JANE: "complaint"}
    ses.verdicts[JANE] = Verdict(is_valid=True)
    ses.suppressed = {JANE}
    verify(queued()[0])
    found = one(JANE).body
    assert (found["status"], found["message_id"]) == ("complaint", "m-2")
    assert (check(JANE), ses.suppressed) == ({JANE: "complaint"}, {JANE})


def test_a_complaint_meanwhile_counts_more_than_a_bad_answer(ses: Ses) -> None:
    validate(JANE)
    hear(JANE, COMPLAINT)
    ses.verdicts[JANE] = Verdict(is_valid=False)
    verify(queued()[0])
    assert one(JANE).body["status"] == "complaint"


@pytest.mark.parametrize(("hours", "is_given_up"), [(23, False), (24, True)])
def test_it_is_given_up_after_a_day(ses: Ses, hours: int, is_given_up: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    validate(JANE)
    ses.verdicts[JANE] = NoVerdictError("TooManyRequestsException")
    _pass(timedelta(hours=hours), monkeypatch)
    verify(queued()[0])
    found = one(JANE).body
    given_up = "not verified: SES did not answer within a day: TooManyRequestsException"
    assert (found["status"], found["reason"] == given_up) == ("validate", is_given_up)
    # The queue brings each message twice.
    assert len(queued()) == (1 if is_given_up else 3)
    ses.verdicts[JANE] = Verdict(is_valid=True)
    verify(queued()[0])
    assert one(JANE).status == (200 if is_given_up else 404)


def _pass(time: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the functions, which stay warm, is ahead by it."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Later":
            return cls.fromtimestamp((datetime.now(UTC) + time).timestamp(), tz)

    monkeypatch.setattr(wiring, "datetime", Later)


@pytest.mark.parametrize("address", ["nonsense", "a@b@c.example", "jane@localhost", f"{'a' * 250}@x.example"])
def test_what_cannot_be_an_address_is_422(address: str) -> None:
    answer = validate(address)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "address")
    assert queued() == []


def test_it_is_an_audit_entry_and_so_is_the_reset_of_it_in_the_same_records() -> None:
    hear(JANE, HARD)
    validate(JANE)
    reset(JANE)
    reset_entry, validate_entry = audit("family/1")
    assert (validate_entry["action"], reset_entry["action"]) == ("validate address", "reset blacklist")
    assert validate_entry["affected"][0]["details"]["status"] == "bounce"
    assert reset_entry["affected"][0]["details"]["status"] == "validate"
