"""The time zone on the page Settings: a text with which the field is left is taken, or said to be none."""

import pytest
from playwright.sync_api import expect

from tests.support.console.browser import Visits
from tests.support.console.pages import ORG

pytestmark = pytest.mark.console


def test_the_highlighted_zone_is_taken_where_the_field_is_left(visits: Visits) -> None:
    page = visits.open(f"{ORG}/settings")
    field = page.get_by_role("combobox", name="Time zone")
    field.fill("Denver")
    expect(page.get_by_role("option", selected=True)).to_contain_text("America/Denver")
    field.press("Tab")
    expect(field).to_have_value("America/Denver")
    expect(page.get_by_text("There it is now")).to_contain_text("Mountain Time")
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    page.get_by_role("button", name="Undo").click()
    expect(field).to_have_value("America/Chicago")


def test_a_text_that_is_no_zone_stays_and_is_said_to_be_none(visits: Visits) -> None:
    page = visits.open(f"{ORG}/settings")
    field = page.get_by_role("combobox", name="Time zone")
    field.fill("Nowhere")
    expect(page.get_by_text("There it is now")).to_have_count(0)
    field.press("Tab")
    expect(field).to_have_value("Nowhere")
    expect(page.get_by_text("No time zone is known by “Nowhere”.")).to_be_visible()
    expect(page.get_by_text("There it is now")).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    expect(field).to_be_focused()
    page.get_by_role("button", name="Undo").click()


def test_a_field_that_was_emptied_has_its_zone_again(visits: Visits) -> None:
    page = visits.open(f"{ORG}/settings")
    field = page.get_by_role("combobox", name="Time zone")
    field.fill("")
    field.press("Tab")
    expect(field).to_have_value("America/Chicago")


def test_a_zone_that_was_chosen_by_arrows_is_taken_and_kept(visits: Visits) -> None:
    page = visits.open(f"{ORG}/settings")
    field = page.get_by_role("combobox", name="Time zone")
    for _ in range(3):
        field.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True).locator("span").first.inner_text()
    field.press("Tab")
    expect(field).to_have_value(chosen)
    # To come and go again changes nothing.
    field.focus()
    field.press("Tab")
    expect(field).to_have_value(chosen)
    page.get_by_role("button", name="Undo").click()
