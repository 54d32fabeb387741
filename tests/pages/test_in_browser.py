"""The pages in a real browser: opened, used by keyboard, judged by axe."""

from importlib.resources import files

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from tests.pages.browser import DESKTOP, PHONE, look
from tests.pages.local_server import NONCE, PageServer, serving
from tests.pages.samples import AT_MS, PAGES, SHORT_URL, SITE, checked, content_page, sample

from waypost.redirect import pages
from waypost.redirect.pages import Page, Visit
from waypost.wire.content import THEMES
from waypost.wire.content.form import Form, read_answers
from waypost.wire.link import PreviewV1

AXE = files("axe_core_python").joinpath("axe.min.js").read_text()
DEADLINE_S = 20
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}}).then(
  result => done(result.violations.map(v => [v.id, v.nodes.map(n => n.target.join(' ') + ': ' + n.failureSummary)])));
"""

pytestmark = pytest.mark.timeout(600)


def violations(chrome: Chrome, address: str, *, dark: bool) -> list[object]:
    """What axe finds on a page."""
    look(chrome, PHONE, dark=dark)
    chrome.get(address)
    chrome.execute_script(AXE)
    found = chrome.execute_async_script(RUN_AXE, STANDARDS)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_light_or_dark(name: str, chrome: Chrome, server: PageServer) -> None:
    """WCAG 2.1 A and AA, and axe's best practices, as far as a machine can tell."""
    address = server.show("/page", PAGES[name](NONCE))
    assert {mode: violations(chrome, address, dark=mode == "dark") for mode in ("light", "dark")} == {
        "light": [],
        "dark": [],
    }
    assert server.violations == []


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_any_theme(theme: str, chrome: Chrome, server: PageServer) -> None:
    """The contrast arithmetic and axe's agree."""
    document = {
        "title": "Ines Okafor", "bio": "Ceramics.", "look": {"theme": theme},
        "profiles": [{"platform": "instagram", "url": "https://photos.example/ines"}],
        "links": [{"title": "Shop", "url": "https://a.example/", "icon": "shop", "highlight": True, "note": "New"},
                  {"title": "Studio", "url": "https://b.example/", "icon": "location", "note": "Open"}],
    }  # fmt: skip
    address = server.show("/page", content_page(checked("bio", document), NONCE))
    assert violations(chrome, address, dark=False) == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_scrolls_sideways(name: str, width: int, chrome: Chrome, server: PageServer) -> None:
    """WCAG 1.4.10: everything is reachable in a column of 320 pixels."""
    look(chrome, (width, 800), dark=False)
    chrome.get(server.show("/page", PAGES[name](NONCE)))
    assert chrome.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
def test_every_control_is_reached_by_the_tab_key_and_shows_it(
    name: str, chrome: Chrome, server: PageServer
) -> None:
    """Who uses no mouse must get everywhere, and see where they are."""
    look(chrome, DESKTOP, dark=False)
    chrome.get(server.show("/page", PAGES[name](NONCE)))
    wanted = chrome.execute_script(
        "return [...document.querySelectorAll('a[href],button:not([hidden]),input:not([type=hidden]):not([tabindex]),"
        "select,textarea,summary,video')].filter(e => e.offsetParent && e.type != 'radio').length"
    )
    chrome.execute_script(
        "window.reached = new Set(); window.unseen = [];"
        "document.addEventListener('focusin', event => { const e = event.target; window.reached.add(e);"
        " const s = getComputedStyle(e);"
        " if (s.outlineStyle == 'none' && s.boxShadow == 'none') window.unseen.push(e.outerHTML.slice(0, 80)); });"
        "if (document.activeElement != document.body) { window.reached.add(document.activeElement); }"
        "document.activeElement.blur()"
    )
    for _ in range(wanted + 12):
        chrome.switch_to.active_element.send_keys(Keys.TAB)
    assert chrome.execute_script("return window.reached.size") >= wanted
    assert chrome.execute_script("return window.unseen") == []


def test_a_right_password_leads_on_and_a_wrong_one_is_told(chrome: Chrome, server: PageServer) -> None:
    """`form-action 'self'` forbids a redirect to another host after a form; the onward page is the way."""
    with serving() as elsewhere:
        target = elsewhere.show("/there", pages.render_root(nonce=NONCE))
        right = pages.render_onward(target=target.encode(), nonce=NONCE)
        wrong = pages.render_password(wrong=True, nonce=NONCE)
        server.posts["/locked"] = lambda sent: right if sent == {"password": ["tide"]} else wrong
        chrome.get(server.show("/locked", pages.render_password(nonce=NONCE)))
        chrome.switch_to.active_element.send_keys("ebb", Keys.ENTER)
        assert WebDriverWait(chrome, DEADLINE_S).until(
            lambda d: d.find_elements(By.CSS_SELECTOR, "[role=alert]")
        )
        field = chrome.find_element(By.ID, "password")
        eye = chrome.find_element(By.CSS_SELECTOR, "[data-reveal]")
        eye.click()
        assert field.get_attribute("type") == "text"
        assert eye.get_attribute("aria-pressed") == "true"
        field.send_keys("tide", Keys.ENTER)
        WebDriverWait(chrome, DEADLINE_S).until(lambda d: d.current_url == target)
    assert server.violations == []


def test_a_countdown_leads_on_by_itself(chrome: Chrome, server: PageServer) -> None:
    """The promise of the page."""
    target = server.show("/there", pages.render_root(nonce=NONCE))
    page = pages.render_interstitial(target=target.encode(), seconds=1, nonce=NONCE)
    chrome.get(server.show("/wait", page))
    WebDriverWait(chrome, DEADLINE_S).until(lambda d: d.current_url == target)
    assert server.violations == []


