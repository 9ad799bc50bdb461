"""The calls of Daybook's HTTP API: those within one org, and those about orgs. What goes wrong is an ApiError."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from daybook_cli.connection.client import Client, Page, Parameters, objects
from daybook_cli.connection.problems import ApiError
from daybook_cli.connection.settings import Connection, Endpoint

_ORGS = "/v1/orgs"
# What may stand unescaped in one segment of a path (RFC 3986, pchar).
_SEGMENT = "._~:@!$&'()*+,;=-"


class Api:
    """One org of one API, with one token. Threads may share it. `options` are those of `connection.client.Client`.

    A path is given by its segments behind the org's, as in `get("records", "family", "123", "emails")`.
    """

    def __init__(self, connection: Connection, **options: Any) -> None:
        self._client = Client(connection, **options)
        self.org = connection.org
        self._base = f"{_ORGS}/{_quoted(connection.org)}"

    def stop(self) -> None:
        """As `connection.client.Client.stop`."""
        self._client.stop()

    def close(self) -> None:
        """As `connection.client.Client.close`."""
        self._client.close()

    def get(self, *path: str, parameters: Parameters | None = None) -> dict[str, Any]:
        """The answer to a GET."""
        return self._client.request("GET", self._path(path), params=parameters or {})

    def pages(self, *path: str, parameters: Parameters) -> Iterator[Page]:
        """Every page of a list."""
        return self._client.pages(self._path(path), parameters)

    def send(
        self, method: str, *path: str, body: Mapping[str, object] | None = None, idempotent: bool = True
    ) -> dict[str, Any]:
        """The answer to a request with a JSON body. `idempotent`: a second request would change nothing more."""
        content = {} if body is None else {"json": body}
        return self._client.request(method, self._path(path), idempotent=idempotent, **content)

    def post_entries(self, body: bytes, *, idempotent: bool) -> list[dict[str, Any]]:
        """Post one batch; the `results` of the answer. `idempotent`: posting an entry again makes a duplicate of it."""
        headers = {"content-type": "application/json"}
        path = f"{self._base}/entries"
        answer = self._client.request("POST", path, content=body, headers=headers, idempotent=idempotent)
        return objects(answer, "results")

    def get_audit_entry(self, entry_id: str) -> dict[str, Any]:
        """One entry of the org's audit log, with every field."""
        entry = self.get("audit", entry_id)
        # `staff` is no id, but there is something at its path.
        if entry.get("id") != entry_id:
            raise ApiError(f"{entry_id!r} is not the id of an audit entry.")
        return entry

    def get_time_zone(self) -> str:
        """The org's time zone, an IANA name."""
        name = self.get("settings").get("time_zone")
        if not isinstance(name, str):
            raise ApiError("The API answered without 'time_zone': is the address right?")
        return name

    def _path(self, segments: tuple[str, ...]) -> str:
        return "/".join([self._base, *map(_quoted, segments)])


class OrgsApi:
    """The orgs of one API, as a service of the platform sees them. `options` as for `Api`."""

    def __init__(self, endpoint: Endpoint, **options: Any) -> None:
        self._client = Client(endpoint, **options)

    def close(self) -> None:
        """As `connection.client.Client.close`."""
        self._client.close()

    def pages(self, parameters: Parameters) -> Iterator[Page]:
        """Every page of the orgs: of each `org`, `name`, `time_zone` and `record_url`."""
        return self._client.pages(_ORGS, parameters)

    def get(self, org: str) -> dict[str, Any]:
        """One org, as in `pages`."""
        return self._client.request("GET", f"{_ORGS}/{_quoted(org)}")

    def put(self, org: str, settings: Mapping[str, object]) -> dict[str, Any]:
        """Make an org, or change it; it, as in `pages`. `settings` are `name` and, else unchanged, the two others."""
        return self._client.request("PUT", f"{_ORGS}/{_quoted(org)}", json=settings)


def _quoted(segment: str) -> str:
    return quote(segment, safe=_SEGMENT)
