"""What every page promises, without a browser: status, headers, size, structure, words."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.pages.local_server import NONCE
from tests.pages.payloads import PAYLOADS
from tests.pages.poisoned import POISONED
from tests.pages.samples import AT_MS, CONTENTS, PAGES, SHORT_URL, TARGET, checked, content_page, sample

import waypost.redirect.pages as package
from waypost.redirect import pages
from waypost.redirect.pages import Page, Site, Visit
from waypost.redirect.pages.icons import platform_icon
from waypost.redirect.pages.texts import ENGLISH, MARK_NAMES, PLATFORM_NAMES, direction, texts
from waypost.wire.content import PLATFORMS
from waypost.wire.content.fields import is_image
from waypost.wire.content.form import FIELD_TYPES, Form
from waypost.wire.content.menu import ALLERGENS, DIETS
from waypost.wire.content.notes import Message
from waypost.wire.destination import is_safe

PAGE_BYTES_MAX = 30_000
STATUSES = {
    "not-found": 404, "expired": 410, "blocked": 410, "paused": 404, "not-yet": 404, "limit-reached": 410,
    "over-quota": 503, "unavailable": 503, "slow-down": 429, "unreadable": 503, "password-wrong": 401,
    "password-wait": 429, "form-problems": 422, "form-again": 422,
}  # fmt: skip


class Structure(HTMLParser):
    """The elements and attribute names of a page: all that text must not be able to change."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.feed(page.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.links += [
            value or "" for name, value in attrs if name in {"href", "src", "action", "formaction", "poster"}
        ]


def header(page: Page, name: bytes) -> bytes:
    """One header of a page."""
    return dict(page.headers)[name]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_small_fenced_in_and_well_labelled(name: str) -> None:
    """The promises of the package, for each page."""
    page = PAGES[name](NONCE)
    assert page.status == STATUSES.get(name, 200)
    assert len(page.body) <= PAGE_BYTES_MAX
    assert header(page, b"content-length") == str(len(page.body)).encode()
    policy = header(page, b"content-security-policy").decode()
    for part in ("default-src 'none'", f"style-src 'nonce-{NONCE}'", "base-uri 'none'", "form-action 'self'",
                 "frame-ancestors 'none'", "img-src 'self'"):  # fmt: skip
        assert part in policy
    assert ("script-src" in policy) == (b"<script" in page.body)
    assert "unsafe" not in policy
    assert header(page, b"x-robots-tag").startswith(b"noindex")
    assert header(page, b"x-content-type-options") == b"nosniff"
    assert header(page, b"cache-control") in {b"no-store", b"private, no-cache"}
    assert page.body.count(b"<h1") == 1
    assert b"<main" in page.body
    assert b"style=" not in page.body


@pytest.mark.parametrize("name", PAGES)
def test_no_page_loads_anything_from_elsewhere(name: str) -> None:
    """No outside resource: no tracker, no font, nothing that can be away."""
    text = PAGES[name](NONCE).body.decode()
    sources = re.findall(r'(?:src|srcset|poster)="([^"]*)"', text)
    assert all(source.startswith(("/assets/", "data:image/svg+xml,")) for source in sources)
    assert "@import" not in text
    assert "url(" not in text


@pytest.mark.parametrize("name", POISONED)
def test_no_payload_changes_what_a_page_is_made_of(name: str) -> None:
    """Text is text: the same elements and attributes whatever it says."""
    benign = Structure(POISONED[name]("x", NONCE)).elements
    for payload in PAYLOADS:
        if payload.startswith(("https://", "//")):
            continue  # these are addresses that may be linked to, so that links appear
        assert Structure(POISONED[name](payload, NONCE)).elements == benign, payload


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(text=st.text(min_size=1, max_size=40).filter(str.strip))
@pytest.mark.parametrize("name", POISONED)
def test_no_text_at_all_changes_what_a_page_is_made_of(name: str, text: str) -> None:
    """Nobody thinks of every payload."""
    # An address that may be linked to, such as `tel:`, is meant to make a link, and `/a` a picture.
    assume(not is_safe(text.strip().encode()) and not text.strip().startswith("//") and not is_image(text))
    assert Structure(POISONED[name](text, NONCE)).elements == Structure(POISONED[name]("x", NONCE)).elements


@pytest.mark.parametrize("name", POISONED)
def test_no_payload_becomes_an_address_that_runs(name: str) -> None:
    """A link is followed with one click."""
    allowed = ("https://", "http://", "mailto:", "tel:", "sms:", "?", "#", "/", "data:image/svg+xml,")
    for payload in PAYLOADS:
        links = Structure(POISONED[name](payload, NONCE)).links
        assert [link for link in links if link and not link.startswith(allowed)] == [], payload


