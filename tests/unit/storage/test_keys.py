"""What a key tells of its item: every pair that builds and splits one, and the bounds of ranges."""

from datetime import UTC, datetime

import pytest
from daybook.core import entry_ids, timestamps
from daybook.model.entries import RECORD_ID, RECORD_TYPE, Record
from daybook.storage.keys import index_keys, job_keys, message_keys, object_names, org_keys, record_keys, search_keys
from hypothesis import given
from hypothesis import strategies as st

AT = ("2026-11-21T00:00:00.000Z", "0123456789abcdefgh")
FAMILY = record_keys.partition("riverside", Record("family", "1"))

ORGS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True).filter(org_keys.is_org)
RECORDS = st.builds(
    Record, st.from_regex(RECORD_TYPE).map(str.strip), st.from_regex(RECORD_ID).map(lambda text: text.rstrip("\n"))
)
LOGS = st.sampled_from(sorted(record_keys.LOGS))
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(timestamps.instant)  # noqa: DTZ001 - Hypothesis adds the zone
SUFFIXES = st.text("0123456789abcdefghijklmnopqrstuv", min_size=18, max_size=18)
HASHES = st.just("") | st.text("0123456789abcdef", min_size=32, max_size=32)
MAILBOXES = st.text(st.characters(min_codepoint=ord("!"), max_codepoint=ord("}")), min_size=1, max_size=40)
MONTHS = INSTANTS.map(index_keys.month_of)
TIERS = st.sampled_from("123")
STATUSES = st.sampled_from(["bounced", "delivered", "opened", "queued", "sent"])


def is_within(key: str, bounds: tuple[str, str]) -> bool:
    low, high = bounds
    return low <= key <= high


@pytest.mark.parametrize("log", sorted(record_keys.LOGS))
@pytest.mark.parametrize("pk", [FAMILY, record_keys.no_record_partition("riverside", AT[0])])
def test_an_entrys_key_tells_its_log(log: str, pk: str) -> None:
    assert record_keys.log_of(pk, record_keys.entry(log, *AT)) == log


def test_a_contents_key_tells_its_entry() -> None:
    assert record_keys.content_id(FAMILY, record_keys.content("x")) == "x"
    assert record_keys.content_id(record_keys.no_record_partition("riverside", AT[0]), record_keys.content("x")) == "x"


# A message id and a username may look like a part of any key.
HASH = "0123456789abcdef" * 2
LOOKS_LIKE_ONE = "audit/2026-11-21T00:00:00.000Z/x"


@pytest.mark.parametrize(
    ("pk", "sk"),
    [
        (FAMILY, record_keys.idempotency("audit", AT[0], HASH)),
        (
            message_keys.partition("m-1"),
            message_keys.pointer(record_keys.partition("email", Record("family", "1")), ""),
        ),
        (
            message_keys.partition("a/b"),
            message_keys.pointer(record_keys.partition("audit", Record("family", "1")), ""),
        ),
        (
            message_keys.partition("a/b"),
            message_keys.pointer(record_keys.partition("content", Record("family", "1")), ""),
        ),
        (message_keys.partition("a/b"), message_keys.pending_events("email", HASH)),
        (message_keys.partition("a/b"), message_keys.pending_events("email", "")),
        (org_keys.blacklist("riverside"), HASH),
        (org_keys.staff("riverside"), LOOKS_LIKE_ONE),
        (org_keys.staff("riverside"), "content/x"),
        (search_keys.partition("riverside"), search_keys.segment("2026-11", "1", "x")),
        (search_keys.blocks_partition("riverside", "x"), search_keys.block("places", 1)),
        job_keys.RETENTION_CHECK,
    ],
)
def test_no_other_key_is_taken_for_an_entrys_or_a_contents(pk: str, sk: str) -> None:
    assert record_keys.log_of(pk, sk) is None
    assert record_keys.content_id(pk, sk) is None
    assert record_keys.split_content(pk, sk) is None
    assert record_keys.entry_id(pk, sk) is None


