"""The route that writes entries."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Raw, Struct

from daybook import access, gateway
from daybook.access import Caller
from daybook.entries import MAX_ENTRIES
from daybook.gateway import Request, Response, Route
from daybook.ingest import Ingest, Results


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /entries; each entry is read by itself, so that one cannot spoil the others."""

    entries: Annotated[list[Raw], Meta(min_length=1, max_length=MAX_ENTRIES)]


def post_entries(ingest: Ingest) -> Route:
    def endpoint(request: Request, who: Caller) -> Response:
        access.require_write(who)
        batch = gateway.read_body(request, Batch)
        results = ingest.post(request.parameters["org"], batch.entries)
        # Every count in every line: metric filters of the deployment read them.
        counts = {"entries_created": 0, "entries_duplicate": 0, "entries_rejected": 0}
        for result in results:
            counts[f"entries_{result.status}"] += 1
        return gateway.json(Results(results), 207 if counts["entries_rejected"] else 201, counts)

    return endpoint
