"""What is shown where something is missing: no rows, no right, no answer, no network, no sign-in."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.console.browser import ADMIN, DESK, FRONT, PHONE, Visits, go, settled
from tests.support.console.pages import EMAILS, FAMILY, ORG, STATES

pytestmark = pytest.mark.console

API = "**/v1/**"


@pytest.fixture
def online(visits: Visits) -> Iterator[None]:
    """Whatever a test takes away from the administrator's browser is there again after it."""
    yield
    context = visits.seat(ADMIN).context
    context.set_offline(False)
    context.unroute_all()


def problem(status: int, code: str) -> dict[str, Any]:
    body = f'{{"type": "about:blank", "title": "No", "status": {status}, "detail": "No.", "code": "{code}"}}'
    return {"status": status, "content_type": "application/problem+json", "body": body}


def sort(page: Page) -> None:
    page.get_by_role("columnheader", name="Recipient").get_by_role("button").click()


@pytest.mark.parametrize("name", STATES)
def test_each_state_has_its_words(visits: Visits, name: str) -> None:
    path, text = STATES[name]
    page = visits.open(path)
    expect(page.locator("main")).to_contain_text(text)
    assert page.title().endswith("Daybook")


def test_no_tab_is_chosen_where_its_logs_may_not_be_seen(visits: Visits) -> None:
    page = visits.open(f"{FAMILY}?tab=logs", FRONT)
    expect(page.get_by_role("note")).to_contain_text("You may not see this activity log.")
    tabs = page.get_by_role("tab")
    expect(tabs.first).to_have_attribute("aria-selected", "false")
    expect(page.get_by_role("tab", selected=True)).to_have_count(0)
    # They are reached by the keyboard all the same.
    expect(tabs.first).to_have_attribute("tabindex", "0")
    tabs.first.click()
    expect(page.get_by_role("tab", name="Communication", selected=True)).to_be_visible()


def test_lists_that_the_api_does_not_answer_say_so_and_are_asked_again(visits: Visits, online: None) -> None:
    page = visits.open(f"{ORG}/")
    page.context.route(API, lambda route: route.abort())
    go(page, visits.address(EMAILS))
    alert = page.get_by_role("alert").filter(has_text="could not be loaded.").first
    expect(alert).to_be_visible()
    page.context.unroute_all()
    for again in page.get_by_role("button", name="Try again").all():
        again.click()
    expect(page.locator("tbody tr")).to_have_count(50)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_console_itself_can_start_again_after_the_api_was_down(visits: Visits, online: None) -> None:
    page = visits.page(ADMIN)
    page.context.route(API, lambda route: route.fulfill(**problem(503, "unavailable")))
    page.goto(visits.address(EMAILS))
    expect(page.get_by_role("alert").first).to_contain_text("could not be loaded.")
    expect(page.locator("main")).to_contain_text("unavailable 503")
    page.context.unroute_all()
    page.get_by_role("button", name="Try again").first.click()
    expect(page.locator("tbody tr")).to_have_count(50)


@pytest.mark.parametrize("how", ["error", "no answer"])
def test_rows_stay_where_a_further_call_fails(visits: Visits, online: None, how: str) -> None:
    page = visits.open(EMAILS)
    field = page.locator("main").get_by_role("searchbox")

    def fail(route: Route) -> None:
        if how == "error":
            route.fulfill(**problem(500, "internal_error"))
        else:
            route.abort()

    page.context.route("**/emails?**", fail)
    field.fill("invoice")
    alert = page.get_by_role("alert").filter(has_text="could not be loaded.")
    expect(alert).to_contain_text(re.compile(r"What you typed is kept\. What you see is from \d+:\d\d [AP]M\."))
    expect(alert).to_contain_text("internal_error 500" if how == "error" else "unreachable")
    expect(page.locator("tbody tr")).to_have_count(50)
    expect(field).to_have_value("invoice")
    page.context.unroute_all()
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    settled(page)
    assert all("invoice" in row.lower() for row in page.locator("tbody tr").all_inner_texts())


def test_what_is_seen_offline_is_named_so(visits: Visits, online: None) -> None:
    page = visits.open(EMAILS)
    page.context.set_offline(True)
    expect(page.get_by_role("status").filter(has_text="You are offline.")).to_be_visible()
    sort(page)
    alert = page.get_by_role("alert").filter(has_text="You are offline.")
    expect(alert).to_contain_text("What you see is from")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.context.set_offline(False)
    expect(page.get_by_role("status").filter(has_text="You are offline.")).to_have_count(0)
    # By itself: nobody has to ask again.
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("columnheader", name="Recipient")).to_have_attribute("aria-sort", "ascending")


