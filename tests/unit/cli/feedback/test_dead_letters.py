from __future__ import annotations

import pytest
from daybook_cli.connection.aws import AwsError, AwsTarget
from daybook_cli.feedback.dead_letters import DeadLetter, DeadLetterQueue

from tests.conftest import REGION, client
from tests.support.cli.simulated_feedback import received_bodies, send

REASON = {"reason": {"DataType": "String", "StringValue": "mail is missing."}}


def letters_of(queues: tuple[str, str]) -> DeadLetterQueue:
    dead, origin = queues
    return DeadLetterQueue(AwsTarget(REGION), dead, origin, sleep=lambda _: None)


def test_all_are_listed_with_their_reasons_and_stay(queues: tuple[str, str]) -> None:
    for number in range(25):
        send(queues[0], f"text {number}", REASON if number % 2 else None)
    for _ in range(2):
        letters = letters_of(queues).read_all()
        assert sorted(letter.body for letter in letters) == sorted(f"text {number}" for number in range(25))
        assert {letter.reason for letter in letters} == {"mail is missing.", "tried too often"}
    assert len(received_bodies(queues[0])) == 25


def test_what_a_failed_function_said_is_the_reason(queues: tuple[str, str]) -> None:
    send(queues[0], "{}", {"ErrorMessage": {"DataType": "String", "StringValue": "out of memory"}})
    (letter,) = letters_of(queues).read_all()
    assert letter.reason == "out of memory"


def test_those_named_go_back_and_the_others_stay(queues: tuple[str, str]) -> None:
    ids = [send(queues[0], f"text {number}") for number in range(15)]
    done: list[DeadLetter] = []
    missing = letters_of(queues).redrive({ids[3], ids[12], "none"}, done.append)
    assert missing == {"none"}
    assert sorted(letter.id for letter in done) == sorted([ids[3], ids[12]])
    assert received_bodies(queues[1]) == ["text 12", "text 3"]
    assert len(received_bodies(queues[0])) == 13


def test_one_that_fails_again_at_once_is_not_sent_for_ever(queues: tuple[str, str]) -> None:
    """The function buries it again as a new letter, while the redrive is still going on."""
    for number in range(12):
        send(queues[0], f"text {number}")
    done: list[DeadLetter] = []

    def bury_again(letter: DeadLetter) -> None:
        done.append(letter)
        send(queues[0], letter.body)

    assert letters_of(queues).redrive(None, bury_again) == set()
    assert len(done) == 12
    assert len(received_bodies(queues[0])) == 12


def test_an_interruption_between_the_two_steps_loses_nothing(queues: tuple[str, str]) -> None:
    send(queues[0], "text")
    with pytest.raises(AwsError):
        DeadLetterQueue(AwsTarget(REGION), queues[0], queues[1] + "-gone", sleep=lambda _: None).redrive(
            None, lambda _: None
        )
    client("sqs").set_queue_attributes(QueueUrl=queues[0], Attributes={"VisibilityTimeout": "0"})
    attributes = client("sqs").get_queue_attributes(QueueUrl=queues[0], AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] + attributes["ApproximateNumberOfMessagesNotVisible"] in (
        "01",
        "10",
    )


def test_without_the_other_queue_nothing_is_touched(queues: tuple[str, str]) -> None:
    send(queues[0], "text")
    with pytest.raises(AwsError, match="give --queue"):
        DeadLetterQueue(AwsTarget(REGION), queues[0]).redrive(None, lambda _: None)
    assert received_bodies(queues[0]) == ["text"]
