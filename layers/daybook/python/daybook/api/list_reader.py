"""Reading any list as its own route answers it: for exports."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from msgspec import Raw, Struct

from daybook.access.callers import Caller
from daybook.api import routes
from daybook.api.gateway import Request, Route
from daybook.exports import lists
from daybook.exports.listing import PAGE_ROWS, ListPage, Query

_ORG_LISTS = {
    "audit": routes.GET_ORG_AUDIT,
    "messages": routes.GET_MESSAGES,
    "blacklist": routes.GET_BLACKLIST,
    "holds": routes.GET_HOLDS,
}
_RECORD_LISTS = {name: route for route, name in routes.LOG_ROUTES.items()} | {"timeline": routes.GET_TIMELINE}


class _Range(Struct, frozen=True):
    start: str | None = msgspec.field(name="from")
    end: str | None = msgspec.field(name="to")


class _Page(Struct, frozen=True):
    entries: list[Raw]
    next: str | None
    range: _Range | None = None


class _Dated(Struct, frozen=True):
    occurred_at: str


_page = msgspec.json.Decoder(_Page)
_dated = msgspec.json.Decoder(_Dated)


class RouteListReader:
    """The lists by the routes that answer them, which are given by their names (`api.routes`)."""

    def __init__(self, list_routes: Mapping[str, Route]) -> None:
        self._routes = list_routes

    def page(
        self, org: str, path: str, query: Query, caller: Caller, cursor: str | None, rows: int = PAGE_ROWS
    ) -> ListPage:
        """As `exports.listing.ListReader.page`. ValueError where there is no such list."""
        route, parameters = _route(path)
        asked = [*query.items(), *([] if cursor is None else [("cursor", [cursor])])]
        request = Request(
            route=route,
            path="",
            parameters={"org": org, **parameters},
            query_string=urlencode(asked, doseq=True),
            headers={},
            body=b"",
            ip=None,
            page_rows=rows,
        )
        page = _page.decode(self._routes[route](request, caller).body)
        return ListPage(page.entries, page.next, _reached(path, query, page))


def _route(path: str) -> tuple[str, dict[str, str]]:
    record = lists.of_record(path)
    if record is not None:
        record_type, record_id, name = record
        return _RECORD_LISTS[name], {"type": record_type, "id": record_id}
    if path not in _ORG_LISTS:
        raise ValueError(f"there is no list {path}")
    return _ORG_LISTS[path], {}


def _reached(path: str, query: Query, page: _Page) -> str | None:
    """The instant up to which the list has been read with this page."""
    if page.range is not None:
        return page.range.end if lists.is_ascending(query) else page.range.start
    if not page.entries or not lists.is_by_time(path, query):
        return None
    return _dated.decode(page.entries[-1]).occurred_at
