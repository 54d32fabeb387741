"""Links that show something of their own: a card, a menu, a list of links, a file."""

from msgspec import Struct

from waypost.redirect.answer import Answer, redirect_answer
from waypost.redirect.page_maker import PageMaker, page_answer
from waypost.redirect.pages import render_download, straight_target
from waypost.redirect.resolve import Found
from waypost.wire.codec import DECODE_ERRORS
from waypost.wire.content import Content
from waypost.wire.content.bio import Bio, click_target
from waypost.wire.content.check import UnknownKind, decode
from waypost.wire.destination import is_safe
from waypost.wire.link import ContentV1
from waypost.wire.scan import Outcome

PAGE = "page"
"""The parameter that names the page of a rule, in addresses inside of that page."""

_INSIDE = frozenset({"file", "to"})


def page_asked(found: Found, query: tuple[tuple[str, str], ...]) -> tuple[str, ContentV1] | None:
    """The page that a request comes from, by its name ("" is the link's own): it is answered by that page, whatever
    the rules would say by now. None for a visit that begins."""
    options, workspace = found.link.options, found.workspace
    asked = dict(reversed(query))
    name = asked.get(PAGE, "")
    page = options.pages.get(name)
    if page is not None and (workspace is None or workspace.rules):
        return name, page
    if options.content is not None and not _INSIDE.isdisjoint(asked):
        return "", options.content
    return None


class Shown(Struct, frozen=True):
    """What a visitor of such a link gets, and how it is recorded."""

    answer: Answer
    outcome: Outcome
    detail: str = ""


def show(
    name: str,
    content: ContentV1,
    found: Found,
    pages: PageMaker,
    *,
    host: str,
    language: str,
    system: str,
    query: tuple[tuple[str, str], ...],
    now_ms: int,
) -> Shown:
    """Answer by the kind of content and the visitor's query (`file`: its download, `to`: one of its links). `name` is
    the rule that leads to the page, "" for the link's own."""
    try:
        known = decode(content.kind, content.data)
    except (UnknownKind, *DECODE_ERRORS):
        return Shown(pages.unreadable(found, host, language), Outcome.PAGE)
    asked = dict(reversed(query))
    if (target := straight_target(known, system)) and is_safe(target):
        return Shown(redirect_answer(target, 302), Outcome.REDIRECT)
    if "file" in asked and (file := _download(known, found, host, now_ms)) is not None:
        return Shown(file, Outcome.DOWNLOAD)
    if "to" in asked and isinstance(known, Bio):
        clicked = click_target(known, asked["to"], now_ms).encode()
        if is_safe(clicked):
            return Shown(redirect_answer(clicked, 302), Outcome.PAGE_CLICK, asked["to"])
    return Shown(
        pages.content(known, found, host, system, now_ms, name=name, qr_svg=content.qr_svg), Outcome.PAGE
    )


def _download(content: Content, found: Found, host: str, now_ms: int) -> Answer | None:
    page = render_download(content, uid=f"{found.link.record.link_id.hex()}@{host}", at_ms=now_ms)
    return page_answer(page) if page is not None else None
