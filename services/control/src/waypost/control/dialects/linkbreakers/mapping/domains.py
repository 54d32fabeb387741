"""Custom domains."""

from collections.abc import Sequence

from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.schemas.domains import DomainOut, Guide, GuideRecord, Validation
from waypost.control.model.domains import DnsRecord, Domain

STATUSES = {
    "pending": "STATUS_VERIFICATION_PENDING",
    "active": "STATUS_ACTIVE",
    "failed": "STATUS_INACTIVE",
}
"""Our three states in the vendor's words; its certificate states are the proxy's business here."""


def to_domain(domain: Domain) -> DomainOut:
    """A domain as the vendor answers it."""
    return DomainOut(
        id=domain.id,
        workspace_id=domain.workspace_id,
        name=domain.host,
        status=STATUSES[domain.status],
        root_destination=domain.root_url,
        last_error=domain.failure,
        last_checked_at=at(domain.checked_ms) if domain.checked_ms else None,
        activated_at=at(domain.verified_ms) if domain.verified_ms else None,
        created_at=at(domain.created_ms),
        updated_at=at(domain.updated_ms),
    )


def to_validations(records: Sequence[DnsRecord]) -> list[Validation]:
    """DNS records in the older of the vendor's two shapes."""
    purposes = {"routing": "PURPOSE_DOMAIN_VERIFICATION", "ownership": "PURPOSE_OWNERSHIP"}
    return [
        Validation(
            name=record.name,
            type=f"TYPE_{record.type}",
            value=record.value,
            purpose=purposes[record.purpose],
        )
        for record in records
    ]


def to_guide(domain: Domain, records: Sequence[DnsRecord]) -> Guide:
    """DNS records as a provider's form asks for them: names below the registered zone."""
    labels = domain.host.split(".")
    zone = ".".join(labels[-2:])
    return Guide(
        custom_domain_id=domain.id,
        domain=domain.host,
        zone=zone,
        host=_below(domain.host, zone),
        hints=["CUSTOM_DOMAIN_SETUP_HINT_APEX_DOMAIN"] if domain.host == zone else [],
        records=[
            GuideRecord(
                name=record.name,
                host=_below(record.name, zone),
                type=f"DNS_RECORD_TYPE_{record.type}",
                value=record.value,
                purpose=f"DNS_RECORD_PURPOSE_{record.purpose.upper()}",
                required=True,
                detected=domain.status == "active",
            )
            for record in records
        ],
    )


def _below(name: str, zone: str) -> str:
    return name.removesuffix(zone).removesuffix(".") or "@"
