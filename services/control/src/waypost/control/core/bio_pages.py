"""Link-in-bio pages: create, read, list, change, publish, delete.

A page is a link whose `template_type` is `bio`, under the link's own id. What visitors see is the link's
content. While a page is on, what its author writes is kept as a draft beside it until it is published;
while it is off, nobody sees the content, so it is written there.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import UNSET

from waypost.control.core import links
from waypost.control.core.domains import placed
from waypost.control.core.link_checks import checked
from waypost.control.core.link_slugs import is_free, place_of
from waypost.control.core.record_change import record_change
from waypost.control.core.slugs import random_slug
from waypost.control.model.access import Actor
from waypost.control.model.bio import (
    KIND,
    SLUG_MARK,
    BioPage,
    BioPageNotFound,
    BioState,
    CreateBioPage,
    UpdateBioPage,
)
from waypost.control.model.faults import Invalid, LinkNotFound, VersionMismatch
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import CreateLink, Json, LinkFilter, LinkView, UpdateLink
from waypost.control.model.page import Page, PageRequest
from waypost.control.store import bio_pages
from waypost.control.store.tx import Tx

_DERIVED_CHARACTERS_MAX = 48
_SUFFIX_CHARACTERS = 4
_CONTENT = "content."


async def create_page(tx: Tx, actor: Actor, command: CreateBioPage, *, webhooks: bool = True) -> BioPage:
    """Make a page, unpublished unless the command says otherwise.

    Raises Invalid naming the member, SlugTaken, DomainNotFound, OutOfReach, QuotaReached.
    """
    command = await placed(tx, actor, command)
    slug = command.slug or await _derived_slug(tx, actor, command)
    content = _without_none(command.content)
    with _members_named_plainly():
        view = await links.create_link(
            tx,
            actor,
            CreateLink(
                target_url="",
                template_type=KIND,
                content=content,
                title=str(content.get("title", "")),
                slug=_marked(slug, command.domain_id),
                domain_id=command.domain_id,
                indexable=command.indexable,
                active=command.published,
            ),
            webhooks=webhooks,
        )
    return await _page(tx, view)


async def get_page(tx: Tx, actor: Actor, page_id: str) -> BioPage:
    """One page. Raises BioPageNotFound."""
    try:
        view = await links.get_link(tx, actor, page_id)
    except LinkNotFound as error:
        raise BioPageNotFound(page_id) from error
    if view.link.template_type != KIND or view.link.content is None:
        raise BioPageNotFound(page_id)
    return await _page(tx, view)


async def list_pages(
    tx: Tx, actor: Actor, wanted: PageRequest, *, published: bool | None = None, count: bool = False
) -> Page[BioPage]:
    """Pages, newest first. Raises InvalidCursor."""
    found = await links.list_links(
        tx, actor, LinkFilter(template_type=KIND, active=published, page=wanted, count=count)
    )
    return Page(tuple(await _pages(tx, found.items)), found.next_cursor, found.total)


async def update_page(
    tx: Tx,
    actor: Actor,
    page_id: str,
    command: UpdateBioPage,
    *,
    expected_version: int | None = None,
    webhooks: bool = True,
) -> BioPage:
    """Change the given members. What is written on a page that is on waits until it is published.

    Raises BioPageNotFound, VersionMismatch, and what `create_page` raises.
    """
    page = await _expected(tx, actor, page_id, expected_version)
    given: dict[str, Any] = {}
    if command.indexable is not UNSET:
        given["indexable"] = command.indexable
    if command.slug is not UNSET or command.domain_id is not UNSET:
        domain_id = page.view.link.domain_id if command.domain_id is UNSET else command.domain_id
        name = page.slug if command.slug is UNSET else command.slug
        given |= {"slug": _marked(name, domain_id), "domain_id": domain_id}
    content = _without_none({**page.content, **command.content})
    with _members_named_plainly():
        if command.content and not page.is_published:
            given |= {"content": content, "title": str(content.get("title", ""))}
        elif command.content:
            await _keep_draft(tx, actor, page, content)
        if given:
            await links.update_link(tx, actor, page_id, UpdateLink(**given), webhooks=webhooks)
    return await get_page(tx, actor, page_id)


async def publish_page(
    tx: Tx, actor: Actor, page_id: str, *, expected_version: int | None = None, webhooks: bool = True
) -> BioPage:
    """Let visitors see what was written last. Raises BioPageNotFound, VersionMismatch."""
    page = await _expected(tx, actor, page_id, expected_version)
    draft = page.state.draft
    if draft is None and page.is_published:
        return page
    command = UpdateLink(active=True)
    if draft is not None:
        command = UpdateLink(active=True, content=draft, title=str(draft.get("title", "")))
    with _members_named_plainly():
        await links.update_link(tx, actor, page_id, command, webhooks=webhooks)
    return await get_page(tx, actor, page_id)


async def unpublish_page(
    tx: Tx, actor: Actor, page_id: str, *, expected_version: int | None = None, webhooks: bool = True
) -> BioPage:
    """Take a page away from visitors; a draft stays. Raises BioPageNotFound, VersionMismatch."""
    page = await _expected(tx, actor, page_id, expected_version)
    if not page.is_published:
        return page
    await links.update_link(tx, actor, page_id, UpdateLink(active=False), webhooks=webhooks)
    return await get_page(tx, actor, page_id)


async def delete_page(
    tx: Tx, actor: Actor, page_id: str, *, expected_version: int | None = None, webhooks: bool = True
) -> None:
    """Delete a page; its name stays with its workspace. Raises BioPageNotFound, VersionMismatch."""
    page = await _expected(tx, actor, page_id, expected_version)
    await links.delete_link(tx, actor, page.id, webhooks=webhooks)


async def _expected(tx: Tx, actor: Actor, page_id: str, version: int | None) -> BioPage:
    page = await get_page(tx, actor, page_id)
    if version is not None and version != page.version:
        raise VersionMismatch(str(page.version))
    return page


async def _keep_draft(tx: Tx, actor: Actor, page: BioPage, content: Json) -> None:
    judged = await checked(tx, actor.workspace_id, {"template_type": KIND, "content": content})
    draft: Json = judged["content"]
    if draft == page.content:
        return
    await bio_pages.put_draft(tx, page.id, draft)
    before, after = BioState(draft=page.state.draft), BioState(draft=draft)
    await record_change(tx, actor, "bio.draft", page.id, before, after)


async def _page(tx: Tx, view: LinkView) -> BioPage:
    return (await _pages(tx, [view]))[0]


async def _pages(tx: Tx, views: Sequence[LinkView]) -> list[BioPage]:
    states = await bio_pages.of_links(tx, [view.link.id for view in views])
    found = []
    for view in views:
        state = states.get(view.link.id, BioState())
        content = state.draft if state.draft is not None else view.link.content
        found.append(BioPage(view=view, content=content or {}, state=state))
    return found


async def _derived_slug(tx: Tx, actor: Actor, command: CreateBioPage) -> str:
    """A name from the title, with a random ending when it is taken or says nothing."""
    title = unicodedata.normalize("NFKD", str(command.content.get("title", "")))
    words = re.sub(r"[^a-z0-9]+", "-", title.encode("ascii", "ignore").decode().lower()).strip("-")
    name = words[:_DERIVED_CHARACTERS_MAX].strip("-")
    place = await place_of(tx, actor.workspace_id, command.domain_id)
    if len(name) >= _SUFFIX_CHARACTERS - 1 and await is_free(tx, place, _marked(name, command.domain_id)):
        return name
    ending = random_slug(tx, _SUFFIX_CHARACTERS)
    return f"{name}-{ending}" if name else random_slug(tx, 2 * _SUFFIX_CHARACTERS)


def _marked(name: str, domain_id: str) -> str:
    """The slug of a name: on a domain of one's own, as it is written."""
    if domain_id == DEFAULT_DOMAIN and not name.startswith(SLUG_MARK):
        return SLUG_MARK + name
    return name


def _without_none(content: Json) -> Json:
    return {name: value for name, value in content.items() if value is not None}


@contextmanager
def _members_named_plainly() -> Iterator[None]:
    """A page's members are the link's `content`; who writes a page does not know that."""
    try:
        yield
    except Invalid as fault:
        if not fault.field.startswith(_CONTENT):
            raise
        raise type(fault)(fault.field.removeprefix(_CONTENT), fault.why) from fault
