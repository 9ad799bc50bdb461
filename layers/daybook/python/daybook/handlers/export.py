"""The wiring of the export function."""

from __future__ import annotations

from collections.abc import Mapping

from daybook.audit.entry import AuditEntries
from daybook.aws import cloudwatch
from daybook.aws.sqs import Queue
from daybook.exports.spreadsheet import CsvLines
from daybook.exports.work.attempts import Attempts
from daybook.exports.work.job import ExportJob
from daybook.exports.work.reading import ListExport
from daybook.handlers import list_wiring, settings, wiring
from daybook.handlers.settings import ExportSettings
from daybook.handlers.triggers.export_queue import ExportQueueHandler


def queue_handler(environ: Mapping[str, str]) -> ExportQueueHandler:
    config = settings.read(environ, ExportSettings)
    table, contents = wiring.table(config), wiring.content_store(config)
    orgs, files = wiring.orgs(table), wiring.export_files(config)
    job = ExportJob(
        attempts=Attempts(table=table, file_days=config.export_days, clock=wiring.now),
        lists=ListExport(
            reader=list_wiring.lists(config, table, orgs).reader,
            audit_entries=AuditEntries(table=table, bodies=contents, orgs=orgs, clock=wiring.now),
            csv_lines=CsvLines,
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
