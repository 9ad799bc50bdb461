"""Builds a function's graph of objects from its environment; every collaborator is handed in by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from aws_lambda_powertools import Logger

from daybook import endpoints, gateway, routes, settings
from daybook.bodies import Bodies, S3Objects
from daybook.contents import Contents
from daybook.cursors import Cursors
from daybook.gateway import Gateway
from daybook.ingest import Ingest
from daybook.logs import Logs
from daybook.settings import IngestSettings, QuerySettings
from daybook.table import Table


def now() -> datetime:
    return datetime.now(UTC)


def ingest_gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, IngestSettings)
    ingest = _ingest(config, _table(config), _bodies(config))
    return Gateway(
        org_routes={routes.POST_ENTRIES: endpoints.post_entries(ingest)},
        open_routes={},
        claim_names=config.claim_names,
        logger=_logger(),
    )


def query_gateway(environ: Mapping[str, str]) -> Gateway:
    config = settings.read(environ, QuerySettings)
    table, bodies = _table(config), _bodies(config)
    logs = Logs(table=table, cursors=Cursors(secret=config.cursor_key), clock=now)
    contents = Contents(table=table, bodies=bodies, recorder=_ingest(config, table, bodies), clock=now)
    return Gateway(
        org_routes={**endpoints.log_routes(logs), routes.GET_CONTENT: endpoints.read_content(contents)},
        open_routes={routes.GET_OPENAPI: endpoints.read_openapi(_openapi), routes.DEFAULT: gateway.no_route},
        claim_names=config.claim_names,
        logger=_logger(),
    )


def _logger() -> Logger:
    # One line a request is a fifth of our own share of it: no look for the calling line, and the quicker serializer.
    return Logger(location=None, utc=True, json_serializer=lambda line: msgspec.json.encode(line).decode())


def _openapi() -> bytes:
    # Made of every type there is; one request in a million asks for it.
    from daybook import openapi  # noqa: PLC0415

    return openapi.document_bytes()


def _table(config: IngestSettings) -> Table:
    return Table(name=config.table_name, region=config.aws_region)


def _bodies(config: IngestSettings) -> Bodies:
    return Bodies(objects=S3Objects(bucket=config.bucket_name, region=config.aws_region))


def _ingest(config: IngestSettings, table: Table, bodies: Bodies) -> Ingest:
    return Ingest(table=table, bodies=bodies, policy=config.policy, clock=now)
