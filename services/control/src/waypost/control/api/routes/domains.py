"""Domains: claim, show what DNS needs, change, give up; and the question a TLS proxy asks."""

from litestar import Response, delete, get, patch, post
from litestar.params import FromQuery, JSONBody

from waypost.control import limits
from waypost.control.api.routes.parameters import Id
from waypost.control.api.schemas.domains import (
    CLEARED,
    DomainBody,
    DomainCreate,
    DomainDeleted,
    DomainList,
    DomainOut,
    to_deleted,
    to_domain,
)
from waypost.control.api.schemas.organisation import to_command
from waypost.control.core import domains
from waypost.control.model.domains import CreateDomain, Domain, UpdateDomain
from waypost.control.model.faults import DomainNotFound
from waypost.control.store import domains as stored
from waypost.control.surface.call import PUBLIC_POLICIES, Call, Caller

TAGS = ["Domains"]


def _shown(call: Call, domain: Domain) -> DomainOut:
    return to_domain(domain, call.control.database.installation)


@post("/v1/domains", scope="domains:write", operation_id="createDomain", tags=TAGS, status_code=201)
async def create_domain(call: Caller, data: JSONBody[DomainCreate]) -> Response[DomainOut]:
    """Add a domain. It serves links once its DNS holds the two records of the answer."""
    command = to_command(data, CreateDomain)
    return await call.write(
        lambda tx: domains.create_domain(tx, call.actor, command),
        lambda domain: _shown(call, domain),
        status=201,
    )


@get("/v1/domains", scope="domains:read", operation_id="listDomains", tags=TAGS)
async def list_domains(call: Caller) -> DomainList:
    """List the domains of the workspace, oldest first."""
    most = limits.DOMAINS_PER_WORKSPACE_MAX
    found = await call.read(lambda tx: stored.of_workspace(tx, call.actor.workspace_id, most))
    return DomainList(data=[_shown(call, domain) for domain in found])


@get("/v1/domains/{domain_id:str}", scope="domains:read", operation_id="getDomain", tags=TAGS)
async def get_domain(call: Caller, domain_id: Id) -> DomainOut:
    """Read one domain."""
    found = await call.read(lambda tx: stored.get(tx, call.actor.workspace_id, domain_id))
    return _shown(call, found)


@patch("/v1/domains/{domain_id:str}", scope="domains:write", operation_id="updateDomain", tags=TAGS)
async def update_domain(call: Caller, domain_id: Id, data: JSONBody[DomainBody]) -> Response[DomainOut]:
    """Change what a domain shows at its root, for unknown and for expired links."""
    command = to_command(data, UpdateDomain, **CLEARED)
    return await call.write(
        lambda tx: domains.update_domain(tx, call.actor, domain_id, command),
        lambda domain: _shown(call, domain),
    )


@delete(
    "/v1/domains/{domain_id:str}",
    scope="domains:write",
    operation_id="deleteDomain",
    tags=TAGS,
    status_code=200,
)
async def delete_domain(call: Caller, domain_id: Id) -> Response[DomainDeleted]:
    """Delete a domain. Its links move to the default host; the answer lists those that got another slug."""
    return await call.write(lambda tx: domains.delete_domain(tx, call.actor, domain_id), to_deleted)


@get("/v1/tls/ask", scope="", limited=PUBLIC_POLICIES, operation_id="askTls", tags=TAGS)
async def ask_tls(call: Caller, domain: FromQuery[str]) -> Response[None]:
    """Answer 200 when a certificate for this host may be asked for, else 404 (Caddy's on-demand TLS)."""
    if not await call.read(lambda tx: domains.may_have_certificate(tx, domain.lower())):
        raise DomainNotFound(domain)
    return Response(None, status_code=200)


HANDLERS = [create_domain, list_domains, get_domain, update_domain, delete_domain, ask_tls]
