"""The function that follows what TTL takes, and looks daily for what it should have taken."""

from __future__ import annotations

from collections.abc import Mapping

from daybook import settings
from daybook.archive import Archive, ArchiveObjects
from daybook.bodies import Bodies, S3Objects
from daybook.bootstrap import parts
from daybook.forgetting import Forgetting
from daybook.holding import Holding
from daybook.removals import Removals
from daybook.restamping import Restamping
from daybook.retention_check import RetentionCheck
from daybook.retention_preview import Preview
from daybook.settings import RetentionSettings


def removals(environ: Mapping[str, str]) -> Removals:
    config = settings.read(environ, RetentionSettings)
    table = parts.table(config)
    objects = S3Objects(bucket=config.bucket_name, region=config.aws_region)
    return Removals(
        archive=_archive(config, objects),
        forgetting=Forgetting(table=table, clock=parts.now),
        objects=objects,
        check=RetentionCheck(table=table, clock=parts.now),
        applying=Restamping(
            table=table,
            holding=Holding(table=table, policy=config.policy, clock=parts.now),
            durations=config.durations,
            clock=parts.now,
        ),
        preview=Preview(table=table, durations=config.durations, clock=parts.now),
        logger=parts.logger(),
    )


def _archive(config: RetentionSettings, objects: S3Objects) -> Archive | None:
    if not config.archive_bucket:
        return None
    archive = ArchiveObjects(bucket=config.archive_bucket, region=config.aws_region)
    return Archive(objects=archive, contents=Bodies(objects=objects))
