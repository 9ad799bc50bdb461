"""The retention function: what follows when TTL has taken something; once a day a look at what it left; the erasures
that staff have asked for. When it is asked to, it applies a changed policy, or tells what one would take.

What TTL took comes from the table's stream, perhaps more than once; all that follows bears being done twice.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from aws_lambda_powertools import Logger

from daybook.aws.s3 import ArchiveObjects, S3Objects
from daybook.core.errors import StoreBusyError
from daybook.erasure.archive import ArchiveErasure, without
from daybook.erasure.audit_entries import AuditEntryErasure
from daybook.erasure.job import ErasureJob
from daybook.erasure.messages import MessageErasure
from daybook.erasure.requests import ErasureQueries
from daybook.handlers import settings, wiring
from daybook.handlers.settings import RetentionSettings
from daybook.holds.enforcement import HoldEnforcer
from daybook.holds.expired_before_hold import ExpiredBeforeHold, ExpiredItem
from daybook.retention import apply_policy
from daybook.retention.apply_policy import ApplyPolicyJob
from daybook.retention.archive import Archive
from daybook.retention.daily_check import DailyCheck, Figures
from daybook.retention.preview import PreviewRequest, PreviewStep, RetentionPreview
from daybook.search.by_time import EntriesByTime
from daybook.search.index_remover import IndexRemover
from daybook.storage import attributes, entry_items, keys
from daybook.storage.content_store import ContentStore
from daybook.storage.store import Item, key_of

# Of the 900 that a call may take, for all erasures under way.
ERASING_SECONDS = 120.0


TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


class Context(Protocol):
    """What of Lambda's is needed here."""

    def get_remaining_time_in_millis(self) -> int: ...


class Keeping(Protocol):
    """See `daybook.archive.Archive`."""

    def keep(self, removed: Sequence[Item]) -> int: ...


class Forgets(Protocol):
    """See `daybook.forgetting.Forgetting`."""

    def forget(self, org: str, ats: Collection[str]) -> None: ...


class Noting(Protocol):
    """See `daybook.losses.Losses`."""

    def note(self, taken: Sequence[ExpiredItem]) -> int: ...


class Deleting(Protocol):
    """See `daybook.bodies.S3Objects`."""

    def delete(self, names: Sequence[str]) -> None: ...


class Checking(Protocol):
    """See `daybook.retention_check.DailyCheck`."""

    def step(self, seconds_left: Callable[[], float]) -> Figures | None: ...


class Erases(Protocol):
    """See `daybook.erasing.Erasing`."""

    def under_way(self) -> list[tuple[str, str]]: ...

    def step(self, org: str, erasure_id: str, seconds: float) -> None: ...


class Applying(Protocol):
    """See `daybook.retention.apply_policy.ApplyPolicyJob`."""

    def step(self, request: apply_policy.ApplyRequest) -> apply_policy.ApplyProgress: ...


class Previewing(Protocol):
    """See `daybook.retention.preview.RetentionPreview`."""

    def step(self, request: PreviewRequest) -> PreviewStep: ...


