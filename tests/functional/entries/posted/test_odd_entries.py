"""A hundred odd entries: each is created with a warning, or rejected with a message that a stranger can act on."""

from typing import Any, NamedTuple

import pytest

from tests.support import api

HALF = "\ud83d"
MOMENT = "2026-11-20T09:00:00Z"
HALF_KEPT = "U+FFFD is kept in its place"
NO_IP = "not an IPv4 or IPv6 address: left out"
TIME = "must be a time with an offset, such as 2026-01-05T17:10:00-06:00"
# With half of a character between them, as many octets as an address may have.
LONG, DOMAIN = "j" * 241, "@fam.example"
NOT_SEEN = "held blanks around it, or characters that nobody sees: left out"
ONE_ADDRESS = "finds it only if its message went to nobody else; post one entry for each address"
ONE_NUMBER = "finds it only if its message went to nobody else; post one entry for each number"
PATHS = {"email": "emails", "sms": "sms", "push": "pushes", "activity": "activity", "audit": "audit"}


class Odd(NamedTuple):
    """What is posted, the field that is warned of and how it is kept, and a part of the message."""

    entry: dict[str, Any]
    field: str
    says: str
    kept: Any = None


def mailed(recipient: str, says: str, kept: str | None = None) -> Odd:
    return Odd(api.email(recipient=recipient), "recipient", says, recipient if kept is None else kept)


def texted(recipient: str, says: str, kept: str | None = None) -> Odd:
    return Odd(api.sms(recipient=recipient), "recipient", says, recipient if kept is None else kept)


def from_ip(ip: str, kept: str | None) -> Odd:
    return Odd(
        api.activity(ip=ip), "ip", NO_IP if kept is None else f"held more than an IP address: {kept} is kept", kept
    )


def changed(**fields: Any) -> dict[str, Any]:
    return api.audit(affected=[{"record": {"type": "family", "id": "1"}, "change": "updated", **fields}])


