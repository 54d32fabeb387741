"""Domains as JSON."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from waypost.control.api.mapping import always_time, to_time
from waypost.control.api.schemas.links import LinkOut, to_link
from waypost.control.core.domains import DeletedDomain, records_of
from waypost.control.model.domains import DnsRecord, Domain, DomainStatus
from waypost.control.model.installation import Installation


class DomainCreate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new domain. `case_sensitive` cannot change later."""

    host: str
    root_url: str = ""
    not_found_url: str = ""
    expired_url: str = ""
    case_sensitive: bool = False
    robots_txt: str = ""
    association_files: dict[str, str] = {}
    is_primary: bool = False


class DomainBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a domain."""

    root_url: str | UnsetType | None = UNSET
    not_found_url: str | UnsetType | None = UNSET
    expired_url: str | UnsetType | None = UNSET
    robots_txt: str | UnsetType | None = UNSET
    association_files: dict[str, str] | UnsetType | None = UNSET
    is_primary: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


CLEARED = {"root_url": "", "not_found_url": "", "expired_url": "", "robots_txt": "", "association_files": {}}


class DomainOut(Struct, frozen=True, kw_only=True):
    """A domain, with the DNS records it needs."""

    id: str
    host: str
    status: DomainStatus
    failure: str | None
    records: list[DnsRecord]
    root_url: str | None
    not_found_url: str | None
    expired_url: str | None
    case_sensitive: bool
    robots_txt: str | None
    association_files: dict[str, str]
    is_primary: bool
    archived: bool
    checked_at: datetime | None
    verified_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class DomainList(Struct, frozen=True, kw_only=True):
    """All domains of the workspace."""

    data: list[DomainOut]


class DomainDeleted(Struct, frozen=True, kw_only=True):
    """How many links moved to the default host, and those that got another slug there."""

    moved: int
    renamed: list[LinkOut]


def to_domain(domain: Domain, place: Installation) -> DomainOut:
    """A domain as JSON."""
    return DomainOut(
        id=domain.id,
        host=domain.host,
        status=domain.status,
        failure=domain.failure or None,
        records=list(records_of(domain, place)),
        root_url=domain.root_url or None,
        not_found_url=domain.not_found_url or None,
        expired_url=domain.expired_url or None,
        case_sensitive=domain.case_sensitive,
        robots_txt=domain.robots_txt or None,
        association_files=domain.association_files,
        is_primary=domain.is_primary,
        archived=domain.archived,
        checked_at=to_time(domain.checked_ms),
        verified_at=to_time(domain.verified_ms),
        created_at=always_time(domain.created_ms),
        updated_at=always_time(domain.updated_ms),
        version=domain.version,
    )


def to_deleted(deleted: DeletedDomain) -> DomainDeleted:
    """What became of a domain's links, as JSON."""
    return DomainDeleted(moved=deleted.moved, renamed=[to_link(view) for view in deleted.renamed])
