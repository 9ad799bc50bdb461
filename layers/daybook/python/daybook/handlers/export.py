"""The wiring of the export function."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from daybook.audit.entry import AuditEntries
from daybook.aws import cloudwatch
from daybook.aws.sqs import Queue
from daybook.exports.running.attempts import Attempts
from daybook.exports.running.job import ExportJob
from daybook.exports.running.reading import ListExport
from daybook.exports.spreadsheets.csv_lines import CsvLines
from daybook.handlers import list_wiring, settings, wiring
from daybook.handlers.settings import ExportSettings
from daybook.handlers.triggers.export_queue import ExportQueueHandler
from daybook.records.head import RecordHeads


def queue_handler(environ: Mapping[str, str]) -> ExportQueueHandler:
    config = settings.read(environ, ExportSettings)
    table, contents = wiring.table(config), wiring.content_store(config)
    orgs, files = wiring.orgs(table), wiring.export_files(config)
    heads = RecordHeads(table=table, clock=wiring.now)
    job = ExportJob(
        attempts=Attempts(table=table, file_days=config.export_days, clock=wiring.now),
        lists=ListExport(
            reader=list_wiring.lists(config, table, orgs).reader,
            audit_entries=AuditEntries(table=table, bodies=contents, orgs=orgs, clock=wiring.now),
            csv_lines=lambda org, path, rows, zone: CsvLines(path, rows, zone, partial(heads.names, org)),
            files=files,
            clock=wiring.now,
        ),
        files=files,
        grants=wiring.grants(config, table),
        services=config.caller_rules.service_clients,
        recorder=wiring.ingest(config, table, contents),
        queue=Queue(url=config.export_queue_url, region=config.aws_region),
    )
    return ExportQueueHandler(job=job, logger=cloudwatch.logger(), metrics=cloudwatch.metrics())
