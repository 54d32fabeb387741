"""Steps that show a page, as the native content that the edge shows."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from waypost.control.dialects.linkbreakers.workflow.graph import Json, Step
from waypost.wire.content import PLATFORMS
from waypost.wire.content.limits import PATTERN_CHARACTERS_MAX
from waypost.wire.content.pattern import is_pattern


class MediaFile(Struct, frozen=True):
    """A file that visitors may read."""

    url: str
    media_type: str
    name: str
    size_bytes: int


_UNNAMED = re.compile(r"[^a-z0-9_-]+")
_FIELD_TYPES = {
    "TEXT": "text",
    "EMAIL": "email",
    "PHONE": "phone",
    "TEXTAREA": "textarea",
    "RADIO": "radio",
    "CHECKBOX": "checkbox",
    "DROPDOWN": "select",
    "NUMBER": "number",
    "DATE": "date",
    "RATING": "radio",
}
_CARD = {
    "firstName": "first_name",
    "lastName": "last_name",
    "organization": "org",
    "title": "title",
    "phone": "phone",
    "email": "email",
    "website": "website",
    "streetAddress": "street",
    "city": "city",
    "state": "region",
    "postalCode": "postcode",
    "country": "country",
}
CONTINUE, BACK = "Continue", "Back"
SKIP_EXIT = "skip"
"""Stands among the exits of a form for the way of those who do not answer."""
KNOWN_EXIT = "known"
"""The same for the way of those who have answered before."""
BACK_CHARACTERS_MAX = 40
TIMER_SECONDS_DEFAULT = 5


def field_name(key: str) -> str:
    """A visitor's attribute as a field of a form is called: `$email` and `E-Mail!` are `email` and `e-mail`."""
    return _UNNAMED.sub("_", key.lower()).strip("_-")[:32]


def content_of(step: Step, leads: Mapping[str, str], after: Step | None) -> tuple[str, Json]:
    """The kind of content and its document. `leads` has the destination of each exit that leads to one;
    `after` is the page that follows a form, whose words are shown when it was sent."""
    kind, document = _PAGES[step.action](step.payload, leads, after)
    return kind, {name: value for name, value in document.items() if value not in ("", [], None)}


def media_content(file: MediaFile) -> tuple[str, Json]:
    """The content that opens a file: pictures and films are shown, anything else is handed out."""
    kind = file.media_type.partition("/")[0]
    if kind in ("image", "video"):
        return "media", {"source": file.url, "type": kind}
    return "file", {
        "file_url": file.url,
        "file_name": file.name[:80],
        "size_bytes": file.size_bytes,
        "open_straight": True,
    }


def _card(payload: Json, _leads: Mapping[str, str], _after: Step | None) -> tuple[str, Json]:
    document: Json = {native: _text(payload, name) for name, native in _CARD.items()}
    if payload.get("phoneSmsEnabled"):
        document["mobile"] = document["phone"]  # the page offers a message to it
    links = [_profile(link) for link in payload.get("socialLinks") or []]
    digits = re.sub(r"\D", "", document["phone"])
    if payload.get("phoneIsWhatsapp") and digits:
        links.append({"platform": "whatsapp", "url": f"https://wa.me/{digits}"})
    if payload.get("saveButtonEnabled") is False:
        document["saves"] = False
    return "vcard", {**document, "links": links, "save_label": _text(payload, "buttonLabel")}


def _social(payload: Json, _leads: Mapping[str, str], _after: Step | None) -> tuple[str, Json]:
    links = sorted(payload.get("links") or [], key=lambda link: link.get("order") or 0)
    return "social", {
        "title": _text(payload, "title"),
        "bio": _text(payload, "description"),
        "links": [_profile(link) for link in links],
        "compact": payload.get("displayStyle") == "SOCIAL_LINKS_DISPLAY_STYLE_COMPACT" or None,
    }


def _menu(payload: Json, leads: Mapping[str, str], _after: Step | None) -> tuple[str, Json]:
    buttons = sorted(payload.get("buttons") or [], key=lambda button: button.get("order") or 0)
    return "bio", {
        "title": _text(payload, "title") or "Menu",
        "bio": _text(payload, "description"),
        "links": [
            {"title": _text(button, "label") or CONTINUE, "url": leads[button["id"]]}
            for button in buttons
            if leads.get(button["id"])
        ],
    }


