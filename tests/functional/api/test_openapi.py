"""GET /v1/openapi.json: the committed document, to anybody."""

from pathlib import Path

from tests.support import api

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"


def test_the_committed_document_is_served_to_anybody() -> None:
    answer = api.call("GET", "/v1/openapi.json", claims=None)
    assert answer.status == 200
    assert answer.headers == {"content-type": "application/json", "cache-control": "no-store"}
    assert answer.text + "\n" == COMMITTED.read_text(encoding="utf-8")
