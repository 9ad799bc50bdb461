"""Every list: sorting, searching, filters, paging, and the state in the address."""

import re
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.console.browser import ADMIN, DESK, FRONT, PHONE, Person, Visits, go, settled
from tests.support.console.pages import EMAILS, FAMILY, ORG

pytestmark = pytest.mark.console


@dataclass(frozen=True)
class ListPage:
    """`sorts` are columns by name, with the API's word; `word` is found in some rows; `option` is a filter's."""

    name: str
    path: str
    sorts: dict[str, str]
    word: str
    option: str = ""
    dates: bool = True


SORTS = {"Date/Time": "date"}
SENT = {"Date/Time sent": "sent"}
LISTS = (
    ListPage("emails", EMAILS, SENT | {"Recipient": "recipient", "Delivery Status": "status"}, "linh", "Opened"),
    ListPage(
        "sms",
        f"{FAMILY}?tab=communication&log=sms",
        SENT | {"Phone number": "recipient", "Delivery Status": "status"},
        "beam",
        "Delivered",
    ),
    ListPage("pushes", f"{FAMILY}?tab=communication&log=push", SORTS, "beam"),
    ListPage("activity", f"{FAMILY}?tab=logs&log=activity", SORTS, "password"),
    ListPage("audit", f"{FAMILY}?tab=logs&log=audit", SORTS, "enrollment"),
    ListPage("timeline", f"{FAMILY}?tab=everything", {}, "password", dates=False),
)
each_list = pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.name)


def rows(page: Page) -> list[str]:
    settled(page)
    return page.locator("tbody tr").all_inner_texts()


def state(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def column(page: Page, name: str) -> list[str]:
    settled(page)
    at = next(
        i for i, head in enumerate(page.locator("thead th").all_inner_texts(), 1) if head.strip().startswith(name)
    )
    return page.locator(f"tbody td:nth-child({at})").all_inner_texts()


@each_list
def test_it_is_sorted_by_each_column_that_the_api_sorts_by(visits: Visits, listed: ListPage) -> None:
    page = visits.open(listed.path)
    expect(page.locator("thead button")).to_have_count(len(listed.sorts))
    for name, key in listed.sorts.items():
        head = page.get_by_role("columnheader", name=name)
        orders = ["ascending", "descending"]
        for order in orders if key != "date" else orders[:1]:
            head.get_by_role("button").click()
            expect(head).to_have_attribute("aria-sort", order)
            shown = column(page, name)
            asked = state(page)
            assert (asked["sort"], asked["order"]) == (key, order.removesuffix("ending")), page.url
            if key == "recipient":
                assert shown == sorted(shown, reverse=order == "descending")
            if key == "status":
                # Its order is the API's; each status stands together.
                statuses = [re.split(r"[:–\n]", text.strip())[0] for text in shown]
                assert len(list(groupby(statuses))) == len(set(statuses))


@each_list
def test_it_is_paged_forth_and_back_and_the_address_survives_a_reload(visits: Visits, listed: ListPage) -> None:
    page = visits.open(listed.path)
    first = rows(page)
    assert len(first) == 50
    expect(page.get_by_role("button", name="Newer")).to_be_disabled()
    page.get_by_role("button", name="Older").click()
    expect(page.get_by_role("status").filter(has_text="page 2")).to_be_visible()
    second = rows(page)
    assert second != first
    assert state(page)["page"] == "2"
    expect(page.locator(".count")).to_be_focused()
    page.get_by_role("button", name="Older").click()
    expect(page.get_by_role("status").filter(has_text="page 3")).to_be_visible()
    third = rows(page)
    page.reload()
    assert rows(page) == third
    page.go_back()
    expect(page.get_by_role("status").filter(has_text="page 2")).to_be_visible()
    assert rows(page) == second
    page.get_by_role("button", name="Newer").click()
    expect(page.get_by_role("status").filter(has_text="page 2")).to_have_count(0)
    assert rows(page) == first
    assert "cursor" not in state(page)


@each_list
def test_it_is_searched(visits: Visits, listed: ListPage) -> None:
    page = visits.open(listed.path)
    before = rows(page)
    field = page.locator("main").get_by_role("searchbox")
    field.press_sequentially(listed.word)
    page.wait_for_url(re.compile(f"q={listed.word}"))
    found = rows(page)
    assert found
    assert found != before
    assert all(listed.word.lower() in row.lower() for row in found)
    page.reload()
    assert rows(page) == found
    expect(field).to_have_value(listed.word)
    field.fill("nothing-has-this-word")
    field.press("Enter")
    expect(page.locator("main .state")).to_contain_text("match “nothing-has-this-word”.")
    page.get_by_role("button", name="Clear search").click()
    expect(page.locator("tbody tr")).to_have_count(len(before))
    assert rows(page) == before
    assert "q" not in state(page)


@pytest.mark.parametrize("listed", [one for one in LISTS if one.option], ids=lambda listed: listed.name)
def test_it_is_filtered_by_status(visits: Visits, listed: ListPage) -> None:
    page = visits.open(listed.path)
    page.locator("main").get_by_role("combobox", name="Status").select_option(label=listed.option)
    page.wait_for_url(re.compile("status="))
    shown = column(page, "Delivery Status")
    assert shown
    assert all(text.strip().startswith(listed.option) for text in shown)
    page.reload()
    expect(page.locator("main").get_by_role("combobox", name="Status").locator("option:checked")).to_have_text(
        listed.option
    )
    assert column(page, "Delivery Status") == shown


@pytest.mark.parametrize("listed", [one for one in LISTS if one.dates], ids=lambda listed: listed.name)
def test_it_is_narrowed_by_days(visits: Visits, listed: ListPage) -> None:
    page = visits.open(listed.path)
    # The day of the last row: in the zone of the business, as it is shown.
    month, day, year = column(page, "Date/Time")[-1].split(" ")[0].split("/")
    for name in ("From", "To"):
        page.get_by_label(name, exact=True).fill(f"{year}-{month}-{day}")
        page.wait_for_url(re.compile(f"{name.lower()}={year}-{month}-{day}"))
    shown = column(page, "Date/Time")
    assert shown
    assert {text.split(" ")[0] for text in shown} == {f"{month}/{day}/{year}"}


def test_the_timeline_shows_the_logs_that_are_checked(visits: Visits) -> None:
    page = visits.open(f"{FAMILY}?tab=everything")
    for name in ("Email Log", "SMS Log", "Push Notifications Log", "Activity Log"):
        page.get_by_role("checkbox", name=name).uncheck()
        settled(page)
    assert set(column(page, "Log")) == {"Audit Log"}
    page.reload()
    assert set(column(page, "Log")) == {"Audit Log"}
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)


