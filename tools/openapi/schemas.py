"""The schemas of bodies and query strings, made by msgspec from the package's types."""

from __future__ import annotations

import inspect
from types import GenericAlias
from typing import Any, NamedTuple, get_args

import msgspec
from daybook.access import grants, orgs
from daybook.api.endpoints.access import Grant, OwnAccess
from daybook.api.endpoints.blacklist import MAX_PUTS, ReasonBody, ResetBody, ValidateBody
from daybook.api.endpoints.deliveries import MAX_DELIVERIES, DeliveryResults
from daybook.api.endpoints.records import RecordHead
from daybook.api.gateway import Problem
from daybook.audit import staff
from daybook.audit.log import AuditQuery, OrgAuditPage
from daybook.blacklist import actions, additions, address_status
from daybook.blacklist.queries import BlacklistPage, BlacklistQuery, Check, Checked, RecordBlacklistQuery
from daybook.entries import ingest, record_log, timeline
from daybook.entries.messages import message_counts, org_messages
from daybook.entries.record_log import LOGS
from daybook.erasure import requests
from daybook.exports.queries import Export, ExportPage, ExportsQuery
from daybook.exports.requests import ExportRequest
from daybook.feedback.deliveries import Delivery
from daybook.holds import holds
from daybook.model import entries, responses
from daybook.model.entries import Entry, Record
from daybook.records import finding
from daybook.search.line.terms import Parts
from msgspec import Struct, defstruct

from tools.openapi import optional_fields

# A JSON Schema, or another object of the document: data for JSON.
Schema = dict[str, Any]

REF_TEMPLATE = "#/components/schemas/{name}"

# The type of a log's rows, by the log's name.
ROW_TYPES: dict[str, Any] = dict(zip(LOGS, get_args(responses.Row), strict=True))

# In the document these are parameters, not schemas of their own.
QUERY_TYPES: tuple[type[Struct], ...] = (
    record_log.PlainQuery,
    record_log.MessageQuery,
    BlacklistQuery,
    RecordBlacklistQuery,
    org_messages.MessagesQuery,
    message_counts.CountsQuery,
    timeline.TimelineQuery,
    AuditQuery,
    staff.StaffQuery,
    holds.HoldsQuery,
    finding.RecordsQuery,
    orgs.OrgsQuery,
    ExportsQuery,
)

REQUEST_TYPES: tuple[Any, ...] = (
    Entry,
    Record,
    Delivery,
    ReasonBody,
    ResetBody,
    ValidateBody,
    additions.AddressPut,
    Check,
    grants.PermissionList,
    Grant,
    orgs.OrgChange,
    orgs.SettingsChange,
    holds.Reason,
    ExportRequest,
)

RESPONSE_TYPES: tuple[Any, ...] = (
    ingest.EntryResults,
    DeliveryResults,
    responses.Content,
    responses.EventList,
    responses.MessageCountList,
    Problem,
    address_status.Block,
    actions.Reset,
    additions.PutResults,
    BlacklistPage,
    Checked,
    timeline.TimelinePage,
    org_messages.MessagePage,
    grants.OrgGrants,
    OwnAccess,
    orgs.Org,
    orgs.OrgPage,
    orgs.Settings,
    OrgAuditPage,
    responses.OrgAuditEntry,
    staff.StaffPage,
    holds.Hold,
    holds.HoldPage,
    finding.FoundRecords,
    RecordHead,
    requests.Erasure,
    Export,
    ExportPage,
)


class Components(NamedTuple):
    """The document's named schemas, the reference to each log's page, and the object schema of each query string."""

    by_name: dict[str, Schema]
    log_pages: dict[str, Schema]
    queries: dict[type[Struct], Schema]


def components() -> Components:
    page_types = {name: _page_type(name) for name in LOGS}
    types = [*REQUEST_TYPES, *QUERY_TYPES, *RESPONSE_TYPES, *page_types.values()]
    schemas, by_name = msgspec.json.schema_components(types, ref_template=REF_TEMPLATE)
    for schema in by_name.values():
        if "description" in schema:
            # Docstrings: Python takes their indentation away since 3.13.
            schema["description"] = inspect.cleandoc(schema["description"])
    optional_fields.change(
        by_name,
        [*REQUEST_TYPES, *RESPONSE_TYPES, *page_types.values()],
        requests=schemas[: len(REQUEST_TYPES)],
    )
    entry_schema = schemas[types.index(Entry)]
    by_name["Batch"] = _batch("Batch", "entries", entry_schema, entries.MAX_ENTRIES)
    by_name["Deliveries"] = _batch("Deliveries", "events", ref("Delivery"), MAX_DELIVERIES)
    by_name["AddressPuts"] = _batch("AddressPuts", "addresses", ref("AddressPut"), MAX_PUTS)
    # The permissions, and either a group or a staff member.
    by_name["Grant"] |= {"minProperties": 2, "maxProperties": 2}
    return Components(
        by_name=by_name,
        log_pages=dict(zip(page_types, schemas[-len(page_types) :], strict=True)),
        queries={query_type: by_name.pop(query_type.__name__) for query_type in QUERY_TYPES},
    )


def ref(name: str) -> Schema:
    """A reference to the schema of that name."""
    return {"$ref": REF_TEMPLATE.format(name=name)}


def _page_type(log_name: str) -> type[Struct]:
    rows_type = GenericAlias(list, (ROW_TYPES[log_name],))
    fields = [("entries", rows_type), ("next", str | None), ("prev", str | None), ("understood", Parts)]
    return defstruct(f"{log_name.title()}Page", fields)


def _batch(title: str, name: str, item_schema: Schema, limit: int) -> Schema:
    """The schema of a body whose items are, in Python, undecoded JSON."""
    return {
        "title": title,
        "description": f"1 to {limit} {name}, 1 MiB at most; each stands or falls alone.",
        "type": "object",
        "properties": {name: {"type": "array", "items": item_schema, "minItems": 1, "maxItems": limit}},
        "required": [name],
        "additionalProperties": False,
    }
