"""The links a report is about, and what they are filed under. Tags and folders are known here only: analytics
is told the links."""

from collections.abc import Sequence

from msgspec import Struct

from waypost.control.core import links
from waypost.control.model.access import Actor
from waypost.control.model.faults import TooLarge
from waypost.control.store import filing
from waypost.control.store.filing import FILINGS, Filing
from waypost.control.store.tx import Tx
from waypost.wire.filters import Filter, LinkGroups
from waypost.wire.ids import to_bytes
from waypost.wire.limits import QUERY_GROUP_MEMBERS_MAX, QUERY_LINK_IDS_MAX


class Chosen(Struct, frozen=True):
    """Links of a report: some, or (`ids` None) all of the workspace `without` some."""

    ids: frozenset[str] | None = None
    without: frozenset[str] = frozenset()

    def only(self, ids: frozenset[str]) -> "Chosen":
        """Those of them that are among others."""
        kept = ids if self.ids is None else self.ids & ids
        return Chosen(kept - self.without)

    def but(self, ids: frozenset[str]) -> "Chosen":
        """Those of them that are not among others."""
        return Chosen(None, self.without | ids) if self.ids is None else Chosen(self.ids - ids)


async def chosen(
    tx: Tx, actor: Actor, *, link_ids: Sequence[str], tags: Sequence[str], filters: Sequence[Filter]
) -> Chosen:
    """The links that are named, carry any of the tags and pass the filters on `tag` and `folder`.

    An actor that is limited to a domain or to its own links gets these when it names none. Raises
    LinkNotFound or TooLarge.
    """
    found = Chosen()
    if link_ids:
        await links.require_scanned(tx, actor, link_ids)
        found = Chosen(frozenset(link_ids))
    elif actor.domain_id is not None or actor.own_links_only:
        found = Chosen(_bounded(await filing.in_reach(tx, actor, QUERY_LINK_IDS_MAX)))
    if tags:
        found = found.only(await _members(tx, actor, "tag", tags))
    for each in filters:
        found = await _filtered(tx, actor, found, each)
    _bounded(found.without)
    return found


def is_filing(wanted: Filter) -> bool:
    """Whether a filter is about what links are filed under."""
    return wanted.dimension in FILINGS


async def groups(
    tx: Tx, actor: Actor, dimensions: Sequence[str], link_ids: Sequence[str]
) -> tuple[LinkGroups, ...]:
    """What the named links (all when none) are filed under, for those dimensions that are filings. Raises
    TooLarge."""
    room = QUERY_GROUP_MEMBERS_MAX
    found = []
    for dimension in FILINGS:
        if dimension in dimensions:
            pairs = await filing.pairs(tx, actor, dimension, room, link_ids)
            if len(pairs) > room:
                raise TooLarge(f"links with a {dimension} in one report", QUERY_GROUP_MEMBERS_MAX)
            room -= len(pairs)
            found.append(_grouped(dimension, pairs))
    return tuple(found)


def _grouped(dimension: Filing, pairs: Sequence[tuple[str, str]]) -> LinkGroups:
    names: dict[str, int] = {}
    members: dict[str, tuple[int, ...]] = {}
    for link_id, name in pairs:
        at = names.setdefault(name, len(names))
        members[link_id] = (*members.get(link_id, ()), at)
    return LinkGroups(dimension, tuple(names), tuple((to_bytes(each), at) for each, at in members.items()))


async def _filtered(tx: Tx, actor: Actor, found: Chosen, wanted: Filter) -> Chosen:
    """Narrow by one filter. The value "" stands for links that are filed nowhere: what a filter with it keeps
    is told by what it does not keep."""
    kind: Filing = "tag" if wanted.dimension == "tag" else "folder"
    named = frozenset[str]()
    if names := [value for value in wanted.values if value]:
        named = await _members(tx, actor, kind, names)
    if "" not in wanted.values:
        return found.but(named) if wanted.exclude else found.only(named)
    pairs = await filing.pairs(tx, actor, kind, QUERY_GROUP_MEMBERS_MAX)
    if len(pairs) > QUERY_GROUP_MEMBERS_MAX:
        raise TooLarge(f"links with a {kind} in one report", QUERY_GROUP_MEMBERS_MAX)
    others = _bounded({link_id for link_id, _ in pairs} - named)
    return found.only(others) if wanted.exclude else found.but(others)


async def _members(tx: Tx, actor: Actor, kind: Filing, names: Sequence[str]) -> frozenset[str]:
    return _bounded(await filing.members(tx, actor, kind, names, QUERY_LINK_IDS_MAX))


def _bounded(ids: Sequence[str] | frozenset[str] | set[str]) -> frozenset[str]:
    if len(ids) > QUERY_LINK_IDS_MAX:
        raise TooLarge("links in one report", QUERY_LINK_IDS_MAX)
    return frozenset(ids)
