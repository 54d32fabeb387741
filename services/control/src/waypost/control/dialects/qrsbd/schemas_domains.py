"""The vendor's names for custom domains."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.dialects.qrsbd import limits


class DomainCreate(Struct, frozen=True):
    """A domain to add; without one there is an error code of its own."""

    domain: Annotated[str, Meta(max_length=limits.DOMAIN_CHARACTERS_MAX)] | UnsetType | None = UNSET


class TextRecord(Struct, frozen=True, kw_only=True):
    """A TXT record to set."""

    type: Literal["TXT"] = "TXT"
    name: str
    value: str


class Verification(Struct, frozen=True, kw_only=True):
    """What the DNS of a domain must hold."""

    cname_target: str
    ownership: TextRecord
    ssl: list[TextRecord]
    """Empty: certificates are got by HTTP, without records."""


class DomainOut(Struct, frozen=True, kw_only=True):
    """A custom domain."""

    id: str
    domain: str
    status: Literal["pending", "active", "failed"]
    ssl_status: str
    verification: Verification
    created_at: datetime
    verified_at: datetime | None


class Removed(Struct, frozen=True):
    """A domain that was given up."""

    id: str
