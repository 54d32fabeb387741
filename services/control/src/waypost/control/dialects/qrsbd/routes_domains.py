"""`/api/v1/domains`: added, listed with what their DNS needs, given up."""

from typing import Annotated

from litestar import Response, delete, get, post
from litestar.params import JSONBody, QueryParameter

from waypost.control import limits as core_limits
from waypost.control.core import domains
from waypost.control.dialects.qrsbd import limits
from waypost.control.dialects.qrsbd.errors import MissingDomain, MissingId
from waypost.control.dialects.qrsbd.schemas import Success
from waypost.control.dialects.qrsbd.schemas_domains import (
    DomainCreate,
    DomainOut,
    Removed,
    TextRecord,
    Verification,
)
from waypost.control.dialects.qrsbd.values import always_time, host_of, ms_to_time
from waypost.control.model.domains import CreateDomain, Domain
from waypost.control.model.installation import Installation
from waypost.control.store import domains as stored
from waypost.control.surface.call import Caller

PATH = "/api/v1/domains"
TAGS = ["Custom domains"]


def to_domain(domain: Domain, place: Installation) -> DomainOut:
    """A domain as QRs.bd shows it."""
    routing, ownership = domains.records_of(domain, place)
    return DomainOut(
        id=domain.id,
        domain=domain.host,
        status=domain.status,
        ssl_status=domain.ssl_status,
        verification=Verification(
            cname_target=routing.value,
            ownership=TextRecord(name=domains.vendors_ownership(domain), value=ownership.value),
            ssl=[],
        ),
        created_at=always_time(domain.created_ms),
        verified_at=ms_to_time(domain.verified_ms),
    )


@get(PATH, scope="domains:read", operation_id="listDomains", tags=TAGS)
async def list_domains(call: Caller) -> Success[list[DomainOut]]:
    """List the domains, newest first. The worker looks soon at the DNS of those that do not serve."""
    most = core_limits.DOMAINS_PER_WORKSPACE_MAX
    found = await call.read(lambda tx: stored.of_workspace(tx, call.actor.workspace_id, most))
    stale_ms = call.now_ms - limits.DOMAIN_FRESH_MS
    if any(domain.status != "active" and 0 < domain.checked_ms < stale_ms for domain in found):
        async with call.control.database.write() as tx:
            await domains.look_again(tx, call.actor, stale_ms)
    return Success([to_domain(domain, call.control.database.installation) for domain in reversed(found)])


@post(PATH, scope="domains:write", operation_id="createDomain", tags=TAGS, status_code=201)
async def create_domain(call: Caller, data: JSONBody[DomainCreate]) -> Response[Success[DomainOut]]:
    """Add a domain; scheme, path and port are dropped. It is live once its DNS holds the records."""
    if not data.domain or not data.domain.strip():
        raise MissingDomain("domain", "is required")
    command = CreateDomain(host=host_of(data.domain))
    return await call.write(
        lambda tx: domains.create_domain(tx, call.actor, command),
        lambda domain: Success(to_domain(domain, call.control.database.installation)),
        status=201,
    )


@delete(PATH, scope="domains:write", operation_id="deleteDomain", tags=TAGS, status_code=200)
async def delete_domain(
    call: Caller,
    domain_id: Annotated[str, QueryParameter(name="id")] = "",
) -> Response[Success[Removed]]:
    """Give a domain up; its codes fall back to the default host."""
    if not domain_id:
        raise MissingId("id", "is required in the query")
    return await call.write(
        lambda tx: domains.delete_domain(tx, call.actor, domain_id),
        lambda _deleted: Success(Removed(domain_id)),
    )


HANDLERS = [list_domains, create_domain, delete_domain]
