"""What the replay of a case shows by hand."""

from tests.support.local_stack.replay import Seen, shown


def test_of_each_row_is_shown_what_tells_it_from_others() -> None:
    told = {"recipient": "a@b.example", "status": "complained", "complaint_uncertain": True, "bot_opens": 2}
    plain = {"recipient": "c@d.example", "status": "delivered", "opens": 0}
    rows = {"emails": [{**told, "id": "1", "subject": "Hello"}, {**plain, "id": "2"}], "sms": []}
    seen = Seen(rows, {"a@b.example": "complaint"}, 1)
    assert shown(seen) == {"emails": [told, plain], "blacklist": {"a@b.example": "complaint"}, "dead_letters": 1}
