"""The services that several functions are built of."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from daybook.access.grants import Grants
from daybook.access.orgs import Orgs
from daybook.aws.dynamodb import Connection
from daybook.aws.s3 import S3Objects
from daybook.aws.s3_uploads import UploadObjects
from daybook.blacklist.address_store import AddressStore
from daybook.core.keyed_hash import KeyedHash, keyed
from daybook.entries.ingest import Ingest
from daybook.exports.files import ExportFiles
from daybook.feedback.reconcile import Reconciler
from daybook.handlers.settings import ExportSettings, IngestSettings, ManageSettings, RetentionSettings
from daybook.records.finding import RecordFinder
from daybook.records.register import RecordRegister
from daybook.storage.content_store import ContentStore
from daybook.storage.table import Table


def now() -> datetime:
    return datetime.now(UTC)


def table(config: IngestSettings) -> Table:
    return Table(name=config.table_name, connection=Connection(region=config.aws_region))


def orgs(table: Table) -> Orgs:
    return Orgs(table=table, timer=time.monotonic)


def grants(config: IngestSettings, table: Table) -> Grants:
    return Grants(table=table, admin_group=config.admin_group, timer=time.monotonic)


def export_files(config: ExportSettings | ManageSettings | RetentionSettings) -> ExportFiles:
    return ExportFiles(objects=UploadObjects(bucket=config.exports_bucket, region=config.aws_region))


def content_store(config: IngestSettings) -> ContentStore:
    return ContentStore(objects=S3Objects(bucket=config.bucket_name, region=config.aws_region))


def keyed_hash(config: IngestSettings) -> KeyedHash:
    return keyed(config.address_key)


def address_store(config: IngestSettings, table: Table) -> AddressStore:
    return AddressStore(table=table, keyed_hash=keyed_hash(config), soft_bounce_limit=config.soft_bounce_limit)


def record_finder(config: IngestSettings, table: Table) -> RecordFinder:
    return RecordFinder(table=table, keyed_hash=keyed_hash(config), clock=now)


def record_register(config: IngestSettings, table: Table) -> RecordRegister:
    return RecordRegister(table=table, keyed_hash=keyed_hash(config), clock=now)


def reconciler(config: IngestSettings, table: Table) -> Reconciler:
    return Reconciler(table=table, listener=address_store(config, table), keyed_hash=keyed_hash(config), clock=now)


def ingest(config: IngestSettings, table: Table, contents: ContentStore) -> Ingest:
    return Ingest(
        table=table,
        bodies=contents,
        blacklist=address_store(config, table),
        reconciler=reconciler(config, table),
        keyed_hash=keyed_hash(config),
        policy=config.policy,
        clock=now,
    )
