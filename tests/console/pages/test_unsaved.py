"""What was changed and not saved: nobody loses it by a link, a key or a button of the browser without being asked."""

import re

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.support.console.browser import Visits, settled
from tests.support.console.pages import ORG

pytestmark = pytest.mark.console

QUESTION = "What you changed is not saved. Leave it?"


class Answers:
    """Answers what the page asks, and keeps it."""

    def __init__(self, page: Page) -> None:
        self.leaves = False
        self.asked: list[str] = []
        page.on("dialog", self._answer)

    def _answer(self, dialog: Dialog) -> None:
        self.asked.append(dialog.message if dialog.type == "confirm" else dialog.type)
        if self.leaves:
            dialog.accept()
        else:
            dialog.dismiss()


def deliveries(page: Page) -> None:
    page.get_by_role("link", name="Deliveries").click()


def test_a_grant_that_was_ticked_is_not_left_unasked(visits: Visits) -> None:
    page = visits.open(f"{ORG}/access")
    answers = Answers(page)
    page.get_by_role("link", name="Edit front_desk").click()
    box = page.get_by_role("checkbox", name="Blacklist See, block")
    # Nothing is changed yet.
    box.press("Escape")
    expect(box).to_have_count(0)
    page.get_by_role("link", name="Edit front_desk").click()
    box.check()
    deliveries(page)
    box.press("Escape")
    page.go_back()
    page.wait_for_timeout(200)
    assert answers.asked == [QUESTION] * 3
    assert "group=front_desk" in page.url
    expect(box).to_be_checked()
    page.get_by_role("button", name="Cancel").click()
    expect(box).to_have_count(0)
    page.get_by_role("link", name="Edit front_desk").click()
    box.check()
    answers.leaves = True
    deliveries(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Deliveries")
    assert answers.asked == [QUESTION] * 4
    settled(page)
    page.get_by_role("link", name="Audit Log", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit Log")
    assert answers.asked == [QUESTION] * 4


def test_settings_that_were_changed_are_not_left_unasked(visits: Visits) -> None:
    page = visits.open(f"{ORG}/settings")
    answers = Answers(page)
    name = page.get_by_label("Name of the business")
    was = name.input_value()
    name.fill(f"{was} East")
    deliveries(page)
    page.wait_for_timeout(100)
    assert answers.asked == [QUESTION]
    expect(name).to_have_value(f"{was} East")
    # A page that is closed or loaded again asks in the browser's words.
    page.close(run_before_unload=True)
    page.wait_for_timeout(300)
    assert answers.asked == [QUESTION, "beforeunload"]
    name.fill(was)
    deliveries(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Deliveries")
    assert answers.asked == [QUESTION, "beforeunload"]


def test_the_reason_of_a_hold_is_not_thrown_away_by_a_key(visits: Visits) -> None:
    page = visits.open(f"{ORG}/holds")
    answers = Answers(page)
    place = page.get_by_role("button", name=re.compile("^Place a hold"))
    place.click()
    dialog = page.get_by_role("dialog")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert answers.asked == []
    place.click()
    reason = dialog.get_by_label("Reason")
    reason.fill("The insurance asked for it.")
    for _ in range(2):
        page.keyboard.press("Escape")
        expect(dialog).to_be_visible()
    assert answers.asked == [QUESTION] * 2
    expect(reason).to_have_value("The insurance asked for it.")
    answers.leaves = True
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    place.click()
    reason.fill("Another reason.")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert answers.asked == [QUESTION] * 3
