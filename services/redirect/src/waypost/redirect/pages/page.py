"""A finished answer, and the headers that fence it in.

The policy allows nothing that is not named here: no outside resource, no script or style without this
answer's nonce, no frame around the page. Where a page needs more, it says so in its `Needs`.
"""

import re

from msgspec import Struct

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?\Z")
_NONCE = re.compile(r"[A-Za-z0-9_=+/-]{16,128}\Z")

HTML = b"text/html; charset=utf-8"
NO_STORE = b"no-store"
REVALIDATE = b"private, no-cache"


class Page(Struct, frozen=True):
    """What goes out: a status, all headers with lower-case names (Content-Length too), the body."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Site(Struct, frozen=True):
    """What the pages of one installation share.

    `report_url` is where abuse is reported (the short address is added as `?link=`); "" shows no link.
    `image_origins` are origins besides the edge's own that may serve pictures, sound and film.
    """

    name: str = "Waypost"
    report_url: str = ""
    image_origins: tuple[str, ...] = ()

    def allows(self, origin: str) -> bool:
        """True when pictures from `https://host[:port]` are shown."""
        return origin in self.image_origins


class Needs(Struct, frozen=True):
    """What a page uses beyond text and style."""

    script: bool = False
    data_images: bool = False
    """Pictures inside the page itself: a join code."""
    media: bool = False
    frame: str = ""
    """The sources a cloaking frame may show."""


PLAIN = Needs()
DEFAULT_SITE = Site()


class BadNonce(ValueError):
    """A nonce too short to be random, or with characters that would end the header's value."""


def policy(nonce: str, site: Site, needs: Needs) -> bytes:
    """The Content-Security-Policy of one answer (CSP Level 3)."""
    if not _NONCE.match(nonce):
        raise BadNonce(f"{len(nonce)} characters")
    origins = "".join(f" {origin}" for origin in site.image_origins if _ORIGIN.match(origin))
    parts = [
        "default-src 'none'",
        f"img-src 'self'{origins}{' data:' if needs.data_images else ''}",
        f"style-src 'nonce-{nonce}'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
    if needs.script:
        parts.append(f"script-src 'nonce-{nonce}'")
    if needs.media:
        parts.append(f"media-src 'self'{origins}")
    if needs.frame:
        parts.append(f"frame-src {needs.frame}")
    return "; ".join(parts).encode("ascii")


def html_page(
    body: str,
    *,
    status: int,
    nonce: str,
    site: Site,
    needs: Needs = PLAIN,
    indexable: bool = False,
    cache_control: bytes = REVALIDATE,
    retry_after_s: int = 0,
) -> Page:
    """Put the headers of an HTML answer around its body."""
    raw = body.encode("utf-8", "replace")
    headers = [
        (b"content-type", HTML),
        (b"content-length", str(len(raw)).encode()),
        (b"content-security-policy", policy(nonce, site, needs)),
        (b"cache-control", cache_control),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]
    if not indexable:
        headers.append((b"x-robots-tag", b"noindex, nofollow"))
    if retry_after_s:
        headers.append((b"retry-after", str(retry_after_s).encode()))
    return Page(status, tuple(headers), raw)


def file_page(media_type: str, file_name: str, body: bytes) -> Page:
    """Put the headers of a download around a file. `file_name` is ASCII letters, digits, dot and dash."""
    headers = (
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"content-disposition", f'attachment; filename="{file_name}"'.encode()),
        (b"content-security-policy", b"default-src 'none'; sandbox"),
        (b"cache-control", REVALIDATE),
        (b"x-content-type-options", b"nosniff"),
        (b"x-robots-tag", b"noindex, nofollow"),
    )
    return Page(200, headers, body)


def text_page(text: str, *, status: int = 200) -> Page:
    """Plain text, as for robots.txt."""
    raw = text.encode("utf-8", "replace")
    headers = (
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(raw)).encode()),
        (b"cache-control", b"public, max-age=3600"),
        (b"x-content-type-options", b"nosniff"),
    )
    return Page(status, headers, raw)
