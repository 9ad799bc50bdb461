"""The schedules of the template's functions: ministack takes the rules of EventBridge, and invokes nothing."""

import logging
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger("daybook_local.schedules")

_SECONDS = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}


@dataclass(frozen=True)
class Schedule:
    """A function, by its logical id, that is invoked with `payload` every so many seconds."""

    function: str
    seconds: float
    payload: str


def schedules_of(template: Mapping[str, Any]) -> list[Schedule]:
    """The schedules of all functions of a template. ValueError for one that is no `rate`."""
    events = [
        (name, event["Properties"])
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Schedule"
    ]
    return [Schedule(name, _seconds(event["Schedule"]), event["Input"]) for name, event in events]


def _seconds(expression: str) -> float:
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate is None:
        raise ValueError(f"The schedule {expression!r} is not known here.")
    return int(rate[1]) * _SECONDS[rate[2]]


class Scheduler:
    """Invokes functions in a thread of its own. `functions` are their names by logical id."""

    def __init__(self, client: Any, schedules: Sequence[Schedule], functions: Mapping[str, str]) -> None:
        self._client, self._functions = client, functions
        self._due = {schedule: time.monotonic() + schedule.seconds for schedule in schedules}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(max(0.0, min(self._due.values()) - time.monotonic())):
            for schedule, due in self._due.items():
                if due <= time.monotonic():
                    self._due[schedule] = due + schedule.seconds
                    self._invoke(schedule)

    def _invoke(self, schedule: Schedule) -> None:
        try:
            self._client.invoke(
                FunctionName=self._functions[schedule.function], InvocationType="Event", Payload=schedule.payload
            )
        except (BotoCoreError, ClientError):
            # The next time makes up for it.
            log.exception("%s was not invoked with %s", schedule.function, schedule.payload)
