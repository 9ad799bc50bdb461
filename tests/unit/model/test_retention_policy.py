"""Retention: calendar arithmetic, never early, and a grace for what arrives too late."""

from datetime import UTC, datetime, timedelta

import pytest
from daybook.core import timestamps
from daybook.model.retention_policy import PENDING_FOR, Policy, is_expired, parse_period


def policy(**periods: str) -> Policy:
    defaults = {"email": "", "audit": "P2Y", "content": "P24M"}
    parsed = {name: parse_period(text) for name, text in (defaults | periods).items()}
    grace = parse_period("P7D")
    assert grace
    return Policy(parsed, grace)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("occurred", "expires"),
    [
        ("2024-02-29T12:00:00", "2026-02-28T12:00:00"),
        ("2025-03-01T00:00:00", "2027-03-01T00:00:00"),
        ("2026-11-22T02:50:00.001", "2028-11-22T02:50:01"),
        ("2022-02-28T23:59:59", "2024-02-28T23:59:59"),
    ],
)
def test_two_years_are_two_calendar_years(occurred: str, expires: str) -> None:
    assert policy().expiry("audit", at(occurred), at(occurred)) == at(expires).timestamp()


@pytest.mark.parametrize(
    ("written_as", "utc"),
    [
        ("2024-02-29T00:30:00+01:00", "2024-02-28T23:30:00"),
        ("2025-01-31T00:30:00+14:00", "2025-01-30T10:30:00"),
        ("2025-03-31T23:30:00-06:00", "2025-04-01T05:30:00"),
    ],
)
@pytest.mark.parametrize("period", ["P2Y", "P24M", "P1M", "P90D"])
def test_the_offset_of_a_time_does_not_change_its_end(written_as: str, utc: str, period: str) -> None:
    kept = policy(audit=period)
    moment = datetime.fromisoformat(written_as)
    assert kept.expiry("audit", moment, at("2024-01-01")) == kept.expiry("audit", at(utc), at("2024-01-01"))


@pytest.mark.parametrize(
    ("own", "expected"),
    [("2026-05-02", "2026-05-02"), ("2026-05-01", "2026-05-08"), ("2026-04-01", "2026-05-08")],
)
def test_after_a_hold_what_would_have_expired_meanwhile_has_a_grace(own: str, expected: str) -> None:
    lifted = at("2026-05-01")
    assert policy().expiry_after_hold(int(at(own).timestamp()), lifted) == at(expected).timestamp()


def test_what_expires_in_the_moment_in_which_it_is_written_has_a_grace() -> None:
    written = at("2026-05-01")
    assert policy().expiry("audit", at("2024-05-01"), written) == at("2026-05-08").timestamp()


def test_events_wait_for_their_entry_for_a_week() -> None:
    assert timedelta(days=7) == PENDING_FOR


def test_a_log_without_a_period_is_kept_for_ever() -> None:
    assert policy().expiry("email", at("2020-01-01"), at("2026-01-01")) is None


def test_what_arrives_already_expired_is_kept_for_the_grace() -> None:
    written = at("2026-01-01T10:00:00")
    assert policy().expiry("audit", at("2015-01-01"), written) == at("2026-01-08T10:00:00").timestamp()


def test_content_never_outlives_its_entry() -> None:
    written = at("2026-01-01")
    assert policy().content_expiry("email", written, written) == at("2028-01-01").timestamp()
    assert policy(email="P6M").content_expiry("email", written, written) == at("2026-07-01").timestamp()
    assert policy().content_expiry("audit", written, written) == at("2028-01-01").timestamp()
    assert policy(audit="").content_expiry("audit", written, written) is None


@pytest.mark.parametrize(
    ("occurred", "email", "expires"),
    [
        ("2024-02-29T12:00:00", "", "2026-02-28T12:00:00"),
        ("1999-12-31T23:59:59", "P3Y", "2001-12-31T23:59:59"),
        # Its entry is kept for less than 24 months: for as long as that is there, which has the grace.
        ("2025-06-01T00:00:00", "P3M", "2026-05-08T00:00:00"),
        ("2024-04-30T00:00:00", "P3M", "2026-04-30T00:00:00"),
    ],
)
def test_the_content_of_an_email_that_comes_late_has_no_grace(occurred: str, email: str, expires: str) -> None:
    written = at("2026-05-01")
    assert policy(email=email).content_expiry("email", at(occurred), written) == at(expires).timestamp()


def test_the_changes_of_an_audit_entry_that_comes_late_are_kept_as_long_as_it() -> None:
    written = at("2026-05-01")
    assert policy().content_expiry("audit", at("2015-01-01"), written) == at("2026-05-08").timestamp()


def test_a_second_before_it_is_there_and_at_it_it_is_not() -> None:
    expires_at = timestamps.epoch_seconds(at("2026-01-01"))
    assert not is_expired(expires_at, at("2026-01-01") - timedelta(seconds=1))
    assert is_expired(expires_at, at("2026-01-01"))
    assert not is_expired(None, at("2026-01-01"))


@pytest.mark.parametrize("text", ["2 years", "P", "PT0S", "P0D", "-P1D", "P1", "24M"])
def test_what_is_no_positive_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_period(text)
