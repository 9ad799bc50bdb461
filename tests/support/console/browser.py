"""Debian's Chromium under Playwright, and people who are signed in to the console in it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import pytest
from daybook_local.issuer.callers import ADMIN, FRONT, NEW, OTHER_ADMIN, Person
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

__all__ = [
    "ADMIN",
    "FRONT",
    "NEW",
    "OTHER_ADMIN",
    "Person",
    "Seat",
    "Visits",
    "browser_or_skip",
    "chromium",
    "go",
    "settled",
]

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
# Nothing that looks for an update, a model or a list on the internet.
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
)
# A busy machine with two cores answers late; what is there is seen at once.
WAIT_MILLISECONDS = 20_000
DESK, PHONE = (1280, 900), (390, 844)

Scheme = Literal["light", "dark"]

# The requests of a page that have not been answered.
_ASKED: WeakKeyDictionary[Page, set[Request]] = WeakKeyDictionary()


def browser_or_skip() -> None:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium fonts-dejavu-core, or name yours in CHROMIUM")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Playwright's own browsers cannot be downloaded everywhere; its wheel drives the one of the distribution."""
    expect.set_options(timeout=WAIT_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Seat:
    """A browser context with a person who has signed in at the issuer, as after the first page of a day."""

    context: BrowserContext
    person: Person


@dataclass
class Visits:
    """Opens pages of the console, and keeps what they complained of."""

    stack: dict[str, Any]
    browser: Browser
    seats: dict[str, Seat] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    _pages: list[Page] = field(default_factory=list)

    def seat(self, person: Person) -> Seat:
        if person.key not in self.seats:
            # The server that counts has a certificate of its own.
            context = self.browser.new_context(ignore_https_errors=True)
            context.set_default_timeout(WAIT_MILLISECONDS)
            context.grant_permissions(["clipboard-read", "clipboard-write"], origin=self.stack["api"])
            self.seats[person.key] = Seat(context, person)
            page = context.new_page()
            page.goto(self.stack["console"])
            page.get_by_role("link", name=person.name).click()
            page.wait_for_url(f"{self.stack['console']}{person.org}/**")
            page.close()
        return self.seats[person.key]

    def page(
        self, person: Person, *, size: tuple[int, int] = DESK, scheme: Scheme = "light", context: Any = None
    ) -> Page:
        """An empty page of that person's browser."""
        page: Page = (context or self.seat(person).context).new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        asked: set[Request] = set()
        _ASKED[page] = asked
        page.on("request", lambda request: asked.add(request))  # noqa: PLW0108 - a method of a set is not wrapped
        page.on("requestfinished", lambda request: asked.discard(request))  # noqa: PLW0108
        page.on("requestfailed", lambda request: asked.discard(request))  # noqa: PLW0108
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{error}"))
        self._pages.append(page)
        return page

    def open(self, path: str, person: Person = ADMIN, *, wait: bool = True, **how: Any) -> Page:
        """A page with that address below the console's, whose lists have been loaded."""
        page = self.page(person, **how)
        page.goto(self.address(path))
        if wait:
            settled(page)
        return page

    def address(self, path: str, **query: str) -> str:
        return f"{self.stack['console']}{path}{'?' + urlencode(query) if query else ''}"

    def close(self) -> None:
        """Closes the pages of a test."""
        for page in self._pages:
            page.close()
        self._pages.clear()

    def _heard(self, message: ConsoleMessage) -> None:
        # Chromium itself says of each answer over 399 that it is one; which ones are expected is the test's matter.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)


def settled(page: Page) -> None:
    """Waits until the console stands with who has signed in, and nothing in it is being loaded."""
    page.get_by_role("button", name="Your account").wait_for()
    expect(page.locator("main").locator("h1, .state").first).to_be_visible()
    # Rows that wait for who is blacklisted are there, and are not seen.
    loading = page.locator("[aria-busy=true], .skeleton, .waits")
    expect(loading).to_have_count(0)
    # What has no sign of its own, such as a chart: nothing is asked for any more.
    until = time.monotonic() + WAIT_MILLISECONDS / 1000
    while _ASKED.get(page) and time.monotonic() < until:
        page.wait_for_timeout(20)
    expect(loading).to_have_count(0)


def go(page: Page, address: str) -> None:
    """Goes to another address of the console as its links do, without signing in anew."""
    page.evaluate("to => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')) }", address)