@given(ORGS, RECORDS)
def test_a_records_partition_tells_its_org_and_record(org: str, record: Record) -> None:
    pk = record_keys.partition(org, record)
    assert record_keys.split_partition(pk) == (org, record)
    assert (org_keys.org_of(pk), record_keys.record_of(pk)) == (org, record)
    assert record_keys.path_of(pk) == record.path
    assert record_keys.partition_at(org, record.path) == pk
    assert Record.from_path(record.path) == record
    assert not record_keys.is_of_no_record(pk)


@given(ORGS, INSTANTS)
def test_a_partition_of_no_record_tells_its_org_and_month_only(org: str, instant: str) -> None:
    pk = record_keys.no_record_partition(org, instant)
    assert record_keys.is_of_no_record(pk)
    assert (org_keys.org_of(pk), record_keys.record_of(pk)) == (org, None)
    assert record_keys.path_of(pk) == f"-/{instant[:7]}"
    assert record_keys.partition_at(org, record_keys.path_of(pk)) == pk
    with pytest.raises(ValueError, match="no record"):
        record_keys.split_partition(pk)


@given(LOGS, INSTANTS, SUFFIXES)
def test_an_entrys_key_tells_its_log_instant_suffix_and_id(log: str, instant: str, suffix: str) -> None:
    sk = record_keys.entry(log, instant, suffix)
    assert record_keys.split_entry(sk) == (log, instant, suffix)
    assert record_keys.entry_id(FAMILY, sk) == entry_ids.entry_id(instant, suffix)


@given(INSTANTS, SUFFIXES)
def test_a_contents_key_tells_its_entrys_instant_suffix_and_id(instant: str, suffix: str) -> None:
    sk = record_keys.content_at(instant, suffix)
    assert sk == record_keys.content(entry_ids.entry_id(instant, suffix))
    assert record_keys.split_content(FAMILY, sk) == (instant, suffix)
    assert record_keys.entry_id(FAMILY, sk) == record_keys.content_id(FAMILY, sk) == entry_ids.entry_id(instant, suffix)


@given(LOGS, INSTANTS, HASHES)
def test_an_idempotency_key_is_of_its_record_and_of_no_log(log: str, instant: str, key_hash: str) -> None:
    sk = record_keys.idempotency(log, instant, key_hash)
    assert record_keys.is_idempotency(FAMILY, sk)
    assert record_keys.stands_in_record(FAMILY, sk)
    assert record_keys.log_of(FAMILY, sk) is None


@given(LOGS, LOGS, INSTANTS, SUFFIXES, st.none() | INSTANTS, st.none() | INSTANTS)
def test_the_bounds_of_a_log_hold_its_entries_from_the_start_to_before_the_end(
    log: str, other: str, instant: str, suffix: str, start: str | None, end: str | None
) -> None:
    is_asked = log == other and (start is None or start <= instant) and (end is None or instant < end)
    assert is_within(record_keys.entry(other, instant, suffix), record_keys.log_bounds(log, start, end)) == is_asked


@given(INSTANTS, SUFFIXES)
def test_an_at_tells_its_instant_and_month(instant: str, suffix: str) -> None:
    at = index_keys.at(instant, suffix)
    assert index_keys.instant_of(at) == instant
    assert index_keys.month_of(at) == instant[:7]
    assert is_within(at, index_keys.ALL)
    path = record_keys.path_of(FAMILY)
    assert record_keys.audit_entry("riverside", path, at) == (FAMILY, record_keys.entry("audit", instant, suffix))


@given(INSTANTS, SUFFIXES, INSTANTS, SUFFIXES)
def test_nothing_is_between_an_at_and_the_bounds_above_and_below_it(
    instant: str, suffix: str, other_instant: str, other_suffix: str
) -> None:
    at, other = index_keys.at(instant, suffix), index_keys.at(other_instant, other_suffix)
    bounds = index_keys.below(at), index_keys.above(at)
    assert is_within(at, bounds)
    assert is_within(other, bounds) == (at == other)


