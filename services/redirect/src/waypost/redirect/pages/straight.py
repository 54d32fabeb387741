"""Contents that open without a page where the device allows it."""

from waypost.wire.content.app import App, store_url
from waypost.wire.content.fields import is_web_url
from waypost.wire.content.files import FileOffer
from waypost.wire.content.look import Content
from waypost.wire.content.menu import Menu


def straight_target(content: Content, system: str) -> bytes:
    """Where to redirect a visitor on `system` (iOS, Android, Windows, Mac, ...), or b"" to show the page.

    An app opens its store, a file that asks for it opens itself, a menu that is only a file opens it.
    """
    match content:
        case App():
            url = store_url(content, system)
        case FileOffer(open_straight=True) | Menu(sections=()):
            url = content.file_url
        case _:
            url = ""
    return url.encode() if is_web_url(url) else b""
