"""What must be true when a soak is over, of all that was acknowledged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.support.local_stack.aws import stored_texts
from tests.support.local_stack.calls import walk
from tests.support.soak.clients import ORGS
from tests.support.soak.ledger import Ledger, Posted
from tests.support.soak.messages import ACTIONS

PATHS = {"email": "emails", "sms": "sms", "push": "pushes", "activity": "activity", "audit": "audit"}
CHECK_BATCH = 100
Row = dict[str, Any]


class Checks:
    """`check` gives what is wrong, in sentences; nothing where all is well."""

    def __init__(self, stack: dict[str, Any], ledger: Ledger) -> None:
        self._stack, self._ledger = stack, ledger

    def check(self) -> list[str]:
        checks: list[Callable[[], Iterator[str]]] = [
            self._record_logs, self._org_logs, self._searches, self._blacklists, self._holds, self._erasures,
        ]  # fmt: skip
        return [*self._ledger.faults, *(fault for check in checks for fault in check())]

    def _record_logs(self) -> Iterator[str]:
        """Each entry is once in the log of each record that it names, in the state that its events lead to."""
        expected: dict[tuple[str, str, str], list[Posted]] = defaultdict(list)
        for posted in self._ledger.posted:
            for record in posted.records:
                expected[posted.org, record, posted.log].append(posted)
        with ThreadPoolExecutor(4) as pool:
            logs = pool.map(lambda key: self._rows(key[0], f"records/{key[1]}/{PATHS[key[2]]}"), expected)
            for ((_, _, log), of_log), rows in zip(expected.items(), logs, strict=True):
                yield from _once(of_log, rows, f"a record's {log} log")
                by_id = {row["id"]: row for row in rows}
                for posted in of_log:
                    row = by_id.get(posted.id, {})
                    shown = row.get("status"), row.get("opens", 0)
                    if posted.status is not None and shown != (posted.status, posted.opens):
                        yield f"{log} {posted.id} is {shown} and should be {posted.status, posted.opens}"
                    self._ledger.count("states compared", int(posted.status is not None))

    def _org_logs(self) -> Iterator[str]:
        for org in ORGS:
            for order in ("asc", "desc"):
                yield from _once(
                    self._audits(org), self._rows(org, "audit", order=order), f"{org}'s audit log, {order}"
                )

    def _searches(self) -> Iterator[str]:
        """The search for a word finds each entry that has it, once; also one of which a person was erased."""
        for org in ORGS:
            for word in ACTIONS:
                having = [posted for posted in self._audits(org) if posted.entry["action"].startswith(word)]
                rows = self._rows(org, "audit", q=word)
                yield from _once(having, rows, f"{org}'s search for {word}")
                self._ledger.count("rows found", len(rows))

    def _blacklists(self) -> Iterator[str]:
        for org in ORGS:
            known = {address: blocks for (of, address), blocks in self._ledger.blocked.items() if of == org}
            known = {address: blocks for address, blocks in known.items() if blocks is not None and "@" in address}
            for batch in _batches(list(known), CHECK_BATCH):
                with self._client(org) as client:
                    answer = client.post("/blacklist/check", json={"addresses": batch})
                blocked = answer.json()["blocked"]
                self._ledger.count("addresses checked", len(batch))
                for address in batch:
                    if (address in blocked) != known[address]:
                        yield f"an address is {blocked.get(address)}, and should be blocked: {known[address]}"

    def _holds(self) -> Iterator[str]:
        for org in ORGS:
            # A lifted hold is listed where its backfill was killed more than once.
            rows = [row for row in self._rows(org, "holds") if row["status"] != "lifting"]
            stands = {f"{row['record']['type']}/{row['record']['id']}" for row in rows}
            for (of, record), is_held in self._ledger.held.items():
                if of == org and (record in stands) != is_held:
                    yield f"a hold stands: {record in stands}, and should: {is_held}"

    def _erasures(self) -> Iterator[str]:
        """Each is done, and nothing that is stored holds a word of the person's."""
        stored = "\n".join(stored_texts(self._stack)).casefold()
        for erased in self._ledger.erased:
            with self._client(erased.org) as client:
                erasure = client.get(f"/erasures/{erased.erasure_id}").json()
            if erasure["status"] != "done":
                yield f"an erasure is {erasure}"
            for secret in erased.secrets:
                if secret in stored:
                    place = stored.index(secret)
                    yield f"an erasure left something: {stored[max(0, place - 100) : place + 60]}"

    def _audits(self, org: str) -> list[Posted]:
        return [posted for posted in self._ledger.posted if posted.log == "audit" and posted.org == org]

    def _rows(self, org: str, path: str, **parameters: str) -> list[Row]:
        with self._client(org) as client:
            return walk(client, f"/{path}", limit="200", **parameters)

    def _client(self, org: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self._stack['tokens']['platform']}"}
        return httpx.Client(base_url=f"{self._stack['api']}/v1/orgs/{org}", headers=headers, timeout=60)


def _once(expected: Iterable[Posted], rows: list[Row], where: str) -> Iterator[str]:
    counts = Counter(row["id"] for row in rows)
    for posted in expected:
        if counts[posted.id] != 1:
            yield f"{posted.log} {posted.id} is {counts[posted.id]} times in {where}"
    yield from (f"{entry_id} is {count} times in {where}" for entry_id, count in counts.items() if count > 1)


def _batches(values: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
