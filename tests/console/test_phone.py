"""What is laid out differently at the width of a phone."""

import pytest
from playwright.sync_api import Locator

from tests.support.console.browser import PHONE, Visits
from tests.support.console.pages import FAMILY, ORG

pytestmark = pytest.mark.console


def top(one: Locator) -> float:
    box = one.bounding_box()
    assert box
    return box["y"]


def test_the_name_of_an_affected_record_stands_above_what_was_done_to_it(visits: Visits) -> None:
    page = visits.open(f"{ORG}/audit?q=enrollment", size=PHONE)
    page.locator(".cards li").first.click()
    dialog = page.get_by_role("dialog")
    assert abs(top(dialog.get_by_text("Audit entry")) - top(dialog.get_by_role("button", name="Close"))) < 20
    head = dialog.locator(".affected .record").first
    assert top(head.get_by_role("heading")) < top(head.locator(".change")) + 4
    assert top(head.get_by_role("heading")) <= top(head.locator(".value")) + 4


def test_a_line_stands_below_each_entry_and_not_below_its_details(visits: Visits) -> None:
    page = visits.open(f"{FAMILY}?tab=logs&log=activity", size=PHONE)
    detail = page.locator(".cards .pairs li").first
    assert detail.evaluate("node => getComputedStyle(node).borderBottomWidth") == "0px"
    box = detail.bounding_box()
    assert box
    assert box["height"] < 30
