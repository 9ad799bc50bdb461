"""Batches of entries to the API, several at once, and the outcome of each entry."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from daybook_cli.connection.api import Api
from daybook_cli.connection.problems import field_sentences, objects_in, rejection_reason
from daybook_cli.posting.batches import Item, batches, request_body
from daybook_cli.posting.json_files import Fault, Place

STATUSES = ("created", "duplicate", "rejected")


@dataclass(frozen=True)
class Outcome:
    """What became of one entry; `status` is one of `STATUSES`, `error` the API's of a rejected one.

    `warnings` are what of a created one was not kept as it was given: `field`, `message`.
    """

    place: Place
    status: str
    id: str | None = None
    error: dict[str, Any] | None = None
    warnings: Sequence[dict[str, Any]] = ()

    @property
    def reason(self) -> str:
        """Why it was rejected, in one sentence."""
        return rejection_reason(self.error)

    @property
    def remarks(self) -> list[str]:
        """What is to be told of it beside its row, each as a line: why it was rejected, and its warnings."""
        rejected = [f"{self.place}: {self.reason}"] if self.status == "rejected" else []
        return [*rejected, *(f"{self.place}: warning: {sentence}" for sentence in field_sentences(self.warnings))]

    def as_dict(self) -> dict[str, Any]:
        """The outcome as `daybook post --json` prints it."""
        fields: dict[str, Any] = {"place": str(self.place), "status": self.status, "id": self.id, "error": self.error}
        fields["warnings"] = list(self.warnings) or None
        return {name: value for name, value in fields.items() if value is not None}


def post_all(
    api: Api,
    items: Iterable[Item | Fault],
    on_outcomes: Callable[[list[Outcome]], None],
    *,
    concurrency: int = 1,
) -> None:
    """Post a stream of entries; `on_outcomes` gets the outcomes of each batch, in the order of the batches.

    The first ApiError ends it: requests under way are waited for, nothing further is sent.
    """
    pool = ThreadPoolExecutor(concurrency)
    pending: deque[Future[list[Outcome]]] = deque()
    try:
        for batch in batches(items):
            if isinstance(batch, Fault):
                on_outcomes([Outcome(batch.place, "rejected", error={"detail": batch.reason})])
                continue
            pending.append(pool.submit(_post, api, batch))
            if len(pending) > concurrency:
                on_outcomes(pending.popleft().result())
        while pending:
            on_outcomes(pending.popleft().result())
    except BaseException:
        api.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _post(api: Api, batch: list[Item]) -> list[Outcome]:
    results = api.post_entries(request_body(batch), idempotent=all(item.idempotent for item in batch))
    by_index = {result.get("index"): result for result in results}
    return [_outcome(item, by_index.get(index, {})) for index, item in enumerate(batch)]


def _outcome(item: Item, result: dict[str, Any]) -> Outcome:
    if result.get("status") not in STATUSES:
        return Outcome(item.place, "rejected", error={"detail": "the API did not say what became of it"})
    return Outcome(
        item.place, result["status"], result.get("id"), result.get("error"), objects_in(result.get("warnings"))
    )
