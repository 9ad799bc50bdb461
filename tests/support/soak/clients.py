"""The clients of a soak: sixteen threads that post, ask and change, and repeat what was not answered."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from daybook_cli.connection.aws import AwsTarget
from daybook_cli.feedback.publishing import FeedbackTopic, SmsLogGroup

from tests.support.soak.ledger import Entry, Erased, Ledger, Posted
from tests.support.soak.messages import Event, Message, Messages

ORGS = ("soak-one", "soak-two")
FAMILIES, STUDENTS = 12, 8
# Nobody is unlucky that often.
ATTEMPTS = 30
TIMEOUT_SECONDS = 60
# Providers do not fall behind for ever: at the end, all that waits is published before anything is checked.
MOST_WAITING = 500


@dataclass
class Feedback:
    """What providers have yet to say: each event twice, taken out in any order."""

    stack: dict[str, Any]
    _events: list[Event] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, events: list[Event]) -> None:
        with self._lock:
            self._events += events * 2

    def overdue(self) -> int:
        """How many wait beyond `MOST_WAITING`."""
        with self._lock:
            return max(0, len(self._events) - MOST_WAITING)

    def publish(self, rng: random.Random, most: int) -> int:
        """Publish up to so many of them; returns how many."""
        with self._lock:
            rng.shuffle(self._events)
            events, self._events = self._events[:most], self._events[most:]
        target = AwsTarget.of_stack(self.stack)
        emails = [event for event in events if "mail" in event]
        logs = [event for event in events if "mail" not in event]
        FeedbackTopic(target, self.stack["feedback_topic"]).publish(emails)
        SmsLogGroup(target, self.stack["sms_log_group"]).write(logs)
        return len(events)


class SoakClient:
    """One thread's work. A request is repeated until it is answered: then it counts."""

    def __init__(
        self, stack: dict[str, Any], mark: str, number: int, seed: int, ledger: Ledger, feedback: Feedback
    ) -> None:
        self._stack, self._mark, self._ledger, self._feedback = stack, mark, ledger, feedback
        self._rng = random.Random(f"{seed} {number}")
        self._messages = Messages(mark, number, self._rng)
        self._http = httpx.Client(timeout=TIMEOUT_SECONDS)
        self._mine: list[Posted] = []
        self._number = number
        self._erasures = 0

    def run(self, until: float) -> None:
        work: list[tuple[int, Callable[[], None]]] = [
            (40, self.post), (20, self.publish), (12, self.look_up), (12, self.search), (6, self.post_again),
            (4, self.reset), (3, self.hold), (2, self.erase), (2, self.read_content),
        ]  # fmt: skip
        weights, actions = zip(*work, strict=True)
        while time.monotonic() < until:
            (action,) = self._rng.choices(actions, weights)
            try:
                action()
            except Exception as error:  # noqa: BLE001 - it is a finding, and the other threads go on
                self._ledger.find(f"{action.__name__}: {error!r}")
        self._http.close()

    def post(self) -> None:
        """Up to 20 entries; some of their events are published before."""
        org = self._rng.choice(ORGS)
        messages = [self._message() for _ in range(self._rng.randint(1, 20))]
        early = self._rng.random() < 0.3
        if early:
            self._say(messages)
        self._acknowledge(org, messages, self._posted(org, [message.entry for message in messages]))
        if not early:
            self._say(messages)

    def post_again(self) -> None:
        """What was acknowledged, with one of its names left out where it has two: it is a duplicate."""
        if not self._mine:
            return
        again = self._rng.choice(self._mine)
        entry = dict(again.entry)
        if "key" in entry and "message_id" in entry:
            del entry[self._rng.choice(["key", "message_id"])]
        (result,) = self._posted(again.org, [entry])
        self._ledger.count("entries posted again")
        if (result["status"], result.get("id")) != ("duplicate", again.id):
            self._ledger.find(f"posted again: {entry['log']} {sorted(entry)} is {result} and was {again.id}")

    def publish(self) -> None:
        most = self._rng.randint(1, 40) + self._feedback.overdue()
        self._ledger.count("events published", self._feedback.publish(self._rng, most))

    def look_up(self) -> None:
        """An acknowledged entry is in its record's log from then on."""
        if not self._mine:
            return
        posted = self._rng.choice(self._mine[-50:])
        if not posted.records:
            return
        log = {"email": "emails", "push": "pushes"}.get(posted.log, posted.log)
        rows = self._walk(posted.org, f"records/{posted.records[0]}/{log}", q=posted.word, limit="200")
        self._ledger.count("entries looked up")
        if [row["id"] for row in rows] != [posted.id]:
            self._ledger.find(f"{posted.log} {posted.id} is not in its record's log: {len(rows)} rows")

    def search(self) -> None:
        """All rows have the words; which ones are found is checked at the end."""
        word = self._rng.choice(["created", "updated", "deleted", "enrolled", "moved"])
        parameters = {"q": word, "limit": "50", "order": self._rng.choice(["asc", "desc"])}
        rows = self._get(self._rng.choice(ORGS), "audit", **parameters)["entries"]
        self._ledger.count("searches")
        if any(word not in row["action"] for row in rows):
            self._ledger.find(f"a search for {word} has other rows")

    def read_content(self) -> None:
        emails = [posted for posted in self._mine if "body" in posted.entry]
        if not emails:
            return
        posted = self._rng.choice(emails)
        content = self._get(posted.org, f"records/{posted.records[0]}/emails/{posted.id}/content")
        self._ledger.count("contents read")
        if content["html"] != posted.entry["body"]["html"]:
            self._ledger.find(f"the content of {posted.id} is another one")

    def reset(self) -> None:
        """Take a blocked address off the list; events dated before do not put it back."""
        blocked = [each for each in self._mine if self._ledger.blocked.get((each.org, each.entry.get("recipient", "")))]
        if not blocked:
            return
        posted = self._rng.choice(blocked)
        address = (posted.org, posted.entry["recipient"])
        body = {"address": address[1], "reason": f"asked by {self._mark}"}
        answer, attempts = self._call("POST", posted.org, "blacklist/reset", "platform", json=body)
        if answer.status_code == 200:
            self._ledger.count("addresses reset")
            self._ledger.blocked[address] = False
        elif attempts > 1:
            # The first request may have done it, and died before its answer.
            self._ledger.blocked[address] = None

    def hold(self) -> None:
        """Records of its own, so that no other thread changes what it expects."""
        org, record = self._rng.choice(ORGS), f"family/{self._mark}f{self._number % FAMILIES}"
        if self._number >= FAMILIES:
            return
        place = not self._ledger.held.get((org, record))
        method, options = ("PUT", {"json": {"reason": f"court {self._mark}"}}) if place else ("DELETE", {})
        answer, attempts = self._call(method, org, f"holds/{record}", "platform", **options)
        self._ledger.count("holds changed")
        if answer.status_code == 200 or (not place and attempts > 1 and answer.status_code == 404):
            self._ledger.held[org, record] = place
        else:
            self._ledger.find(f"{method} of a hold: {answer.status_code} {answer.text[:200]}")

    def erase(self) -> None:
        """A family of its own, with entries in every log, and then nothing is left of it."""
        org, self._erasures = self._rng.choice(ORGS), self._erasures + 1
        name = f"{self._mark}e{self._number:02x}{self._erasures:04x}"
        family, student = {"type": "family", "id": name}, {"type": "student", "id": f"{self._mark}s0"}
        secret = f"{self._mark}secret{self._number:02x}{self._erasures:04x}"
        make = self._messages
        messages = [
            *(make.email(family, secret=secret) for _ in range(3)),
            make.sms(family, secret=secret),
            make.activity(family, secret=secret),
            make.audit([family, student], secret=secret),
            make.push(family, secret=secret),
        ]
        results = self._posted(org, [message.entry for message in messages])
        posted = self._acknowledge(org, messages, results, is_mine=False)
        self._say(messages)
        body = {"reason": "asked by letter"}
        answer, _ = self._call("POST", org, f"records/family/{name}/erase", "platform", json=body)
        if answer.status_code != 202:
            self._ledger.find(f"an erasure: {answer.status_code} {answer.text[:200]}")
            return
        for each in posted:
            # Its events are not taken any more, or were taken before.
            each.status = None
            self._ledger.blocked.pop((org, each.entry.get("recipient", "")), None)
        self._ledger.count("erasures")
        self._ledger.erased.append(Erased(org, f"family/{name}", answer.json()["id"], [secret]))

    def _message(self) -> Message:
        make, rng = self._messages, self._rng
        family = {"type": "family", "id": f"{self._mark}f{rng.randrange(FAMILIES)}"}
        student = {"type": "student", "id": f"{self._mark}s{rng.randrange(STUDENTS)}"}
        records = rng.choice([[], [family], [family, student], [student, family, {"type": "class", "id": "yoga"}]])
        made: list[tuple[int, Callable[[], Message]]] = [
            (40, lambda: make.email(family)), (10, lambda: make.sms(family)), (5, lambda: make.push(family)),
            (15, lambda: make.activity(rng.choice([family, student]))), (30, lambda: make.audit(records)),
        ]  # fmt: skip
        weights, makers = zip(*made, strict=True)
        maker: Callable[[], Message] = rng.choices(makers, weights)[0]
        return maker()

    def _say(self, messages: list[Message]) -> None:
        self._feedback.add([event for message in messages for event in message.events])

    def _acknowledge(
        self, org: str, messages: list[Message], results: list[dict[str, Any]], *, is_mine: bool = True
    ) -> list[Posted]:
        posted = []
        for message, result in zip(messages, results, strict=True):
            if result["status"] not in ("created", "duplicate"):
                self._ledger.find(f"a post of {message.entry['log']}: {result}")
                continue
            posted.append(Posted(org, result["id"], message.entry, message.word, message.status, message.opens))
            if "recipient" in message.entry:
                self._ledger.blocked[org, message.entry["recipient"]] = message.blocks
        self._ledger.acknowledge(posted)
        if is_mine:
            self._mine += posted
        return posted

    def _posted(self, org: str, entries: list[Entry]) -> list[dict[str, Any]]:
        answer, _ = self._call("POST", org, "entries", "service", json={"entries": entries})
        if answer.status_code not in (201, 207):
            raise AssertionError(f"{answer.status_code} {answer.text[:300]}")
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def _get(self, org: str, path: str, **parameters: str) -> dict[str, Any]:
        answer, _ = self._call("GET", org, path, "service", params=parameters)
        if answer.status_code != 200:
            raise AssertionError(f"{path}: {answer.status_code} {answer.text[:300]}")
        document: dict[str, Any] = answer.json()
        return document

    def _walk(self, org: str, path: str, **parameters: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            page = self._get(org, path, **parameters)
            rows += page["entries"]
            if page["next"] is None:
                return rows
            parameters["cursor"] = page["next"]

    def _call(self, method: str, org: str, path: str, token: str, **options: Any) -> tuple[httpx.Response, int]:
        """The answer, and how many requests it took. A killed function answers with a bare 5xx, or not at all."""
        headers = {"Authorization": f"Bearer {self._stack['tokens'][token]}"}
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._http.request(
                    method, f"{self._stack['api']}/v1/orgs/{org}/{path}", headers=headers, **options
                )
            except httpx.TransportError:
                self._ledger.count("requests without an answer")
                continue
            self._ledger.count("requests")
            if answer.status_code < 500:
                return answer, attempt
            if answer.headers.get("content-type") == "application/problem+json" and answer.status_code != 503:
                self._ledger.find(f"{method} {path.partition('/')[0]}: {answer.status_code} {answer.text[:300]}")
            self._ledger.count(f"answers {answer.status_code}")
            time.sleep(self._rng.random() * 0.2 * attempt)
        raise AssertionError(f"{method} {path.partition('/')[0]} was not answered in {ATTEMPTS} attempts")