@given(MONTHS, INSTANTS, SUFFIXES, TIERS)
def test_after_a_month_is_behind_its_entries_and_segments_and_before_all_later_ones(
    month: str, instant: str, suffix: str, tier: str
) -> None:
    is_later = index_keys.month_of(instant) > month
    assert (index_keys.at(instant, suffix) > index_keys.after_month(month)) == is_later
    assert (search_keys.segment(index_keys.month_of(instant), tier, suffix) > index_keys.after_month(month)) == is_later


@given(st.sampled_from(["email", "sms"]), INSTANTS, SUFFIXES)
def test_the_key_by_activity_tells_its_instant(log: str, activity: str, suffix: str) -> None:
    key = index_keys.activity_key(log, activity, suffix)
    assert index_keys.activity_of(key) == activity
    assert is_within(key, record_keys.log_bounds(log, activity))
    assert not is_within(key, record_keys.log_bounds(log, None, activity))


@given(LOGS, MAILBOXES, MAILBOXES, INSTANTS, SUFFIXES)
def test_the_key_by_recipient_tells_the_recipient(
    log: str, recipient: str, other: str, instant: str, suffix: str
) -> None:
    key = index_keys.recipient_key(log, recipient, instant, suffix)
    assert index_keys.recipient_of(key) == recipient
    assert is_within(key, record_keys.log_bounds(log))
    assert is_within(key, index_keys.recipient_bounds(log, recipient))
    assert is_within(key, index_keys.recipient_bounds(log, other)) == (recipient == other)
    assert key < index_keys.after_recipient(log, recipient)


@given(LOGS, MAILBOXES, MAILBOXES, INSTANTS, INSTANTS, SUFFIXES)
def test_the_messages_to_a_recipient_after_an_instant_are_a_range(
    log: str, recipient: str, other: str, instant: str, since: str, suffix: str
) -> None:
    key = index_keys.recipient_key(log, recipient, instant, suffix)
    assert is_within(key, index_keys.recipient_bounds_after(log, recipient, since)) == (instant > since)
    assert not is_within(key, index_keys.recipient_bounds_after(log, recipient, instant))
    if other != recipient:
        assert not is_within(key, index_keys.recipient_bounds_after(log, other, since))


@given(LOGS, STATUSES, INSTANTS, SUFFIXES, st.sets(STATUSES, min_size=1))
def test_the_key_by_status_tells_the_status(
    log: str, status: str, instant: str, suffix: str, statuses: set[str]
) -> None:
    key = index_keys.status_key(log, status, instant, suffix)
    assert index_keys.status_of(key) == status
    assert is_within(key, record_keys.log_bounds(log))
    assert is_within(key, index_keys.status_bounds(log, statuses)) == (min(statuses) <= status <= max(statuses))


@given(st.text(min_size=1), ORGS, RECORDS, HASHES)
def test_a_pointer_tells_its_record_and_recipient(
    message_id: str, org: str, record: Record, recipient_hash: str
) -> None:
    pk = record_keys.partition(org, record)
    pointer = message_keys.pointer(pk, recipient_hash)
    assert message_keys.split_pointer(pointer) == (pk, recipient_hash)
    assert message_keys.split_pending_events(pointer) is None
    assert message_keys.is_of_message(message_keys.partition(message_id))
    assert not message_keys.is_of_message(pk)


@given(LOGS, HASHES)
def test_pending_events_tell_their_log_recipient_and_org(log: str, recipient_hash: str) -> None:
    for org in ("", "riverside"):
        key = message_keys.pending_events(log, recipient_hash, org)
        assert message_keys.split_pending_events(key) == (log, recipient_hash, org)
        assert message_keys.split_name(key) is None


@pytest.mark.parametrize("message_id", ["own.1@mailer.example", "a/b", "", "-name/x", "event/email/x"])
def test_a_name_tells_the_other_id(message_id: str) -> None:
    assert message_keys.split_name(message_keys.name(message_id)) == message_id
    assert message_keys.split_pending_events(message_keys.name(message_id)) is None


@pytest.mark.parametrize("mailbox", ["smith@mail.example", "a/b@mail.example", "blocked/", "no address at all"])
def test_the_key_of_the_list_tells_the_mailbox(mailbox: str) -> None:
    assert org_keys.blocked_mailbox(org_keys.blocked(mailbox)) == mailbox


