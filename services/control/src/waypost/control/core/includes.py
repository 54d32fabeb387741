"""What resources refer to, read with them on request: one query per kind however many there are."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from waypost.control.core.link_views import views
from waypost.control.core.links import within_reach
from waypost.control.model.access import Actor
from waypost.control.model.domains import Domain
from waypost.control.model.faults import ScopeMissing
from waypost.control.model.links import LinkView
from waypost.control.model.organisation import Folder
from waypost.control.model.qr import QrDesign
from waypost.control.store import domains, folders, links, qr
from waypost.control.store.tx import Tx

Include: TypeAlias = Literal["folder", "parent", "domain", "qr_design", "link"]
References: TypeAlias = Mapping[Include, str | None]
"""The ids that one resource holds of others."""

_SCOPES: dict[Include, str] = {
    "folder": "tags:read",
    "parent": "tags:read",
    "domain": "domains:read",
    "qr_design": "qr:read",
    "link": "links:read",
}


class Beside(Struct, frozen=True, kw_only=True):
    """What was asked for, by id."""

    wanted: frozenset[Include] = frozenset()
    folders: dict[str, Folder] = {}
    domains: dict[str, Domain] = {}
    qr_designs: dict[str, QrDesign] = {}
    links: dict[str, LinkView] = {}


class _OnDomain(Protocol):
    @property
    def domain_id(self) -> str | None: ...


class _OfLink(Protocol):
    @property
    def link_id(self) -> str: ...


def refers_of_link(view: LinkView) -> References:
    """What a link refers to."""
    link = view.link
    return {"folder": link.folder_id, "domain": link.domain_id, "qr_design": link.qr_design_id}


def refers_of_folder(folder: Folder) -> References:
    """The folder that a folder lies in."""
    return {"parent": folder.parent_id}


def refers_to_domain(thing: _OnDomain) -> References:
    """The domain of whatever is bound to one."""
    return {"domain": thing.domain_id}


def refers_to_link(thing: _OfLink) -> References:
    """The link of whatever came of one."""
    return {"link": thing.link_id}


async def beside(
    tx: Tx, actor: Actor, references: Sequence[References], wanted: Collection[Include]
) -> Beside:
    """Read what resources refer to. Raises ScopeMissing for what the actor may not read by itself."""
    for name in wanted:
        if not actor.may(_SCOPES[name]):
            raise ScopeMissing(_SCOPES[name])

    def ids(*names: Include) -> list[str]:
        asked = [name for name in names if name in wanted]
        return sorted({each for refers in references for name in asked if (each := refers.get(name))})

    workspace_id = actor.workspace_id
    folder_ids, domain_ids, design_ids = ids("folder", "parent"), ids("domain"), ids("qr_design")
    link_ids = ids("link")
    return Beside(
        wanted=frozenset(wanted),
        folders=await folders.by_ids(tx, workspace_id, folder_ids) if folder_ids else {},
        domains=await domains.by_ids(tx, domain_ids) if domain_ids else {},
        qr_designs=await qr.designs_by_id(tx, workspace_id, design_ids) if design_ids else {},
        links=await _links(tx, actor, link_ids) if link_ids else {},
    )


async def _links(tx: Tx, actor: Actor, link_ids: Sequence[str]) -> dict[str, LinkView]:
    living = await links.get_many(tx, actor.workspace_id, link_ids)
    return {
        view.link.id: view for view in await views(tx, [each for each in living if within_reach(actor, each)])
    }
