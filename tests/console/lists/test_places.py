"""Where one is after a step: how far the window is scrolled, and what has the focus."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.console.browser import DESK, PHONE, Visits, settled
from tests.support.console.pages import EMAILS, FAMILY, ORG
from tests.support.console.posting import new_family, post_emails

pytestmark = pytest.mark.console

SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
BAR = 57


def scrolled(page: Page) -> float:
    top: float = page.evaluate("scrollY")
    return top


@SIZES
@pytest.mark.parametrize("path", [EMAILS, f"{FAMILY}?tab=everything", f"{ORG}/audit", f"{ORG}/deliveries?class=all"])
def test_another_page_of_a_list_begins_at_its_top(visits: Visits, path: str, size: tuple[int, int]) -> None:
    page = visits.open(path, size=size)
    older = page.get_by_role("button", name="Older")
    older.scroll_into_view_if_needed()
    assert scrolled(page) > 0
    older.click()
    page.wait_for_url("**page=2**")
    settled(page)
    table = page.locator("daybook-table").first
    first = table.locator(".tools, thead, li").first
    top = first.evaluate("node => node.getBoundingClientRect().top")
    assert BAR <= top + 1 < size[1] / 2, top
    # Nothing of it is below the bar at the top.
    row = table.locator("tbody tr, .cards > li").first.evaluate("node => node.getBoundingClientRect().top")
    assert BAR <= row + 1 < size[1], row


@pytest.mark.parametrize("path", [f"{ORG}/deliveries?class=all", f"{ORG}/?q=a"])
def test_back_leads_to_where_a_list_was_left(visits: Visits, path: str) -> None:
    page = visits.open(path, size=(1280, 400))
    page.evaluate("scrollTo(0, 300)")
    page.locator("main a[href*='/family/']:visible").nth(1).evaluate("node => node.click()")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    settled(page)
    assert scrolled(page) == 0
    page.go_back()
    settled(page)
    expect(page.locator("main a[href*='/family/']").first).to_be_visible()
    page.wait_for_function("() => scrollY === 300")
    # It stays where somebody scrolls it then.
    page.mouse.move(400, 200)
    page.mouse.wheel(0, -200)
    page.wait_for_function("() => scrollY === 100")
    # A page that one comes to anew begins at its top.
    page.get_by_role("link", name="Audit Log", exact=True).click()
    settled(page)
    assert scrolled(page) == 0


def test_back_out_of_an_email_leads_to_its_row(visits: Visits) -> None:
    page = visits.open(EMAILS)
    row = page.locator("tbody .opens").nth(2)
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row).to_be_focused()


def test_the_focus_stays_in_an_email_whose_images_are_shown(visits: Visits) -> None:
    record = new_family()
    entry = post_emails(visits.stack, record, {"Pictures": {"html": "<p>A picture</p>"}})["Pictures"]
    page = visits.open(f"{ORG}/family/{record['id']}/emails/{entry}")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Text").click()
    dialog.get_by_role("button", name="Show images").press("Enter")
    expect(dialog.get_by_role("tabpanel")).to_be_focused()
