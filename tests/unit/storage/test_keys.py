"""What a key tells of its item: every pair that builds and splits one, and the bounds of ranges."""

from datetime import UTC, datetime

import pytest
from daybook.core import entry_ids, timestamps
from daybook.model.entries import RECORD_ID, RECORD_TYPE, Record
from daybook.storage import keys
from hypothesis import given
from hypothesis import strategies as st

AT = ("2026-11-21T00:00:00.000Z", "0123456789abcdefgh")
FAMILY = keys.record("riverside", "family", "1")

ORGS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True).filter(keys.is_org)
RECORDS = st.builds(
    Record, st.from_regex(RECORD_TYPE).map(str.strip), st.from_regex(RECORD_ID).map(lambda text: text.rstrip("\n"))
)
LOGS = st.sampled_from(sorted(keys.LOGS))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(timestamps.instant)  # noqa: DTZ001 - Hypothesis adds the zone
SUFFIXES = st.text("0123456789abcdefghijklmnopqrstuv", min_size=18, max_size=18)
HASHES = st.just("") | st.text("0123456789abcdef", min_size=32, max_size=32)
MAILBOXES = st.text(st.characters(min_codepoint=ord("!"), max_codepoint=ord("}")), min_size=1, max_size=40)
MONTHS = MOMENTS.map(keys.month_of)
TIERS = st.sampled_from("123")
STATUSES = st.sampled_from(["bounced", "delivered", "opened", "queued", "sent"])


def is_within(key: str, bounds: tuple[str, str]) -> bool:
    low, high = bounds
    return low <= key <= high


@pytest.mark.parametrize("log", sorted(keys.LOGS))
@pytest.mark.parametrize("pk", [FAMILY, keys.no_record("riverside", AT[0])])
def test_an_entrys_key_tells_its_log(log: str, pk: str) -> None:
    assert keys.log_of(pk, keys.entry(log, *AT)) == log


def test_a_contents_key_tells_its_entry() -> None:
    assert keys.content_id(FAMILY, keys.content("x")) == "x"
    assert keys.content_id(keys.no_record("riverside", AT[0]), keys.content("x")) == "x"


# A message id and a username may look like a part of any key.
HASH = "0123456789abcdef" * 2
LOOKS_LIKE_ONE = "audit/2026-11-21T00:00:00.000Z/x"


@pytest.mark.parametrize(
    ("pk", "sk"),
    [
        (FAMILY, keys.idempotency("audit", AT[0], HASH)),
        (keys.message("m-1"), keys.message_entry(keys.record("email", "family", "1"), "")),
        (keys.message("a/b"), keys.message_entry(keys.record("audit", "family", "1"), "")),
        (keys.message("a/b"), keys.message_entry(keys.record("content", "family", "1"), "")),
        (keys.message("a/b"), keys.early_events("email", HASH)),
        (keys.message("a/b"), keys.early_events("email", "")),
        (keys.blacklist("riverside"), HASH),
        (keys.staff_seen("riverside"), LOOKS_LIKE_ONE),
        (keys.staff_seen("riverside"), "content/x"),
        (keys.search("riverside"), keys.segment("2026-11", "1", "x")),
        (keys.segment_blocks("riverside", "x"), keys.segment_block("places", 1)),
        keys.RETENTION_CHECK,
    ],
)
def test_no_other_key_is_taken_for_an_entrys_or_a_contents(pk: str, sk: str) -> None:
    assert keys.log_of(pk, sk) is None
    assert keys.content_id(pk, sk) is None
    assert keys.split_content(pk, sk) is None
    assert keys.entry_id(pk, sk) is None


@given(ORGS, RECORDS)
def test_a_records_partition_tells_its_org_and_record(org: str, record: Record) -> None:
    pk = keys.record(org, record.type, record.id)
    assert keys.split_record(pk) == (org, record)
    assert (keys.org_of(pk), keys.record_of(pk)) == (org, record)
    assert keys.path_of(pk) == record.path
    assert keys.at_path(org, record.path) == pk
    assert Record.from_path(record.path) == record
    assert not keys.is_of_no_record(pk)


@given(ORGS, MOMENTS)
def test_a_partition_of_no_record_tells_its_org_and_month_only(org: str, moment: str) -> None:
    pk = keys.no_record(org, moment)
    assert keys.is_of_no_record(pk)
    assert (keys.org_of(pk), keys.record_of(pk)) == (org, None)
    assert keys.path_of(pk) == f"-/{moment[:7]}"
    assert keys.at_path(org, keys.path_of(pk)) == pk


