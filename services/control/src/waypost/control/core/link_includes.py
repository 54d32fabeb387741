"""What stands beside links, read with them on request: one query per kind however many links there are."""

from collections.abc import Collection, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from waypost.control.model.access import Actor
from waypost.control.model.domains import Domain
from waypost.control.model.faults import ScopeMissing
from waypost.control.model.links import LinkView
from waypost.control.model.organisation import Folder
from waypost.control.model.qr import QrDesign
from waypost.control.store import domains, folders, qr
from waypost.control.store.tx import Tx

Include: TypeAlias = Literal["folder", "domain", "qr_design"]
_SCOPES: dict[Include, str] = {"folder": "tags:read", "domain": "domains:read", "qr_design": "qr:read"}


class Beside(Struct, frozen=True, kw_only=True):
    """What was asked for, by id."""

    wanted: frozenset[Include] = frozenset()
    folders: dict[str, Folder] = {}
    domains: dict[str, Domain] = {}
    qr_designs: dict[str, QrDesign] = {}


async def beside(tx: Tx, actor: Actor, views: Sequence[LinkView], wanted: Collection[Include]) -> Beside:
    """Read what links refer to. Raises ScopeMissing for what the actor may not read by itself."""
    for name in wanted:
        if not actor.may(_SCOPES[name]):
            raise ScopeMissing(_SCOPES[name])
    links = [view.link for view in views]
    folder_ids = sorted({link.folder_id for link in links if link.folder_id}) if "folder" in wanted else []
    domain_ids = sorted({link.domain_id for link in links}) if "domain" in wanted else []
    designs = (
        sorted({link.qr_design_id for link in links if link.qr_design_id}) if "qr_design" in wanted else []
    )
    return Beside(
        wanted=frozenset(wanted),
        folders=await folders.by_ids(tx, actor.workspace_id, folder_ids) if folder_ids else {},
        domains=await domains.by_ids(tx, domain_ids) if domain_ids else {},
        qr_designs=await qr.designs_by_id(tx, actor.workspace_id, designs) if designs else {},
    )