def test_a_countdown_can_be_stopped_by_keyboard(chrome: Chrome, server: PageServer) -> None:
    """WCAG 2.2.1: whoever needs longer takes longer."""
    page = pages.render_interstitial(target=b"https://a.example/", seconds=600, nonce=NONCE)
    address = server.show("/wait", page)
    chrome.get(address)
    chrome.find_element(By.ID, "stop").send_keys(Keys.ENTER)
    assert "Stopped" in str(chrome.find_element(By.ID, "status").get_attribute("textContent"))
    assert chrome.switch_to.active_element.get_attribute("id") == "continue"
    assert not chrome.find_element(By.ID, "stop").is_displayed()
    assert chrome.current_url == address


@pytest.mark.parametrize(("name", "text"), [("wifi", "sea-salt-2026"), ("coupon", "TIDE20")])
def test_a_code_is_copied_with_one_press(name: str, text: str, chrome: Chrome, server: PageServer) -> None:
    """Typing a passphrase on a phone is a punishment."""
    chrome.execute_cdp_cmd(
        "Browser.grantPermissions",
        {"origin": server.address, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]},
    )
    chrome.get(server.show("/page", PAGES[name](NONCE)))
    button = chrome.find_element(By.CSS_SELECTOR, "[data-copy]")
    button.send_keys(Keys.ENTER)
    WebDriverWait(chrome, DEADLINE_S).until(lambda _: "Copied" in button.text)
    assert chrome.execute_async_script("navigator.clipboard.readText().then(arguments[0])") == text


def test_a_join_code_is_drawn(chrome: Chrome, server: PageServer) -> None:
    """The picture is data in the page: the edge draws none and loads none."""
    chrome.get(server.show("/page", PAGES["wifi"](NONCE)))
    picture = chrome.find_element(By.CSS_SELECTOR, ".code img")
    WebDriverWait(chrome, DEADLINE_S).until(lambda _: picture.get_property("complete"))
    assert int(str(picture.get_property("naturalWidth"))) > 0
    assert server.violations == []


def test_a_form_is_filled_sent_mended_and_thanked_for_by_keyboard(chrome: Chrome, server: PageServer) -> None:
    """The whole way of a lead."""
    form = sample("form")
    assert isinstance(form, Form)
    received = []

    def answer(sent: dict[str, list[str]]) -> Page:
        answers = read_answers(form, sent)
        if answers.problems:
            return content_page(form, NONCE, answers=answers)
        received.append(answers.values)
        return pages.render_form_done(form, Visit(at_ms=AT_MS), nonce=NONCE)

    server.posts["/form"] = answer
    chrome.get(server.show("/form", content_page(form, NONCE)))
    chrome.find_element(By.NAME, "name").send_keys("Ines", Keys.ENTER)
    WebDriverWait(chrome, DEADLINE_S).until(lambda d: d.find_elements(By.CSS_SELECTOR, "[role=alert]"))
    assert chrome.find_element(By.NAME, "name").get_attribute("value") == "Ines"
    chrome.find_element(By.NAME, "email").send_keys("ines@example.com")
    chrome.find_element(By.CSS_SELECTOR, "[value=Evening]").send_keys(Keys.SPACE)
    chrome.find_element(By.NAME, "consent").send_keys(Keys.SPACE)
    chrome.find_element(By.NAME, "email").send_keys(Keys.ENTER)
    WebDriverWait(chrome, DEADLINE_S).until(lambda d: "Thank you!" in d.title)
    assert received == [
        {"name": "Ines", "email": "ines@example.com", "guests": "", "time": "Evening", "wish": ""}
    ]
    assert server.violations == []


def test_a_cloaked_page_shows_the_destination_and_keeps_the_address(
    chrome: Chrome, server: PageServer
) -> None:
    """The address bar shows the short link, the frame the page."""
    with serving() as elsewhere:
        framed = pages.render_root(nonce=NONCE)
        open_to_frames = Page(
            200, tuple(h for h in framed.headers if h[0] != b"content-security-policy"), framed.body
        )
        target = elsewhere.show("/there", open_to_frames)
        address = server.show(
            "/short", pages.render_cloak(target=target.encode(), title="Books", nonce=NONCE)
        )
        chrome.get(address)
        assert chrome.title == "Books"
        assert violations(chrome, address, dark=False) == []
        chrome.switch_to.frame(0)
        assert chrome.find_element(By.TAG_NAME, "h1").text == "Short links live here"
        chrome.switch_to.default_content()
        assert chrome.current_url == address
    assert server.violations == []


def test_the_menu_jumps_to_a_section(chrome: Chrome, server: PageServer) -> None:
    """A long menu on a small screen."""
    look(chrome, PHONE, dark=False)
    address = server.show("/page", PAGES["menu"](NONCE))
    chrome.get(address)
    chrome.find_element(By.CSS_SELECTOR, ".jump a:last-child").send_keys(Keys.ENTER)
    assert chrome.current_url == f"{address}#s3"
    assert int(chrome.execute_script("return scrollY")) > 0


def test_the_pages_say_what_they_are_to_robots_and_people_alike(chrome: Chrome, server: PageServer) -> None:
    """The card's values survive a real parser."""
    page = pages.render_social_preview(
        preview=PreviewV1('A "quoted" <b>title</b> & more'), short_url=SHORT_URL, nonce=NONCE, site=SITE
    )
    chrome.get(server.show("/page", page))
    title = chrome.find_element(By.CSS_SELECTOR, "meta[property='og:title']").get_attribute("content")
    assert title == 'A "quoted" <b>title</b> & more' == chrome.title
