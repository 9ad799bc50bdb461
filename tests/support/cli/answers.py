"""A stand-in for the API that answers each path as a test says, for tests of single commands."""

from __future__ import annotations

import json
from typing import Any

import httpx

BASE = "/v1/orgs/riverside/"


class Answers(httpx.BaseTransport):
    """Answers by path below the org's; `answers` has one answer for a path, or a list that is used up.

    An answer is a JSON object, or a response. The org's settings are answered where they are not in `answers`, and
    stand apart from `requests`.
    """

    def __init__(self, answers: dict[str, Any], *, time_zone: str = "America/Chicago") -> None:
        self._answers = {path: list(each) if isinstance(each, list) else each for path, each in answers.items()}
        self._settings = {"name": "Riverside", "time_zone": time_zone, "record_url": {}}
        self.requests: list[httpx.Request] = []

    @property
    def bodies(self) -> list[Any]:
        """What was sent, request by request; None where there was no body."""
        return [json.loads(request.content) if request.content else None for request in self.requests]

    @property
    def calls(self) -> list[str]:
        """Method and path below the org's, request by request."""
        paths = (request.url.raw_path.decode().partition("?")[0].removeprefix(BASE) for request in self.requests)
        return [f"{request.method} {path}" for request, path in zip(self.requests, paths, strict=True)]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        path = request.url.path.removeprefix(BASE)
        if path == "settings" and path not in self._answers:
            return httpx.Response(200, json=self._settings)
        self.requests.append(request)
        if path not in self._answers:
            return httpx.Response(404, json={"detail": f"there is nothing at {path}", "code": "not_found"})
        answer = self._answers[path]
        answer = answer.pop(0) if isinstance(answer, list) else answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def listed(*entries: dict[str, Any], following: str | None = None, **more: Any) -> dict[str, Any]:
    """A page of a list as the API answers it."""
    return {"entries": list(entries), "next": following, "prev": None, **more}
