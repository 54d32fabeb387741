"""Pages with one string in every field that takes text, past the check that would refuse most of them.

The check stands in control; these pages show that the edge does not rely on it.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace
from tests.pages.samples import AT_MS, CONTENTS, SITE, checked, content_page, sample

from waypost.redirect import pages
from waypost.redirect.pages import Page
from waypost.wire.content import Content
from waypost.wire.content.form import Answers
from waypost.wire.link import PreviewV1

_TIMES = frozenset({"starts_at", "ends_at"})
"""Read as times, never shown as they are written: text in them is a damaged record, not an attack."""

FULL: dict[str, dict[str, Any]] = {
    "vcard": {
        "prefix": "Dr",
        "department": "Events",
        "address": "1",
        "region": "HH",
        "birthday": "1990-01-01",
    },
    "menu": {"file_url": "https://a.example/m.pdf", "note": "n"},
    "review": {"text": "t"},
    "wifi": {"hidden": True},
    "bio": {"links": [{"title": "t", "url": "https://a.example/", "icon": "x", "note": "n", "id": "a"}]},
    "event": {"map_url": "https://a.example/map", "cancelled": True},
    "media": {"type": "audio", "alt": "a"},
    "form": {"done_title": "d", "done_text": "d"},
}
"""What the samples leave empty."""


def poisoned(value: Any, payload: str) -> Any:
    """A copy of a content with the payload in every text field."""
    if isinstance(value, str):
        return payload
    if isinstance(value, tuple):
        return tuple(poisoned(item, payload) for item in value)
    if isinstance(value, Struct):
        fields = asdict(value)
        changed = {name: poisoned(item, payload) for name, item in fields.items() if name not in _TIMES}
        return replace(value, **changed)
    return value


def full_sample(name: str) -> Content:
    """A sample with every field in use."""
    kind, document = CONTENTS[name]
    return checked(kind, {**document, **FULL.get(name, {})})


def _in_address(payload: str) -> bytes:
    """The payload inside of a destination that may be sent: printable ASCII, no space."""
    return b"https://a.example/" + "".join(c for c in payload if "!" <= c <= "~").encode()


def _content(name: str) -> Callable[[str, str], Page]:
    content = full_sample(name)

    def page(payload: str, nonce: str) -> Page:
        """The sample's page, poisoned."""
        return content_page(poisoned(content, payload), nonce)

    return page


def _mended_form(payload: str, nonce: str) -> Page:
    form = poisoned(sample("form"), payload)
    answers = Answers({payload: payload}, True, {payload: "required"}, False)
    return content_page(form, nonce, answers=answers, form_token=payload)


POISONED: dict[str, Callable[[str, str], Page]] = {
    **{name: _content(name) for name in CONTENTS},
    "form-problems": _mended_form,
    "interstitial": lambda payload, nonce: pages.render_interstitial(
        target=_in_address(payload), seconds=600, nonce=nonce, site=SITE, short_url=payload, language=payload
    ),
    "preview": lambda payload, nonce: pages.render_preview(
        target=_in_address(payload), link_title=payload, varies=True, nonce=nonce, site=SITE, short_url=payload
    ),
    "social-preview": lambda payload, nonce: pages.render_social_preview(
        preview=PreviewV1(payload, payload, payload, payload), short_url=payload, target=_in_address(payload),
        nonce=nonce, site=SITE,
    ),
    "password": lambda payload, nonce: pages.render_password(
        wrong=True, nonce=nonce, site=SITE, short_url=payload, language=payload
    ),
    "not-yet": lambda payload, nonce: pages.render_not_yet(
        starts_ms=AT_MS, nonce=nonce, site=SITE, short_url=payload, language=payload
    ),
}  # fmt: skip
"""Every page that shows something of somebody else's, by name."""
