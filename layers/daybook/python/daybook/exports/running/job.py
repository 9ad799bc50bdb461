"""The work of exports: attempts to continue one, each in an invocation of its own, until its file is whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from daybook.access.callers import Caller
from daybook.access.grants import Grants
from daybook.access.own_audit import Recorder
from daybook.aws import faults
from daybook.core.errors import DaybookError, ForbiddenError, StoreBusyError
from daybook.exports import own_entries
from daybook.exports.files import ExportFiles, LostPartsError
from daybook.exports.messages import Message, Queue
from daybook.exports.running.attempts import Attempt, Attempts, LostLeaseError, Refusal
from daybook.exports.running.reading import ListExport

# Until an attempt is made again: after the n-th failure n times as long.
PAUSE_SECONDS = 30

UNFORESEEN = "an error that nobody foresaw: the log of the export function has it with the export's id"
LOST = "parts of the file were lost, and the list was read from its beginning again"

# `failed` after too many failures; `refused` by the list, or for want of a permission.
Outcome = Literal["done", "continued", "failed", "refused", "retried", "gone", "ended", "held"]


class Run(Struct, frozen=True):
    """What an invocation made of an export, how many rows it read, and the error with which it failed."""

    outcome: Outcome
    rows: int = 0
    error: Exception | None = None


class ExportJob:
    """`services` are the client ids that are services of the platform."""

    def __init__(
        self,
        *,
        attempts: Attempts,
        lists: ListExport,
        files: ExportFiles,
        grants: Grants,
        services: frozenset[str],
        recorder: Recorder,
        queue: Queue,
    ) -> None:
        self._attempts = attempts
        self._lists = lists
        self._files = files
        self._grants = grants
        self._services = services
        self._recorder = recorder
        self._queue = queue

    def run(self, message: Message, seconds_left: Callable[[], float]) -> Run:
        """Continue an export until it is done, or `seconds_left` of the invocation are too few.

        What fails is noted, and tried again by another message. StoreBusyError where not even that succeeds: then the
        same message has to be delivered again.
        """
        attempt = self._attempts.begin(message.org, message.id, seconds_left())
        if isinstance(attempt, Refusal):
            return self._refused(message, attempt)
        try:
            return self._attempt(message, attempt, seconds_left)
        except LostLeaseError:
            # Cancelled, perhaps: then what was uploaded meanwhile is nobody's.
            return self._clean_up(message)

    def _refused(self, message: Message, refusal: Refusal) -> Run:
        if refusal.why == "held":
            # The message may be that of the attempt which holds it: then nobody else would follow a killed one.
            message.send(self._queue, int(refusal.seconds) + 1)
        if refusal.why == "ended":
            return self._clean_up(message)
        return Run(refusal.why)

    def _clean_up(self, message: Message) -> Run:
        """Delete what is left of an export that has ended without a file."""
        if self._attempts.has_no_file(message.org, message.id):
            self._files.delete(message.org, message.id)
        return Run("ended")

    def _attempt(self, message: Message, attempt: Attempt, seconds_left: Callable[[], float]) -> Run:
        before = attempt.progress.rows
        try:
            if attempt.is_given_up:
                return self._give_up(attempt, "failed", attempt.reason)
            is_read = self._lists.read(attempt, self._permitted(attempt), seconds_left)
            if is_read:
                self._finish(attempt)
            else:
                attempt.release()
                message.send(self._queue)
            return Run("done" if is_read else "continued", attempt.progress.rows - before)
        except LostLeaseError:
            raise
        except StoreBusyError as error:
            return self._again(message, attempt, error, error.detail, counts=False)
        except DaybookError as error:
            # The list refuses it, now and later.
            return self._give_up(attempt, "refused", error.detail)
        except LostPartsError as error:
            return self._again(message, attempt, error, LOST, anew=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is noted, and whoever called logs it
            return self._again(message, attempt, error, faults.refusal(error) or UNFORESEEN)

    def _permitted(self, attempt: Attempt) -> Caller:
        """The asker with those permissions of now by which the list was asked for. ForbiddenError."""
        asker, wanted = attempt.asker, attempt.wanted
        caller = self._grants.with_permissions(attempt.org, asker.caller(attempt.org))
        if asker.is_service:
            if asker.username not in self._services:
                raise ForbiddenError(f"the client {asker.username} is no service of the platform any more")
            return caller
        for permission in ("export", *wanted.permissions):
            if permission not in caller.permissions:
                raise ForbiddenError(f"{asker.username} has lost the permission {permission}")
        # What the asker may besides by now would change the list, and what its cursors are bound to.
        return replace(caller, permissions=caller.permissions.intersection(wanted.permissions))

    def _finish(self, attempt: Attempt) -> None:
        org, export_id, wanted, progress = attempt.org, attempt.id, attempt.wanted, attempt.progress
        self._files.complete(org, export_id, wanted.format, progress)
        self._files.delete_leftovers(org, export_id)
        self._recorder.record(org, own_entries.completed(attempt.asker, export_id, wanted, progress))
        attempt.finish()

    def _give_up(self, attempt: Attempt, outcome: Outcome, reason: str, error: Exception | None = None) -> Run:
        attempt.give_up(reason)
        self._files.delete(attempt.org, attempt.id)
        return Run(outcome, error=error)

    def _again(
        self,
        message: Message,
        attempt: Attempt,
        error: Exception,
        reason: str,
        *,
        counts: bool = True,
        anew: bool = False,
    ) -> Run:
        """Note a failure, and have the export continued later; end it where it has failed too often."""
        attempt.fail(reason, counts=counts, anew=anew)
        if attempt.is_given_up:
            return self._give_up(attempt, "failed", reason, error)
        message.send(self._queue, PAUSE_SECONDS * max(attempt.failures, 1))
        return Run("retried", error=error)
