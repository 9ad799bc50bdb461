"""What a key tells of its item."""

import pytest
from daybook.storage import keys

AT = ("2026-11-21T00:00:00.000Z", "0123456789abcdefgh")


@pytest.mark.parametrize("log", sorted(keys.LOGS))
@pytest.mark.parametrize("pk", [keys.record("riverside", "family", "1"), keys.no_record("riverside", AT[0])])
def test_an_entrys_key_tells_its_log(log: str, pk: str) -> None:
    assert keys.log_of(pk, keys.entry(log, *AT)) == log


def test_a_contents_key_tells_its_entry() -> None:
    assert keys.content_id(keys.record("riverside", "family", "1"), keys.content("x")) == "x"
    assert keys.content_id(keys.no_record("riverside", AT[0]), keys.content("x")) == "x"


# A message id and a username may look like a part of any key.
HASH = "0123456789abcdef" * 2
LOOKS_LIKE_ONE = "audit/2026-11-21T00:00:00.000Z/x"


@pytest.mark.parametrize(
    ("pk", "sk"),
    [
        (keys.record("riverside", "family", "1"), keys.idempotency("audit", AT[0], HASH)),
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


@pytest.mark.parametrize("recipient_hash", ["", HASH])
def test_early_events_tell_their_log_and_recipient_and_pointers_their_record_and_recipient(recipient_hash: str) -> None:
    record = keys.record("riverside", "family", "1")
    pointer = keys.message_entry(record, recipient_hash)
    assert keys.split_early_events(keys.early_events("email", recipient_hash)) == ("email", recipient_hash)
    assert keys.split_early_events(pointer) is None
    assert keys.split_message_entry(pointer) == (record, recipient_hash)


@pytest.mark.parametrize("mailbox", ["smith@mail.example", "a/b@mail.example", "blocked/", "no address at all"])
def test_the_key_of_the_list_tells_the_mailbox(mailbox: str) -> None:
    assert keys.blocked_mailbox(keys.blocked(mailbox)) == mailbox
