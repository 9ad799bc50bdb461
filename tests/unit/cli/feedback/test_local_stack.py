from __future__ import annotations

from daybook_cli.feedback import local_stack

from tests.support.aws.clients import REGION, client


def test_recipients_are_those_of_a_messages_entries_and_not_what_else_is_known_of_it(aws: dict[str, str]) -> None:
    message, of_101, of_7 = "message/m", "riverside/family/101", "hilltop/family/7"
    for pk, sk, attributes in (
        (message, f"{of_101}/{'0' * 32}", {"entry": "email/x"}),
        (message, f"{of_7}/{'0' * 32}", {"entry": "email/y"}),
        (message, f"{of_101}/{'1' * 32}", {"entry": "email/z"}),
        (message, f"{of_101}/{'2' * 32}", {"entry": "email/erased"}),
        (message, f"{of_101}/{'3' * 32}", {"entry": "email/not here"}),
        (message, f"{of_101}/", {"entry": "push/x"}),
        (message, f"event/email/{'4' * 32}", {}),
        (of_101, "email/x", {"recipient": "a@b.example"}),
        (of_7, "email/y", {"recipient": "a@b.example"}),
        (of_101, "email/z", {"recipient": "c/d@e.example"}),
        (of_101, "email/erased", {"erased": "2026-11-22T12:00:00.000Z"}),
        (of_101, "push/x", {}),
    ):
        item = {name: {"S": value} for name, value in {"pk": pk, "sk": sk, **attributes}.items()}
        client("dynamodb").put_item(TableName=aws["TABLE_NAME"], Item=item)
    stack = {"table": aws["TABLE_NAME"], "region": REGION, "aws": f"https://dynamodb.{REGION}.amazonaws.com"}
    assert sorted(local_stack.recipients_of("m", stack)) == ["a@b.example", "c/d@e.example"]
    assert local_stack.recipients_of("other", stack) == []
