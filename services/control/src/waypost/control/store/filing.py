"""Which links are filed where: their tags and folders. For reports, so links that were deleted are among them:
their scans happened."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Select, select

from waypost.control.model.access import Actor
from waypost.control.store.links import links
from waypost.control.store.tags import link_tags, tags
from waypost.control.store.tx import Tx

Filing = Literal["tag", "folder"]
FILINGS: tuple[Filing, ...] = ("tag", "folder")


async def pairs(
    tx: Tx, actor: Actor, filing: Filing, limit: int, within: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """(link id, name of a tag or id of a folder) of every filed link within reach, or of some of them, in order;
    one more than the limit when there are more."""
    statement = _filed(actor, filing).order_by("name", links.c.id).limit(limit + 1)
    if within:
        statement = statement.where(links.c.id.in_(within))
    return [(row["id"], row["name"]) for row in await tx.rows(statement)]


async def members(tx: Tx, actor: Actor, filing: Filing, names: Sequence[str], limit: int) -> list[str]:
    """The ids of links within reach that have any of these tags or lie in any of these folders; one more than
    the limit when there are more."""
    statement = _filed(actor, filing).with_only_columns(links.c.id).distinct().limit(limit + 1)
    if filing == "tag":
        statement = statement.where(tags.c.name_key.in_([name.strip().casefold() for name in names]))
    else:
        statement = statement.where(links.c.folder_id.in_(names))
    return [row["id"] for row in await tx.rows(statement)]


async def in_reach(tx: Tx, actor: Actor, limit: int) -> list[str]:
    """The ids of all links that the actor's key reaches; one more than the limit when there are more."""
    statement = select(links.c.id).where(*_reach(actor)).limit(limit + 1)
    return [row["id"] for row in await tx.rows(statement)]


def _filed(actor: Actor, filing: Filing) -> Select[Any]:
    if filing == "tag":
        statement = select(links.c.id, tags.c.name.label("name")).join(
            link_tags, link_tags.c.link_id == links.c.id
        )
        return statement.join(tags, tags.c.id == link_tags.c.tag_id).where(*_reach(actor))
    statement = select(links.c.id, links.c.folder_id.label("name"))
    return statement.where(links.c.folder_id.is_not(None), *_reach(actor))


def _reach(actor: Actor) -> list[Any]:
    reach: list[Any] = [links.c.workspace_id == actor.workspace_id]
    if actor.domain_id is not None:
        reach.append(links.c.domain_id == actor.domain_id)
    if actor.own_links_only:
        reach.append(links.c.created_by == actor.id)
    return reach
