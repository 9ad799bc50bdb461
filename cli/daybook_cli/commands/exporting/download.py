"""The file of an export: fetched as a stream, gone on with where a connection breaks, written to a file or a pipe."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

import httpx

from daybook_cli.commands.api_commands import Session
from daybook_cli.commands.exporting.following import raise_without_file
from daybook_cli.connection import retry
from daybook_cli.connection.client import describe
from daybook_cli.connection.problems import ApiError
from daybook_cli.rendering.tables import Row

# Connections that bring nothing, one after the other, before it is given up.
_ATTEMPTS = 5
_TIMEOUT = httpx.Timeout(60, connect=5)
# A link that has run out meanwhile, and S3 that is busy: a new link is asked for.
_RETRYABLE = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE})


@contextmanager
def target(output: Path | None) -> Iterator[BinaryIO]:
    """Where the file goes: standard output without `output`. OSError where it cannot be written.

    What stands at `output` is replaced when all is there, and stays as it is where something goes wrong.
    """
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if output.exists() and not output.is_file():
        # A device or a pipe: nothing can take its place. A folder is an OSError.
        with output.open("wb") as file:
            yield file
        return
    final = output.resolve()
    # A name that nothing has: a user's own file may end in `.part`, and another export may write to `output`, too.
    part = final.with_name(f"{final.name}.{secrets.token_hex(4)}.part")
    try:
        file = part.open("xb")
    except OSError as error:
        error.filename = str(output)
        raise
    try:
        with file:
            yield file
        part.replace(final)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def fetch(session: Session, export: Row, file: BinaryIO) -> Row:
    """Write the file of an export that no longer runs. The export; ApiError.

    Ctrl-C ends with a sentence and exit status 130, as of `Runtime.interruptible`.
    """
    raise_without_file(export)
    export_id = str(export.get("id"))
    size = export.get("bytes")
    stopped = f"The download was stopped. `daybook exports fetch {export_id}` gets the file."
    with session.runtime.interruptible(stopped), session.runtime.progress() as bar:
        task = bar.add_task("", total=size if isinstance(size, int) else None, text="downloading")
        for chunk in _chunks(session, export_id):
            file.write(chunk)
            bar.advance(task, len(chunk))
    return export


def _chunks(session: Session, export_id: str) -> Iterator[bytes]:
    """The bytes of the file. A connection that breaks is followed by another, for the rest."""
    received, failures = 0, 0
    sleep = session.runtime.sleep or time.sleep
    # Without the token: it is not S3's to know.
    with httpx.Client(transport=session.runtime.transport, timeout=_TIMEOUT) as client:
        while True:
            url = _url(session.api.get("exports", export_id))
            try:
                for chunk in _from(client, url, received):
                    received += len(chunk)
                    failures = 0
                    yield chunk
            except (httpx.TransportError, _RetryableError) as error:
                failures += 1
                if failures >= _ATTEMPTS:
                    raise ApiError(f"The file cannot be fetched: {describe(error)}") from error
                sleep(retry.backoff(failures))
            else:
                return


class _RetryableError(Exception):
    """S3 refused the request, and may not refuse the next."""


def _url(export: Row) -> str:
    """The link to the file, which lives for a few minutes. ApiError."""
    raise_without_file(export)
    url = export.get("url")
    if not isinstance(url, str):
        raise ApiError("The API answered without 'url': is the address right?")
    return url


def _from(client: httpx.Client, url: str, start: int) -> Iterator[bytes]:
    """The bytes from `start` on. httpx.TransportError, _RetryableError; ApiError where another link is no help."""
    headers = {"accept-encoding": "identity", **({"range": f"bytes={start}-"} if start else {})}
    with client.stream("GET", url, headers=headers) as response:
        status = response.status_code
        if status in _RETRYABLE:
            raise _RetryableError(f"S3 answered {status}")
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            # The connection broke behind the last byte.
            return
        if status != (HTTPStatus.PARTIAL_CONTENT if start else HTTPStatus.OK):
            raise ApiError(f"The file cannot be fetched: S3 answered {status}.")
        yield from response.iter_bytes()
