"""Calls to the API of a running local stack, as its clients make them."""

import time
from collections.abc import Callable
from typing import Any

import httpx

ORG = "riverside"
SECONDS = 30
# Until what a provider or a client has said is seen.
VISIBLE_SECONDS = 2


def client(stack: dict[str, Any], token: str) -> httpx.Client:
    """For the calls about the first org by the caller of that token."""
    base = f"{stack['api']}/v1/orgs/{stack['orgs'][0]}"
    return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {stack['tokens'][token]}"}, timeout=60)


def request(
    stack: dict[str, Any], method: str, path: str, token: str = "admin", *, org: str = ORG, **how: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {stack['tokens'][token]}"}
    return httpx.request(method, f"{stack['api']}/v1/orgs/{org}/{path}", headers=headers, timeout=30, **how)


def make_org(stack: dict[str, Any], org: str) -> None:
    """An org that only a test knows."""
    url, headers = f"{stack['api']}/v1/orgs/{org}", {"Authorization": f"Bearer {stack['tokens']['platform']}"}
    answer = httpx.put(url, headers=headers, json={"name": org}, timeout=30)
    assert answer.status_code == 200, answer.text


def walk(reader: httpx.Client, path: str, **parameters: str) -> list[dict[str, Any]]:
    """All entries of a list, page by page."""
    entries: list[dict[str, Any]] = []
    while True:
        answer = reader.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        entries += answer.json()["entries"]
        if answer.json()["next"] is None:
            return entries
        parameters["cursor"] = answer.json()["next"]


def posted(stack: dict[str, Any], *entries: dict[str, Any], org: str = ORG) -> list[str]:
    """The ids of entries that are posted."""
    answer = request(stack, "POST", "entries", "service", org=org, json={"entries": list(entries)})
    assert answer.status_code == 201, answer.text
    return [result["id"] for result in answer.json()["results"]]


def soon(condition: Callable[[], Any], seconds: float = SECONDS) -> bool:
    """Whether the condition holds at some time within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < deadline:
        time.sleep(min(0.3, seconds / 100))
    return bool(holds)
