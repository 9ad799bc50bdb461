"""What the first rows cost: requests, bytes and moves of the layout are asserted, times are printed."""

import sys
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect

from tests.support.console.browser import ADMIN, Visits, settled
from tests.support.console.pages import EMAILS

pytestmark = pytest.mark.console

SCRIPT_BYTES, ELEMENT_BYTES, PAGE_BYTES = 60_000, 25_000, 3_000
REQUESTS = 8
LAYOUT_SHIFT = 0.02
SLOW_MILLISECONDS = 2_500

# Remembers when the first frame with a row came. Playwright's own waiting looks half a second apart.
FIRST_ROWS = """
const rows = root => [...root.querySelectorAll("tbody tr")].some(row => row.innerText.trim())
  || [...root.querySelectorAll("*")].some(({ shadowRoot }) => shadowRoot && rows(shadowRoot));
const look = () => {
  if (document.body && rows(document)) window.firstRowsAt = performance.now();
  else requestAnimationFrame(look);
};
look();
"""


def test_the_first_rows_keep_to_the_budget(visits: Visits, capsys: pytest.CaptureFixture[str]) -> None:
    visits.seat(ADMIN)
    # A cache of its own: with the cookie of the issuer, as in the morning after a release.
    context = visits.browser.new_context(storage_state=visits.seat(ADMIN).context.storage_state())
    context.add_init_script(FIRST_ROWS)
    page = visits.page(ADMIN, context=context)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - Playwright cannot wrap a method of a list
    page.goto(visits.address(EMAILS))
    settled(page)
    # Since the page began to load after the sign-in.
    rows_at = page.evaluate("window.firstRowsAt")
    own = [request for request in asked if request.url.startswith(visits.stack["api"])]
    # The sign-in comes back to the page, which is then asked for a second time.
    paths = {urlsplit(request.url).path for request in own} - {"/console/callback"}
    scripts = {request.url: request for request in own if request.url.endswith(".js")}
    for request in scripts.values():
        answer = request.response()
        assert answer
        assert answer.header_value("content-encoding") == "br"
        assert "immutable" in str(answer.header_value("cache-control"))
    script_bytes = sum(first_size(own, url) for url in scripts)
    assert 0 < script_bytes <= SCRIPT_BYTES
    assert first_size(own, visits.address(EMAILS)) <= PAGE_BYTES
    shift = page.evaluate(
        """() => new Promise((done) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
          }).observe({ type: 'layout-shift', buffered: true });
          setTimeout(() => done(sum), 100);
        })"""
    )
    # After 2.5 s the page no longer waits for who is blacklisted, whose place is above the rows.
    assert shift < LAYOUT_SHIFT or rows_at > SLOW_MILLISECONDS
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(paths)} requests, {script_bytes} bytes of script, shift {shift:.3f}, rows at {rows_at:.0f} ms\n"
        )
    context.close()


def test_the_first_rows_need_few_requests(visits: Visits) -> None:
    page = visits.page(ADMIN)
    visits.seat(ADMIN)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.split("?")[0]))
    page.goto(visits.address(EMAILS))
    settled(page)
    own = {url for url in asked if url.startswith(visits.stack["api"])} - {visits.address("callback")}
    # What a browser shows on its tab no row waits for.
    own = {url for url in own if not url.endswith(".svg")}
    assert len(own) <= REQUESTS, sorted(own)


def first_size(requests: list[Request], url: str) -> int:
    """The bytes of the body as sent, the first time that it was asked for; later ones come from the cache."""
    return next(request.sizes()["responseBodySize"] for request in requests if request.url == url)


# From the end of the API's answer to the first frame with other rows, in milliseconds.
SORTED = """name => new Promise(done => {
  const all = (root, found) => [...root.querySelectorAll(found),
    ...[...root.querySelectorAll("*")].flatMap(({ shadowRoot }) => shadowRoot ? all(shadowRoot, found) : [])];
  const rows = () => all(document, "tbody")[0]?.innerText;
  const before = rows();
  let answered = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (entry.name.includes("/emails?")) answered = entry.responseEnd;
  }).observe({ type: "resource" });
  const look = () => {
    if (answered && rows() !== before) done(performance.now() - answered);
    else requestAnimationFrame(look);
  };
  all(document, "thead button").find(({ textContent }) => textContent.includes(name)).click();
  look();
})"""


def test_a_sort_costs_little_beside_the_api(visits: Visits, capsys: pytest.CaptureFixture[str]) -> None:
    page = visits.open(EMAILS)
    beside = []
    for order in ("ascending", "descending", "ascending", "descending", "ascending"):
        beside.append(page.evaluate(SORTED, "Recipient"))
        expect(page.get_by_role("columnheader", name="Recipient")).to_have_attribute("aria-sort", order)
        settled(page)
    with capsys.disabled():
        sys.stdout.write(f"\na sort of 50 rows beside the API: {sorted(beside)[len(beside) // 2]:.0f} ms\n")


def test_the_script_for_a_page_of_a_host_keeps_to_its_budget(visits: Visits) -> None:
    page = visits.open(f"{EMAILS}")
    request = page.context.request
    entry = request.get(f"{visits.stack['api']}/console/daybook.js")
    assert entry.headers["cache-control"] == "public, max-age=300"
    name = entry.text().split('"')[1]
    address = f"{visits.stack['api']}/console/{name.removeprefix('./')}"
    answer = request.get(address, headers={"accept-encoding": "br"})
    assert answer.ok, address
    assert answer.headers["content-encoding"] == "br"
    assert 0 < int(answer.headers["content-length"]) <= ELEMENT_BYTES
