"""What is exported is asked for by the parameters that the contract has of each list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from daybook_cli.commands.exporting import lists

CONTRACT: dict[str, Any] = json.loads((Path(__file__).parents[5] / "docs" / "openapi.json").read_text())
# An export has all pages. Of the logs that have one order only, its name is no option.
PAGES, ONE_ORDER = {"limit", "cursor"}, {"pushes", "activity", "audit"}
RECORD_LISTS = ("emails", "sms", "timeline", *sorted(ONE_ORDER))
PATHS = ["audit", "messages", "blacklist", "holds", *(f"family/7/{log}" for log in RECORD_LISTS)]


def documented(path: str) -> set[str]:
    """The parameters of the list in the contract."""
    path = path.replace("records/family/7", "records/{type}/{id}")
    parameters = CONTRACT["paths"][f"/v1/orgs/{{org}}/{path}"]["get"]["parameters"]
    return {each["name"] for each in parameters if each["in"] == "query"} - PAGES


@pytest.mark.parametrize("name", PATHS)
def test_a_list_takes_what_the_contract_says(name: str) -> None:
    path = lists.path_of(name)
    expected = documented(path) - ({"sort"} if name.startswith("family/7") and path[17:] in ONE_ORDER else set())
    everything = dict.fromkeys(expected, "x")
    assert lists.query_of(path, everything) == everything
    others = {"q", "from", "to", "staff", "source", "order", "log", "status", "recipient", "address", "sort"} - expected
    for other in others:
        with pytest.raises(Exception, match=f"takes no (LINE|--{other})"):
            lists.query_of(path, {other: "x"})
