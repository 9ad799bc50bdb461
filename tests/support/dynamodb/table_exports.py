"""Exports of a table of DynamoDB Local, made of the project's own parts: what asks for one, and what works on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from daybook.access.callers import Caller
from daybook.access.grants import Grants
from daybook.api import routes
from daybook.api.endpoints import audit
from daybook.api.gateway import Route
from daybook.api.list_reader import RouteListReader
from daybook.audit.log import AuditLog
from daybook.core.paging import Cursors
from daybook.exports.export_item import Format
from daybook.exports.files import ExportFiles
from daybook.exports.requests import ExportRequest, ExportRequests
from daybook.exports.running.attempts import Attempts
from daybook.exports.running.job import ExportJob
from daybook.exports.running.reading import ListExport
from daybook.exports.spreadsheets.csv_lines import CsvLines
from daybook.search.by_time import EntriesByTime
from daybook.search.by_words import EntriesByWords

from tests.support.dynamodb.metered import NoRecorder
from tests.support.dynamodb.service_stack import NOW

ORG = "riverside"
ADA = Caller(ORG, "ada", "Ada Admin", frozenset({"admin"}), frozenset())
FILE_DAYS = 7


class NoQueue:
    def send(self, body: str, *, delay: int = 0, tenant: str) -> None:
        pass


def utc(_: str) -> ZoneInfo:
    return ZoneInfo("UTC")


def now() -> datetime:
    return NOW


def audit_routes(table: Any) -> dict[str, Route]:
    """The org's audit log, by the name of its route."""
    log = AuditLog(
        table=table, by_time=EntriesByTime(table=table), by_words=EntriesByWords(table=table, clock=now), zone=utc,
        cursors=Cursors(secret="test"), clock=now, timer=lambda: 0.0,
    )  # fmt: skip
    return {routes.GET_ORG_AUDIT: audit.list_audit(log)}


class TableExports:
    """Exports of lists of `table` into `objects`, by nobody's queue and without audit entries."""

    def __init__(self, table: Any, list_routes: dict[str, Route], objects: Any) -> None:
        self._table = table
        self._reader = RouteListReader(list_routes)
        self._files = ExportFiles(objects=objects)
        self._grants = Grants(table=table, timer=time.monotonic, admin_group="admin")

    def ask(self, path: str, file_format: Format) -> str:
        """The id of a new export, which nothing works on yet."""
        requests = ExportRequests(
            table=self._table, reader=self._reader, recorder=NoRecorder(), queue=NoQueue(), zone=utc,
            file_days=FILE_DAYS, clock=now,
        )  # fmt: skip
        caller = self._grants.with_permissions(ORG, ADA)
        return requests.create(ORG, ExportRequest(list=path, format=file_format), caller, None).id

    def job(self, clock: Callable[[], datetime] = now) -> ExportJob:
        lists = ListExport(
            reader=self._reader, audit_entries=None,  # type: ignore[arg-type]
            csv_lines=lambda _, path, rows, zone: CsvLines(path, rows, zone), files=self._files, clock=clock,
        )  # fmt: skip
        return ExportJob(
            attempts=Attempts(table=self._table, file_days=FILE_DAYS, clock=clock), lists=lists, files=self._files,
            grants=self._grants, services=frozenset(), recorder=NoRecorder(), queue=NoQueue(),
        )  # fmt: skip
