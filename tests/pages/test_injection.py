"""Requirement 38: a corpus of attacks in every field of every page, opened in a real browser.

The pages open one after the other by themselves, each with each payload in all of its fields at once. Their
policy only reports: an attack that escaping lets through both runs and is reported, so that one visit shows
both. A page with a real hole proves that both would be seen, and that the enforced policy stops it.
"""

import json
import os

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait
from tests.pages.browser import look
from tests.pages.local_server import NONCE, PageServer
from tests.pages.payloads import PAYLOADS
from tests.pages.poisoned import POISONED

from waypost.redirect import pages
from waypost.redirect.pages import Page

pytestmark = pytest.mark.timeout(900)

DEADLINE_S = 20
QUARTER = 4
PAGES_DEADLINE_S = 120
WATCH = r"""
(() => {
  const note = (kind, what) => {
    const seen = JSON.parse(localStorage.seen || "[]");
    seen.push([kind, location.pathname, String(what).slice(0, 120)]);
    localStorage.seen = JSON.stringify(seen);
  };
  for (const name of ["alert", "confirm", "prompt"]) window[name] = what => note("ran", what);
  addEventListener("securitypolicyviolation", event => note("violation", event.violatedDirective));
  addEventListener("DOMContentLoaded", () => {
    localStorage.opened = Number(localStorage.opened || 0) + 1;
    const place = location.pathname.match(/^\/payload\/(\d+)$/);
    const next = place ? Number(place[1]) + 1 : 0;
    const goal = next < Number(localStorage.count) ? `/payload/${next}` : "/end";
    if (place) addEventListener("load", () => setTimeout(() => location.replace(goal), 5));
    for (const element of document.querySelectorAll("[href],[src],[action],[formaction],[data]"))
      for (const name of ["href", "src", "action", "formAction", "data"])
        if (/^(javascript|vbscript|data:text)/i.test(String(element[name]))) note("address", element.outerHTML);
  });
})();
"""


def seen(chrome: Chrome) -> list[object]:
    """What the watcher noted in this server's pages."""
    found = json.loads(chrome.execute_script("return localStorage.seen || '[]'"))
    assert isinstance(found, list)
    return found


@pytest.fixture(scope="module")
def watched(chrome: Chrome) -> Chrome:
    """The browser with the watcher in every document. Notes are kept by origin, and each test has its own."""
    look(chrome, (320, 240), dark=False)
    chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    return chrome


def holed() -> Page:
    """A page that does run what it is given."""
    page = pages.render_root(nonce=NONCE)
    return Page(200, page.headers, page.body.replace(b"</main>", b"<img src=x onerror=alert(1)></main>"))


def share(name: str) -> list[str]:
    """All payloads in the long form; else every fourth, so that each is still tried on several pages."""
    if os.environ.get("WAYPOST_FAULT") == "full":
        return list(PAYLOADS)
    return list(PAYLOADS[list(POISONED).index(name) % QUARTER :: QUARTER])


@pytest.mark.parametrize("name", POISONED)
def test_no_payload_runs_in_any_field(name: str, watched: Chrome, server: PageServer) -> None:
    """Zero executions, zero violations, zero addresses that would run when followed."""
    server.enforcing = False
    payloads = share(name)
    for index, payload in enumerate(payloads):
        server.show(f"/payload/{index}", POISONED[name](payload, NONCE))
    end = server.show("/end", pages.render_root(nonce=NONCE))
    watched.get(server.show("/start", pages.render_root(nonce=NONCE)))
    watched.execute_script(
        "localStorage.count = arguments[0]; setTimeout(() => location.replace('/payload/0'), 50)",
        len(payloads),
    )
    wait = WebDriverWait(watched, PAGES_DEADLINE_S, ignored_exceptions=[WebDriverException])
    wait.until(lambda _: "/end" in server.asked)
    wait.until(lambda d: d.current_url == end)
    assert seen(watched) == []
    assert watched.execute_script("return Number(localStorage.opened)") == len(payloads) + 2
    assert server.violations == []


def test_a_hole_would_be_seen(watched: Chrome, server: PageServer) -> None:
    """A test that cannot fail proves nothing."""
    watched.get(server.show("/strict", holed()))
    WebDriverWait(watched, DEADLINE_S).until(lambda _: server.violations)
    assert "script-src" in server.violations[0]
    server.enforcing = False
    watched.get(server.show("/open", holed()))
    WebDriverWait(watched, DEADLINE_S).until(lambda d: ["ran", "/open", "1"] in seen(d))
    assert ["ran", "/strict", "1"] not in seen(watched)
