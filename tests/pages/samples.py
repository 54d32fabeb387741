"""One well-filled content of every kind, as a person would write it, and the pages made from all of them."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import segno

from waypost.redirect import pages
from waypost.redirect.pages import Page, Site, Visit
from waypost.wire.content import Content, check
from waypost.wire.content.form import Form, read_answers
from waypost.wire.content.wifi import Wifi, join_text
from waypost.wire.link import PreviewV1

AT_MS = 1_780_000_000_000  # 2026-05-28 20:26:40 UTC
SHORT_URL = "https://go.example/spring"
SITE = Site(report_url="https://go.example/report")
TARGET = b"https://www.harbour-books.example/summer/reading-list?utm_source=poster#top"

CONTENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "vcard": (
        "vcard",
        {
            "first_name": "Amara", "last_name": "Lindqvist", "org": "Harbour Books", "title": "Head of Events",
            "phone": "+49 30 5550123", "mobile": "+49 151 5550188", "email": "amara@harbour-books.example",
            "website": "https://harbour-books.example/", "street": "Quay 7", "city": "Hamburg",
            "postcode": "20457", "country": "Germany", "photo": "/assets/portrait.jpg",
            "note": "Best reached in the mornings.",
            "links": [{"platform": "linkedin", "url": "https://social.example/amara"},
                      {"platform": "instagram", "url": "https://photos.example/amara"}],
        },
    ),
    "wifi": ("wifi", {"ssid": "Harbour Guest", "password": "sea-salt-2026", "note": "Fast, free, no sign-up."}),
    "menu": (
        "menu",
        {
            "title": "Café Meridian", "subtitle": "Kitchen open 9 to 21, every day", "currency": "EUR",
            "image": "/assets/table.jpg", "look": {"accent": "#b4491f"},
            "sections": [
                {"title": "Breakfast", "description": "Until noon, with bread from the oven next door.",
                 "items": [
                     {"name": "Soft eggs on sourdough", "price": "9.50", "image": "/assets/eggs.jpg",
                      "description": "Two eggs, brown butter, chives and sea salt.",
                      "allergens": ["eggs", "gluten", "milk"], "diets": ["vegetarian"]},
                     {"name": "Oat porridge", "price": "6.80", "description": "Baked pear, roasted hazelnuts.",
                      "allergens": ["nuts"], "diets": ["vegan"]},
                     {"name": "Cinnamon roll", "price": "3.90", "sold_out": True},
                 ]},
                {"title": "Lunch", "items": [
                    {"name": "Fish of the day", "price": "18.50", "image": "/assets/fish.jpg",
                     "description": "Potatoes, fennel, lemon oil.", "allergens": ["fish"],
                     "diets": ["gluten_free"]},
                    {"name": "Red lentil soup", "price": "8.20", "description": "Mint, chilli, flat bread.",
                     "allergens": ["gluten"], "diets": ["vegan", "spicy"]},
                ]},
                {"title": "Drinks", "items": [
                    {"name": "Flat white", "price": "3.60", "allergens": ["milk"]},
                    {"name": "Elderflower soda", "price": "4.20", "diets": ["vegan"]},
                    {"name": "House white, 0.2 l", "price": "6.50", "allergens": ["sulphites"]},
                ]},
            ],
        },
    ),
    "review": (
        "review",
        {"place_url": "https://reviews.example/cafe-meridian", "name": "Café Meridian",
         "question": "How was your visit?", "logo": "/assets/logo.jpg",
         "links": [{"platform": "google", "url": "https://maps.example/r"},
                   {"platform": "tripadvisor", "url": "https://trips.example/r"}]},
    ),
    "social": (
        "social",
        {"title": "Harbour Books", "bio": "A bookshop by the water. Readings every Thursday.",
         "avatar": "/assets/logo.jpg", "look": {"theme": "ocean"},
         "links": [{"platform": "instagram", "url": "https://photos.example/h"},
                   {"platform": "youtube", "url": "https://video.example/h"},
                   {"platform": "mastodon", "url": "https://social.example/@h"},
                   {"platform": "spotify", "url": "https://music.example/h", "label": "Our reading playlist"},
                   {"platform": "email", "url": "mailto:hello@harbour-books.example"}]},
    ),
    "app": (
        "app",
        {"name": "Tidewise", "tagline": "Tides, wind and light for the next seven days",
         "icon": "/assets/app.jpg", "description": "Free, without advertising.",
         "ios_url": "https://apps.example/ios", "android_url": "https://apps.example/android",
         "fallback_url": "https://tidewise.example/"},
    ),
    "event": (
        "event",
        {"title": "Night of the Open Harbour", "starts_at": "2026-06-06T19:00:00+02:00",
         "ends_at": "2026-06-06T23:30:00+02:00", "timezone": "Europe/Berlin", "location": "Warehouse 12",
         "address": "Quay 12, 20457 Hamburg", "organizer": "Harbour Books", "image": "/assets/harbour.jpg",
         "description": "Readings on three decks, music after ten, and the last ferry waits for you.",
         "url": "https://harbour-books.example/night"},
    ),
    "file": (
        "file",
        {"file_url": "https://files.example/annual-report-2026.pdf", "title": "Annual report 2026",
         "description": "What we did, what it cost, and what comes next.", "file_name": "annual-report-2026.pdf",
         "size_bytes": 2_410_000},
    ),
    "gallery": (
        "gallery",
        {"title": "The new reading room", "description": "Opened in May 2026.",
         "images": [{"image": "/assets/harbour.jpg", "alt": "The harbour at dusk", "caption": "Evening light"},
                    {"image": "/assets/table.jpg", "alt": "A laid table"},
                    {"image": "/assets/eggs.jpg", "alt": "Breakfast on a plate"},
                    {"image": "/assets/fish.jpg", "alt": "A dish with fennel"},
                    {"image": "/assets/portrait.jpg", "alt": "A portrait of the host"}]},
    ),
    "media": (
        "media",
        {"source": "/assets/film.mp4", "type": "video", "title": "A day by the water", "poster": "/assets/harbour.jpg",
         "description": "Two minutes with the people who keep the lights on.",
         "button": {"label": "Plan a visit", "url": "https://harbour-books.example/visit"}},
    ),
    "text": (
        "text",
        {"title": "House rules", "body": "Check-out is at eleven. Late sleepers, just ask.\n\nThe key goes into the"
         " blue box beside the door.\n\nTap water is excellent here. Please keep the garden door closed: the cat"
         " believes she may leave."},
    ),
    "coupon": (
        "coupon",
        {"offer": "20% off your next book", "title": "Harbour Books", "code": "TIDE20", "logo": "/assets/logo.jpg",
         "description": "Show this at the till, or use the code online.", "valid_until": "2026-08-31",
         "terms": "One per person. Not on gift cards.",
         "button": {"label": "Shop online", "url": "https://harbour-books.example/"}},
    ),
    "message": (
        "message",
        {"title": "Thanks for finding us", "body": "The exhibition has moved one floor up. Follow the blue line.",
         "seconds": 300, "back": {"label": "Back", "url": "?step=first"},
         "image": "/assets/harbour.jpg", "button": {"label": "Show the map", "url": "https://maps.example/1"}},
    ),
    "thank_you": (
        "thank_you",
        {"title": "You’re on the list", "body": "We will write to you before the doors open.",
         "button": {"label": "Add a friend", "url": "https://harbour-books.example/friend"},
         "links": [{"platform": "instagram", "url": "https://photos.example/h"},
                   {"platform": "youtube", "url": "https://video.example/h"}]},
    ),
    "form": (
        "form",
        {"title": "Book a tasting", "text": "Tell us when, and we will call you back within a day.",
         "submit_label": "Ask for a date",
         "fields": [{"name": "name", "label": "Your name", "required": True},
                    {"name": "email", "label": "Email", "type": "email", "required": True,
                     "placeholder": "name@example.com"},
                    {"name": "guests", "label": "Guests", "type": "select",
                     "options": ["2", "3 to 5", "6 or more"]},
                    {"name": "time", "label": "Time of day", "type": "radio", "required": True,
                     "options": ["Noon", "Evening"]},
                    {"name": "wish", "label": "Anything we should know?", "type": "textarea",
                     "hint": "Allergies, a birthday, a dog."}],
         "consent": {"text": "You may use my details to answer me.",
                     "policy_url": "https://harbour-books.example/privacy"}},
    ),
    "bio": (
        "bio",
        {"title": "Ines Okafor", "bio": "Ceramics from a small studio in Porto.", "avatar": "/assets/portrait.jpg",
         "look": {"theme": "sunset"},
         "profiles": [{"platform": "instagram", "url": "https://photos.example/ines"},
                      {"platform": "youtube", "url": "https://video.example/ines"},
                      {"platform": "email", "url": "mailto:ines@example.com"}],
         "links": [{"title": "Spring collection", "url": "https://shop.example/spring", "icon": "shop",
                    "highlight": True, "note": "Forty pieces, each one different"},
                   {"title": "Throwing a bowl in four minutes", "url": "https://video.example/bowl",
                    "icon": "youtube"},
                   {"title": "Studio days", "url": "https://cal.example/studio", "icon": "calendar"},
                   {"title": "Find the studio", "url": "https://maps.example/porto", "icon": "location"}]},
    ),
}  # fmt: skip

ARABIC_BIO = {
    "language": "ar", "title": "مقهى الميناء", "bio": "قهوة طازجة على شاطئ البحر كل صباح.", "look": {"theme": "sand"},
    "links": [{"title": "قائمة الطعام", "url": "https://menu.example/", "icon": "website"},
              {"title": "احجز طاولة", "url": "https://book.example/", "icon": "calendar", "highlight": True}],
}  # fmt: skip


def sample(name: str) -> Content:
    """A checked sample content."""
    kind, document = CONTENTS[name]
    return checked(kind, document)


def checked(kind: str, document: dict[str, Any]) -> Content:
    """A content that the check must accept."""
    content = check(kind, document)
    assert isinstance(content, Content), content
    return content


def join_picture(wifi: Wifi) -> bytes:
    """A join code, as control would render it."""
    file = BytesIO()
    segno.make(join_text(wifi), error="m").save(file, kind="svg", xmldecl=False, border=0, omitsize=True)
    return file.getvalue()


def content_page(content: Content, nonce: str, **visit: Any) -> Page:
    """The page of a content for an ordinary visit."""
    picture = join_picture(content) if isinstance(content, Wifi) else b""
    return pages.render_content(
        content, Visit(at_ms=AT_MS, short_url=SHORT_URL, qr_svg=picture, **visit), nonce=nonce, site=SITE
    )


def mended_form(nonce: str) -> Page:
    """A form that came back with faults."""
    form = sample("form")
    assert isinstance(form, Form)
    answers = read_answers(form, {"name": ["Ines"], "email": ["not an address"]})
    return content_page(form, nonce, answers=answers)


def hasty_form(nonce: str) -> Page:
    """A form that was sent before anybody could have read it."""
    form = sample("form")
    assert isinstance(form, Form)
    answers = read_answers(
        form, {"name": ["Ines"], "email": ["ines@example.com"], "time": ["Noon"], "consent": ["yes"]}
    )
    return content_page(form, nonce, answers=answers, form_notice="again", form_token="token")


PREVIEW = PreviewV1("Summer reading list", "Twenty books for long evenings, chosen by our booksellers.",
                    "https://cdn.example/card.jpg")  # fmt: skip

SYSTEM_PAGES: dict[str, Callable[[str], Page]] = {
    "not-found": lambda nonce: pages.render_not_found(nonce=nonce, site=SITE, short_url=SHORT_URL),
    "expired": lambda nonce: pages.render_expired(nonce=nonce, site=SITE, short_url=SHORT_URL),
    "blocked": lambda nonce: pages.render_blocked(nonce=nonce, site=SITE, short_url=SHORT_URL),
    "paused": lambda nonce: pages.render_paused(nonce=nonce, site=SITE, short_url=SHORT_URL),
    "not-yet": lambda nonce: pages.render_not_yet(starts_ms=AT_MS, nonce=nonce, site=SITE, short_url=SHORT_URL),
    "limit-reached": lambda nonce: pages.render_limit_reached(nonce=nonce, site=SITE, short_url=SHORT_URL),
    "over-quota": lambda nonce: pages.render_over_quota(nonce=nonce, site=SITE, short_url=SHORT_URL),
    "unavailable": lambda nonce: pages.render_unavailable(nonce=nonce, site=SITE),
    "slow-down": lambda nonce: pages.render_slow_down(retry_after_s=40, nonce=nonce, site=SITE),
    "unreadable": lambda nonce: pages.render_unreadable(nonce=nonce, site=SITE, short_url=SHORT_URL),
    "root": lambda nonce: pages.render_root(nonce=nonce, site=SITE),
    "password": lambda nonce: pages.render_password(nonce=nonce, site=SITE, short_url=SHORT_URL),
    "password-wrong": lambda nonce: pages.render_password(
        wrong=True, nonce=nonce, site=SITE, short_url=SHORT_URL
    ),
    "password-wait": lambda nonce: pages.render_password_wait(
        retry_after_s=300, nonce=nonce, site=SITE, short_url=SHORT_URL
    ),
    "interstitial": lambda nonce: pages.render_interstitial(
        target=TARGET, seconds=5, nonce=nonce, site=SITE, short_url=SHORT_URL
    ),
    "preview": lambda nonce: pages.render_preview(
        target=TARGET, link_title="Summer reading list", varies=True, nonce=nonce, site=SITE, short_url=SHORT_URL
    ),
    "preview-locked": lambda nonce: pages.render_preview(
        target=TARGET, locked=True, nonce=nonce, site=SITE, short_url=SHORT_URL
    ),
    "social-preview": lambda nonce: pages.render_social_preview(
        preview=PREVIEW, short_url=SHORT_URL, target=TARGET, nonce=nonce, site=SITE
    ),
}  # fmt: skip


def _of_sample(name: str) -> Callable[[str], Page]:
    return lambda nonce: content_page(sample(name), nonce)


PAGES: dict[str, Callable[[str], Page]] = {
    **SYSTEM_PAGES,
    **{name.replace("_", "-"): _of_sample(name) for name in CONTENTS},
    "form-problems": mended_form,
    "form-again": hasty_form,
    "coupon-over": lambda nonce: content_page(
        checked("coupon", {**CONTENTS["coupon"][1], "valid_until": "2026-05-01"}), nonce
    ),
    "bio-arabic": lambda nonce: content_page(checked("bio", ARABIC_BIO), nonce),
}
"""Every page that stays where it is when opened, by the name of its picture."""