@pytest.mark.parametrize("path", [f"{ORG}/?q=nguyen", f"{ORG}/deliveries", f"{ORG}/audit", f"{ORG}/holds"])
def test_a_page_that_was_opened_offline_is_loaded_once_the_network_is_back(
    visits: Visits, online: None, path: str
) -> None:
    page = visits.open(path)
    go(page, visits.address(EMAILS))
    settled(page)
    page.context.set_offline(True)
    go(page, visits.address(path))
    expect(page.get_by_role("alert").filter(has_text="You are offline.").first).to_be_visible()
    page.context.set_offline(False)
    settled(page)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_email_that_was_opened_offline_is_shown_once_the_network_is_back(visits: Visits, online: None) -> None:
    context = visits.seat(ADMIN).context
    # Also where the page has loaded the script of its dialogs ahead.
    context.route("**/assets/dialogs-*.js", lambda route: route.abort())
    page = visits.open(EMAILS)
    context.set_offline(True)
    page.locator("tbody tr").first.click()
    expect(page.get_by_role("alert").filter(has_text="You are offline.")).to_be_visible()
    context.unroute_all()
    context.set_offline(False)
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


SCRIPTS: dict[str, tuple[str, str, Callable[[Page], Locator]]] = {
    "an e-mail": ("dialogs", EMAILS, lambda page: page.locator("tbody tr").first),
    "all logs": ("dialogs", FAMILY, lambda page: page.get_by_role("tab", name="Everything")),
    "an export": ("panel", EMAILS, lambda page: page.get_by_role("button", name="Export")),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_a_release_has_taken_away_is_loaded_with_the_page_again(visits: Visits, online: None, name: str) -> None:
    script, path, opener = SCRIPTS[name]
    page = visits.page(ADMIN)
    page.context.route(f"**/assets/{script}-*.js", lambda route: route.fulfill(status=404))
    page.goto(visits.address(path))
    settled(page)
    opener(page).click()
    alert = page.get_by_role("alert").filter(has_text="This could not be loaded.")
    expect(alert).to_be_visible()
    page.context.unroute_all()
    address = page.url
    alert.get_by_role("button", name="Reload the page").click()
    settled(page)
    assert page.url == address
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_page_that_a_release_has_taken_away_is_loaded_anew(visits: Visits, online: None) -> None:
    page = visits.open(EMAILS)
    page.context.route("**/assets/holds-*.js", lambda route: route.fulfill(status=404), times=1)
    go(page, visits.address(f"{ORG}/holds"))
    expect(page.get_by_role("heading", level=1, name="Holds")).to_be_visible()


def test_what_a_click_opens_is_loaded_ahead(visits: Visits, online: None) -> None:
    page = visits.page(ADMIN)
    with page.expect_response("**/assets/panel-*.js"), page.expect_response("**/assets/dialogs-*.js"):
        page.goto(visits.address(EMAILS))
    settled(page)
    page.context.route("**/assets/**", lambda route: route.fulfill(status=404))
    page.locator("tbody tr").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_an_expired_token_leads_through_the_sign_in_to_the_same_place(visits: Visits, online: None) -> None:
    page = visits.open(EMAILS)
    page.context.route(API, lambda route: route.fulfill(**problem(401, "unauthenticated")))
    sort(page)
    alert = page.get_by_role("alert").filter(has_text="You have been signed out.")
    expect(alert).to_contain_text("You come back to this place.")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.context.unroute_all()
    address = page.url
    alert.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("authorize|callback|sort=recipient"))
    settled(page)
    assert page.url == address
    expect(page.get_by_role("columnheader", name="Recipient")).to_have_attribute("aria-sort", "ascending")


@pytest.fixture
def clocked(visits: Visits) -> Iterator[Page]:
    """A page with a clock that a test moves: it is that of all pages of a context."""
    context = visits.browser.new_context(ignore_https_errors=True)
    page = visits.page(ADMIN, context=context)
    page.clock.install()
    page.goto(visits.address(EMAILS))
    page.get_by_role("link", name=ADMIN.name).click()
    settled(page)
    yield page
    context.close()


