"""Exports as the API and the export function make them, on moto."""

import csv
import io
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from daybook.api.list_reader import RouteListReader

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import EXPORTS
from tests.support.faults.stores import take_messages
from tests.support.functions.events import Context, queued

BASE = "/v1/orgs/riverside/exports"


def ask(path: str, *, claims: Any = api.ADMIN, file_format: str = "jsonl", **how: Any) -> api.Answer:
    """Ask for an export; `how` are further fields of the body."""
    return api.call("POST", BASE, claims=claims, body={"list": path, "format": file_format, **how})


def asked(path: str, **how: Any) -> str:
    """The id of an export that is asked for, and not refused."""
    answer = ask(path, **how)
    assert answer.status == 202, answer.text
    export_id: str = answer.body["id"]
    return export_id


def read_by_pages_of(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on lists are read for exports by pages of so many rows at most."""
    page = RouteListReader.page

    def small(reader: Any, org: str, path: str, query: Any, caller: Any, cursor: Any, rows: int = rows) -> Any:
        return page(reader, org, path, query, caller, cursor, rows)

    monkeypatch.setattr(RouteListReader, "page", small)


def read(export_id: str, claims: Any = api.ADMIN) -> api.Answer:
    return api.call("GET", f"{BASE}/{export_id}", claims=claims)


def cancel(export_id: str, claims: Any = api.ADMIN) -> api.Answer:
    return api.call("DELETE", f"{BASE}/{export_id}", claims=claims)


def work(rounds: int = 20, context: Context | None = None) -> None:
    """The export function takes what waits in its queue, until nothing does."""
    for _ in range(rounds):
        bodies = take_messages("exports")
        if not bodies:
            return
        for body in bodies:
            api.function("export").handler(queued([body]), context or Context())
    raise AssertionError("the exports come to no end")


def file_of(url: str) -> bytes:
    """What is downloaded by a link."""
    # moto serves a bucket under its name in the host.
    key = unquote(urlsplit(url).path).removeprefix(f"/{EXPORTS}").lstrip("/")
    body: bytes = client("s3").get_object(Bucket=EXPORTS, Key=key)["Body"].read()
    return body


def saved_as(url: str) -> str:
    """What a browser does with the file of a link."""
    return parse_qs(urlsplit(url).query)["response-content-disposition"][0]


def exported(path: str, **how: Any) -> bytes:
    """The file of a list."""
    export_id = asked(path, **how)
    work()
    answer = read(export_id, how.get("claims", api.ADMIN))
    assert answer.body["status"] == "done", answer.text
    return file_of(answer.body["url"])


def table_of(file: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file by the titles of its columns."""
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def objects() -> list[str]:
    """The names of all objects of exports."""
    return [each["Key"] for each in client("s3").list_objects_v2(Bucket=EXPORTS).get("Contents", [])]


def uploads() -> list[str]:
    """The names of all objects whose upload has not ended."""
    return [each["Key"] for each in client("s3").list_multipart_uploads(Bucket=EXPORTS).get("Uploads", [])]
