"""Proving domains by DNS: new ones every minute, proven ones once a day, through a resolver of choice."""

import asyncio

import dns.asyncresolver
import dns.exception
import dns.resolver

from waypost.control.core import domains
from waypost.control.model.access import system_actor
from waypost.control.model.domains import Domain
from waypost.control.model.faults import DomainNotFound
from waypost.control.model.installation import Installation
from waypost.control.store import domains as stored
from waypost.control.store.database import Database
from waypost.runtime.logs import Log

EVERY_S = 15.0
_PENDING_AGAIN_MS = 60_000
_ACTIVE_AGAIN_MS = 24 * 3600 * 1000
_GIVE_UP_PENDING_MS = 14 * 24 * 3600 * 1000
_AT_ONCE = 20
_LOOKUP_S = 5.0
_log = Log(__name__)


def resolver_of(setting: str) -> dns.asyncresolver.Resolver:
    """The resolver of a setting: comma-separated `address` or `address:port`, empty for the system's."""
    if not setting:
        return dns.asyncresolver.Resolver()
    resolver = dns.asyncresolver.Resolver(configure=False)
    for each in setting.split(","):
        host, _, port = each.strip().rpartition(":") if each.count(":") == 1 else (each.strip(), "", "")
        resolver.nameservers = [*resolver.nameservers, host]
        if port:
            resolver.port = int(port)
    return resolver


async def missing_proof(resolver: dns.asyncresolver.Resolver, domain: Domain, place: Installation) -> str:
    """What the DNS of a domain lacks, in one sentence; "" when it proves the domain."""
    routing, ownership = domains.records_of(domain, place)
    for name in (ownership.name, domains.vendors_ownership(domain)):
        if ownership.value in await _texts(resolver, name, "TXT"):
            break
    else:
        return f"the TXT record {ownership.name} does not hold {ownership.value}"
    targets = await _texts(resolver, routing.name, "CNAME")
    addresses = await _texts(resolver, routing.name, "A") or await _texts(resolver, routing.name, "AAAA")
    if routing.value not in [target.rstrip(".").lower() for target in targets] and not addresses:
        return f"{routing.name} has neither a CNAME to {routing.value} nor an address"
    return ""


async def _texts(resolver: dns.asyncresolver.Resolver, name: str, kind: str) -> list[str]:
    try:
        answer = await resolver.resolve(name, kind, lifetime=_LOOKUP_S, search=False)
    except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
        return []
    if kind == "TXT":
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return [record.to_text() for record in answer]


class DomainChecks:
    """Looks at the domains that are due and keeps what it found."""

    def __init__(self, database: Database, resolver: dns.asyncresolver.Resolver) -> None:
        self._database = database
        self._resolver = resolver

    async def run(self) -> None:
        """Check for ever."""
        while True:
            await self.check_due()
            await asyncio.sleep(EVERY_S)

    async def check_due(self) -> None:
        """One round: at most a few domains, none of which can hold up the next round for long."""
        async with self._database.read() as tx:
            found = await stored.due(tx, tx.now_ms - _PENDING_AGAIN_MS, _AT_ONCE)
            now_ms = tx.now_ms
        for domain in found:
            proven = domain.status == "active" and not domain.failure
            stale = domain.status != "active" and now_ms - domain.updated_ms > _GIVE_UP_PENDING_MS
            if (proven or stale) and now_ms - domain.checked_ms < _ACTIVE_AGAIN_MS:
                continue
            await self.check(domain)

    async def check(self, domain: Domain) -> None:
        """Look at one domain now."""
        try:
            failure = await missing_proof(self._resolver, domain, self._database.installation)
        except dns.exception.DNSException as error:
            # A resolver that is away proves nothing, neither way.
            _log.warning("domain_not_checked", host=domain.host, error=repr(error))
            return
        async with self._database.write() as tx:
            try:
                await domains.apply_check(
                    tx, system_actor(domain.workspace_id, "dns check"), domain.id, failure
                )
            except DomainNotFound:
                return  # deleted while we looked
