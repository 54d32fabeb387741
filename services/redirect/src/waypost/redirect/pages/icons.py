"""Line icons on a 24-unit grid, drawn for Waypost. An icon says what a thing is, not whose brand it is."""

from functools import cache
from pathlib import Path

from markupsafe import Markup

_PATHS = dict(
    line.split(" ", 1) for line in (Path(__file__).parent / "icons.txt").read_text("utf-8").splitlines()
)

_PLATFORM_ICONS = {
    "website": "globe", "email": "mail", "phone": "phone", "whatsapp": "chat", "telegram": "chat",
    "signal": "chat", "instagram": "camera", "facebook": "people", "threads": "at", "x": "at",
    "mastodon": "at", "bluesky": "at", "linkedin": "briefcase", "xing": "briefcase", "youtube": "play",
    "vimeo": "play", "twitch": "monitor", "tiktok": "music", "snapchat": "camera", "pinterest": "image",
    "spotify": "music", "soundcloud": "music", "applemusic": "music", "github": "code", "gitlab": "code",
    "discord": "chat", "reddit": "chat", "medium": "note", "tripadvisor": "star", "google": "star",
    "yelp": "star", "paypal": "heart", "shop": "cart", "calendar": "calendar", "location": "pin",
}  # fmt: skip


@cache
def icon(name: str) -> Markup:
    """The icon as inline SVG, hidden from screen readers: the words beside it say the same."""
    return Markup('<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>').format(
        _PATHS[name]
    )


def platform_icon(platform: str) -> str:
    """The name of a platform's icon; what an older edge does not know is a link."""
    return _PLATFORM_ICONS.get(platform, "link")