def test_the_corpus_is_large_and_holds_no_doubles() -> None:
    """Requirement 38 asks for a hundred."""
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 100


def test_a_blocked_page_holds_no_link_at_all() -> None:
    """A page that warns of harm must not be a way to it."""
    site = Site(report_url="https://go.example/report")
    assert Structure(pages.render_blocked(nonce=NONCE, site=site, short_url=SHORT_URL)).links == []


def test_the_report_link_names_the_short_address() -> None:
    """Whoever gets the report must know which link it is about."""
    page = pages.render_expired(
        nonce=NONCE, site=Site(report_url="https://a.example/r?x=1"), short_url=SHORT_URL
    )
    assert b'href="https://a.example/r?x=1&amp;link=https%3A%2F%2Fgo.example%2Fspring"' in page.body


def test_a_locked_preview_tells_nothing() -> None:
    """The destination is what the password guards."""
    page = pages.render_preview(
        target=TARGET, link_title="Confidential", locked=True, nonce=NONCE, short_url=SHORT_URL
    )
    assert b"harbour-books" not in page.body
    assert b"Confidential" not in page.body


def test_a_social_card_carries_what_robots_read() -> None:
    """Open Graph and Twitter cards, escaped, with absolute addresses only."""
    body = PAGES["social-preview"](NONCE).body.decode()
    assert '<meta property="og:title" content="Summer reading list">' in body
    assert '<meta property="og:image" content="https://cdn.example/card.jpg">' in body
    assert '<meta property="og:url" content="https://go.example/spring">' in body
    assert '<meta name="twitter:card" content="summary_large_image">' in body


def test_a_cloak_may_frame_but_not_be_framed() -> None:
    """The one page that shows somebody else's."""
    page = pages.render_cloak(target=TARGET, title="Books", nonce=NONCE)
    policy = header(page, b"content-security-policy")
    assert b"frame-src https:" in policy
    assert b"frame-ancestors 'none'" in policy
    assert b"allow-top-navigation" not in page.body
    with pytest.raises(pages.UnsafeTarget):
        pages.render_cloak(target=b"mailto:a@example.com", nonce=NONCE)


@pytest.mark.parametrize("target", [b"javascript:alert(1)", b"/relative", b"https://a.example/\r\nx: y"])
def test_an_unsafe_target_is_never_rendered(target: bytes) -> None:
    """A damaged record must not become a link."""
    with pytest.raises(pages.UnsafeTarget):
        pages.render_interstitial(target=target, seconds=5, nonce=NONCE)
    with pytest.raises(pages.UnsafeTarget):
        pages.render_onward(target=target, nonce=NONCE)


@pytest.mark.parametrize(
    "nonce", ["", "short", "aaaaaaaaaaaaaaaaaaaa; script-src *", "aaaaaaaaaaaaaaaaaaaa'"]
)
def test_a_nonce_that_would_break_the_policy_is_refused(nonce: str) -> None:
    """The policy is only as good as its nonce."""
    with pytest.raises(pages.BadNonce):
        pages.render_root(nonce=nonce)


def test_pictures_come_only_from_allowed_origins() -> None:
    """What the policy would block is not asked for either."""
    message = Message(title="a", image="https://assets.example/a.jpg")
    visit = Visit(at_ms=AT_MS)
    assert b"<img" not in pages.render_content(message, visit, nonce=NONCE).body
    page = pages.render_content(
        message, visit, nonce=NONCE, site=Site(image_origins=("https://assets.example",))
    )
    assert b'src="https://assets.example/a.jpg"' in page.body
    assert b"img-src 'self' https://assets.example;" in header(page, b"content-security-policy")


def test_a_bio_link_is_shown_inside_its_schedule_and_counted_on_its_way() -> None:
    """A sale that is over must not be on the page."""
    document = {"title": "a", "links": [
        {"title": "Sale", "url": "https://a.example/", "id": "sale", "ends_at": "2026-05-01T00:00:00Z"},
        {"title": "Shop", "url": "https://b.example/", "id": "shop"},
        {"title": "Mail", "url": "mailto:a@example.com"},
    ]}  # fmt: skip
    links = Structure(content_page(checked("bio", document), NONCE)).links
    assert "?to=sale" not in links
    assert "?to=shop" in links
    assert "?to=2" in links, "a call or a mail is a click like any other"


def test_language_and_direction_are_declared() -> None:
    """Screen readers and browsers go by these two."""
    assert b'<html lang="ar" dir="rtl">' in PAGES["bio-arabic"](NONCE).body
    assert b'<html lang="en" dir="ltr">' in PAGES["not-found"](NONCE).body
    assert direction("he-IL") == "rtl"
    assert direction("pt-BR") == "ltr"


