"""Back, and where the focus is, after what was opened has been closed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.console.browser import ADMIN, Visits, go, settled
from tests.support.console.pages import EMAILS, ORG
from tests.support.console.posting import complain, new_family

pytestmark = pytest.mark.console

CLOSERS: dict[str, Callable[[Page], None]] = {
    "Escape": lambda page: page.keyboard.press("Escape"),
    "Close": lambda page: page.get_by_role("dialog").get_by_role("button", name="Close").click(),
}
LISTS = {
    "e-mails": EMAILS,
    "audit entries of a record": f"{ORG}/family/101?tab=logs&log=audit",
    "audit": f"{ORG}/audit",
}


def opened(page: Page, number: int) -> None:
    page.locator("tbody tr").nth(number).locator("a, button.opens").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("closer", CLOSERS)
@pytest.mark.parametrize("name", LISTS)
def test_what_was_closed_is_not_opened_by_back(visits: Visits, name: str, closer: str) -> None:
    page = visits.open(f"{ORG}/")
    go(page, visits.address(LISTS[name]))
    settled(page)
    for number in range(3):
        opened(page, number)
        CLOSERS[closer](page)
        expect(page).to_have_url(visits.address(LISTS[name]))
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.go_back()
    expect(page).to_have_url(visits.address(f"{ORG}/"))


def test_what_was_opened_by_its_address_is_closed_to_its_list(visits: Visits) -> None:
    page = visits.open(EMAILS)
    opened(page, 0)
    address = page.url
    page.goto(visits.address(f"{ORG}/"))
    page.goto(address)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(visits.address(EMAILS))
    page.go_back()
    expect(page).to_have_url(visits.address(f"{ORG}/"))


def test_a_closed_menu_gives_the_focus_back_to_its_button(visits: Visits) -> None:
    page = visits.open(EMAILS)
    account = page.get_by_role("button", name="Your account")
    account.press("Enter")
    page.keyboard.press("Tab")
    expect(account).not_to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#account")).to_be_hidden()
    expect(account).to_be_focused()


@pytest.mark.parametrize("everywhere", [False, True], ids=["record", "business"])
def test_the_focus_is_never_lost_by_a_reset(visits: Visits, everywhere: bool) -> None:
    record = new_family()
    address = complain(visits.stack, record)
    page = visits.open(f"{ORG}/blacklist?q={address}" if everywhere else f"{ORG}/family/{record['id']}")
    page.get_by_role("button", name=f"Reset {address}").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="They want to get e-mail at this address again").check()
    dialog.get_by_label("Reason").fill("The mother called.")
    reset = dialog.get_by_role("button", name="Reset")
    context = visits.seat(ADMIN).context
    context.set_offline(True)
    reset.click()
    expect(dialog.get_by_role("alert")).to_contain_text("You are offline.")
    expect(reset).to_be_focused()
    context.set_offline(False)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text=address)).to_be_focused()
