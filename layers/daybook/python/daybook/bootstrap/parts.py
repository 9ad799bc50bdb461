"""What several functions are built of."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from aws_lambda_powertools import Logger

from daybook import digests
from daybook.bodies import Bodies, S3Objects
from daybook.deliveries import Deliveries
from daybook.digests import Digest
from daybook.ingest import Ingest
from daybook.settings import IngestSettings
from daybook.standings import Standings
from daybook.table import Table
from daybook.wire import Wire


def now() -> datetime:
    return datetime.now(UTC)


def logger() -> Logger:
    # One line a request is a fifth of our own share of it: no look for the calling line, and the quicker serializer.
    return Logger(location=None, utc=True, json_serializer=lambda line: msgspec.json.encode(line).decode())


def table(config: IngestSettings) -> Table:
    return Table(name=config.table_name, wire=Wire(region=config.aws_region, endpoint=config.dynamodb_endpoint))


def bodies(config: IngestSettings) -> Bodies:
    return Bodies(objects=S3Objects(bucket=config.bucket_name, region=config.aws_region))


def digest(config: IngestSettings) -> Digest:
    return digests.keyed(config.address_key)


def standings(config: IngestSettings, table: Table) -> Standings:
    return Standings(table=table, digest=digest(config), soft_bounce_limit=config.soft_bounce_limit)


def deliveries(config: IngestSettings, table: Table) -> Deliveries:
    return Deliveries(table=table, listener=standings(config, table), digest=digest(config), clock=now)


def ingest(config: IngestSettings, table: Table, bodies: Bodies) -> Ingest:
    return Ingest(
        table=table,
        bodies=bodies,
        blacklist=standings(config, table),
        deliveries=deliveries(config, table),
        digest=digest(config),
        policy=config.policy,
        clock=now,
    )