def test_a_token_is_renewed_by_what_is_done_in_its_last_minute(clocked: Page) -> None:
    clocked.clock.fast_forward("59:20")
    expect(clocked.get_by_role("alert")).to_contain_text("Your sign-in is about to end.")
    expect(clocked.locator("tbody tr")).to_have_count(50)
    with clocked.expect_request("**/token"):
        sort(clocked)
    clocked.wait_for_url(re.compile("sort=recipient"))
    settled(clocked)


def test_a_token_that_ends_while_somebody_reads_takes_nothing_away(clocked: Page) -> None:
    clocked.clock.fast_forward("01:00:05")
    expect(clocked.get_by_role("alert").first).to_contain_text("You have been signed out.")
    expect(clocked.locator("tbody tr")).to_have_count(50)


def test_what_is_no_date_is_explained_and_taken_back(visits: Visits) -> None:
    page = visits.open(f"{EMAILS}&from=2026-99-99")
    expect(page.get_by_role("alert")).to_contain_text("This cannot be searched for.")
    page.get_by_role("button", name="Clear search").click()
    expect(page.locator("tbody tr")).to_have_count(50)


SWAPPED = "From 11/20/2026 is after To 11/01/2026: swap them."


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("path", [f"{EMAILS}&q=11/23/2026", f"{ORG}/audit?q=11/23/2026"], ids=["record", "audit"])
def test_days_that_are_swapped_are_said_once_in_the_words_of_the_page(
    visits: Visits, path: str, size: tuple[int, int]
) -> None:
    page = visits.open(path, size=size)
    expect(page.get_by_text("Understood")).to_be_visible()
    go(page, visits.address(f"{path}&from=2026-11-20&to=2026-11-01"))
    expect(page.locator("main .state")).to_contain_text("This cannot be searched for.")
    expect(page.get_by_text(SWAPPED).filter(visible=True)).to_have_count(1)
    expect(page.get_by_text("is before")).to_have_count(0)
    expect(page.get_by_text("2026-11-20")).to_have_count(0)
    # What was understood was of the search before.
    expect(page.get_by_text("Understood")).to_have_count(0)
    if size == PHONE:
        page.get_by_role("button", name="Filters").click()
        expect(page.get_by_text(SWAPPED).filter(visible=True)).to_have_count(1)
    page.get_by_label("To", exact=True).fill("2026-11-24")
    expect(page.get_by_text(SWAPPED)).to_have_count(0)
    settled(page)
    expect(page.get_by_text("Understood")).to_be_visible()


@pytest.mark.parametrize("path", [EMAILS, f"{ORG}/audit?order=desc"], ids=["record", "audit"])
def test_what_only_looks_like_a_date_is_said_to_be_none(visits: Visits, path: str) -> None:
    page = visits.open(f"{path}&q=13/45/2026 smith")
    expect(page.get_by_text("13/45/2026 is no date; it was looked for as a word.")).to_be_visible()
    page.locator("main").get_by_role("searchbox").first.fill("11/23/2026 smith")
    page.wait_for_url(re.compile("q=11"))
    settled(page)
    expect(page.get_by_text("is no date")).to_have_count(0)


def test_a_page_of_a_list_that_is_no_more_leads_to_the_first(visits: Visits) -> None:
    page = visits.open(f"{EMAILS}&cursor=forged&page=7")
    expect(page.locator("main .state")).to_contain_text("This page of the list has changed meanwhile.")
    page.get_by_role("button", name="Go to the first page").click()
    expect(page.locator("tbody tr")).to_have_count(50)
    assert "page=" not in page.url


def test_a_slow_answer_keeps_the_rows_and_shows_that_something_comes(visits: Visits, online: None) -> None:
    page = visits.open(EMAILS)
    waiting: list[Route] = []
    # A method of a list is none that Playwright can wrap.
    page.context.route("**/emails?**", lambda route: waiting.append(route))  # noqa: PLW0108
    sort(page)
    expect(page.locator("[aria-busy=true]")).to_have_count(1)
    expect(page.locator(".progress")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(50)
    waiting[0].continue_()
    settled(page)
    expect(page.locator(".progress")).to_be_hidden()


def test_the_issuer_that_does_not_answer_is_said_to_be_out_of_reach(visits: Visits) -> None:
    context = visits.browser.new_context()
    page = visits.page(ADMIN, context=context)
    context.route("**/console/config.json", lambda route: route.fulfill(**problem(503, "issuer_unavailable")))
    page.goto(visits.address(FAMILY))
    expect(page.get_by_role("heading", level=1)).to_have_text("Signing in is not possible right now")
    context.unroute_all()
    page.get_by_role("link", name="Sign in again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in as")
    context.close()