def test_every_name_that_a_content_may_use_has_words_and_an_icon() -> None:
    """A new platform or allergen without a name would show its key."""
    assert set(PLATFORM_NAMES) == set(PLATFORMS)
    assert set(MARK_NAMES) == {*ALLERGENS, *DIETS}
    assert all(platform_icon(platform) for platform in PLATFORMS)


@pytest.mark.parametrize(
    ("valid_until", "is_shown"),
    [
        ("", True),
        ("2026-05-28", True),  # it is still that day somewhere
        ("2026-05-27", False),  # it ended last at noon in UTC
        ("2026-05-28T22:26:41+02:00", True),
        ("2026-05-28T22:26:40+02:00", False),
    ],
)
def test_a_coupon_that_is_over_shows_no_code(valid_until: str, is_shown: bool) -> None:
    """Nobody should stand at the till with a code that is refused."""
    document = {"offer": "20 %", "code": "TIDE20", "valid_until": valid_until}
    body = content_page(checked("coupon", document), NONCE).body.decode()
    assert ("TIDE20" in body) is is_shown
    assert ("This offer has ended" in body) is not is_shown


def test_every_text_that_is_asked_for_exists_and_every_text_is_asked_for() -> None:
    """A missing text is a broken page, a spare one is a translator's wasted hour."""
    folder = Path(package.__file__).parent
    sources = "".join(
        path.read_text()
        for path in folder.rglob("*")
        if path.suffix in {".py", ".html"} and path.name != "texts.py"
    )
    asked = set(re.findall(r"""\b(?:t|text|texts\(language\))\(\s*["']([a-z_0-9]+)["']""", sources))
    made = {key for key in ENGLISH if re.search(r"_(title|text)\Z|\Aform_problem_", key)}
    assert asked - set(ENGLISH) - {"form_problem_"} == set()
    assert set(ENGLISH) - asked - made == set()
    with pytest.raises(KeyError):
        texts("en")("no_such_text")


def test_a_form_asks_with_the_right_keyboard_and_keeps_what_was_sent() -> None:
    """Typing an address again is where people leave."""
    body = PAGES["form-problems"](NONCE).body.decode()
    assert 'type="email" value="not an address"' in body
    assert 'value="Ines"' in body
    assert body.count('aria-invalid="true"') == 2
    assert "Please tick the box" in body
    fields = [{"name": kind, "label": kind, "type": kind, "options": ["a"]} for kind in FIELD_TYPES]
    assert content_page(checked("form", {"title": "a", "fields": fields}), NONCE).status == 200


def test_what_a_form_says_afterwards_is_the_authors_or_ours() -> None:
    """No answer looks like a lost answer."""
    form = sample("form")
    assert isinstance(form, Form)
    done = pages.render_form_done(form, Visit(at_ms=AT_MS), nonce=NONCE)
    assert b"Thank you!" in done.body


@pytest.mark.parametrize(
    ("kind", "document", "system", "target"),
    [
        ("app", {"ios_url": "https://a.example/i"}, "iOS", b"https://a.example/i"),
        ("app", {"ios_url": "https://a.example/i"}, "Android", b""),
        ("file", {"file_url": "https://a.example/f", "open_straight": True}, "", b"https://a.example/f"),
        ("file", {"file_url": "https://a.example/f"}, "", b""),
        ("menu", {"file_url": "https://a.example/m"}, "", b"https://a.example/m"),
        ("text", {"body": "a"}, "", b""),
    ],
)
def test_what_opens_straight(kind: str, document: dict[str, object], system: str, target: bytes) -> None:
    """A page in between is a tap too many."""
    assert pages.straight_target(checked(kind, document), system) == target


def test_robots_may_fetch_by_default_so_that_they_see_noindex() -> None:
    """RFC 9309: what may not be fetched can still be indexed by its address."""
    assert pages.robots_txt().body == b"User-agent: *\nDisallow:\n"
    assert pages.robots_txt("User-agent: x\n").body == b"User-agent: x\n"


@pytest.mark.parametrize("name", CONTENTS)
def test_a_theme_changes_colours_and_nothing_else(name: str) -> None:
    """One template, ten looks."""
    kind, document = CONTENTS[name]
    plain = content_page(checked(kind, {**document, "look": {}}), NONCE)
    themed = content_page(
        checked(kind, {**document, "look": {"theme": "forest", "accent": "#ff0000"}}), NONCE
    )
    assert Structure(plain).elements == Structure(themed).elements
    assert b"--accent:#ff0000" in themed.body
