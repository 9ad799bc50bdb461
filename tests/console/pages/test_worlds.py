"""What each person sees of the console, and what not: also by a direct link."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.console.browser import ADMIN, FRONT, NEW, OTHER_ADMIN, Person, Visits, go, settled
from tests.support.console.pages import FAMILY, ORG, PAGES

pytestmark = pytest.mark.console

PEOPLE = (ADMIN, FRONT, NEW)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.username)
def test_pages_are_there_for_those_who_may_see_them(visits: Visits, person: Person) -> None:
    page = visits.open(PAGES[0].path, person)
    page.get_by_role("button", name="Your account").click()
    bar = {link.inner_text() for link in page.locator("header nav a").all()}
    assert bar == {row.bar for row in PAGES if row.bar and person in row.people}
    page.keyboard.press("Escape")
    for row in PAGES:
        go(page, visits.address(row.path))
        settled(page)
        seen = page.get_by_role("heading", level=1, name=row.heading, exact=True)
        expect(seen).to_have_count(1 if person in row.people else 0)
        if person not in row.people:
            refused = re.compile(rf"You may not see the page {row.heading}|You have no access yet")
            expect(page.get_by_role("heading", level=1)).to_have_text(refused)


def test_the_administrator_sees_every_log(visits: Visits) -> None:
    page = visits.open(FAMILY)
    expect(page.get_by_role("tab")).to_have_text(
        ["Communication", "Logs", "Everything", "Email Log", "SMS Log", "Push Notifications Log"]
    )
    page.get_by_role("tab", name="Logs", exact=True).click()
    expect(page.get_by_role("tab")).to_have_text(["Communication", "Logs", "Everything", "Activity Log", "Audit Log"])
    page.get_by_role("tab", name="Communication").click()
    expect(page.get_by_role("button", name="Reset thomas.nguyen@example.com")).to_be_visible()


def test_front_desk_sees_what_was_granted(visits: Visits) -> None:
    page = visits.open(FAMILY, FRONT)
    expect(page.get_by_role("tab")).to_have_text(["Communication", "Everything", "Email Log", "SMS Log"])
    expect(page.get_by_text("Blacklisted Recipients")).to_be_visible()
    expect(page.get_by_role("button", name="See the e-mail")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Reset"))).to_have_count(0)
    page.get_by_role("tab", name="Everything").click()
    expect(page.get_by_role("checkbox")).to_have_count(2)


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        (f"{FAMILY}?tab=logs&log=audit", "Audit Log"),
        (f"{FAMILY}?tab=logs&log=activity", "Activity Log"),
        (f"{FAMILY}?tab=communication&log=push", "Push Notifications Log"),
    ],
)
def test_a_direct_link_says_which_permission_is_missing(visits: Visits, path: str, permission: str) -> None:
    page = visits.open(path, FRONT)
    denied = page.get_by_role("note").filter(has_text="You may not see")
    expect(denied).to_contain_text(f"An administrator can give you the permission “{permission}” under Access.")
    expect(page.locator("tbody tr")).to_have_count(0)


@pytest.mark.parametrize("path", [f"{ORG}/staff/1", f"{ORG}/student/5001"])
def test_records_of_whose_logs_none_may_be_seen_say_so(visits: Visits, path: str) -> None:
    page = visits.open(path, FRONT)
    expect(page.locator("main")).to_contain_text("You may not see the logs of this record.")
    expect(page.locator("tbody tr")).to_have_count(0)


@pytest.mark.parametrize("path", ["", FAMILY, f"{FAMILY}/emails/any", f"{FAMILY}?tab=logs&log=audit"])
def test_staff_without_grants_are_told_whom_to_ask(visits: Visits, path: str) -> None:
    page = visits.open(path, NEW)
    expect(page.get_by_role("heading", level=1)).to_have_text("You have no access yet")
    expect(page.locator("main")).to_contain_text("An administrator can give you permissions under Access.")
    expect(page.get_by_text("nguyen@example")).to_have_count(0)


def test_the_other_business_is_another_world(visits: Visits) -> None:
    page = visits.open("", OTHER_ADMIN)
    assert page.url == visits.address("hilltop/")
    page.get_by_role("button", name="Your account").click()
    expect(page.locator("#account")).to_contain_text("Europe/London")
    for row in PAGES:
        go(page, visits.address(row.path))
        expect(page.get_by_role("heading", level=1)).to_have_text("This link is of another business")
        expect(page.locator("main")).to_contain_text("You are signed in at Hilltop Swimming Club.")
    expect(page.get_by_text("Thomas Nguyen")).to_have_count(0)


def test_nobody_is_signed_in_by_an_answer_that_this_browser_did_not_ask_for(visits: Visits) -> None:
    page = visits.page(ADMIN)
    page.goto(visits.address("callback", code="stolen", state="forged", iss=visits.stack["issuer"]))
    expect(page.get_by_role("heading", level=1)).to_have_text("This sign-in was not begun here")
    page.get_by_role("link", name="Sign in again").click()
    settled(page)
    assert page.url == visits.address(f"{ORG}/")


def test_the_deep_link_is_kept_through_the_sign_in_and_no_token_is_stored(visits: Visits) -> None:
    context = visits.browser.new_context()
    page = visits.page(FRONT, context=context)
    wished = visits.address(FAMILY, tab="communication", log="email", sort="status", order="asc")
    page.goto(wished)
    page.get_by_role("link", name="Fran Front").click()
    settled(page)
    assert page.url == wished
    expect(page.get_by_role("columnheader", name="Delivery Status")).to_have_attribute("aria-sort", "ascending")
    stored = page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")
    assert stored == [0, 0, ""]
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in as")
    context.close()
