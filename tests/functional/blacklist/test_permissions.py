"""Who may read and change the blacklist."""

from typing import Any

import pytest

from tests.support import api
from tests.support.functions.blacklist import HARD, JANE, MANAGER, ORG, READER, WRITER, audit, hear

pytestmark = pytest.mark.usefixtures("ses")

READS = (
    ("GET", f"{ORG}/blacklist", None),
    ("GET", f"{ORG}/blacklist/{JANE}", None),
    ("GET", f"{ORG}/records/family/1/blacklist", None),
    ("POST", f"{ORG}/blacklist/check", {"addresses": [JANE]}),
)


CHANGES = (
    ("POST", f"{ORG}/blacklist/{JANE}/validate", None),
    ("DELETE", f"{ORG}/blacklist/{JANE}", None),
    ("PUT", f"{ORG}/blacklist", {"addresses": [{"address": JANE, "status": "manual"}]}),
)


@pytest.mark.parametrize(("method", "path", "body"), READS + CHANGES)
def test_staff_need_the_permission(method: str, path: str, body: Any) -> None:
    hear(JANE, HARD)
    assert api.call(method, path, body=body, claims=api.STAFF).status == 403
    assert api.call(method, path, body=body, claims=api.ADMIN).status in (200, 202)


@pytest.mark.parametrize(("method", "path", "body"), READS)
def test_a_service_reads_by_its_scope_to_read(method: str, path: str, body: Any) -> None:
    hear(JANE, HARD)
    assert api.call(method, path, body=body, claims=WRITER).status == 403
    assert api.call(method, path, body=body, claims=READER).status == 200


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_service_changes_by_its_scope_to_manage(method: str, path: str, body: Any) -> None:
    hear(JANE, HARD)
    for claims in (READER, WRITER):
        assert api.call(method, path, body=body, claims=claims).status == 403
    assert api.call(method, path, body=body, claims=MANAGER).status in (200, 202)
    (entry,) = audit("family/1")
    assert (entry["username"], entry["source"]) == ("portal", "system")