def _message(payload: Json, leads: Mapping[str, str], _after: Step | None) -> tuple[str, Json]:
    return "message", {
        "title": _text(payload, "title"),
        "body": _text(payload, "description"),
        "button": _button(_text(payload, "buttonLabel"), leads),
        "seconds": _seconds(payload) or None,
    }


def _thanks(payload: Json, _leads: Mapping[str, str], _after: Step | None) -> tuple[str, Json]:
    return "thank_you", {"title": _text(payload, "title"), "body": _text(payload, "description")}


def _form(payload: Json, leads: Mapping[str, str], after: Step | None) -> tuple[str, Json]:
    fields = sorted(payload.get("formFields") or [], key=lambda field: field.get("order") or 0)
    thanks = after.payload if after is not None else {}
    return "form", {
        "title": _text(payload, "formTitle") or "Form",
        "text": _text(payload, "formDescription"),
        "fields": [_field(field) for field in fields],
        "submit_label": _text(payload, "submitButtonText"),
        "done_title": _text(thanks, "title"),
        "done_text": _text(thanks, "description"),
        "done_button": _button("", {name: url for name, url in leads.items() if name != SKIP_EXIT}),
        "skip_button": _button(
            _text(payload, "skipButtonText") or "Skip", {SKIP_EXIT: leads.get(SKIP_EXIT, "")}
        ),
    }


def name_of(field: Json) -> str:
    """What a field of a form is called, and the attribute that its answer is."""
    return field_name(_text(field, "key") or _text(field, "label"))


def pattern_of(field: Json) -> str:
    """A validation pattern that can be followed; browsers know some that cannot."""
    text = _text(field, "validationPattern")
    return text if len(text) <= PATTERN_CHARACTERS_MAX and is_pattern(text) else ""


def _field(field: Json) -> Json:
    word = _text(field, "type").removeprefix("FORM_FIELD_TYPE_")
    options = [_text(each, "value") or _text(each, "label") for each in field.get("options") or []]
    if word == "RATING":
        options = [str(number) for number in range(1, 6)]
    label = _text(field, "label") or _text(field, "key")
    found = {
        "name": name_of(field),
        "label": label,
        "type": _FIELD_TYPES.get(word, "text"),
        "required": bool(field.get("required")),
        "placeholder": _text(field, "placeholder"),
        "hint": _text(field, "helpText"),
        "value": _text(field, "defaultValue"),
        "options": options,
        "pattern": pattern_of(field),
    }
    return {name: value for name, value in found.items() if value not in ("", [])}


def _profile(link: Json) -> Json:
    word = _text(link, "platform").lower()
    for prefix in ("social_link_platform_", "social_platform_", "platform_"):
        word = word.removeprefix(prefix)
    word = {"twitter": "x"}.get(word, word.replace("_", ""))
    return {"platform": word if word in PLATFORMS else "other", "url": _text(link, "url")}


def _button(label: str, leads: Mapping[str, str]) -> Json | None:
    url = next(iter(leads.values()), "")
    return {"label": label or CONTINUE, "url": url} if url else None


def _seconds(payload: Json) -> int:
    if payload.get("navigationType") != "MESSAGE_PAGE_NAVIGATION_TYPE_TIMER":
        return 0
    seconds = payload.get("timerSeconds")
    return seconds if type(seconds) is int and seconds > 0 else TIMER_SECONDS_DEFAULT


def back_button(back: Json | None, url: str) -> Json:
    """The member of a content for the vendor's back button; nothing where it is off or there is no way back."""
    if not back or not back.get("enabled") or not url:
        return {}
    return {"back": {"label": str(back.get("label") or BACK)[:BACK_CHARACTERS_MAX], "url": url}}


def _text(payload: Mapping[str, Any], name: str) -> str:
    return str(payload.get(name) or "").strip()


_PAGES: dict[str, Callable[[Json, Mapping[str, str], Step | None], tuple[str, Json]]] = {
    "CONTACT_CARD": _card,
    "SOCIAL_LINKS_PAGE": _social,
    "MULTI_LINK": _menu,
    "MESSAGE_PAGE": _message,
    "THANK_YOU_PAGE": _thanks,
    "FORM_SUBMIT": _form,
}

SERVED = frozenset(_PAGES)
"""Pages that the edge shows."""