def test_what_is_shown_can_be_typed_into_the_search(visits: Visits) -> None:
    page = visits.open(EMAILS)
    when = column(page, "Date/Time")[5]
    page.locator("main").get_by_role("searchbox").fill(when)
    page.wait_for_url(re.compile("q="))
    expect(page.get_by_text("Understood")).to_be_visible()
    assert when in column(page, "Date/Time")


def test_an_older_answer_never_replaces_a_newer_one(visits: Visits) -> None:
    page = visits.open(EMAILS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/emails?" in request.url else None)
    page.locator("main").get_by_role("searchbox").press_sequentially("invoice", delay=20)
    page.wait_for_url(re.compile("q=invoice"))
    found = rows(page)
    assert all("invoice" in row.lower() for row in found)
    # One for the word, not one for each letter.
    assert len(asked) <= 2


def test_narrow_lists_are_cards_with_filters_behind_a_button(visits: Visits) -> None:
    page = visits.open(EMAILS, size=PHONE)
    assert page.locator(".cards li .title").count() == 50
    expect(page.locator("table")).to_have_count(0)
    expect(page.get_by_label("From", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Sort by").select_option(label="Recipient, A to Z")
    page.wait_for_url(re.compile("sort=recipient"))
    page.get_by_role("combobox", name="Status").select_option(label="Opened")
    page.wait_for_url(re.compile("status=opened"))
    settled(page)
    expect(page.get_by_role("button", name="Filters")).to_contain_text("1")
    assert all("Opened" in top for top in page.locator(".cards li .top").all_inner_texts())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".cards li").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("person", [ADMIN, FRONT], ids=lambda person: person.username)
def test_the_start_page_links_to_what_did_not_arrive_lately(visits: Visits, person: Person) -> None:
    page = visits.open(f"{ORG}/", person)
    links = page.get_by_role("region", name="What did not arrive in the last 7 days").get_by_role("link")
    expect(links.first).to_be_visible()
    shown = [text.strip() for text in links.all_inner_texts()]
    assert [text for text in shown if re.fullmatch(r"[0-9]+ e-mails? bounced", text)], shown
    for text in shown:
        page.get_by_role("link", name=text, exact=True).click()
        page.locator("#listed").wait_for()
        settled(page)
        expect(page.locator("daybook-table tbody tr")).to_have_count(min(int(text.split()[0]), 50))
        page.go_back()
        settled(page)


def test_what_the_finder_cannot_have_is_said_and_tried_again(visits: Visits) -> None:
    page = visits.page(ADMIN)
    page.route("**/messages/counts?**", lambda route: route.fulfill(status=503, body="{}"))
    page.route("**/blacklist?**", lambda route: route.fulfill(status=503, body="{}"))
    page.goto(visits.address(f"{ORG}/"))
    settled(page)
    expect(page.get_by_role("searchbox").last).to_be_visible()
    week = page.get_by_role("region", name="What did not arrive in the last 7 days")
    expect(week.get_by_role("alert")).to_contain_text("What did not arrive could not be loaded.")
    page.unroute("**/messages/counts?**")
    week.get_by_role("button", name="Try again").click()
    expect(week.get_by_role("link").first).to_be_visible()
    expect(week.get_by_role("alert")).to_have_count(0)
    blocked = "thomas.nguyen@example.com"
    go(page, visits.address(f"{ORG}/", q=blocked))
    more = page.get_by_role("region", name="More about this")
    expect(more.get_by_role("alert")).to_contain_text(f"Whether {blocked} is on the blacklist could not be loaded.")
    page.unroute("**/blacklist?**")
    more.get_by_role("button", name="Try again").click()
    expect(more.get_by_role("link", name=f"{blocked} is on the blacklist")).to_be_visible()
    expect(more.get_by_role("alert")).to_have_count(0)
    # Half an address is on no list, and nothing failed.
    go(page, visits.address(f"{ORG}/", q="thomas@"))
    settled(page)
    expect(more).to_be_visible()
    expect(more.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("555-0101", "Type a phone number whole, with its area code, such as (773) 555-0101."),
        ("nobody-of-this-name", "Try a part of the name, or the id."),
    ],
)
def test_the_finder_says_what_else_to_type(visits: Visits, line: str, advice: str) -> None:
    page = visits.open(f"{ORG}/?q={line}")
    expect(page.locator("main .state")).to_contain_text(advice)


def test_only_rows_that_open_something_are_marked_under_the_pointer(visits: Visits) -> None:
    page = visits.open(f"{FAMILY}?tab=communication&log=sms")
    row = page.locator("tbody tr").nth(1)
    row.hover()
    assert row.evaluate("node => getComputedStyle(node).backgroundColor") == "rgba(0, 0, 0, 0)"
    go(page, visits.address(EMAILS))
    settled(page)
    row.hover()
    assert row.evaluate("node => getComputedStyle(node).backgroundColor") != "rgba(0, 0, 0, 0)"


# The words of cells that stand on two lines, by the rectangles of their parts.
BROKEN = """cells => cells.flatMap(cell => {
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  const broken = [];
  while (walker.nextNode()) {
    const { data } = walker.currentNode;
    for (const { index, 0: word } of data.matchAll(/[^\\s]+/g)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, index);
      range.setEnd(walker.currentNode, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) broken.push(word);
    }
  }
  return broken;
})"""


def test_addresses_of_an_audit_log_break_beside_their_words(visits: Visits) -> None:
    page = visits.open(f"{FAMILY}?tab=logs&log=audit")
    page.locator("tbody tr").first.wait_for()
    assert page.locator("tbody td").evaluate_all(BROKEN) == []


def held(page: Page, pattern: str) -> list[Route]:
    """Requests that are answered when a test says so."""
    waiting: list[Route] = []
    # A method of a list is none that Playwright can wrap.
    page.route(pattern, lambda route: waiting.append(route))  # noqa: PLW0108
    return waiting


def test_the_finder_shows_that_it_searches_and_says_how_many_it_found(visits: Visits) -> None:
    page = visits.page(ADMIN)
    waiting = held(page, "**/records?**")
    page.goto(visits.address(f"{ORG}/?q=nguyen"))
    expect(page.locator("main .skeleton")).to_be_visible()
    expect(page.locator("main [aria-busy=true]")).to_have_count(1)
    waiting[0].continue_()
    settled(page)
    found = page.locator("main li .name").count()
    assert found > 1
    expect(page.get_by_role("status").filter(has_text=f"{found} records.")).to_have_count(1)


def test_the_start_page_keeps_a_place_for_what_did_not_arrive(visits: Visits) -> None:
    page = visits.page(ADMIN)
    waiting = held(page, "**/messages/counts?**")
    page.goto(visits.address(f"{ORG}/"))
    region = page.get_by_role("region", name="What did not arrive in the last 7 days")
    expect(region.locator(".skeleton")).to_be_visible()
    before = region.bounding_box()
    for route in waiting:
        route.continue_()
    expect(region.get_by_role("link").first).to_be_visible()
    settled(page)
    after = region.bounding_box()
    assert before
    assert after
    assert abs(before["height"] - after["height"]) <= 90, (before, after)


def test_at_a_desk_the_start_page_begins_in_its_field(visits: Visits) -> None:
    page = visits.open(f"{ORG}/")
    field = page.locator("main").get_by_role("searchbox")
    expect(field).to_be_focused()
    # It is there already.
    page.keyboard.press("/")
    page.keyboard.type("773 555-0101")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Thomas Nguyen")).to_be_visible()
    phone = visits.open(f"{ORG}/", size=PHONE)
    expect(phone.locator("main").get_by_role("searchbox")).not_to_be_focused()


def test_a_part_of_an_address_is_said_to_find_no_message(visits: Visits) -> None:
    page = visits.open(f"{ORG}/deliveries")
    field = page.get_by_role("searchbox", name="Find by recipient")
    field.fill("smith")
    field.press("Enter")
    nothing = page.locator("daybook-table .state")
    expect(nothing).to_contain_text("No e-mail is found by “smith”. Write the whole address, such as jane@example.com.")
    settled(page)
    field.fill("nobody@example.com")
    field.press("Enter")
    expect(nothing).to_contain_text("No e-mails match these filters.")


# Whether what a field shows where nothing is typed fits into it.
PLACEHOLDER_FITS = """field => {
  const { font, paddingLeft, paddingRight } = getComputedStyle(field);
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = font;
  // The browser keeps a place for the cross that clears the field.
  const room = field.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - 16;
  return pen.measureText(field.placeholder).width <= room;
}"""
# How much wider the longest of its options would have a choice.
CUT = """select => {
  const whole = select.cloneNode(true);
  whole.style = "width: auto; max-width: none";
  select.parentNode.append(whole);
  const missing = whole.offsetWidth - select.offsetWidth;
  whole.remove();
  return missing;
}"""


def on_one_line(one: Locator, other: Locator) -> bool:
    first, second = one.bounding_box(), other.bounding_box()
    assert first
    assert second
    return abs(first["y"] + first["height"] / 2 - second["y"] - second["height"] / 2) < 4


def test_an_order_is_read_as_a_whole(visits: Visits) -> None:
    page = visits.open(EMAILS)
    assert page.get_by_label("Sort by").evaluate(CUT) <= 0


def test_on_a_phone_no_button_stands_alone_on_a_line(visits: Visits) -> None:
    page = visits.open(f"{FAMILY}?tab=everything", size=PHONE)
    field, export = page.locator("main").get_by_role("searchbox"), page.get_by_role("button", name="Export", exact=True)
    assert on_one_line(field, export)
    go(page, visits.address(EMAILS))
    settled(page)
    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_label("From", exact=True)).to_be_visible()
    assert on_one_line(field, export)
    go(page, visits.address(f"{ORG}/deliveries"))
    settled(page)
    assert on_one_line(page.get_by_role("button", name="Find", exact=True), export)
    go(page, visits.address(f"{ORG}/blacklist"))
    settled(page)
    assert field.evaluate(PLACEHOLDER_FITS)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_timeline_has_the_source_below_what_was_done(visits: Visits, size: tuple[int, int]) -> None:
    page = visits.open(f"{FAMILY}?tab=everything&channel=audit", size=size)
    opens = page.locator("button.opens").filter(has_text="Office Portal").first
    source = opens.locator(".sub")
    assert opens.evaluate("node => node.getBoundingClientRect().left") == source.evaluate(
        "node => node.getBoundingClientRect().left"
    )
