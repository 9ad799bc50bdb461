"""The wiring of the retention function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger
from msgspec import Struct

from daybook.aws import cloudwatch
from daybook.aws.s3 import ArchiveObjects, S3Objects
from daybook.erasure.archive import ArchiveErasure, redact_erased
from daybook.erasure.audit_entries import AuditEntryErasure
from daybook.erasure.job import ErasureJob
from daybook.erasure.messages import MessageErasure
from daybook.erasure.requests import ErasureQueries
from daybook.erasure.work_list import WorkList
from daybook.exports.endings import ExportEndings
from daybook.handlers import settings, wiring
from daybook.handlers.settings import RetentionSettings
from daybook.handlers.triggers import stream_records
from daybook.handlers.triggers.admin_calls import AdminCall, admin_call
from daybook.handlers.triggers.erasures import ErasureScheduleHandler, ErasureSteps
from daybook.handlers.triggers.expiry_stream import ExpiryStreamHandler
from daybook.handlers.triggers.retention_schedule import RetentionScheduleHandler
from daybook.holds.enforcement import HoldEnforcer
from daybook.holds.expired_before_hold import ExpiredBeforeHold
from daybook.retention import apply_policy, preview
from daybook.retention.apply_policy import ApplyPolicyJob
from daybook.retention.archive import Archive
from daybook.retention.daily_check import DailyCheck
from daybook.retention.preview import RetentionPreview
from daybook.search.by_time import EntriesByTime
from daybook.search.index.remover import IndexRemover
from daybook.storage.content_store import ContentStore
from daybook.storage.table import Table


class RetentionTriggers(Struct, frozen=True):
    """`stream` takes the records of a batch, `schedule` a count of the seconds left, `apply` and `preview` requests."""

    stream: ExpiryStreamHandler
    erasures: ErasureScheduleHandler
    schedule: RetentionScheduleHandler
    apply: AdminCall
    preview: AdminCall
    logger: Logger

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        """A batch of the stream, `{"erasures": true}` or `{"check": true}` of a schedule, or `apply` or `preview`."""
        cloudwatch.begin_invocation(self.logger, context, stream_records.first_sequence_number(event))
        if "apply" in event:
            return self.apply(event["apply"])
        if "preview" in event:
            return self.preview(event["preview"])
        if "erasures" in event:
            return self.erasures()
        if "check" in event:
            return self.schedule(lambda: context.get_remaining_time_in_millis() / 1000)
        return self.stream(event["Records"])


def triggers(environ: Mapping[str, str]) -> RetentionTriggers:
    config = settings.read(environ, RetentionSettings)
    table, logger, metrics = wiring.table(config), cloudwatch.logger(), cloudwatch.metrics()
    objects = S3Objects(bucket=config.bucket_name, region=config.aws_region)
    archived = ArchiveObjects(bucket=config.archive_bucket, region=config.aws_region) if config.archive_bucket else None
    contents, remover = ContentStore(objects=objects), IndexRemover(table=table, clock=wiring.now)
    work_list = WorkList(table=table, clock=wiring.now)
    job = _erasure_job(config, table, work_list, objects, archived, contents, remover)
    steps = ErasureSteps(job=job, logger=logger)
    apply_job = ApplyPolicyJob(
        table=table,
        holds=HoldEnforcer(table=table, policy=config.policy, clock=wiring.now),
        durations=config.durations,
        clock=wiring.now,
    )
    previewer = RetentionPreview(table=table, durations=config.durations, clock=wiring.now)
    return RetentionTriggers(
        stream=ExpiryStreamHandler(
            archive=None if archived is None else _archive(table, archived, contents),
            index_remover=remover,
            expired_before_hold=ExpiredBeforeHold(table=table),
            register=wiring.record_register(config, table),
            objects=objects,
            erasures=steps,
            logger=logger,
            metrics=metrics,
        ),
        erasures=ErasureScheduleHandler(work_list=work_list, steps=steps, logger=logger, metrics=metrics),
        schedule=RetentionScheduleHandler(
            check=DailyCheck(table=table, clock=wiring.now), logger=logger, metrics=metrics
        ),
        apply=admin_call(apply_job.step, apply_policy.ApplyRequest),
        preview=admin_call(previewer.step, preview.PreviewRequest),
        logger=logger,
    )


def _archive(table: Table, archived: ArchiveObjects, contents: ContentStore) -> Archive:
    erased = ErasureQueries(table=table, clock=wiring.now).recent
    return Archive(objects=archived, contents=contents, erased=erased, redact=redact_erased)


def _erasure_job(
    config: RetentionSettings,
    table: Table,
    work_list: WorkList,
    objects: S3Objects,
    archived: ArchiveObjects | None,
    contents: ContentStore,
    remover: IndexRemover,
) -> ErasureJob:
    register = wiring.record_register(config, table)
    audit_entries = AuditEntryErasure(
        table=table,
        by_time=EntriesByTime(table=table),
        bodies=contents,
        objects=objects,
        index=remover,
        register=register,
    )
    return ErasureJob(
        table=table,
        work_list=work_list,
        messages=MessageErasure(table=table, audit_erasure=audit_entries, objects=objects),
        audit_entries=audit_entries,
        archive=None if archived is None else ArchiveErasure(objects=archived),
        address_store=wiring.address_store(config, table),
        register=register,
        exports=ExportEndings(table=table, files=wiring.export_files(config), clock=wiring.now),
        keyed_hash=wiring.keyed_hash(config),
    )
