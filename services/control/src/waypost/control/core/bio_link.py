"""What a link does because it is a link-in-bio page. Active is published, paused is unpublished."""

from collections.abc import Mapping
from typing import Any

from waypost.control.core.announce import announce
from waypost.control.core.link_views import event_data
from waypost.control.core.slugs import random_slug
from waypost.control.model.bio import KIND
from waypost.control.model.events import EventType
from waypost.control.model.links import Link, LinkView
from waypost.control.store import bio_pages
from waypost.control.store.tx import Tx

_LINK_ID_CHARACTERS = 8


def with_link_ids(tx: Tx, values: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a link whose page was judged, with an `id` for each of its buttons that has none.

    Clicks are counted by that id, so they stay with a button that moves.
    """
    content = values.get("content")
    if content is None or values.get("template_type") != KIND:
        return dict(values)
    buttons = [
        button if button.get("id") else button | {"id": random_slug(tx, _LINK_ID_CHARACTERS)}
        for button in content.get("links", ())
    ]
    return dict(values) | {"content": dict(content) | {"links": buttons}}


async def follow_change(tx: Tx, before: Link | None, view: LinkView, *, webhooks: bool) -> None:
    """Tell that a page went on or off, if it did; what visitors see was written, so a draft of it is over."""
    link = view.link
    if (
        before is not None
        and before.template_type == KIND
        and (link.deleted_ms or link.content != before.content)
    ):
        await bio_pages.drop_draft(tx, link.id)
    was, now = before is not None and is_published(before), is_published(link)
    if was is now:
        return
    if now:
        await bio_pages.put_published(tx, link.id)
    what: EventType = "bio.published" if now else "bio.unpublished"
    announce(tx, what, link.workspace_id, event_data(view), link_id=link.id, webhooks=webhooks)


def is_published(link: Link) -> bool:
    """Whether visitors see a page here."""
    shown = link.template_type == KIND and link.content is not None
    return shown and link.state == "active" and not link.deleted_ms
