"""The page Audit Log: the search line and what was understood of it, filters, the drawer of an entry, the keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.console.browser import ADMIN, Visits, settled
from tests.support.console.hostile import MARKUP
from tests.support.console.pages import ORG
from tests.support.console.posting import new_family
from tests.support.local_stack.calls import posted

pytestmark = pytest.mark.console

AUDIT = f"{ORG}/audit"
LINE = "01/01/2026 5:10 pm admin deleted Smith"


def post_change(visits: Visits, count: int = 1) -> str:
    """An entry about so many records, one field of each changed and one not; its id."""
    affected = [
        {
            "record": {**new_family(), "type": "student"},
            "name": f"Child {number} {MARKUP}",
            "change": "updated",
            "before": {"class": "Beginners", "fee": "72.00", "days": ["Monday", "Tuesday"]},
            "after": {"class": "Advanced", "fee": "72.00", "days": ["Tuesday", "Friday"]},
        }
        for number in range(count)
    ]
    entry = {"log": "audit", "member_name": "Priya Natarajan", "username": "pnatarajan", "source": "office_portal"}
    return posted(visits.stack, entry | {"action": "moved the class", "affected": affected})[0]


def found(page: Page) -> list[str]:
    settled(page)
    return page.locator("tbody tr").all_inner_texts()


def test_the_line_of_the_help_page_finds_its_entry_and_says_how_it_was_read(visits: Visits) -> None:
    page = visits.open(AUDIT)
    line = page.get_by_role("searchbox", name="Search date, name, action")
    line.fill(LINE)
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url(re.compile("q="))
    (row,) = found(page)
    assert "deleted" in row
    assert "Smith" in row
    chips = page.locator(".chips li bdi")
    expect(chips).to_have_text(["on 01/01/2026 5:10 PM", "admin", "deleted", "Smith"])
    page.get_by_role("button", name="on 01/01/2026 5:10 PM").click()
    expect(line).to_have_value("admin deleted Smith")
    settled(page)
    expect(chips).to_have_text(["admin", "deleted", "Smith"])
    address = page.url
    page.reload()
    settled(page)
    assert page.url == address
    expect(line).to_have_value("admin deleted Smith")


def test_it_is_filtered_by_staff_source_and_days(visits: Visits) -> None:
    page = visits.open(AUDIT)
    page.get_by_role("checkbox", name=re.compile("Tom Becker")).check()
    page.wait_for_url(re.compile("staff="))
    assert all("Tom Becker" in row for row in found(page))
    page.get_by_role("checkbox", name="Office Portal").check()
    page.wait_for_url(re.compile("source=office_portal"))
    rows = found(page)
    assert rows
    assert all("Office Portal" in row for row in rows)
    page.get_by_role("button", name="30 days").click()
    page.wait_for_url(re.compile("from="))
    assert len(found(page)) <= len(rows)
    page.reload()
    settled(page)
    expect(page.get_by_role("checkbox", name=re.compile("Tom Becker"))).to_be_checked()
    expect(page.get_by_role("button", name="30 days")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Clear all").click()
    settled(page)
    assert not re.search("staff=|source=|from=", page.url)


def test_it_is_paged_forth_and_back_in_both_orders(visits: Visits) -> None:
    page = visits.open(AUDIT)
    first = found(page)
    assert len(first) == 50
    page.get_by_role("button", name=re.compile("^Older")).click()
    page.wait_for_url(re.compile("page=2"))
    second = found(page)
    assert not set(first) & set(second)
    page.reload()
    assert found(page) == second
    page.get_by_role("button", name=re.compile("^Newer")).click()
    page.wait_for_url(lambda url: "page=" not in url)
    assert found(page) == first
    page.get_by_role("columnheader", name="Date/Time").get_by_role("button").click()
    page.wait_for_url(re.compile("order=asc"))
    assert found(page) != first


def test_the_drawer_shows_what_was_changed_and_only_that(visits: Visits) -> None:
    page = visits.open(f"{AUDIT}/{post_change(visits)}")
    drawer = page.get_by_role("dialog", name="Audit entry")
    expect(drawer.get_by_role("heading", level=2)).to_have_text("Priya Natarajan moved the class")
    expect(drawer).to_contain_text(f"Child 0 {MARKUP}")
    expect(drawer).to_contain_text("Beginners")
    expect(drawer).to_contain_text("Advanced")
    expect(drawer).to_contain_text("Friday")
    expect(drawer).not_to_contain_text("72.00")
    assert page.evaluate("window.__ran") is None
    drawer.get_by_role("link", name="Show what happened around this time").click()
    page.wait_for_url(re.compile("from=.*to="))
    assert any("moved the class" in row for row in found(page))


def test_an_entry_about_many_records_shows_ten_and_can_be_filtered(visits: Visits) -> None:
    page = visits.open(f"{AUDIT}/{post_change(visits, 50)}")
    drawer = page.get_by_role("dialog", name="Audit entry")
    records = drawer.locator(".records > *")
    expect(records).to_have_count(10)
    drawer.get_by_role("button", name="Show all 50").click()
    expect(records).to_have_count(50)
    drawer.get_by_role("searchbox", name=re.compile("Filter these records")).fill("Child 49")
    expect(records).to_have_count(1)
    expect(drawer).to_contain_text("1 of 50 records")


def test_an_entry_that_is_not_there_says_so(visits: Visits) -> None:
    page = visits.open(f"{AUDIT}/nothing")
    expect(page.get_by_role("dialog")).to_contain_text("This entry is not in the audit log.")


def test_the_work_with_the_audit_log_is_done_by_the_keyboard_alone(visits: Visits) -> None:
    page = visits.page(ADMIN)
    page.goto(visits.address(AUDIT))
    settled(page)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search date, name, action")).to_be_focused()
    page.keyboard.type("deleted the enrollment")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=deleted"))
    settled(page)
    page.locator("main h1").focus()
    page.keyboard.press("j")
    expect(page.locator("tbody .opens").first).to_be_focused()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Audit entry")
    expect(drawer.get_by_role("heading", level=2)).to_contain_text("deleted the enrollment")
    first = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != first and "/audit/" in url)
    expect(drawer.get_by_role("heading", level=2)).to_contain_text("deleted the enrollment")
    page.keyboard.press("k")
    page.wait_for_url(first)
    page.keyboard.press("c")
    expect(drawer.get_by_text("Copied")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(page.locator("tbody .opens").first).to_be_focused()
    assert "/audit?" in page.url


def test_clicking_a_value_offers_to_search_for_it(visits: Visits) -> None:
    page = visits.open(f"{AUDIT}/{post_change(visits)}")
    page.get_by_role("dialog").get_by_role("button", name="pnatarajan").click()
    page.get_by_text("Search the audit log for").first.click()
    page.wait_for_url(re.compile("q=.*pnatarajan"))
    assert all("pnatarajan" in row for row in found(page))


def test_the_names_of_what_was_affected_begin_beside_their_number_and_are_not_cut(visits: Visits) -> None:
    entry = {"log": "audit", "member_name": "Priya Natarajan", "username": "pnatarajan", "source": "office_portal"}
    name = f"nguyen.{new_family()['id'][-6:]}@mail.example.com"
    affected = [{"record": {**new_family(), "type": "student"}, "name": name, "change": "updated"}]
    posted(visits.stack, entry | {"action": "affected one address", "affected": affected})
    page = visits.open(AUDIT)
    row = page.locator("tbody tr").filter(has_text=name)
    tops = row.locator(".mark").evaluate(
        "mark => ['b', 'bdi'].map((tag) => mark.querySelector(tag).getClientRects()[0].top)"
    )
    assert abs(tops[0] - tops[1]) < 2
    assert row.locator(".mark .clamp").evaluate("text => text.scrollHeight <= text.clientHeight")