class Removals:
    """A Lambda handler. Without an `archive` nothing is archived."""

    def __init__(
        self,
        *,
        archive: Keeping | None,
        forgetting: Forgets,
        losses: Noting,
        objects: Deleting,
        check: Checking,
        erasing: Erases,
        applying: Applying,
        preview: Previewing,
        logger: Logger,
    ) -> None:
        self._archive = archive
        self._forgetting = forgetting
        self._losses = losses
        self._objects = objects
        self._check = check
        self._erasing = erasing
        self._applying = applying
        self._preview = preview
        self._logger = logger

    def __call__(self, event: Mapping[str, Any], context: Context) -> Any:
        """Whatever is raised makes Lambda deliver the same batch again, whole; `{"check": true}` is the schedule's.

        `{"apply": {...}}` and `{"preview": {...}}` are asked by the command line, step by step.
        """
        if "apply" in event:
            return msgspec.to_builtins(self._applying.step(msgspec.convert(event["apply"], apply_policy.ApplyRequest)))
        if "preview" in event:
            asked = msgspec.convert(event["preview"], PreviewRequest)
            return msgspec.to_builtins(self._preview.step(asked))
        if "check" in event:
            return self._look(context)
        return self._follow(event["Records"])

    def _look(self, context: Context) -> None:
        self._erase(self._erasing.under_way())
        figures = self._check.step(lambda: context.get_remaining_time_in_millis() / 1000)
        if figures is not None:
            self._logger.info("retention checked", extra=msgspec.to_builtins(figures))

    def _erase(self, asked: Sequence[tuple[str, str]]) -> None:
        for org, erasure_id in asked:
            try:
                self._erasing.step(org, erasure_id, ERASING_SECONDS / len(asked))
            except StoreBusyError as error:
                # The stream must not wait for it.
                self._logger.warning("erasure put off", extra={"erasure": erasure_id, "reason": error.detail})

    def _follow(self, records: Sequence[Mapping[str, Any]]) -> None:
        started = time.perf_counter()
        found = taken(records)
        removed = [one.item for one in found]
        archived = self._archive.keep(removed) if self._archive is not None else 0
        forgotten = places(removed)
        for org, ats in forgotten.items():
            self._forgetting.forget(org, ats)
        lost = self._losses.note(found)
        # Last: the archive reads some of them.
        objects = [attributes.text(item, "object") for item in removed if "object" in item]
        self._objects.delete(objects)
        # After what cannot wait: the schedule comes back for erasures.
        asked = erasures(records)
        self._erase(asked)
        # Figures only.
        self._logger.info(
            "retired",
            extra={
                "stream_records": len(records),
                "entries_expired": sum(keys.log_of(*key_of(item)) is not None for item in removed),
                "entries_archived": archived,
                "entries_forgotten": sum(map(len, forgotten.values())),
                "entries_lost_to_holds": lost,
                "objects_deleted": len(objects),
                "erasures_continued": len(asked),
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )


def erasures(records: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The orgs and ids of the erasures under way that they tell of, each once."""
    images = [record["dynamodb"].get("NewImage", {}) for record in records]
    found = [attributes.text(image, "sk") for image in images if image and attributes.text(image, "pk") == keys.ERASING]
    return [keys.split_erasing(sk) for sk in dict.fromkeys(found)]


def taken(records: Sequence[Mapping[str, Any]]) -> list[ExpiredItem]:
    """The items, as they were last, that TTL and nobody else has removed; each once."""
    removed = [
        ExpiredItem(record["dynamodb"]["OldImage"], record["dynamodb"]["ApproximateCreationDateTime"])
        for record in records
        if record["eventName"] == "REMOVE" and record.get("userIdentity") == TTL
    ]
    return list({key_of(one.item): one for one in removed}.values())


def places(removed: Sequence[Item]) -> dict[str, list[str]]:
    """Where the removed entries stood in their orgs' audit logs (`at`), by org."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in removed:
        # A copy has its record's key, too, but does not stand in the org's log.
        if "org_source" in item:
            found[entry_items.record_of(attributes.text(item, "pk"))[0]].append(attributes.text(item, "at"))
    return found


def removals(environ: Mapping[str, str]) -> Removals:
    config = settings.read(environ, RetentionSettings)
    table = wiring.table(config)
    objects = S3Objects(bucket=config.bucket_name, region=config.aws_region)
    bodies, forgetting = ContentStore(objects=objects), IndexRemover(table=table, clock=wiring.now)
    archived = ArchiveObjects(bucket=config.archive_bucket, region=config.aws_region) if config.archive_bucket else None
    acts = AuditEntryErasure(
        table=table, merged=EntriesByTime(table=table), bodies=bodies, objects=objects, index=forgetting
    )
    return Removals(
        archive=None
        if archived is None
        else Archive(
            objects=archived, contents=bodies, erased=ErasureQueries(table=table, clock=wiring.now), redact=without
        ),
        forgetting=forgetting,
        losses=ExpiredBeforeHold(table=table),
        objects=objects,
        check=DailyCheck(table=table, clock=wiring.now),
        erasing=ErasureJob(
            table=table,
            entries=MessageErasure(table=table, acts=acts, objects=objects),
            acts=acts,
            archive=None if archived is None else ArchiveErasure(objects=archived),
            address_store=wiring.address_store(config, table),
            digest=wiring.digest(config),
            clock=wiring.now,
        ),
        applying=ApplyPolicyJob(
            table=table,
            holds=HoldEnforcer(table=table, policy=config.policy, clock=wiring.now),
            durations=config.durations,
            clock=wiring.now,
        ),
        preview=RetentionPreview(table=table, durations=config.durations, clock=wiring.now),
        logger=wiring.logger(),
    )
