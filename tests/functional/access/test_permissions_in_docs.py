"""docs/api says which calls each permission opens, as they are by the table that every route is tried with."""

import re
from itertools import chain

import pytest
from daybook.access.callers import PERMISSIONS

from tests.functional.access.test_every_route import EVERY_STAFF, TABLE
from tests.support.docs.pages import DOCS

PAGE = (DOCS / "api" / "README.md").read_text()
CALL = re.compile(r"`((?:GET|PUT|POST|DELETE) /[^`]*)`")
ROWS = {
    permission: set(CALL.findall(line))
    for line in PAGE.splitlines()
    if line.startswith("| `") and CALL.search(line)
    for permission in re.findall(r"`(\w+)`", line.split(" | ")[0])
}


def bullet(begin: str) -> set[str]:
    """The calls that a point of the list below the table names."""
    found = re.search(rf"^- {begin}.*?(?=^- |^$)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, begin
    return set(CALL.findall(found[0]))


def opened_by(permission: str) -> set[str]:
    return {
        route.replace("/v1/orgs/{org}", "", 1) for (route, _), rule in TABLE.items() if permission in rule.permissions
    }


@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_a_permission_opens_what_the_page_says(permission: str) -> None:
    of_every_log = bullet("Every permission for a log") if permission.endswith("_log") else set()
    assert opened_by(permission) == ROWS[permission] | of_every_log


def test_what_everybody_in_the_org_may_is_on_the_page() -> None:
    assert bullet("Everybody in the org") == set(chain.from_iterable(map(opened_by, EVERY_STAFF)))
