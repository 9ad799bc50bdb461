"""Values to entries to batches to the API: what `post` and `import` have in common."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from daybook_cli.connection.api import Api
from daybook_cli.posting.json_files import Fault, Place

MAX_ENTRIES = 100
MAX_BYTES = 1024 * 1024
_HEAD, _TAIL = b'{"entries":[', b"]}"


@dataclass(frozen=True)
class Item:
    """One entry on its way; `repeatable` when a second try of it is a duplicate and no second entry."""

    place: Place
    payload: bytes
    repeatable: bool


@dataclass(frozen=True)
class Outcome:
    """What became of one entry: `created`, `duplicate` or `rejected`."""

    place: Place
    status: str
    id: str | None = None
    error: dict[str, Any] | None = None

    @property
    def reason(self) -> str:
        """Why it was rejected, in one sentence."""
        return reason(self.error)

    def as_dict(self) -> dict[str, Any]:
        fields = {"place": str(self.place), "status": self.status, "id": self.id, "error": self.error}
        return {name: value for name, value in fields.items() if value is not None}


def reason(error: object) -> str:
    """The sentence in an error of the API; empty where there is none."""
    if not isinstance(error, dict):
        return ""
    faults = [fault for fault in error.get("errors") or [] if isinstance(fault, dict)]
    said = "; ".join(f"{fault.get('field') or 'entry'}: {fault.get('message')}" for fault in faults)
    return said or str(error.get("detail") or error.get("message") or error.get("code") or "no reason given")


def make_item(place: Place, entry: Any) -> Item | Fault:
    try:
        payload = json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError) as error:
        return Fault(place, f"cannot be written as JSON: {error}")
    if len(_HEAD) + len(payload) + len(_TAIL) > MAX_BYTES:
        return Fault(place, f"{len(payload)} bytes, more than the {MAX_BYTES} of a whole request")
    fields = entry if isinstance(entry, dict) else {}
    return Item(place, payload, repeatable=bool(fields.get("key") or fields.get("message_id")))


def batches(items: Iterable[Item | Fault]) -> Iterator[list[Item] | Fault]:
    """Cut a stream of entries where a request would hold too many of them or too many bytes; faults pass through."""
    batch: list[Item] = []
    size = len(_HEAD) + len(_TAIL)
    for item in items:
        if isinstance(item, Fault):
            yield item
            continue
        added = len(item.payload) + len(b",")
        if batch and (len(batch) == MAX_ENTRIES or size + added > MAX_BYTES):
            yield batch
            batch, size = [], len(_HEAD) + len(_TAIL)
        batch.append(item)
        size += added
    if batch:
        yield batch


def deliver(
    api: Api, items: Iterable[Item | Fault], take: Callable[[list[Outcome]], None], *, in_flight: int = 1
) -> None:
    """Post a stream of entries with a few batches under way at once; `take` hears what became of each batch.

    The first error ends it: batches that are under way are waited for, nothing further is sent.
    """
    pool = ThreadPoolExecutor(in_flight)
    waiting: deque[Future[list[Outcome]]] = deque()
    try:
        for batch in batches(items):
            if isinstance(batch, Fault):
                take([Outcome(batch.place, "rejected", error={"detail": batch.reason})])
                continue
            waiting.append(pool.submit(send, api, batch))
            if len(waiting) > in_flight:
                take(waiting.popleft().result())
        while waiting:
            take(waiting.popleft().result())
    except BaseException:
        api.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def send(api: Api, batch: list[Item]) -> list[Outcome]:
    """Post one batch and put the answer's results beside the places that the entries came from."""
    body = _HEAD + b",".join(item.payload for item in batch) + _TAIL
    results = api.post_entries(body, repeatable=all(item.repeatable for item in batch))
    by_index = {result.get("index"): result for result in results}
    return [_outcome(item, by_index.get(index, {})) for index, item in enumerate(batch)]


def _outcome(item: Item, result: dict[str, Any]) -> Outcome:
    if result.get("status") not in {"created", "duplicate", "rejected"}:
        return Outcome(item.place, "rejected", error={"detail": "the API did not say what became of it"})
    return Outcome(item.place, result["status"], result.get("id"), result.get("error"))
