"""The page that a link shows: judged when a person writes it, encoded when the edges are told. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from waypost.control.core.destination import WEB_SCHEMES, canonical_url
from waypost.control.model.faults import Invalid
from waypost.control.model.installation import Installation
from waypost.qr.design import Design
from waypost.qr.render import render
from waypost.rules import Page
from waypost.wire.codec import encode
from waypost.wire.content import KINDS, Content, Refused, check, urls, with_images
from waypost.wire.content.fields import is_step
from waypost.wire.content.limits import QR_SVG_BYTES_MAX
from waypost.wire.content.wifi import Wifi, join_text
from waypost.wire.link import ContentV1

_SCHEMES = WEB_SCHEMES | {"mailto", "tel", "sms"}
_JOIN_CODE_PX = 256
_JOIN_CODE = Design(margin=0)
"""Without a quiet zone: the page puts the picture on white with room around it."""


def checked_content(values: Mapping[str, Any], installation: Installation) -> Iterator[tuple[str, str]]:
    """Judge `template_type` and `content` together; yield (path, URL) of the addresses in the page.

    Raises Invalid naming `template_type` or `content.<field>`, InvalidUrl for an address that the
    policy for destinations refuses.
    """
    kind, document = values.get("template_type") or "", values.get("content")
    if document is None:
        return
    if kind not in KINDS:
        raise Invalid("template_type", f"must be one of {', '.join(KINDS)} when there is `content`")
    content = check(kind, document)
    if isinstance(content, Refused):
        first = content.findings[0]
        raise Invalid(f"content.{first.field}".removesuffix("."), first.detail)
    for path, url in urls(content):
        # Files on the edge's own host, and steps inside of the link, are neither a way out nor a circle.
        if not (url.startswith("/") or is_step(url) or installation.is_own_asset(url)):
            field = f"content.{path}"
            yield field, canonical_url(field, url, installation, schemes=_SCHEMES)


def checked_page(field: str, page: Page, installation: Installation) -> tuple[Page, list[tuple[str, str]]]:
    """A page that a rule leads to as it is stored, and (path, URL) of the addresses in it. Raises as above."""
    values = {"template_type": page.template_type, "content": page.content}
    own = with_own_paths(values, installation)
    try:
        found = [(f"{field}.{path}", url) for path, url in checked_content(own, installation)]
    except Invalid as fault:
        raise type(fault)(f"{field}.{fault.field}", fault.why) from fault
    return Page(template_type=page.template_type, content=own["content"]), found


def with_own_paths(values: Mapping[str, Any], installation: Installation) -> dict[str, Any]:
    """The members of a link in whose page pictures of ours are paths, which every host of the edges serves.

    A page's policy shows pictures of its own host, whichever of our domains that is.
    """
    kind, document = values.get("template_type") or "", values.get("content")
    if document is None or kind not in KINDS:
        return dict(values)
    own = installation.public_url.rstrip("/")

    def path_of(url: str) -> str:
        return url.removeprefix(own) if installation.is_own_asset(url) else url

    return dict(values) | {"content": with_images(kind, document, path_of)}


def page_urls(kind: str, document: Mapping[str, Any] | None) -> Iterator[str]:
    """The addresses outside of this service that a stored page leads to or shows."""
    if not kind or document is None:
        return
    content = check(kind, document)
    if not isinstance(content, Refused):
        yield from (url for _, url in urls(content) if not (url.startswith("/") or is_step(url)))


def content_record(kind: str, document: Mapping[str, Any] | None) -> ContentV1 | None:
    """What the edges need of a page; None without one.

    A page that was stored before this version judged it goes out without its data, which the edge
    shows as a page that cannot be read: one old page must not hold up the records of all others.
    """
    if not kind or document is None:
        return None
    content = check(kind, document)
    if isinstance(content, Refused):
        return ContentV1(kind)
    return ContentV1(kind, msgspec.Raw(encode(content)), _join_code(content))


def _join_code(content: Content) -> bytes:
    if not isinstance(content, Wifi):
        return b""
    picture = render(join_text(content), _JOIN_CODE, "svg", _JOIN_CODE_PX)
    return picture if len(picture) <= QR_SVG_BYTES_MAX else b""
