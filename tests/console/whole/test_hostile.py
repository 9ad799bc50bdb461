"""E-mails and entries that others wrote: they are shown, and nothing of them runs or is fetched."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.support.console.browser import ADMIN, Visits, go, settled
from tests.support.console.hostile import MARKUP, PICTURES, hostile_mails
from tests.support.console.posting import new_family, post_emails
from tests.support.console.servers import CountingServer, counting_server
from tests.support.local_stack.calls import ORG, posted

pytestmark = pytest.mark.console

# Until what an e-mail asks for has reached the server: the picture of each takes a tenth of it.
PATIENCE_MILLISECONDS = 300
NAMES = sorted(hostile_mails(""))


@dataclass
class Mails:
    """Posted e-mails, and a page that shows one after another."""

    page: Page
    server: CountingServer
    addresses: dict[str, str]
    messages: list[str]

    def text_of(self, name: str) -> FrameLocator:
        """Opens the text of an e-mail; its frame."""
        self.server.paths.clear()
        go(self.page, self.addresses[name])
        expect(self.page.get_by_role("dialog").get_by_role("heading", name=name, exact=True)).to_be_visible()
        self.page.get_by_role("tab", name="Text").click()
        return self.page.frame_locator("daybook-email iframe")

    def ran(self) -> list[str]:
        """The frames in which a script of an e-mail has run."""
        return [frame.url for frame in self.page.frames if frame.evaluate("window.__ran")]


@pytest.fixture(scope="module")
def mails(all_visits: Visits, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mails]:
    stack, record = all_visits.stack, new_family()
    with counting_server(tmp_path_factory.mktemp("server")) as server:
        bodies = {name: {"html": html} for name, html in hostile_mails(server.url).items()}
        bodies["text-only"] = {"text": f"READ ME {MARKUP}"}
        ids = post_emails(stack, record, bodies)
        base = all_visits.address(f"{ORG}/family/{record['id']}/emails/")
        page = all_visits.seat(ADMIN).context.new_page()
        messages: list[str] = []
        # A method of a list is none that Playwright can wrap.
        page.expose_function("heard", lambda message: messages.append(str(message)))
        page.add_init_script("if (top === window) addEventListener('message', (e) => heard(JSON.stringify(e.data)))")
        page.goto(all_visits.address(f"{ORG}/family/{record['id']}"))
        settled(page)
        yield Mails(page, server, {name: base + entry for name, entry in ids.items()}, messages)
        page.close()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_an_email_runs_or_is_fetched(mails: Mails, name: str) -> None:
    frame = mails.text_of(name)
    expect(frame.locator("body")).to_contain_text("Confirm" if name == "form" else "READ ME")
    mails.page.wait_for_timeout(PATIENCE_MILLISECONDS)
    assert mails.server.paths == []
    assert mails.ran() == []
    assert mails.messages == []
    assert mails.page.url == mails.addresses[name]
    expect(frame.locator("body").locator("script, meta, base, link, iframe, object, embed")).to_have_count(0)


@pytest.mark.parametrize("name", NAMES)
def test_show_images_loads_pictures_and_nothing_else(mails: Mails, name: str) -> None:
    frame = mails.text_of(name)
    expect(frame.locator("body")).to_contain_text("Confirm" if name == "form" else "READ ME")
    with mails.page.expect_response("**/mail-images.html"):
        mails.page.get_by_role("button", name="Show images").click()
    expect(mails.page.get_by_role("button", name="Show images")).to_have_count(0)
    expect(frame.locator("body")).to_contain_text("Confirm" if name == "form" else "READ ME")
    mails.page.wait_for_timeout(PATIENCE_MILLISECONDS)
    assert {path.rsplit("/", 1)[-1] for path in mails.server.paths} <= PICTURES
    assert mails.ran() == []
    assert mails.messages == []
    assert mails.page.url == mails.addresses[name]
    if name == "picture":
        assert mails.server.paths == ["/picture/pixel"]


@pytest.mark.parametrize("name", ["javascript-link", "data-link", "form", "top-navigation"])
def test_a_click_in_an_email_leaves_the_console_where_it_is(mails: Mails, name: str) -> None:
    mails.text_of(name).locator("#go").click()
    mails.page.wait_for_timeout(PATIENCE_MILLISECONDS)
    assert mails.page.url == mails.addresses[name]
    assert not [path for path in mails.server.paths if "form" in path or "script" in path]
    assert mails.ran() == []
    for other in mails.page.context.pages:
        if other != mails.page:
            assert other.evaluate("opener") is None
            other.close()
    expect(mails.page.get_by_role("dialog")).to_be_visible()


def test_an_email_that_covers_everything_covers_its_frame(mails: Mails) -> None:
    mails.text_of("cover")
    frame = mails.page.locator("daybook-email iframe").bounding_box()
    dialog = mails.page.get_by_role("dialog").bounding_box()
    assert frame
    assert dialog
    assert dialog["x"] <= frame["x"]
    assert frame["y"] + frame["height"] <= dialog["y"] + dialog["height"]
    # It is clicked where a person would: what covered it would get the click.
    mails.page.get_by_role("button", name="Close").click()
    expect(mails.page.get_by_role("dialog")).to_have_count(0)
    # A dialog is not seen any more before it tells that it was closed, which changes the address.
    mails.page.wait_for_url(lambda url: "/emails/" not in url)


def test_right_to_left_mail_is_read_from_the_right(mails: Mails) -> None:
    frame = mails.text_of("right-to-left")
    expect(frame.locator("html")).to_have_attribute("dir", "rtl")
    expect(frame.locator("p")).to_have_css("direction", "rtl")


def test_a_mail_of_a_megabyte_is_shown_to_its_end(mails: Mails) -> None:
    frame = mails.text_of("one-megabyte")
    expect(frame.locator("body")).to_contain_text("READ ME")
    assert frame.locator("body").evaluate("body => body.innerText.length") > 1_000_000


def test_a_mail_without_html_is_shown_as_it_was_written(mails: Mails) -> None:
    mails.text_of("text-only")
    expect(mails.page.get_by_role("tabpanel").locator("pre")).to_have_text(f"READ ME {MARKUP}")
    expect(mails.page.locator("daybook-email iframe")).to_have_count(0)
    expect(mails.page.get_by_role("button", name="Show images")).to_have_count(0)
    assert mails.ran() == []


def everything_with_markup(stack: dict[str, Any]) -> str:
    """The path of a record whose name and entries are markup."""
    record = new_family()
    affected = {
        "record": record,
        "name": MARKUP,
        "change": "updated",
        "before": {MARKUP: f"before {MARKUP}"},
        "after": {MARKUP: f"after {MARKUP}"},
        "details": MARKUP,
    }
    posted(
        stack,
        {
            "log": "email",
            "record": record,
            "recipient": "parent@mail.example.com",
            "message_id": f"m-{record['id']}",
            "subject": MARKUP,
            "status": "sent",
        },
        {"log": "sms", "record": record, "recipient": "+13125550123", "text": MARKUP},
        {"log": "push", "record": record, "subject": MARKUP, "text": MARKUP},
        {"log": "activity", "record": record, "name": MARKUP, "action": MARKUP, "details": {MARKUP: MARKUP}},
        {
            "log": "audit",
            "member_name": MARKUP,
            "username": MARKUP,
            "source": "office_portal",
            "action": MARKUP,
            "affected": [affected],
        },
    )
    return f"{ORG}/family/{record['id']}"


def test_markup_in_entries_is_shown_as_text(visits: Visits) -> None:
    path = everything_with_markup(visits.stack)
    page = visits.open(path)
    for query in (
        "tab=communication&log=email",
        "tab=communication&log=sms",
        "tab=communication&log=push",
        "tab=logs&log=activity",
        "tab=logs&log=audit",
        "tab=everything",
    ):
        go(page, visits.address(f"{path}?{query}"))
        settled(page)
        expect(page.locator("tbody")).to_contain_text(MARKUP)
    expect(page.get_by_role("heading", level=1)).to_have_text(MARKUP)
    go(page, visits.address(f"{path}?tab=communication&log=email"))
    settled(page)
    page.locator("tbody a").first.click()
    expect(page.get_by_role("dialog").get_by_role("heading").first).to_have_text(MARKUP)
    assert page.evaluate("window.__ran") is None
    expect(page.locator("main b:text-is('bold'), main img, main script")).to_have_count(0)
