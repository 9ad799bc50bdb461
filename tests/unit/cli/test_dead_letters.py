from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daybook_cli.connection.aws import AwsError, Site
from daybook_cli.feedback.dead_letters import DeadLetters, Letter
from moto import mock_aws
from typer.testing import Result

from tests.conftest import REGION, client
from tests.support.cli_stand_in import StandIn, run

REASON = {"reason": {"DataType": "String", "StringValue": "mail is missing."}}


@pytest.fixture
def queues(aws_environment: None) -> Iterator[tuple[str, str]]:
    """The dead letters and where they came from."""
    with mock_aws():
        dead, origin = (client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("dead", "origin"))
        yield dead, origin


def send(url: str, body: str, attributes: dict[str, Any] | None = None) -> str:
    sent: str = client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes or {})[
        "MessageId"
    ]
    return sent


def bodies(url: str) -> list[str]:
    found = []
    while messages := client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
    return sorted(found)


def letters_of(queues: tuple[str, str]) -> DeadLetters:
    dead, origin = queues
    return DeadLetters(Site(REGION), dead, origin, pause=lambda _: None)


def command(folder: Path, queues: tuple[str, str], *arguments: str, origin: bool = False) -> Result:
    where = ["--dead-letters", queues[0], *(["--queue", queues[1]] if origin else [])]
    return run(folder, StandIn(), "dead-letters", *arguments, *where)


def test_all_are_listed_with_their_reasons_and_stay(queues: tuple[str, str]) -> None:
    for number in range(25):
        send(queues[0], f"text {number}", REASON if number % 2 else None)
    for _ in range(2):
        letters = letters_of(queues).all()
        assert sorted(letter.body for letter in letters) == sorted(f"text {number}" for number in range(25))
        assert {letter.reason for letter in letters} == {"mail is missing.", "tried too often"}
    assert len(bodies(queues[0])) == 25


def test_what_a_failed_function_said_is_the_reason(queues: tuple[str, str]) -> None:
    send(queues[0], "{}", {"ErrorMessage": {"DataType": "String", "StringValue": "out of memory"}})
    (letter,) = letters_of(queues).all()
    assert letter.reason == "out of memory"


def test_those_named_go_back_and_the_others_stay(queues: tuple[str, str]) -> None:
    ids = [send(queues[0], f"text {number}") for number in range(15)]
    done: list[Letter] = []
    missing = letters_of(queues).redrive({ids[3], ids[12], "none"}, done.append)
    assert missing == {"none"}
    assert sorted(letter.id for letter in done) == sorted([ids[3], ids[12]])
    assert bodies(queues[1]) == ["text 12", "text 3"]
    assert len(bodies(queues[0])) == 13


def test_one_that_fails_again_at_once_is_not_sent_for_ever(queues: tuple[str, str]) -> None:
    """The function buries it again as a new letter, while the redrive is still going on."""
    for number in range(12):
        send(queues[0], f"text {number}")
    done: list[Letter] = []

    def bury_again(letter: Letter) -> None:
        done.append(letter)
        send(queues[0], letter.body)

    assert letters_of(queues).redrive(None, bury_again) == set()
    assert len(done) == 12
    assert len(bodies(queues[0])) == 12


def test_an_interruption_between_the_two_steps_loses_nothing(queues: tuple[str, str]) -> None:
    send(queues[0], "text")
    with pytest.raises(AwsError):
        DeadLetters(Site(REGION), queues[0], queues[1] + "-gone", pause=lambda _: None).redrive(None, lambda _: None)
    client("sqs").set_queue_attributes(QueueUrl=queues[0], Attributes={"VisibilityTimeout": "0"})
    attributes = client("sqs").get_queue_attributes(QueueUrl=queues[0], AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] + attributes["ApproximateNumberOfMessagesNotVisible"] in (
        "01",
        "10",
    )


def test_without_the_other_queue_nothing_is_touched(queues: tuple[str, str]) -> None:
    send(queues[0], "text")
    with pytest.raises(AwsError, match="give --queue"):
        DeadLetters(Site(REGION), queues[0]).redrive(None, lambda _: None)
    assert bodies(queues[0]) == ["text"]


def test_the_commands(tmp_path: Path, queues: tuple[str, str]) -> None:
    body = '{"eventType":"Bounce","x":"' + "y" * 200 + '\x1b[2J"}'.replace("\x1b", "\\u001b")
    sent = send(queues[0], body, REASON)
    listed = command(tmp_path, queues, "list")
    assert listed.exit_code == 0, listed.output
    assert listed.stdout.splitlines()[0].split("\t") == ["id", "when", "reason", "text"]
    assert listed.stdout.splitlines()[1].split("\t")[::2] == [sent, "mail is missing."]
    assert listed.stdout.splitlines()[1].endswith(body[:100])
    (row,) = map(json.loads, command(tmp_path, queues, "list", "--json").stdout.splitlines())
    assert row.keys() == {"id", "sent_at", "reason", "text"}

    shown = command(tmp_path, queues, "show", sent)
    assert "Reason: mail is missing.\n" in shown.stdout
    assert shown.stdout.endswith(f"\n\n{body}\n")
    whole = json.loads(command(tmp_path, queues, "show", sent, "--json").stdout)
    assert (whole["text"], whole["attributes"]) == (body, {"reason": "mail is missing."})

    redriven = command(tmp_path, queues, "redrive", sent, origin=True)
    assert (redriven.exit_code, redriven.stdout) == (0, f"{sent}\n"), redriven.output
    assert bodies(queues[1]) == [body]
    assert command(tmp_path, queues, "list", "--json").stdout == ""


def test_ids_that_are_not_there_are_named(tmp_path: Path, queues: tuple[str, str]) -> None:
    for arguments in (["show", "none"], ["redrive", "none"]):
        done = command(tmp_path, queues, *arguments, origin=arguments[0] == "redrive")
        assert (done.exit_code, done.stdout) == (1, "")
        assert "There is no dead letter none." in done.stderr


@pytest.mark.parametrize("arguments", [[], ["some", "--all"]])
def test_a_redrive_names_letters_or_means_all(tmp_path: Path, queues: tuple[str, str], arguments: list[str]) -> None:
    assert command(tmp_path, queues, "redrive", *arguments, origin=True).exit_code == 2


@pytest.mark.parametrize("arguments", [["list"], ["show", "x"], ["redrive", "--all"]])
def test_without_a_stack_or_a_deployment_there_is_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    done = run(tmp_path, StandIn(), "dead-letters", *arguments)
    assert done.exit_code == 1
    assert "No local stack was found here" in done.stderr


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.eu-central-1.amazonaws.com/111122223333/dead", "eu-central-1"),
        ("https://queue.amazonaws.com/111122223333/dead", None),
        ("http://127.0.0.1:4581/000000000000/dead", None),
    ],
)
def test_a_queues_address_tells_its_region(url: str, region: str | None) -> None:
    assert Site.of_queue(url) == Site(region)
