import pytest
from daybook.model.message_ids import canonical, may_hold_address

SES = "0100019aabcdef01-aaaa-bbbb-cccc-000000"


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        (SES, SES),
        (f"<{SES}@email.amazonses.com>", SES),
        (f"{SES}@eu-west-1.amazonses.com", SES),
        (f" <{SES}@EMAIL.AmazonSES.com> ", SES),
        (f"< {SES}@us-gov-west-1.amazonses.com >", SES),
        ("<own.123@mailer.school.example>", "own.123@mailer.school.example"),
        ("own.123@mailer.school.example", "own.123@mailer.school.example"),
        ("Own.123@mailer.school.example", "Own.123@mailer.school.example"),
        ("a@b@email.amazonses.com", "a@b@email.amazonses.com"),
        ("x@email.amazonses.com.evil.example", "x@email.amazonses.com.evil.example"),
        ("@email.amazonses.com", "@email.amazonses.com"),
        ("custom-message-ID", "custom-message-ID"),
        ("<>", "<>"),
        (" ", " "),
    ],
)
def test_the_forms_of_one_id_compare_as_equal(posted: str, expected: str) -> None:
    assert canonical(posted) == expected
    assert canonical(canonical(posted)) == canonical(posted)


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        (SES, False),
        (f"<{SES}@email.amazonses.com>", False),
        ("custom-message-ID", False),
        ("<123.jane@mail.example>", True),
        ("<jane.doe=mail.example@mailer.example>", True),
        ("123-jane.doe=mail.example", True),
    ],
)
def test_only_a_mailers_own_id_may_hold_an_address(message_id: str, expected: bool) -> None:
    assert may_hold_address(message_id) is expected
