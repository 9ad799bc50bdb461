"""The local stack from start to stop."""

import json
import logging
import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
from botocore.session import Session
from daybook_cli.connection.aws import Site
from daybook_cli.demo import demo_entries, demo_feedback
from daybook_cli.feedback import provider

from daybook_local.deployment import cloudformation
from daybook_local.emulator.server import Emulator
from daybook_local.stack import console, ports, snapshot
from daybook_local.stack.issuer import Issuer, stored_key
from daybook_local.stack.settings import ORGS, REGION, Settings, environment

ANSWER_SECONDS = 60
TELLING_SECONDS = 4


class NoAnswerError(Exception):
    """The API was deployed and does not answer; the message says what it says instead."""


class Stack:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._data = settings.state / "data.json"
        self._described: dict[str, Any] = {}
        self._emulator: Emulator | None = None

    def start(self, cleanup: ExitStack) -> None:
        """Everything, up to a written stack.json; what must be undone at the end is left with `cleanup`."""
        settings = self._settings
        api_port = ports.demanded(settings.port)
        aws_port, issuer_port = ports.preferred(api_port + 1), ports.preferred(api_port + 2)
        cleanup.callback(settings.stack_file.unlink, missing_ok=True)
        cleanup.callback(shutil.rmtree, settings.scratch, ignore_errors=True)
        prepare_folder(settings)
        prepare_process(settings, aws_port)

        with console.step("Starting the emulator and the token issuer"):
            issuer = Issuer(stored_key(settings.state / "issuer-key.json"), issuer_port)
            issuer.start()
            cleanup.callback(issuer.stop)
            emulator = Emulator(aws_port=aws_port, api_port=api_port)
            cleanup.callback(emulator.stop)
            emulator.start()
        with console.step("Applying infra/template.yaml"):
            outputs = cloudformation.deploy(
                client("cloudformation", emulator.aws), client("s3", emulator.aws), issuer=issuer.url
            )
            emulator.serve_api(outputs["ApiId"])
        with console.step("Starting the functions"):
            wait_for_answer(emulator.api)
        self._emulator = emulator
        self._described = description(emulator, issuer, outputs)
        self._load_data()
        write_atomically(settings.stack_file, self._described)

    def announce(self) -> None:
        console.ready(self._described, content_path(self._described))

    def watch(self) -> None:
        """Until someone stops the process, or the emulator dies."""
        while self._emulator and self._emulator.alive:
            time.sleep(0.5)

    def save(self) -> None:
        """Nothing, when it never came up: then the data of the run before are still the last."""
        if self._emulator and self._described:
            table, bucket = self._described["table"], self._described["bucket"]
            items = self._emulator.items_of(table)
            objects = snapshot.objects_of(client("s3", self._emulator.aws), bucket)
            snapshot.write(self._data, {"items": items, "objects": objects})

    def _load_data(self) -> None:
        stack = self._described
        kept = snapshot.read(self._data) if self._settings.keep else None
        if kept and self._emulator:
            with console.step("Putting the data of the last run back"):
                self._emulator.put_back(stack["table"], kept["items"])
                snapshot.put_back_objects(client("s3", stack["aws"]), stack["bucket"], kept["objects"])
            return
        shown = demo_entries.of_today(list(ORGS))
        with console.progress_of("Loading demonstration data") as progress:
            demo_entries.load(stack["api"], stack["tokens"]["service"], shown, progress)
        with console.step("Telling what became of its messages"):
            for of_org in shown.values():
                demo_feedback.play(stack, of_org.entries, of_org.fates)
            is_done = provider.taken_in(Site.of_stack(stack), stack["feedback_queue"], TELLING_SECONDS)
        if not is_done:
            console.say("  (some of it is still being taken in)")


def prepare_folder(settings: Settings) -> None:
    settings.stack_file.unlink(missing_ok=True)
    shutil.rmtree(settings.scratch, ignore_errors=True)
    settings.scratch.mkdir(parents=True)


def prepare_process(settings: Settings, aws_port: int) -> None:
    prepared = environment(os.environ, scratch=settings.scratch, aws_port=aws_port)
    os.environ.clear()
    os.environ.update(prepared)
    tempfile.tempdir = str(settings.scratch)
    # Before ministack, which would log to the terminal.
    logging.basicConfig(
        filename=settings.state / "emulator.log",
        filemode="w",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )


def client(service: str, endpoint: str) -> Any:
    return Session().create_client(service, region_name=REGION, endpoint_url=endpoint)


def description(emulator: Emulator, issuer: Issuer, outputs: dict[str, str]) -> dict[str, Any]:
    return {
        "api": emulator.api,
        "tokens": issuer.tokens(),
        "orgs": list(ORGS),
        "aws": emulator.aws,
        "region": REGION,
        "issuer": issuer.url,
        "table": outputs["TableName"],
        "bucket": outputs["BucketName"],
        "archive": outputs["ArchiveBucketName"],
        "feedback_topic": outputs["FeedbackTopicArn"],
        "feedback_queue": outputs["FeedbackQueueUrl"],
        "dead_letters": outputs["DeadLettersUrl"],
        "sms_log_group": outputs["SmsLogGroupName"],
        "index_function": outputs["IndexFunctionName"],
        "retention_function": outputs["RetentionFunctionName"],
    }


def write_atomically(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(content, indent=2) + "\n")
    partial.replace(path)


def wait_for_answer(api: str) -> None:
    """The OpenAPI document needs no token and no data: when it comes, route, function and layers stand."""
    response = httpx.get(f"{api}/v1/openapi.json", timeout=ANSWER_SECONDS)
    if response.status_code != httpx.codes.OK:
        raise NoAnswerError(f"The API answers {response.status_code}: {response.text[:500]}")


def content_path(stack: dict[str, Any]) -> str | None:
    """The path of some e-mail's content, for a line that can be copied."""
    emails = f"{console.RECORD}/emails"
    headers = {"Authorization": f"Bearer {stack['tokens']['admin']}"}
    url = f"{stack['api']}/v1/orgs/{stack['orgs'][0]}/{emails}"
    response = httpx.get(url, headers=headers, timeout=ANSWER_SECONDS)
    entries = response.json()["entries"] if response.status_code == httpx.codes.OK else []
    return next((f"{emails}/{entry['id']}/content" for entry in entries if entry["has_content"]), None)
