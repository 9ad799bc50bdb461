"""The local stack from start to stop."""

import logging
import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from botocore.session import Session
from daybook_cli.connection.aws import AwsTarget
from daybook_cli.demo import loading
from daybook_cli.feedback.local_stack import wait_until_empty

from daybook_local.deployment import cloudformation
from daybook_local.emulator.server import Emulator
from daybook_local.issuer.callers import (
    AUDIENCE,
    CONSOLE_CLIENT,
    FRONT_DESK,
    FRONT_DESK_PERMISSIONS,
    ORGS,
    SERVICE_CLIENTS,
)
from daybook_local.issuer.server import Issuer
from daybook_local.issuer.tokens import stored_key
from daybook_local.private_files import write_json
from daybook_local.stack import demonstration_data, ports, screen, snapshot
from daybook_local.stack.settings import REGION, Settings, environment
from daybook_local.status_line import Show

API_TIMEOUT_SECONDS = 60
# For feedback and the index to follow the demonstration data; a busy machine takes its time.
PROCESSING_TIMEOUT_SECONDS = 60
PROCESSING_POLL_SECONDS = 0.1
# Attempts to delete the scratch folder, a tenth of a second apart.
REMOVALS = 50


class ApiNotReadyError(Exception):
    """The API was deployed but does not answer as it should; the message has its answer."""


