"""Each page and state in light and dark, at a desk's width and a phone's: a picture, and what axe says."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from daybook_local.deployment.template import REPOSITORY
from playwright.sync_api import Page, Route, expect

from tests.support.console.browser import ADMIN, DESK, FRONT, NEW, PHONE, Person, Visits, settled
from tests.support.console.pages import FAMILY, ORG, PAGES, STATES

pytestmark = pytest.mark.console

PICTURES = REPOSITORY / ".local" / "screenshots"
# Of the README, which is read in a column of about 900 pixels.
PICTURE, MAX_PICTURE_BYTES = (1160, 720), 150_000
GRAVE = {"serious", "critical"}
LOOKS = {page.name: page.path for page in PAGES} | {name: path for name, (path, _) in STATES.items()}


@pytest.fixture
def visits(visits: Visits) -> Iterator[Visits]:
    """The same with a dozen rows a page, which show the look of fifty: axe takes its time for each."""
    context = visits.seat(ADMIN).context
    context.route("**limit=50**", lambda route: route.continue_(url=route.request.url.replace("limit=50", "limit=12")))
    yield visits
    context.unroute_all(behavior="ignoreErrors")


def looked_at(page: Page, name: str) -> None:
    """A picture of each look, and nothing serious by axe in any."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    for width, height in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
            found = Axe().run(page).response["violations"]
            wrong += [
                f"{width} {scheme}: {one['id']}: {node['html'][:200]}"
                for one in found
                if one["impact"] in GRAVE
                for node in one["nodes"][:3]
            ]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than {width}"
    assert wrong == []


@pytest.mark.parametrize("name", LOOKS)
def test_pages(visits: Visits, name: str) -> None:
    looked_at(visits.open(LOOKS[name]), name)


def email(page: Page) -> None:
    page.locator("tbody a").filter(has_text="Closed for Thanksgiving").click()
    expect(page.get_by_role("dialog").get_by_role("tab")).to_have_count(2)


def email_text(page: Page) -> None:
    email(page)
    page.get_by_role("tab", name="Text").click()
    expect(page.frame_locator("daybook-email iframe").locator("body")).not_to_be_empty()


def reset(page: Page) -> None:
    page.get_by_role("button", name="Reset thomas.nguyen@example.com").click()
    page.get_by_role("radio", name="They want to get e-mail at this address again").check()
    page.get_by_role("dialog").get_by_role("button", name="Reset").click()
    expect(page.get_by_text("Write why this address is reset.")).to_be_visible()


def export(page: Page) -> None:
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("radio")).to_have_count(2)


def exporting(page: Page) -> None:
    page.route("**/exports/*", lambda route: route.abort())
    export(page)
    page.get_by_role("dialog").get_by_role("button", name="Export").click()
    expect(page.get_by_role("region", name="Exporting").get_by_role("alert")).to_be_visible()


def exported(page: Page) -> None:
    export(page)
    page.get_by_role("dialog").get_by_role("button", name="Export").click()
    download = page.get_by_role("region", name="Export done").get_by_role("button", name="Download")
    expect(download).to_be_visible(timeout=60_000)


def account(page: Page) -> None:
    page.get_by_role("button", name="Your account").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def shortcuts(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def loading(page: Page) -> None:
    never_answered: list[Route] = []
    # A method of a list is none that Playwright can wrap.
    page.context.route("**/emails?**", lambda route: never_answered.append(route))  # noqa: PLW0108
    page.reload()
    expect(page.locator(".skeleton").first).to_be_visible()
    expect(page.get_by_role("tablist").first).to_be_visible()


def failed(page: Page) -> None:
    page.context.route("**/emails?**", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert")).to_be_visible()


def failed_later(page: Page) -> None:
    page.context.route("**/emails?**", lambda route: route.abort())
    page.get_by_role("columnheader", name="Recipient").get_by_role("button").click()
    expect(page.get_by_role("alert")).to_be_visible()


def offline(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.get_by_role("status").filter(has_text="You are offline.")).to_be_visible()


def signed_out(page: Page) -> None:
    page.context.route("**/v1/**", lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}))
    page.get_by_role("columnheader", name="Recipient").get_by_role("button").click()
    expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize(
    "step",
    [
        email, email_text, reset, export, exporting, exported, account, shortcuts,
        loading, failed, failed_later, offline, signed_out,
    ],
    ids=lambda step: step.__name__,
)  # fmt: skip
def test_states_of_a_record(visits: Visits, step: Callable[[Page], None]) -> None:
    page = visits.open(FAMILY)
    try:
        step(page)
        looked_at(page, f"record-{step.__name__}")
    finally:
        page.context.set_offline(False)


@pytest.mark.parametrize(
    ("name", "path", "person"),
    [("no-access", FAMILY, NEW), ("front-desk", FAMILY, FRONT), ("denied", f"{FAMILY}?tab=logs&log=audit", FRONT)],
)
def test_what_others_see(visits: Visits, name: str, path: str, person: Person) -> None:
    looked_at(visits.open(path, person), name)


def test_the_sign_in_that_failed(visits: Visits) -> None:
    page = visits.page(ADMIN)
    page.goto(visits.address("callback", code="stolen", state="forged", iss=visits.stack["issuer"]))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    looked_at(page, "sign-in-failed")


def test_zoomed_text_is_not_cut_off(visits: Visits) -> None:
    """1280 pixels at 400 %, which is what WCAG 1.4.10 asks for."""
    page = visits.open(f"{ORG}/", size=(320, 256))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(visits.address(FAMILY))
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_picture_of_the_readme(visits: Visits) -> None:
    """docs/images/console.png is a copy of this one: docs/testing.md has the command."""
    page = visits.open(FAMILY, size=PICTURE)
    page.locator("tbody tr").nth(3).wait_for()
    page.mouse.move(0, 0)
    path = PICTURES / "readme.png"
    page.screenshot(path=path)
    assert path.stat().st_size < MAX_PICTURE_BYTES
