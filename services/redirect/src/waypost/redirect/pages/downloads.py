"""The file behind a page's download button."""

import re
import unicodedata

from msgspec import Struct

from waypost.redirect.pages.calendar_file import event_file
from waypost.redirect.pages.contact_file import vcard_file
from waypost.redirect.pages.page import Page, file_page
from waypost.wire.content.contact import Vcard
from waypost.wire.content.event import Event
from waypost.wire.content.look import Content

FILE_NAME_CHARACTERS_MAX = 60


class Download(Struct, frozen=True):
    """`file_name` is ASCII letters, digits and dashes, with its extension."""

    media_type: str
    file_name: str
    body: bytes


def download(content: Content, *, uid: str, at_ms: int) -> Download | None:
    """The file of a content, or None for a kind that has none.

    `uid` names the thing for ever (the link's id and host, as in `0192…@go.example`); `at_ms` is now.
    """
    if isinstance(content, Vcard):
        name = _file_name(content.full_name, "contact")
        return Download("text/vcard; charset=utf-8", f"{name}.vcf", vcard_file(content))
    if isinstance(content, Event):
        name = _file_name(content.title, "event")
        return Download("text/calendar; charset=utf-8", f"{name}.ics", event_file(content, uid, at_ms))
    return None


def render_download(content: Content, *, uid: str, at_ms: int) -> Page | None:
    """The same as an answer."""
    file = download(content, uid=uid, at_ms=at_ms)
    return file_page(file.media_type, file.file_name, file.body) if file is not None else None


def _file_name(title: str, otherwise: str) -> str:
    """A title as a file name that every system takes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain)[:FILE_NAME_CHARACTERS_MAX].strip("-") or otherwise
