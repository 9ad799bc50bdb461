from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from daybook_cli.connection.aws import AwsError, AwsTarget
from daybook_cli.feedback import ses_events, sms_logs
from daybook_cli.feedback.publishing import FeedbackTopic, SmsLogGroup
from daybook_cli.feedback.ses_events import Mail

from tests.conftest import REGION
from tests.support.cli.simulated_feedback import SMS_LOG_GROUP, logged_records, published_records

AT = datetime(2026, 3, 1, 10, 0, 0, 125000, tzinfo=UTC)
MAIL = Mail("0100-m", ["Ann@mail.example.com"], AT - timedelta(seconds=2))


def test_more_than_a_batch_is_published_whole(provider_side: dict[str, str]) -> None:
    records = [ses_events.ses_event("open", MAIL, AT + timedelta(seconds=number)) for number in range(23)]
    FeedbackTopic(AwsTarget(REGION), provider_side["topic"]).publish(records)
    published = sorted(published_records(provider_side["queue"]), key=lambda record: record["open"]["timestamp"])
    assert published == records


def test_successes_and_failures_are_logged_apart_and_the_stream_may_be_there_already(
    provider_side: dict[str, str],
) -> None:
    logs = SmsLogGroup(AwsTarget(REGION), SMS_LOG_GROUP)
    delivered, failed = (sms_logs.sms_log(kind, kind, "+14155550123", AT) for kind in ("sms-delivered", "sms-failed"))
    logs.write([delivered, failed])
    logs.write([delivered])
    assert logged_records(SMS_LOG_GROUP) == [delivered, delivered]
    assert logged_records(f"{SMS_LOG_GROUP}/Failure") == [failed]


def test_what_aws_says_is_an_error_for_people(provider_side: dict[str, str]) -> None:
    with pytest.raises(AwsError, match=r"AWS: .*(not exist|NotFound)"):
        FeedbackTopic(AwsTarget(REGION), provider_side["topic"] + "-gone").publish(
            [ses_events.ses_event("open", MAIL, AT)]
        )
