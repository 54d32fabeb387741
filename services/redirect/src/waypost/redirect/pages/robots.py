"""robots.txt (RFC 9309)."""

from waypost.redirect.pages.page import Page, text_page

DEFAULT = "User-agent: *\nDisallow:\n"
"""Robots may fetch: only then do they see the `X-Robots-Tag` that keeps links out of their index."""


def robots_txt(text: str = "") -> Page:
    """The domain's own text, or the default."""
    return text_page(text or DEFAULT)