WARNED = [
    mailed("mama.@docomo.example", "a period immediately before the @-sign"),
    mailed("MAMA.@DOCOMO.EXAMPLE", "a period immediately before the @-sign"),
    mailed("a..b@docomo.example", "two periods in a row"),
    mailed(".a@docomo.example", "cannot start with a period"),
    mailed("jane@gmail", "should have a period"),
    mailed("jane@localhost", "should have a period"),
    mailed('"jane doe"@fam.example', "Quoting the part before the @-sign"),
    mailed('"jane.doe."@fam.example', "Quoting the part before the @-sign"),
    mailed("jane@fam..example", "two periods"),
    mailed("jane@fam.example.", "kept as given; events find it by jane@fam.example"),
    mailed("jane@-fam.example", "hyphen"),
    mailed("jane@fam_ily.example", "invalid characters"),
    mailed("jane@[203.0.113.7]", "bracketed IP address"),
    mailed("jane@@fam.example", "@"),
    mailed("@fam.example", "something before the @-sign"),
    mailed("jane@", "something after the @-sign"),
    mailed("jane", "must have an @-sign"),
    mailed("unknown", "must have an @-sign"),
    mailed("undisclosed-recipients:;", "must have an @-sign"),
    mailed("jane at fam.example", "must have an @-sign"),
    mailed("jane doe@fam.example", "SPACE"),
    mailed("jane@fam example", "SPACE"),
    mailed("Jane Doe <jane@fam.example>", "kept as given; events find it by jane@fam.example"),
    mailed(" <jane@fam.example> ", "events find it by jane@fam.example", kept="<jane@fam.example>"),
    mailed("mailto:jane@fam.example", "events find it by jane@fam.example"),
    mailed("Mama <mama.@docomo.example>", "a period immediately before"),
    mailed(f"{'j' * 65}@fam.example", "too long"),
    mailed("\u200bmama.@docomo.example\u00a0", "a period immediately before", kept="mama.@docomo.example"),
    mailed("jane@fam.example, joe@fam.example", ONE_ADDRESS),
    mailed("jane@fam.example; joe@fam.example", ONE_ADDRESS),
    mailed("jane@fam.example joe@fam.example", ONE_ADDRESS),
    mailed("Jane <jane@fam.example>, Joe <joe@fam.example>", ONE_ADDRESS),
    texted("(415) 555-0101", "write a + and the code before it"),
    texted("4155550101", "write a + and the code before it"),
    texted("415.555.0101", "write a + and the code before it"),
    texted("0044 20 7946 0958", "write + for 00, as in +442079460958"),
    texted("0014155550191", "write + for 00, as in +14155550191"),
    texted("001-000-000-0000", "without a country code"),
    texted("+14155550196 (mom)", "with words beside the number: events find it by +14155550196"),
    texted("+1-000-000-0000", "and no number that its country has"),
    texted("72345", "not a phone number such as +14155550123"),
    texted("unknown", "not a phone number such as"),
    texted("jane@fam.example", "not a phone number such as"),
    texted("+1 (415) 555-0101", "write +14155550101"),
    texted("  +1-415-555-0101\n", "write +14155550101", kept="+1-415-555-0101"),
    texted("+44 (0) 20 7946 0958", "write +442079460958"),
    texted("whatsapp:+14155550101", "write +14155550101"),
    texted("+14155550101 ext. 23", "write +14155550101"),
    texted("+1 555-0123", "too short or too long for its country"),
    texted("+1415", "too short or too long for its country"),
    texted("+14155550101555", "too short or too long for its country"),
    texted("+9991234567", "no country's code follows its +"),
    texted("+14155550101, +14155550102", ONE_NUMBER),
    texted("415-555-0101 or 415-555-0102", ONE_NUMBER),
    from_ip("203.0.113.7:52100", "203.0.113.7"),
    from_ip("[2001:db8::1]:443", "2001:db8::1"),
    from_ip("[2001:db8::1]", "2001:db8::1"),
    from_ip("[203.0.113.7]", "203.0.113.7"),
    from_ip("2001:db8:0:0:0:0:0:1:443", "2001:db8:0:0:0:0:0:1"),
    from_ip("203.0.113.7, 10.0.0.1", "203.0.113.7"),
    from_ip("10.0.0.1, 203.0.113.7", "203.0.113.7"),
    from_ip("192.168.1.4,10.0.0.1", "192.168.1.4"),
    from_ip("unknown, 203.0.113.7", "203.0.113.7"),
    from_ip('for="[2001:db8::1]:443";proto=https', "2001:db8::1"),
    from_ip("/203.0.113.7:52100", "203.0.113.7"),
    from_ip("kiosk-3/203.0.113.7", "203.0.113.7"),
    from_ip("203.0.113.7/32", "203.0.113.7"),
    from_ip(", ".join(f"203.0.113.{number}" for number in range(60)), "203.0.113.0"),
    from_ip("localhost", None),
    from_ip("unknown", None),
    from_ip("", None),
    from_ip("-", None),
    from_ip("300.1.1.1", None),
    from_ip("203.0.113", None),
    from_ip("203.0.113.7.", None),
    from_ip("AWS Internal", None),
    from_ip("Chrome/120.0.0.1", None),
    from_ip("Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.1 Safari/537.36", None),
    from_ip('["198.51.100.4","203.0.113.7"]', "198.51.100.4"),
    Odd(api.audit(ip="203.0.113.7:52100"), "ip", "203.0.113.7 is kept", "203.0.113.7"),
    Odd(api.audit(ip="s3.amazonaws.com"), "ip", NO_IP),
    Odd(api.audit(username=" jdoe "), "username", NOT_SEEN, "jdoe"),
    Odd(api.audit(username="J\u200bdoe"), "username", NOT_SEEN, "Jdoe"),
    Odd(api.audit(username="J\x00 Doe\u202c"), "username", NOT_SEEN, "J Doe"),
    Odd(api.audit(member_name="\u00a0Jane Doe\n"), "member_name", NOT_SEEN, "Jane Doe"),
    Odd(api.activity(name="\ufeffJane Doe"), "name", NOT_SEEN, "Jane Doe"),
    Odd(changed(name=" \u200b"), "affected[0].name", NOT_SEEN),
    Odd(api.email(subject=f"Camp {HALF}"), "subject", HALF_KEPT, "Camp \ufffd"),
    Odd(api.email(recipient=f"j{HALF}@fam.example"), "recipient", HALF_KEPT, "j\ufffd@fam.example"),
    Odd(api.email(recipient=LONG + HALF + DOMAIN), "recipient", "too long before the @-sign", f"{LONG}\ufffd{DOMAIN}"),
    Odd(api.email(recipient=HALF * 242 + DOMAIN), "recipient", "too long before the @-sign", "\ufffd" * 242 + DOMAIN),
    Odd(api.push(text=f"{HALF}!"), "text", HALF_KEPT, "\ufffd!"),
    Odd(api.activity(details={"note": [HALF]}), "details", HALF_KEPT, {"note": ["\ufffd"]}),
    Odd(changed(details={HALF: 1}), "affected[0].details", HALF_KEPT),
    Odd(changed(name=f"Sm{HALF}"), "affected[0].name", HALF_KEPT),
    Odd(changed(before=HALF, after=1), "affected[0].before", HALF_KEPT),
]  # fmt: skip

