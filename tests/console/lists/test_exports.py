"""Exports: the button where a list stands, what is shown meanwhile, the file, and the page of one's own."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.console.browser import ADMIN, FRONT, PHONE, Visits, go, settled
from tests.support.console.pages import EMAILS, FAMILY, ORG

pytestmark = pytest.mark.console

ENDED = 60_000


@pytest.fixture
def slow(visits: Visits) -> Iterator[dict[str, Any]]:
    """Answers of the API about exports as of one that runs: what is put here stands in them."""
    more: dict[str, Any] = {"status": "running", "rows": 12_345, "url": None}
    context = visits.seat(ADMIN).context

    def answer(route: Route) -> None:
        response = route.fetch()
        if route.request.method == "GET" and "exports" not in response.json():
            shown = {name: value for name, value in (response.json() | more).items() if value is not None}
            route.fulfill(response=response, json=shown)
        else:
            # Cancelled: what has become of it is as the API says.
            more.clear()
            route.fulfill(response=response)

    context.route("**/exports/*", answer)
    yield more
    context.unroute_all(behavior="ignoreErrors")


def begin(page: Page, *choices: str) -> None:
    """Press Export, choose in the dialog, and begin."""
    page.get_by_role("button", name="Export", exact=True).click()
    dialog = page.get_by_role("dialog")
    for choice in choices:
        dialog.get_by_role("radio", name=choice).check()
    dialog.get_by_role("button", name="Export").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def fetched(page: Page) -> tuple[str, str]:
    """The name and the text of the file, when it is ready."""
    button = page.get_by_role("region", name="Export done").get_by_role("button", name="Download")
    expect(button).to_be_visible(timeout=ENDED)
    with page.expect_download() as download:
        button.click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes().decode("utf-8-sig")


def listed(visits: Visits, path: str) -> list[dict[str, Any]]:
    """The rows of a list of the family, as the API has them on one page."""
    request = visits.seat(ADMIN).context.request
    headers = {"authorization": f"Bearer {visits.stack['tokens']['admin']}"}
    answer = request.get(f"{visits.stack['api']}/v1/orgs/{ORG}/records/family/101/{path}", headers=headers).json()
    assert answer["next"] is None
    rows: list[dict[str, Any]] = answer["entries"]
    return rows


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_whole_list_comes_as_a_table_for_a_spreadsheet(visits: Visits) -> None:
    page = visits.open(f"{EMAILS}&status=opened")
    begin(page)
    name, text = fetched(page)
    rows = rows_of(text)
    assert name.endswith(".csv")
    # More than the page has.
    assert len(rows) == len(listed(visits, "emails?status=opened&limit=200")) > 50
    assert {row["Delivery Status"] for row in rows} == {"Opened"}


def test_the_dialog_says_what_narrows_the_list(visits: Visits) -> None:
    page = visits.open(f"{ORG}/audit?q=nguyen&from=2026-01-01&source=office_portal")
    page.get_by_role("button", name="Export", exact=True).click()
    dialog = page.get_by_role("dialog")
    for line in ("Search: “nguyen”", "From: 01/01/2026", "Source: Office Portal"):
        expect(dialog.get_by_role("listitem").filter(has_text=line)).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("region", name="Export")).to_have_count(0)


def test_audit_entries_come_a_row_for_each_change(visits: Visits) -> None:
    page = visits.open(f"{ORG}/audit?q=moved")
    begin(page, "One row per change")
    _, text = fetched(page)
    assert {"Before", "After"} <= {*rows_of(text)[0]}


def test_lines_of_json_are_the_rows_of_the_api(visits: Visits) -> None:
    page = visits.open(f"{FAMILY}?tab=everything&channel=sms")
    begin(page, "JSON lines")
    name, text = fetched(page)
    assert name.endswith(".jsonl")
    assert [json.loads(line) for line in text.splitlines()] == listed(visits, "timeline?log=sms&limit=200")


def test_what_is_still_being_typed_is_searched_for_first(visits: Visits) -> None:
    page = visits.open(f"{ORG}/audit")
    page.get_by_placeholder("Search date").fill("deleted Smith")
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_text("Search: “deleted Smith”")


def test_the_dialog_says_where_the_file_has_another_order(visits: Visits) -> None:
    page = visits.open(f"{EMAILS}&sort=status&order=asc")
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("in the order in which they were sent")


@pytest.mark.parametrize("path", [f"{ORG}/deliveries", f"{ORG}/blacklist"])
def test_the_lists_of_the_business_are_exported_as_they_are_shown(visits: Visits, path: str) -> None:
    page = visits.open(path)
    shown = page.locator("daybook-table tbody tr").count()
    begin(page)
    _, text = fetched(page)
    assert len(rows_of(text)) >= shown > 0


def test_holds_are_exported(visits: Visits) -> None:
    page = visits.open(f"{ORG}/holds")
    begin(page)
    expect(page.get_by_role("region", name="Export done: Holds, CSV")).to_be_visible(timeout=ENDED)


def test_a_list_in_which_nothing_is_found_has_nothing_to_download(visits: Visits) -> None:
    page = visits.open(f"{EMAILS}&q=no-email-has-this")
    begin(page)
    panel = page.get_by_role("region", name="Export done: Email Log, CSV, Search: “no-email-has-this”")
    expect(panel).to_contain_text("There was nothing to export.", timeout=ENDED)
    expect(panel.get_by_role("button", name="Download")).to_have_count(0)
    expect(panel).not_to_have_class(re.compile(r"\bgood\b"))
    panel.get_by_role("button", name="Dismiss").click()
    expect(panel).to_have_count(0)
    expect(page.get_by_role("button", name="Export", exact=True)).to_be_focused()


def test_an_export_goes_on_while_other_pages_are_read(visits: Visits, slow: dict[str, Any]) -> None:
    page = visits.open(EMAILS)
    begin(page)
    panel = page.get_by_role("region", name="Export")
    expect(panel).to_contain_text("12,345 rows")
    go(page, visits.address(f"{ORG}/audit"))
    settled(page)
    expect(panel).to_have_count(0)
    slow.clear()
    go(page, visits.address(EMAILS))
    settled(page)
    expect(panel.get_by_role("button", name="Download")).to_be_visible(timeout=ENDED)


def test_a_failure_says_why(visits: Visits, slow: dict[str, Any]) -> None:
    page = visits.open(EMAILS)
    begin(page)
    slow |= {"status": "failed", "reason": "the permission was taken"}
    panel = page.get_by_role("region", name="Export")
    expect(panel).to_contain_text("Failed. The permission was taken.", timeout=ENDED)
    expect(panel.get_by_role("button", name="Download")).to_have_count(0)


def test_an_export_is_cancelled(visits: Visits, slow: dict[str, Any]) -> None:
    page = visits.open(EMAILS)
    begin(page)
    page.get_by_role("region", name="Exporting").get_by_role("button", name="Cancel the export").click()
    # Also where the work was done before.
    panel = page.get_by_role("region", name="Export cancelled")
    expect(panel).to_contain_text("Email Log, CSV: Cancelled.")
    expect(panel).not_to_have_class(re.compile(r"\bbad\b"))
    expect(page.get_by_role("button", name="Cancel the export")).to_have_count(0)
    expect(page.get_by_role("button", name="Export", exact=True)).to_be_focused()


def test_exports_of_a_list_are_told_apart(visits: Visits, slow: dict[str, Any]) -> None:
    slow["rows"] = 0
    page = visits.open(f"{EMAILS}&status=opened")
    begin(page)
    begin(page)
    name = "Exporting: Email Log, CSV, Status: Opened"
    expect(page.get_by_role("region", name=name, exact=True)).to_contain_text("Starting…")
    expect(page.get_by_role("region", name=f"{name} (2)", exact=True)).to_contain_text("Status: Opened")


def test_a_permission_that_was_withdrawn_is_called_as_on_the_page_access(visits: Visits) -> None:
    page = visits.open(EMAILS)
    detail = "this needs the permission export"
    problem = {"type": "about:blank", "title": "No", "status": 403, "detail": detail, "code": "forbidden"}
    answer = {"status": 403, "content_type": "application/problem+json", "body": json.dumps(problem)}
    page.route("**/exports", lambda route: route.fulfill(**answer))
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Export").click()
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("An administrator can give you the permission “Export” under Access.")


def test_a_refusal_is_said_in_the_dialog(visits: Visits) -> None:
    page = visits.open(EMAILS)
    body = '{"type": "about:blank", "title": "No", "status": 503, "detail": "Too busy now.", "code": "unavailable"}'
    answer = {"status": 503, "content_type": "application/problem+json", "body": body}
    page.route("**/exports", lambda route: route.fulfill(**answer))
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Export").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("The export was not begun. Too busy now.")


def test_ones_exports_are_on_a_page_of_their_own(visits: Visits) -> None:
    page = visits.open(f"{EMAILS}&status=opened")
    begin(page)
    fetched(page)
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("navigation", name="Manage").get_by_role("link", name="Exports").click()
    settled(page)
    expect(page.get_by_role("heading", name="Exports")).to_be_visible()
    row = page.locator("tbody tr").first
    for text in ("Email Log of Thomas Nguyen", "Status: Opened", "CSV", "Done", "kept until"):
        expect(row).to_contain_text(text)
    with page.expect_download() as download:
        row.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename.endswith(".csv")


def test_whoever_may_not_export_has_no_button(visits: Visits) -> None:
    page = visits.open(EMAILS, FRONT)
    expect(page.locator("tbody tr").first).to_be_visible()
    expect(page.get_by_role("button", name="Export", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Your account").click()
    expect(page.get_by_role("link", name="Exports")).to_have_count(0)
    page.goto(visits.address(f"{ORG}/exports"))
    expect(page.locator("main")).to_contain_text("You may not see the page Exports")


def test_on_a_phone_the_button_is_a_sign_with_a_name(visits: Visits) -> None:
    page = visits.open(EMAILS, size=PHONE)
    button = page.get_by_role("button", name="Export", exact=True)
    box = button.bounding_box()
    assert box
    assert box["height"] >= 40
    assert box["width"] < 60
    begin(page)
    fetched(page)
