"""Resources with what they refer to as JSON, in `included`, when `include` asked for it."""

from typing import TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control.api.schemas.bio_pages import BioPageOut
from waypost.control.api.schemas.domains import DomainOut, to_domain
from waypost.control.api.schemas.form_submissions import FormSubmissionOut
from waypost.control.api.schemas.links import LinkOut, to_link
from waypost.control.api.schemas.more import ReportOut
from waypost.control.api.schemas.organisation import FolderOut, KeyOut, to_folder
from waypost.control.api.schemas.qr import QrDesignOut, to_design
from waypost.control.core.includes import Beside, References
from waypost.control.model.installation import Installation

WithIncludedT = TypeVar("WithIncludedT", bound=Struct)


class Included(Struct, frozen=True, kw_only=True):
    """What `include` asked for; null where there is none, or none that you can read. The default domain is none of
    yours."""

    folder: FolderOut | UnsetType | None = UNSET
    parent: FolderOut | UnsetType | None = UNSET
    domain: DomainOut | UnsetType | None = UNSET
    qr_design: QrDesignOut | UnsetType | None = UNSET
    link: LinkOut | UnsetType | None = UNSET


class LinkWithIncluded(LinkOut, frozen=True, kw_only=True):
    """A link, with `included` when `include` was given."""

    included: Included | UnsetType = UNSET


class LinkList(Struct, frozen=True, kw_only=True):
    """A page of links."""

    data: list[LinkWithIncluded]
    next_cursor: str | None
    total: int | None = None


class FolderWithIncluded(FolderOut, frozen=True, kw_only=True):
    """A folder, with `included` when `include` was given."""

    included: Included | UnsetType = UNSET


class FolderList(Struct, frozen=True, kw_only=True):
    """A page of folders."""

    data: list[FolderWithIncluded]
    next_cursor: str | None


class KeyWithIncluded(KeyOut, frozen=True, kw_only=True):
    """An API key, with `included` when `include` was given."""

    included: Included | UnsetType = UNSET


class KeyList(Struct, frozen=True, kw_only=True):
    """All keys of the workspace."""

    data: list[KeyWithIncluded]


class BioPageWithIncluded(BioPageOut, frozen=True, kw_only=True):
    """A page, with `included` when `include` was given."""

    included: Included | UnsetType = UNSET


class BioPageList(Struct, frozen=True, kw_only=True):
    """Some of the pages, and where the next ones begin."""

    data: list[BioPageWithIncluded]
    next_cursor: str | None


class FormSubmissionWithIncluded(FormSubmissionOut, frozen=True, kw_only=True):
    """One answer, with `included` when `include` was given."""

    included: Included | UnsetType = UNSET


class FormSubmissionList(Struct, frozen=True, kw_only=True):
    """Some of the answers, and where the next ones begin."""

    data: list[FormSubmissionWithIncluded]
    next_cursor: str | None


class ReportWithIncluded(ReportOut, frozen=True, kw_only=True):
    """An abuse report, with `included` when `include` was given."""

    included: Included | UnsetType = UNSET


class ReportList(Struct, frozen=True, kw_only=True):
    """A page of reports, newest first."""

    data: list[ReportWithIncluded]
    next_cursor: str | None


def with_included(
    kind: type[WithIncludedT], shown: Struct, refers: References, found: Beside, place: Installation
) -> WithIncludedT:
    """A resource as JSON, with what was asked for beside it."""
    included = _included(refers, found, place) if found.wanted else UNSET
    return kind(**msgspec.structs.asdict(shown), included=included)


def _included(refers: References, found: Beside, place: Installation) -> Included:
    wanted = found.wanted
    folder = found.folders.get(refers.get("folder") or "")
    parent = found.folders.get(refers.get("parent") or "")
    domain = found.domains.get(refers.get("domain") or "")
    design = found.qr_designs.get(refers.get("qr_design") or "")
    link = found.links.get(refers.get("link") or "")
    return Included(
        folder=(to_folder(folder) if folder else None) if "folder" in wanted else UNSET,
        parent=(to_folder(parent) if parent else None) if "parent" in wanted else UNSET,
        domain=(to_domain(domain, place) if domain else None) if "domain" in wanted else UNSET,
        qr_design=(to_design(design) if design else None) if "qr_design" in wanted else UNSET,
        link=(to_link(link) if link else None) if "link" in wanted else UNSET,
    )
