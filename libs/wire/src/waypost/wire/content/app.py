"""An app: the visitor's store opens straight, everybody else sees all stores."""

from collections.abc import Iterator

from waypost.wire.content.fields import Image, Line, Name, Paragraph, WebUrl
from waypost.wire.content.look import Content


class App(Content, frozen=True, omit_defaults=True, kw_only=True):
    """One address per store; at least one of them or the fallback."""

    name: Name = ""
    tagline: Line = ""
    description: Paragraph = ""
    icon: Image = ""
    ios_url: WebUrl = ""
    android_url: WebUrl = ""
    windows_url: WebUrl = ""
    mac_url: WebUrl = ""
    fallback_url: WebUrl = ""
    open_store: bool = True
    """Whether a known system is sent to its store without seeing the page."""

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """An app without any address leads nowhere."""
        if not (self.ios_url or self.android_url or self.windows_url or self.mac_url or self.fallback_url):
            yield "fallback_url", "an app needs the address of a store, or fallback_url"


def store_url(app: App, system: str) -> str:
    """The store of `system` (iOS, Android, Windows, Mac), or "" when there is none to open straight."""
    if not app.open_store:
        return ""
    stores = {
        "iOS": app.ios_url,
        "Android": app.android_url,
        "Windows": app.windows_url,
        "Mac": app.mac_url,
    }
    return stores.get(system, "")
