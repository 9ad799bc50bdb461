"""The dialog of an e-mail, and the reset of an address: by mouse, and by the keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.console.browser import Visits, settled
from tests.support.console.pages import EMAILS, FAMILY, ORG
from tests.support.console.posting import complain, new_family, post_emails
from tests.support.local_stack.calls import request

pytestmark = pytest.mark.console


def test_an_email_has_an_address_and_its_text_is_read_only_when_asked_for(visits: Visits) -> None:
    record = new_family()
    entry = post_emails(visits.stack, record, {"Class moved": {"text": "It is at 5 PM now."}})["Class moved"]
    page = visits.open(f"{ORG}/family/{record['id']}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/content") else None)
    page.locator("tbody").get_by_text("Class moved").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Class moved")).to_be_visible()
    expect(dialog).to_contain_text("parent@mail.example.com")
    # What became of it stands first.
    expect(dialog.get_by_role("note")).to_be_visible()
    assert page.url == visits.address(f"{ORG}/family/{record['id']}/emails/{entry}")
    assert asked == []
    dialog.get_by_role("tab", name="Text").click()
    expect(dialog.get_by_text("It is at 5 PM now.")).to_be_visible()
    expect(dialog.get_by_text("Opening the text is recorded in the audit log.")).to_be_visible()
    assert len(asked) == 1
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.reload()
    expect(page.get_by_role("dialog").get_by_role("heading", name="Class moved")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_dialog_keeps_the_state_of_the_list_behind_it(visits: Visits) -> None:
    page = visits.open(f"{EMAILS}&sort=recipient&order=asc&q=nguyen")
    page.locator("tbody tr").nth(2).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert "/emails/" in page.url
    assert "sort=recipient" in page.url
    page.get_by_role("button", name="Close").click()
    expect(page).to_have_url(visits.address(f"{EMAILS}&sort=recipient&order=asc&q=nguyen"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_email_that_is_not_there_says_so(visits: Visits) -> None:
    page = visits.open(f"{FAMILY}/emails/nothing")
    expect(page.get_by_role("dialog")).to_contain_text("This e-mail is not in the log. It may have expired.")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("sent", "Nothing has been reported about this message yet."),
        ("delivered", "The status was reported with the message itself; no events are known."),
        ("failed", "This message was not sent, so nothing is reported about it."),
    ],
)
def test_what_is_said_of_an_email_without_events_fits_its_status(visits: Visits, status: str, words: str) -> None:
    record = new_family()
    entry = post_emails(visits.stack, record, {"Class moved": {"text": "At 5 PM."}}, status)["Class moved"]
    page = visits.open(f"{ORG}/family/{record['id']}/emails/{entry}")
    expect(page.get_by_role("dialog").get_by_role("tabpanel")).to_have_text(words)


def test_the_email_because_of_which_an_address_is_blacklisted_is_one_click_away(visits: Visits) -> None:
    page = visits.open(FAMILY)
    page.get_by_role("button", name="See the e-mail").click()
    expect(page.get_by_role("dialog").get_by_role("note")).to_contain_text("spam")


def test_a_reset_asks_for_another_address_first_and_needs_a_reason(visits: Visits) -> None:
    record = new_family()
    address = complain(visits.stack, record)
    page = visits.open(f"{ORG}/family/{record['id']}")
    page.get_by_role("button", name=f"Reset {address}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name=f"Reset {address}?")).to_be_visible()
    reset = dialog.get_by_role("button", name="Reset")
    expect(reset).to_be_disabled()
    dialog.get_by_role("radio", name="I asked; they gave me a new address").check()
    expect(dialog.get_by_text("Stop here, and enter the new address in their record.")).to_be_visible()
    expect(reset).to_be_disabled()
    dialog.get_by_role("radio", name="They want to get e-mail at this address again").check()
    reset.click()
    reason = dialog.get_by_label("Reason")
    expect(reason).to_have_attribute("aria-invalid", "true")
    expect(reason).to_be_focused()
    expect(dialog.get_by_text("Write why this address is reset.")).to_be_visible()
    reason.fill("   ")
    reset.click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    path = f"records/family/{record['id']}"
    assert request(visits.stack, "GET", f"{path}/blacklist").json()["entries"]
    page.get_by_role("button", name=f"Reset {address}").click()
    dialog.get_by_role("radio", name="They want to get e-mail at this address again").check()
    dialog.get_by_label("Reason").fill("The mother called: she marked it by mistake.")
    dialog.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("We send e-mail to this address again.")).to_be_visible()
    assert request(visits.stack, "GET", f"{path}/blacklist").json()["entries"] == []
    (entry,) = request(visits.stack, "GET", f"{path}/audit").json()["entries"]
    assert "The mother called" in request(visits.stack, "GET", f"audit/{entry['id']}").text


def focused(page: Page) -> str:
    """The text or label of what has the focus, through shadow roots."""
    text: str = page.evaluate(
        """() => {
          let node = document.activeElement;
          while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
          return node.getAttribute('aria-label') || node.innerText || node.labels?.[0]?.innerText || node.tagName;
        }"""
    )
    return text.strip()


def tab_to(page: Page, text: str, *, key: str = "Tab", most: int = 40) -> None:
    """As often as a person would: it is found, and the focus is seen at each step."""
    for _ in range(most):
        if re.search(text, focused(page)):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{text} is not reached by {key}")


def test_the_work_with_emails_is_done_by_the_keyboard_alone(visits: Visits) -> None:
    record = new_family()
    address = complain(visits.stack, record)
    page = visits.open(f"{ORG}/")
    page.keyboard.press("/")
    page.keyboard.type(record["id"])
    page.keyboard.press("Enter")
    page.get_by_role("link", name=record["id"]).first.wait_for()
    tab_to(page, record["id"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/family/{record['id']}")
    settled(page)
    # The focus goes to the page's heading.
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("tbody a").first).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Class moved")).to_be_visible()
    expect(dialog.get_by_role("tabpanel")).to_contain_text("Marked as spam")
    tab_to(page, "What happened")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Text"
    expect(dialog.get_by_text("It is at 5 PM now.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("tbody a").first).to_be_focused()
    tab_to(page, f"Reset {address}", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name=f"Reset {address}?")).to_be_visible()
    tab_to(page, "I asked; they gave me")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("They asked for it at the desk.")
    tab_to(page, "^Reset$")
    page.keyboard.press("Enter")
    expect(page.get_by_text("We send e-mail to this address again.")).to_be_visible()
    expect(dialog).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.get_by_role("tab", name="Logs", exact=True)).to_have_attribute("aria-selected", "true")


def test_lists_are_paged_and_tabs_chosen_by_keys(visits: Visits) -> None:
    page = visits.open(EMAILS)
    first = page.locator("tbody tr").first.inner_text()
    page.keyboard.press("]")
    expect(page.get_by_role("status").filter(has_text="page 2")).to_be_visible()
    page.keyboard.press("[")
    expect(page.locator("tbody tr").first).to_have_text(re.compile(re.escape(first.split("\t")[0])))
    page.keyboard.press("Tab")
    page.keyboard.press("c")
    expect(page.get_by_text("Copied")).to_be_visible()
    # Inside a field, letters are letters.
    page.locator("main").get_by_role("searchbox").press_sequentially("j2")
    page.wait_for_url(re.compile("q=j2"))
    expect(page.get_by_role("tab", name="Communication")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Skip to the content").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main#content")).to_be_focused()
