"""Links as somewhere to look: where they lead, and which of them nobody has looked at yet."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import select

from waypost.control import limits
from waypost.control.model.link_urls import urls_of
from waypost.control.model.links import Link
from waypost.control.store.link_health import link_health
from waypost.control.store.links import any_workspace, links
from waypost.control.store.tx import Tx


class Destination(Struct, frozen=True):
    """A link whose destinations may be looked at: (path, URL) of those on the web, its own one first."""

    id: str
    urls: tuple[tuple[str, str], ...]
    is_live: bool


class Enrolment(Struct, frozen=True):
    """A stretch of links in the order of their ids: the last one, and those nobody has looked at."""

    last_id: str
    new_ids: tuple[str, ...]


async def after(tx: Tx, after_id: str, limit: int) -> Enrolment | None:
    """The next stretch of links behind an id; None at the end."""
    statement = (
        select(links.c.id, link_health.c.link_id.is_(None).label("is_new"), links.c.deleted_ms)
        .select_from(links.outerjoin(link_health, link_health.c.link_id == links.c.id))
        .where(links.c.id > after_id)
        .order_by(links.c.id)
    )
    found = await tx.rows(statement.limit(limit))
    if not found:
        return None
    new_ids = tuple(row["id"] for row in found if row["is_new"] and not row["deleted_ms"])
    return Enrolment(found[-1]["id"], new_ids)


async def enrol(tx: Tx, link_ids: Sequence[str]) -> None:
    """Let links be looked at from now on."""
    new = {"checked_ms": 0, "status": 0, "failure": "", "failing_since_ms": 0, "told": False}
    await tx.run_many(
        tx.insert(link_health).on_conflict_do_nothing(), [{"link_id": link_id, **new} for link_id in link_ids]
    )


async def destinations(tx: Tx, link_ids: Sequence[str]) -> dict[str, Destination]:
    """Where living links lead, by id; paused, blocked and archived ones are not live."""
    return {link.id: destination_of(link) for link in await any_workspace(tx, link_ids)}


def destination_of(link: Link) -> Destination:
    """A link as somewhere to look."""
    urls = [(path, url) for path, url in urls_of(link) if url.startswith("http")]
    return Destination(
        link.id, tuple(urls[: limits.HEALTH_URLS_PER_LINK_MAX]), link.state == "active" and not link.archived
    )
