"""Links with what stands beside them as JSON."""

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control.api.schemas.domains import DomainOut, to_domain
from waypost.control.api.schemas.links import LinkOut, to_link
from waypost.control.api.schemas.organisation import FolderOut, to_folder
from waypost.control.api.schemas.qr import QrDesignOut, to_design
from waypost.control.core.link_includes import Beside
from waypost.control.model.installation import Installation
from waypost.control.model.links import LinkView


class Included(Struct, frozen=True, kw_only=True):
    """What `include` asked for; null where the link has none. The default domain is none of yours."""

    folder: FolderOut | UnsetType | None = UNSET
    domain: DomainOut | UnsetType | None = UNSET
    qr_design: QrDesignOut | UnsetType | None = UNSET


class LinkWithIncluded(LinkOut, frozen=True, kw_only=True):
    """A link, with `included` when `include` was given."""

    included: Included | UnsetType = UNSET


class LinkList(Struct, frozen=True, kw_only=True):
    """A page of links."""

    data: list[LinkWithIncluded]
    next_cursor: str | None
    total: int | None = None


def to_link_with(view: LinkView, found: Beside, place: Installation) -> LinkWithIncluded:
    """A link as JSON, with what was asked for beside it."""
    return LinkWithIncluded(
        **msgspec.structs.asdict(to_link(view)),
        included=_included(view, found, place) if found.wanted else UNSET,
    )


def _included(view: LinkView, found: Beside, place: Installation) -> Included:
    link, wanted = view.link, found.wanted
    folder = found.folders.get(link.folder_id or "")
    domain = found.domains.get(link.domain_id)
    design = found.qr_designs.get(link.qr_design_id or "")
    return Included(
        folder=(to_folder(folder) if folder else None) if "folder" in wanted else UNSET,
        domain=(to_domain(domain, place) if domain else None) if "domain" in wanted else UNSET,
        qr_design=(to_design(design) if design else None) if "qr_design" in wanted else UNSET,
    )
