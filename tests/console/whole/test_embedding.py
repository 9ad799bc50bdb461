"""The example of docs/embedding.md: a page of another origin, with a strict policy of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from daybook_local.deployment.template import REPOSITORY
from playwright.sync_api import Page, expect

from tests.support.console.browser import ADMIN, WAIT_MILLISECONDS, Visits
from tests.support.console.hostile import MARKUP
from tests.support.dynamodb.local_server import free_port

pytestmark = pytest.mark.console

HOST = REPOSITORY / "examples" / "host"


@contextmanager
def host(visits: Visits, folder: Path, *arguments: str) -> Iterator[str]:
    """The address of the example, which is served as the documentation says."""
    stack = folder / "stack.json"
    stack.write_text(json.dumps(visits.stack))
    command = [sys.executable, str(HOST / "server.py"), "--stack", str(stack), *arguments]
    environment = {"PATH": os.environ["PATH"]}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as server:
        assert server.stdout
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.fixture
def address(visits: Visits, tmp_path: Path) -> Iterator[str]:
    with host(visits, tmp_path) as address:
        yield address


def embedded(page: Page) -> None:
    expect(page.locator("daybook-record tbody tr")).to_have_count(50)
    expect(page.locator("body > main > daybook-audit-log tbody tr")).to_have_count(50)


def test_the_elements_work_in_a_page_of_a_listed_origin(visits: Visits, address: str) -> None:
    assert address.rstrip("/") in visits.stack["embed_origins"]
    page = visits.page(ADMIN)
    page.goto(address)
    embedded(page)
    # Its font, colours and words; dark only where the host is.
    cell = page.locator("daybook-record tbody td").first
    assert "Georgia" in cell.evaluate("node => getComputedStyle(node).fontFamily")
    expect(cell).to_have_css("color", "rgb(51, 38, 26)")
    expect(page.locator("daybook-record [role=tab][aria-selected=true]").last).to_have_css("color", "rgb(91, 42, 134)")
    expect(page.get_by_role("tab", name="E-mails", exact=True)).to_be_visible()
    page.emulate_media(color_scheme="dark")
    expect(cell).to_have_css("color", "rgb(51, 38, 26)")


def test_an_email_is_read_in_the_page_of_a_host(visits: Visits, address: str) -> None:
    page = visits.page(ADMIN)
    page.goto(address)
    embedded(page)
    page.locator("daybook-record tbody tr").filter(has_text="Closed for Thanksgiving").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("note")).to_be_visible()
    dialog.get_by_role("tab", name="Text").click()
    expect(page.frame_locator("daybook-email iframe").locator("body")).not_to_be_empty()
    # The state of the record is in the address of the host.
    assert "email=" in page.url
    page.go_back()
    expect(dialog).to_have_count(0)
    page.get_by_role("columnheader", name="Recipient").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="Recipient")).to_have_attribute("aria-sort", "ascending")
    assert "sort=recipient" in page.url
    page.reload()
    embedded(page)
    expect(page.get_by_role("columnheader", name="Recipient")).to_have_attribute("aria-sort", "ascending")


def test_keys_are_taken_only_while_the_focus_is_inside(visits: Visits, address: str) -> None:
    page = visits.page(ADMIN)
    page.goto(address)
    embedded(page)
    page.keyboard.press("2")
    expect(page.locator("daybook-record").get_by_role("tab", name="Communication")).to_have_attribute(
        "aria-selected", "true"
    )
    page.locator("daybook-record").get_by_role("tab", name="Communication").focus()
    page.keyboard.press("2")
    expect(page.locator("daybook-record").get_by_role("tab", name="Logs", exact=True)).to_have_attribute(
        "aria-selected", "true"
    )


def test_attributes_with_markup_are_shown_as_text(visits: Visits, address: str) -> None:
    page = visits.page(ADMIN)
    page.goto(address)
    embedded(page)
    page.evaluate(
        """([record, name]) => Object.assign(document.querySelector('daybook-record'), { record, name })""",
        [f"family/{MARKUP.replace('/', '')}", MARKUP],
    )
    expect(page.locator("daybook-record").get_by_role("heading", level=1)).to_have_text(MARKUP)
    assert page.evaluate("window.__ran") is None


def test_the_host_hears_what_may_not_be_seen(visits: Visits, tmp_path: Path) -> None:
    visits.stack["tokens"]["admin"], kept = visits.stack["tokens"]["staff"], visits.stack["tokens"]["admin"]
    try:
        with host(visits, tmp_path) as address:
            page = visits.page(ADMIN)
            page.goto(address)
            expect(page.locator("#told")).to_contain_text("You may not see")
            expect(page.locator("tbody tr")).to_have_count(0)
    finally:
        visits.stack["tokens"]["admin"] = kept


def test_nothing_works_in_a_page_of_an_origin_that_is_not_listed(visits: Visits, tmp_path: Path) -> None:
    with host(visits, tmp_path, "--port", str(free_port())) as address:
        page = visits.browser.new_page()
        page.set_default_timeout(WAIT_MILLISECONDS)
        failed: list[str] = []
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.goto(address, wait_until="networkidle")
        assert any(url.endswith("/console/daybook.js") for url in failed)
        assert page.evaluate("customElements.get('daybook-record')") is None
        # Nor does the API answer such a page, whatever its script is.
        call = """async ([url, token]) => {
          try { return (await fetch(url, { headers: { Authorization: `Bearer ${token}` } })).status }
          catch (error) { return error.name }
        }"""
        url = f"{visits.stack['api']}/v1/orgs/riverside/records/family/101/emails"
        assert page.evaluate(call, [url, visits.stack["tokens"]["admin"]]) == "TypeError"
        page.close()