class Stack:
    """Once started, it is described as in stack.json."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._snapshot_file = settings.state / "data.json"
        self._description: dict[str, Any] = {}
        self._emulator: Emulator | None = None

    def start(self, cleanup: ExitStack, show: Show) -> None:
        """Start everything, up to a written stack.json; `cleanup` gets what must be undone at the end.

        `show` is told what is being done.
        """
        settings = self._settings
        api_port = ports.require_free(settings.port)
        aws_port, issuer_port = ports.prefer(api_port + 1), ports.prefer(api_port + 2)
        host_port = ports.prefer(api_port + 3)
        embed_origins = [f"http://{name}:{host_port}" for name in (ports.HOST, "localhost")]
        cleanup.callback(settings.stack_file.unlink, missing_ok=True)
        cleanup.callback(_remove, settings.scratch)
        _prepare_folder(settings)
        _prepare_process(settings, aws_port)

        show("starting the emulator and the token issuer")
        issuer = Issuer(stored_key(settings.state / "issuer-key.json"), ports.HOST, issuer_port)
        issuer.start()
        cleanup.callback(issuer.stop)
        emulator = Emulator(
            ports.HOST, aws_port=aws_port, api_port=api_port, transformed_template=settings.state / "template.json"
        )
        cleanup.callback(emulator.stop)
        emulator.start()
        show("applying infra/template.yaml")
        deployment = cloudformation.prepare(
            _client("s3", emulator.aws),
            issuer=issuer.url,
            audience=AUDIENCE,
            service_clients=SERVICE_CLIENTS,
            console_client=CONSOLE_CLIENT,
            embed_origins=embed_origins,
        )
        outputs = cloudformation.deploy(_client("cloudformation", emulator.aws), deployment)
        emulator.serve_api(outputs["ApiId"])
        show("starting the functions")
        _wait_for_api(emulator.api)
        self._emulator = emulator
        self._description = _description(emulator, issuer, outputs, embed_origins)
        if not self._restore_data(emulator, show):
            self._load_demonstration(emulator, show)
        write_json(settings.stack_file, self._description, indent=2)

    def print_screen(self) -> None:
        """Print what to do with the started stack."""
        screen.print_screen(self._description, self._settings)

    def wait(self) -> None:
        """Return when the emulator has stopped by itself."""
        while self._emulator and self._emulator.is_alive:
            time.sleep(0.5)

    def save(self) -> None:
        """Save the data for the next run. A stack that did not start leaves those of the run before."""
        if self._emulator and self._description:
            write_json(self._snapshot_file, self._data(self._emulator))

    def _data(self, emulator: Emulator) -> dict[str, Any]:
        items = emulator.table_items(self._description["table"])
        objects = snapshot.objects_of(_client("s3", emulator.aws), self._description["bucket"])
        return {"items": items, "objects": objects}

    def _restore(self, emulator: Emulator, saved: dict[str, Any]) -> None:
        emulator.restore_items(self._description["table"], saved["items"])
        snapshot.restore_objects(_client("s3", emulator.aws), self._description["bucket"], saved["objects"])

    def _make_orgs(self) -> None:
        loading.make_orgs(self._description["api"], self._description["tokens"]["platform"], ORGS)

    def _restore_data(self, emulator: Emulator, show: Show) -> bool:
        """Whether there were data to keep."""
        saved = snapshot.read(self._snapshot_file) if self._settings.keep else None
        if not saved:
            return False
        show("restoring the data of the last run")
        self._restore(emulator, saved)
        self._make_orgs()
        return True

    def _load_demonstration(self, emulator: Emulator, show: Show) -> None:
        """Post the demonstration data; those that this code has posted today are restored."""
        file, digest = self._settings.state / "demonstration.json", demonstration_data.digest(datetime.now(UTC).date())
        if saved := demonstration_data.read(file, digest):
            show("restoring today's demonstration data")
            self._restore(emulator, saved)
            return
        self._post_demonstration(show)
        show("waiting for feedback and the index")
        if self._is_processed(emulator):
            write_json(file, {"digest": digest, **self._data(emulator)})
        else:
            show("some of it is still being processed")

    def _post_demonstration(self, show: Show) -> None:
        stack = self._description
        show("making the orgs")
        self._make_orgs()
        loading.grant(stack, "admin", ORGS[0], FRONT_DESK, FRONT_DESK_PERMISSIONS)
        demonstrations = loading.of_today(list(ORGS))
        show("loading demonstration data")
        loading.post_entries(
            stack["api"],
            stack["tokens"]["service"],
            demonstrations,
            screen.counting("loading demonstration data", show),
        )
        show("publishing feedback on its messages")
        for org, demonstration in demonstrations.items():
            loading.publish_feedback(stack, org, demonstration)
        # Meanwhile the queue is worked off.
        show("placing a hold, bringing blacklists")
        for (org, demonstration), token in zip(demonstrations.items(), ("admin", "other_admin"), strict=True):
            loading.manage(stack, token, org, demonstration.now)

    def _is_processed(self, emulator: Emulator) -> bool:
        """Wait until feedback and index have followed; False where they have not in time."""
        target, queue = AwsTarget.of_stack(self._description), self._description["feedback_queue"]
        deadline = time.monotonic() + PROCESSING_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            # Feedback writes to the table, so its queue is looked at first.
            if wait_until_empty(target, queue, timeout=PROCESSING_TIMEOUT_SECONDS) and emulator.stream_is_read(
                self._description["table"]
            ):
                return True
            time.sleep(PROCESSING_POLL_SECONDS)
        return False


def _prepare_folder(settings: Settings) -> None:
    settings.stack_file.unlink(missing_ok=True)
    _remove(settings.scratch)
    settings.scratch.mkdir(parents=True)


def _remove(folder: Path) -> None:
    """Delete a folder, in which a function that is just being started may still write."""
    for _ in range(REMOVALS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def _prepare_process(settings: Settings, aws_port: int) -> None:
    variables = environment(os.environ, scratch=settings.scratch, aws_port=aws_port)
    os.environ.clear()
    os.environ.update(variables)
    tempfile.tempdir = str(settings.scratch)
    # Before ministack, which would log to the terminal.
    logging.basicConfig(
        filename=settings.state / "emulator.log",
        filemode="w",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )


def _client(service: str, endpoint: str) -> Any:
    return Session().create_client(service, region_name=REGION, endpoint_url=endpoint)


def _description(
    emulator: Emulator, issuer: Issuer, outputs: dict[str, str], embed_origins: list[str]
) -> dict[str, Any]:
    """The content of stack.json: `docs/local.md` has its keys."""
    return {
        "console": f"{emulator.api}/console/",
        "embed_origins": embed_origins,
        "api": emulator.api,
        "tokens": issuer.tokens(),
        "orgs": list(ORGS),
        "aws": emulator.aws,
        "region": REGION,
        "issuer": issuer.url,
        "table": outputs["TableName"],
        "bucket": outputs["BucketName"],
        "archive": outputs["ArchiveBucketName"],
        "exports": outputs["ExportsBucketName"],
        "feedback_topic": outputs["FeedbackTopicArn"],
        "feedback_queue": outputs["FeedbackQueueUrl"],
        "dead_letters": outputs["DeadLettersUrl"],
        "sms_log_group": outputs["SmsLogGroupName"],
        "index_function": outputs["IndexFunctionName"],
        "retention_function": outputs["RetentionFunctionName"],
    }


def _wait_for_api(api: str) -> None:
    """The OpenAPI document needs no token and no data: its answer shows that route, function and layers work."""
    response = httpx.get(f"{api}/v1/openapi.json", timeout=API_TIMEOUT_SECONDS)
    if response.status_code != httpx.codes.OK:
        raise ApiNotReadyError(f"The API answers {response.status_code}: {response.text[:500]}")