@given(LOGS, MOMENTS, SUFFIXES)
def test_an_entrys_key_tells_its_log_instant_suffix_and_id(log: str, moment: str, suffix: str) -> None:
    sk = keys.entry(log, moment, suffix)
    assert keys.split_entry(sk) == (log, moment, suffix)
    assert keys.entry_id(FAMILY, sk) == entry_ids.entry_id(moment, suffix)


@given(MOMENTS, SUFFIXES)
def test_a_contents_key_tells_its_entrys_instant_suffix_and_id(moment: str, suffix: str) -> None:
    sk = keys.content_at(moment, suffix)
    assert sk == keys.content(entry_ids.entry_id(moment, suffix))
    assert keys.split_content(FAMILY, sk) == (moment, suffix)
    assert keys.entry_id(FAMILY, sk) == keys.content_id(FAMILY, sk) == entry_ids.entry_id(moment, suffix)


@given(LOGS, MOMENTS, HASHES)
def test_an_idempotency_key_is_of_its_record_and_of_no_log(log: str, moment: str, key_hash: str) -> None:
    sk = keys.idempotency(log, moment, key_hash)
    assert keys.is_idempotency(FAMILY, sk)
    assert keys.stands_in_record(FAMILY, sk)
    assert keys.log_of(FAMILY, sk) is None


@given(LOGS, LOGS, MOMENTS, SUFFIXES, st.none() | MOMENTS, st.none() | MOMENTS)
def test_the_bounds_of_a_log_hold_its_entries_from_the_start_to_before_the_end(
    log: str, other: str, moment: str, suffix: str, start: str | None, end: str | None
) -> None:
    is_asked = log == other and (start is None or start <= moment) and (end is None or moment < end)
    assert is_within(keys.entry(other, moment, suffix), keys.of_log(log, start, end)) == is_asked


@given(MOMENTS, SUFFIXES)
def test_an_at_tells_its_instant_and_month(moment: str, suffix: str) -> None:
    at = keys.at(moment, suffix)
    assert keys.instant_of(at) == moment
    assert keys.month_of(at) == moment[:7]
    assert is_within(at, keys.OF_AN_ORG)
    assert keys.audit_entry(at) == keys.entry("audit", moment, suffix)


@given(MOMENTS, SUFFIXES, MOMENTS, SUFFIXES)
def test_nothing_is_between_an_at_and_the_bounds_above_and_below_it(
    moment: str, suffix: str, other_moment: str, other_suffix: str
) -> None:
    at, other = keys.at(moment, suffix), keys.at(other_moment, other_suffix)
    assert is_within(other, (keys.below(at), keys.above(at))) == (at == other)


@given(MONTHS, MOMENTS, SUFFIXES, TIERS)
def test_after_a_month_is_behind_its_entries_and_segments_and_before_all_later_ones(
    month: str, moment: str, suffix: str, tier: str
) -> None:
    is_later = keys.month_of(moment) > month
    assert (keys.at(moment, suffix) > keys.after_month(month)) == is_later
    assert (keys.segment(keys.month_of(moment), tier, suffix) > keys.after_month(month)) == is_later


@given(LOGS, MAILBOXES, MAILBOXES, MOMENTS, SUFFIXES)
def test_the_key_by_recipient_tells_the_recipient(
    log: str, recipient: str, other: str, moment: str, suffix: str
) -> None:
    key = keys.by_recipient(log, recipient, moment, suffix)
    assert keys.recipient_of(key) == recipient
    assert is_within(key, keys.of_log(log))
    assert is_within(key, keys.of_recipient(log, other)) == (recipient == other)
    assert key < keys.after_recipient(log, recipient)


@given(LOGS, STATUSES, MOMENTS, SUFFIXES, st.sets(STATUSES, min_size=1))
def test_the_key_by_status_tells_the_status(
    log: str, status: str, moment: str, suffix: str, statuses: set[str]
) -> None:
    key = keys.by_status(log, status, moment, suffix)
    assert keys.status_of(key) == status
    assert is_within(key, keys.of_log(log))
    assert is_within(key, keys.of_statuses(log, statuses)) == (min(statuses) <= status <= max(statuses))


