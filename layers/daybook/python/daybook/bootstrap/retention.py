"""The function that follows what TTL takes, and looks daily for what it should have taken."""

from __future__ import annotations

from collections.abc import Mapping

from daybook import settings
from daybook.archive import Archive
from daybook.archive_store import ArchiveObjects
from daybook.audit_reading import Merged
from daybook.bodies import Bodies, S3Objects
from daybook.bootstrap import parts
from daybook.erasing import Erasing
from daybook.erasing_acts import ErasingActs
from daybook.erasing_archive import ErasingArchive
from daybook.erasing_entries import ErasingEntries
from daybook.erasures import Erasures
from daybook.forgetting import Forgetting
from daybook.holding import Holding
from daybook.losses import Losses
from daybook.removals import Removals
from daybook.restamping import Restamping
from daybook.retention_check import RetentionCheck
from daybook.retention_preview import Preview
from daybook.settings import RetentionSettings


def removals(environ: Mapping[str, str]) -> Removals:
    config = settings.read(environ, RetentionSettings)
    table = parts.table(config)
    objects = S3Objects(bucket=config.bucket_name, region=config.aws_region)
    bodies, forgetting = Bodies(objects=objects), Forgetting(table=table, clock=parts.now)
    archived = ArchiveObjects(bucket=config.archive_bucket, region=config.aws_region) if config.archive_bucket else None
    acts = ErasingActs(table=table, merged=Merged(table=table), bodies=bodies, objects=objects, index=forgetting)
    return Removals(
        archive=None
        if archived is None
        else Archive(objects=archived, contents=bodies, erased=Erasures(table=table, clock=parts.now)),
        forgetting=forgetting,
        losses=Losses(table=table),
        objects=objects,
        check=RetentionCheck(table=table, clock=parts.now),
        erasing=Erasing(
            table=table,
            entries=ErasingEntries(table=table, acts=acts, objects=objects),
            acts=acts,
            archive=None if archived is None else ErasingArchive(objects=archived),
            standings=parts.standings(config, table),
            digest=parts.digest(config),
            clock=parts.now,
        ),
        applying=Restamping(
            table=table,
            holding=Holding(table=table, policy=config.policy, clock=parts.now),
            durations=config.durations,
            clock=parts.now,
        ),
        preview=Preview(table=table, durations=config.durations, clock=parts.now),
        logger=parts.logger(),
    )
