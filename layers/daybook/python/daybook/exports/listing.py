"""The port to the lists: a page of any list, as the list's own route answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Raw, Struct

from daybook.access.callers import Caller

# Each page asks every partition that the list is in, and reads again what the page before had no room for. So ten
# times as many as clients get are read in half the time.
PAGE_ROWS = 2_000

# The parameters of a list by name, each with every value that it is given.
Query = Mapping[str, list[str]]


class ListPage(Struct, frozen=True):
    """A page of a list: its rows as JSON, and the cursor of the next page; None where the list ends.

    `reached` is the instant up to which the list has been read; None where its order is not one of time.
    """

    rows: list[Raw]
    next: str | None
    reached: str | None


class ListReader(Protocol):
    """The lists as callers see them: `api.list_reader.RouteListReader`, and in tests lists in memory."""

    def page(
        self, org: str, path: str, query: Query, caller: Caller, cursor: str | None, rows: int = PAGE_ROWS
    ) -> ListPage:
        """A page of so many rows at most of the list at `path`, such as `records/family/101/emails`.

        It is for a caller with these permissions.

        Raises as the list's own route does: ForbiddenError, NotFoundError, InvalidRequestError, InvalidCursorError,
        StoreBusyError.
        """