@given(st.text(min_size=1), ORGS, RECORDS, HASHES)
def test_a_pointer_tells_its_record_and_recipient(
    message_id: str, org: str, record: Record, recipient_hash: str
) -> None:
    pk = keys.record(org, record.type, record.id)
    pointer = keys.message_entry(pk, recipient_hash)
    assert keys.split_message_entry(pointer) == (pk, recipient_hash)
    assert keys.split_early_events(pointer) is None
    assert keys.is_of_message(keys.message(message_id))
    assert not keys.is_of_message(pk)


@given(LOGS, HASHES)
def test_early_events_tell_their_log_and_recipient(log: str, recipient_hash: str) -> None:
    assert keys.split_early_events(keys.early_events(log, recipient_hash)) == (log, recipient_hash)


@pytest.mark.parametrize("mailbox", ["smith@mail.example", "a/b@mail.example", "blocked/", "no address at all"])
def test_the_key_of_the_list_tells_the_mailbox(mailbox: str) -> None:
    assert keys.blocked_mailbox(keys.blocked(mailbox)) == mailbox


@given(MAILBOXES, LOGS, MOMENTS, SUFFIXES)
def test_the_list_holds_blocked_addresses_and_no_entry(mailbox: str, log: str, moment: str, suffix: str) -> None:
    assert keys.blocked_mailbox(keys.blocked(mailbox)) == mailbox
    assert is_within(keys.blocked(mailbox), keys.BLOCKED)
    assert not is_within(keys.by_recipient(log, mailbox, moment, suffix), keys.BLOCKED)


@given(st.sampled_from(["group", "staff"]), st.text(min_size=1))
def test_a_grant_tells_its_kind_and_name(kind: str, name: str) -> None:
    assert keys.split_grant(keys.grant(kind, name)) == (kind, name)
    assert is_within(keys.grant(kind, name), keys.GRANTS)


@given(ORGS, RECORDS)
def test_a_hold_tells_its_org_and_record(org: str, record: Record) -> None:
    assert keys.org_of_holds(keys.holds(org)) == org
    assert keys.org_of_holds(keys.settings(org)) is None
    assert keys.split_hold(keys.hold(record)) == record
    assert is_within(keys.hold(record), keys.HOLDS)


@given(ORGS, MOMENTS, SUFFIXES)
def test_an_erasure_under_way_tells_its_org_and_id(org: str, moment: str, suffix: str) -> None:
    erasure_id = entry_ids.entry_id(moment, suffix)
    assert keys.split_erasing(keys.erasing(org, erasure_id)) == (org, erasure_id)
    assert erasure_id < keys.AFTER_IDS


@given(MONTHS, TIERS, SUFFIXES, MONTHS, TIERS)
def test_a_segments_key_tells_its_month_tier_and_name(
    month: str, tier: str, name: str, other_month: str, other_tier: str
) -> None:
    sk = keys.segment(month, tier, name)
    assert keys.split_segment(sk) == (month, tier, name)
    assert is_within(sk, keys.of_tier(other_month, other_tier)) == ((month, tier) == (other_month, other_tier))
    assert is_within(sk, keys.of_months(other_month, other_month)) == (month == other_month)
    assert is_within(sk, keys.of_months(*keys.ALL_MONTHS))


@pytest.mark.parametrize("sk", [keys.OPEN_SEGMENT, keys.REINDEX])
def test_what_else_stands_beside_the_segments_is_of_no_month(sk: str) -> None:
    assert not is_within(sk, keys.of_months(*keys.ALL_MONTHS))


@given(ORGS, RECORDS, MOMENTS, SUFFIXES, HASHES)
def test_the_name_of_a_contents_object_tells_its_record_and_entry(
    org: str, record: Record, moment: str, suffix: str, digest: str
) -> None:
    pk, entry_id = keys.record(org, record.type, record.id), entry_ids.entry_id(moment, suffix)
    name = keys.content_object(pk, entry_id, digest)
    assert keys.split_content_object(name) == (pk, entry_id)
    assert name.startswith(keys.content_objects(pk, entry_id))
    assert name.startswith(keys.content_objects(pk))


@given(ORGS, ORGS, MOMENTS, HASHES)
def test_an_object_of_the_archive_is_among_its_orgs(org: str, other: str, moment: str, digest: str) -> None:
    name = keys.archive_object(org, moment[:10], digest)
    assert name.startswith(keys.archive_objects(other)) == (org == other)
