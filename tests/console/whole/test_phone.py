"""What is laid out differently at the width of a phone."""

import pytest
from playwright.sync_api import Locator, expect

from tests.support.console.browser import PHONE, Visits, settled
from tests.support.console.pages import EMAILS, FAMILY, ORG

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


def test_the_heads_of_the_numbers_of_a_day_do_not_overlap(visits: Visits) -> None:
    for width in (390, 360):
        page = visits.open(f"{ORG}/deliveries", size=(width, 844))
        page.locator(".tall summary").click()
        cut = page.locator(".tall thead th").evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth)")
        assert cut == []


def test_the_bars_have_dates(visits: Visits) -> None:
    page = visits.open(f"{ORG}/deliveries", size=PHONE)
    days = page.locator(".tall tbody th a, .tall tbody th .zero")
    all_days = [text.split()[-1] for text in days.all_text_contents()]
    dates = page.locator(".bars .date:not(:empty)")
    expect(dates).to_have_text([all_days[-1][-5:], all_days[0][-5:]])
    page.locator(".tall summary").click()
    chosen = page.locator(".tall tbody th a").nth(3)
    name = chosen.inner_text()[-5:]
    chosen.click()
    settled(page)
    expect(dates.filter(has_text=name)).to_be_visible()


def test_a_chosen_filter_leaves_the_buttons_on_one_line(visits: Visits) -> None:
    for width in (390, 360):
        page = visits.open(f"{EMAILS}&status=opened", size=(width, 844))
        button = page.get_by_role("button", name="Filters")
        expect(button).to_contain_text("1")
        assert abs(top(button) - top(page.get_by_role("button", name="Export", exact=True))) < 4
