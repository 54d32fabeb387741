"""Custom domains."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType


class DomainCreate(Struct, frozen=True, kw_only=True):
    """Claim a host name."""

    name: str


class DomainPatch(Struct, frozen=True, kw_only=True):
    """Where the root of the domain leads; "" or null for nowhere."""

    root_destination: str | UnsetType | None = UNSET


class DomainOut(Struct, frozen=True, kw_only=True):
    """A custom domain."""

    id: str
    workspace_id: str
    name: str
    status: str
    root_destination: str
    last_error: str
    last_checked_at: datetime | None
    activated_at: datetime | None
    certificate_expires_at: datetime | None = None
    cloudflare_hostname_status: str = ""
    cloudflare_ssl_status: str = ""
    created_at: datetime
    updated_at: datetime


class DomainAnswer(Struct, frozen=True, kw_only=True):
    """One custom domain."""

    custom_domain: DomainOut


class DomainsAnswer(Struct, frozen=True, kw_only=True):
    """Custom domains."""

    custom_domains: list[DomainOut]
    next_page_token: str = ""
    total_count: int = 0


class Validation(Struct, frozen=True, kw_only=True):
    """One DNS record to set."""

    name: str
    type: str
    value: str
    purpose: str


class ValidationsAnswer(Struct, frozen=True, kw_only=True):
    """What to set at the DNS provider."""

    validations: list[Validation]


class GuideRecord(Struct, frozen=True, kw_only=True):
    """One DNS record, and whether it was found."""

    name: str
    host: str
    type: str
    value: str
    purpose: str
    required: bool
    detected: bool


class Guide(Struct, frozen=True, kw_only=True):
    """How to connect a domain."""

    custom_domain_id: str
    domain: str
    zone: str
    host: str
    host_field_label: str = "Host"
    dns_provider: str = "DNS_PROVIDER_UNKNOWN"
    dns_provider_name: str = ""
    dns_settings_url: str = ""
    nameservers: list[str] = []
    hints: list[str]
    records: list[GuideRecord]


class GuideAnswer(Struct, frozen=True, kw_only=True):
    """How to connect a domain."""

    setup_guide: Guide