@given(MAILBOXES, LOGS, INSTANTS, SUFFIXES)
def test_the_list_holds_blocked_addresses_and_no_entry(mailbox: str, log: str, instant: str, suffix: str) -> None:
    assert org_keys.blocked_mailbox(org_keys.blocked(mailbox)) == mailbox
    assert is_within(org_keys.blocked(mailbox), org_keys.BLOCKED)
    assert not is_within(index_keys.recipient_key(log, mailbox, instant, suffix), org_keys.BLOCKED)


@given(st.sampled_from(["group", "staff"]), st.text(min_size=1))
def test_a_grant_tells_its_kind_and_name(kind: str, name: str) -> None:
    assert org_keys.split_grant(org_keys.grant(kind, name)) == (kind, name)
    assert is_within(org_keys.grant(kind, name), org_keys.ALL_GRANTS)


@given(ORGS, RECORDS)
def test_a_hold_tells_its_org_and_record(org: str, record: Record) -> None:
    assert org_keys.org_of_holds(org_keys.holds(org)) == org
    assert org_keys.org_of_holds(org_keys.access(org)) is None
    assert org_keys.split_hold(org_keys.hold(record)) == record
    assert is_within(org_keys.hold(record), org_keys.ALL_HOLDS)


@given(ORGS, INSTANTS, SUFFIXES)
def test_an_erasure_under_way_tells_its_org_and_id(org: str, instant: str, suffix: str) -> None:
    erasure_id = entry_ids.entry_id(instant, suffix)
    assert job_keys.split_erasure(job_keys.erasure(org, erasure_id)) == (org, erasure_id)
    assert erasure_id < org_keys.AFTER_ERASURES


@given(MONTHS, TIERS, SUFFIXES, MONTHS, TIERS)
def test_a_segments_key_tells_its_month_tier_and_name(
    month: str, tier: str, name: str, other_month: str, other_tier: str
) -> None:
    sk = search_keys.segment(month, tier, name)
    assert search_keys.split_segment(sk) == (month, tier, name)
    assert is_within(sk, search_keys.tier_bounds(other_month, other_tier)) == (
        (month, tier) == (other_month, other_tier)
    )
    assert is_within(sk, search_keys.month_bounds(other_month, other_month)) == (month == other_month)
    assert is_within(sk, search_keys.month_bounds(*search_keys.ALL_MONTHS))


@pytest.mark.parametrize("month", ["0001-01", "9999-12"])
def test_the_first_and_the_last_month_there_can_be_are_within_all_months(month: str) -> None:
    first, last = search_keys.ALL_MONTHS
    assert first < month < last
    assert is_within(search_keys.segment(month, "0", "x"), search_keys.month_bounds(*search_keys.ALL_MONTHS))


@pytest.mark.parametrize("sk", [search_keys.OPEN_SEGMENT, search_keys.REINDEX])
def test_what_else_stands_beside_the_segments_is_of_no_month(sk: str) -> None:
    assert not is_within(sk, search_keys.month_bounds(*search_keys.ALL_MONTHS))


@given(ORGS, RECORDS, INSTANTS, SUFFIXES, HASHES)
def test_the_name_of_a_contents_object_tells_its_record_and_entry(
    org: str, record: Record, instant: str, suffix: str, digest: str
) -> None:
    pk, entry_id = record_keys.partition(org, record), entry_ids.entry_id(instant, suffix)
    name = object_names.content(pk, entry_id, digest)
    assert object_names.split_content(name) == (pk, entry_id)
    assert name.startswith(object_names.content_prefix(pk, entry_id))
    assert name.startswith(object_names.content_prefix(pk))


@given(ORGS, ORGS, INSTANTS, HASHES)
def test_an_object_of_the_archive_is_among_its_orgs(org: str, other: str, instant: str, digest: str) -> None:
    name = object_names.archive(org, instant[:10], digest)
    assert name.startswith(object_names.archive_prefix(org))
    assert name.startswith(object_names.archive_prefix(other)) == (org == other)
