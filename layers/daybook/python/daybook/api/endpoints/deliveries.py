"""The route by which clients post delivery events of any provider."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from daybook.access import callers
from daybook.access.callers import WRITE_SCOPE, Caller
from daybook.api import batches, gateway
from daybook.api.gateway import Request, Response, Route
from daybook.core.errors import FieldError, sentence
from daybook.feedback import deliveries
from daybook.feedback.deliveries import Posted
from daybook.feedback.reconcile import Reconciler

MAX_DELIVERIES = 100


class DeliveryRejection(Struct, frozen=True):
    """Why an event was not taken: every fault that could be told, by field."""

    code: Literal["invalid_delivery"]
    detail: str
    errors: list[FieldError]


class DeliveryResult(Struct, frozen=True):
    """What became of the event in place `index` of the request; the entry of a `pending` one is not here yet."""

    index: int
    status: Literal["applied", "duplicate", "pending", "rejected"]
    warnings: Annotated[
        list[FieldError] | UnsetType, Meta(description="what of the event could not be kept as it was posted")
    ] = UNSET
    error: DeliveryRejection | UnsetType = UNSET


class DeliveryResults(Struct, frozen=True):
    """A result for each event of a request, in its order."""

    results: list[DeliveryResult]


class Deliveries(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /deliveries; each event is read by itself, so that one cannot spoil the others."""

    events: Annotated[list[Raw], Meta(min_length=1, max_length=MAX_DELIVERIES)]


def post_deliveries(reconciler: Reconciler, clock: Callable[[], datetime]) -> Route:
    def endpoint(request: Request, caller: Caller) -> Response:
        callers.require_scope(caller, WRITE_SCOPE)
        payloads, replaced = batches.read(request, Deliveries, lambda body: body.events)
        org, now = request.parameters["org"], clock()
        results: dict[int, DeliveryResult] = {}
        taken: dict[int, Posted] = {}
        for index, payload in enumerate(payloads):
            posted = deliveries.parse(payload, org, now, replaced.get(index, ()))
            if isinstance(posted, list):
                results[index] = DeliveryResult(index, "rejected", error=_rejection(posted))
            else:
                taken[index] = posted
        results |= _applied(reconciler, taken)
        counts = dict.fromkeys(("applied", "duplicate", "pending", "rejected"), 0)
        for result in results.values():
            counts[result.status] += 1
        ordered = DeliveryResults([results[index] for index in range(len(payloads))])
        figures = {f"deliveries_{status}": count for status, count in counts.items()}
        return gateway.json(ordered, 207 if counts["rejected"] else 200, figures)

    return endpoint


def _applied(reconciler: Reconciler, taken: dict[int, Posted]) -> dict[int, DeliveryResult]:
    """What becomes of the valid events, by index; one that stands twice in a request is a duplicate. StoreBusyError."""
    outcomes = reconciler.apply([posted.event for posted in taken.values()]) if taken else []
    results: dict[int, DeliveryResult] = {}
    seen = set()
    for (index, posted), outcome in zip(taken.items(), outcomes, strict=True):
        received = posted.event
        identity = (received.log, received.message_id, received.recipient, received.event.identity)
        status: Literal["applied", "duplicate", "pending"] = "pending"
        if identity in seen or outcome == "duplicate":
            status = "duplicate"
        elif outcome == "applied":
            status = "applied"
        seen.add(identity)
        results[index] = DeliveryResult(index, status, warnings=posted.warnings or UNSET)
    return results


def _rejection(faults: Sequence[FieldError]) -> DeliveryRejection:
    return DeliveryRejection("invalid_delivery", sentence(faults, "event"), list(faults))
