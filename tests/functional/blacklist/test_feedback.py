"""What providers say about an address puts it on the blacklist; and no line of the log names it."""

import pytest
from daybook.aws.ses import Verdict

from tests.support import api
from tests.support.functions.blacklist import (
    HARD,
    JANE,
    ORG,
    check,
    hear,
    one,
    queue_brings,
    queued,
    reset,
    ses_bounce,
    ses_complaint,
    ses_delivery,
    validate,
    verify,
)
from tests.support.functions.ses_stand_in import Ses

pytestmark = pytest.mark.usefixtures("ses")


def test_a_bounce_of_an_email_blocks_its_address_for_the_next() -> None:
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
def test_what_is_no_hard_bounce_and_no_complaint_blocks_nobody(said: list[str]) -> None:
    api.post(api.email(recipient=JANE, message_id="m-1", occurred_at="2026-05-01T10:00:00Z"))
    queue_brings(*said)
    assert check(JANE) == {}
    queue_brings(ses_complaint(complaintFeedbackType="abuse"))
    assert check(JANE) == {JANE: "complaint"}


def test_a_bounce_before_its_entry_blocks_when_the_entry_comes() -> None:
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