REJECTED = [
    Odd(api.email(recipient=""), "recipient", "must have at least 1 character"),
    Odd(api.email(recipient=" \u200b"), "recipient", "names nobody: give the address or number"),
    Odd(api.sms(recipient="\t"), "recipient", "names nobody: give the address or number"),
    Odd(api.email(recipient=["a@fam.example"]), "recipient", "must be a text, not a list"),
    Odd(api.sms(recipient=14155550101), "recipient", "must be a text, not a whole number"),
    Odd(api.email(recipient="a" * 255), "recipient", "must have at most 254 characters: shorten it"),
    Odd(api.email(recipient=f"{'é' * 130}@fam.example"), "recipient", "must have at most 254 octets in UTF-8"),
    Odd(api.email(recipient=f"{'é' * 121}{HALF}@fam.example"), "recipient", "must have at most 254 octets in UTF-8"),
    Odd(api.email(record=None), "record", "must be an object, not null"),
    Odd(api.email(record={"type": "familie", "id": "1"}), "record.type", "is kept for family, staff records"),
    Odd(api.email(record={"type": "family", "id": "a b"}), "record.id", "1 to 128 letters, digits or -._~"),
    Odd(api.email(record={"type": "a b", "id": "1"}), "record.type", "a letter, then up to 63 letters"),
    Odd(api.email(record={"type": "family", "ID": "1"}), "record.ID", "did you mean id? allowed are type, id"),
    Odd(api.email(messageId="m"), "messageId", "did you mean message_id? allowed are log, occurred_at, key, record"),
    Odd(api.email(recipent="a@fam.example"), "recipent", "did you mean recipient?"),
    Odd(api.sms(colour="red"), "colour", "unknown field: allowed are log, occurred_at, key, record, recipient, text"),
    Odd(api.email(body={"txt": "x"}), "body.txt", "did you mean text? allowed are text, html"),
    Odd(changed(changes=1), "affected[0].changes", "did you mean change?"),
    Odd(api.email(status="Sent!"), "status", "must be one of queued, sent, delayed, delivered"),
    Odd(api.audit(source="fax"), "source", "must be one of office_portal, staff_portal"),
    Odd(api.audit(source=7), "source", "must be a text, not a whole number"),
    Odd(api.activity(log="emails"), "log", "must be one of email, sms, push, activity, audit"),
    Odd(api.activity(name="n" * 257), "name", "must have at most 256 characters: shorten it"),
    Odd(api.activity(name="   "), "name", "must have at least 1 character that can be seen"),
    Odd(api.audit(member_name="\u200b"), "member_name", "must have at least 1 character that can be seen"),
    Odd(api.audit(username=" \x00"), "username", "must have at least 1 character that can be seen"),
    Odd(api.audit(affected={}), "affected", "must be a list, not an object"),
    Odd(api.audit(affected=changed()["affected"] * 51), "affected", "must have at most 50 items: spread them over"),
    Odd(api.activity(details=7), "details", "must be a text or an object, not a whole number"),
    Odd(changed(before="x" * 20_000), "affected[0].before", "over the limit of 16,384: shorten it"),
    Odd(api.activity(occurred_at="yesterday"), "occurred_at", TIME),
    Odd(api.activity(occurred_at="2026-11-20"), "occurred_at", TIME),
    Odd(api.activity(occurred_at="2026-11-20T09:00:00"), "occurred_at", TIME),
    Odd(api.activity(occurred_at=1763812800), "occurred_at", TIME),
    Odd(api.activity(occurred_at="1970-01-01T00:00:00Z"), "occurred_at", "before 2000-01-01T00:00:00.000Z"),
    Odd(api.activity(key="k", occurred_at=None), "occurred_at", "required with a key"),
    Odd(api.activity(key="", occurred_at=MOMENT), "key", "must have at least 1 character"),
    Odd(api.push(message_id=HALF), "message_id", "holds half of a character"),
]  # fmt: skip


def keyed(odd: Odd, number: int) -> dict[str, Any]:
    """The entry under a key, unless it is about that."""
    return {"occurred_at": MOMENT, "key": f"odd-{number}", **odd.entry}


def results(odd: list[Odd]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.post(*(keyed(each, number) for number, each in enumerate(odd))).body["results"]
    return found


def test_there_are_a_hundred() -> None:
    assert len(WARNED) + len(REJECTED) > 100


def test_what_is_odd_in_a_detail_is_created_with_a_warning_and_found_in_its_log() -> None:
    answers = results(WARNED)
    assert {result["status"] for result in answers} == {"created"}
    for odd, result in zip(WARNED, answers, strict=True):
        warnings = {warning["field"]: warning["message"] for warning in result["warnings"]}
        assert [*warnings] == [odd.field], odd
        assert odd.says in warnings[odd.field], odd
    rows = {row["id"]: row for log in PATHS.values() for row in api.walk(log)}
    for odd, result in zip(WARNED, answers, strict=True):
        row = rows[result["id"]]
        if "[" not in odd.field:
            assert row.get(odd.field) == odd.kept, odd
    again = results(WARNED)
    assert {result["status"] for result in again} == {"duplicate"}
    assert [(result["id"], result["warnings"]) for result in again] == [
        (result["id"], result["warnings"]) for result in answers
    ]


def test_what_is_unusable_is_rejected_with_a_message_that_says_what_to_do() -> None:
    answers = results(REJECTED)
    assert {result["status"] for result in answers} == {"rejected"}
    for odd, result in zip(REJECTED, answers, strict=True):
        (error,) = result["error"]["errors"]
        assert error["field"] == odd.field, odd
        assert odd.says in error["message"], odd
        assert result["error"]["code"] == "invalid_entry"
    assert [row for log in PATHS.values() for row in api.walk(log)] == []


@pytest.mark.parametrize("word", ["regex", "RFC3339", "Expected", "`", "datetime", "^[", "default region"])
def test_no_message_speaks_of_how_it_is_checked(word: str) -> None:
    assert not [result for result in results(WARNED) + results(REJECTED) if word in str(result)]
