"""`/api/v1/domains`: added, read with the records that their DNS needs, given up."""

from typing import Annotated

from litestar import Response, delete, get, post
from litestar.params import JSONBody, PathParameter

from waypost.control.core import domains
from waypost.control.dialects.trimlink.mapping_more import to_domain
from waypost.control.dialects.trimlink.schemas import Success
from waypost.control.dialects.trimlink.schemas_more import DomainCreate, DomainOut
from waypost.control.limits import DOMAINS_PER_WORKSPACE_MAX
from waypost.control.model.domains import CreateDomain, Domain
from waypost.control.store import domains as stored
from waypost.control.surface.call import Call, Caller

Id = Annotated[str, PathParameter(description="A UUID.", max_length=64)]
PATH = "/api/v1/domains"
ONE = PATH + "/{domain_id:str}"
TAGS = ["Domains"]


@get(PATH, scope="domains:read", operation_id="listDomains", tags=TAGS)
async def list_domains(call: Caller) -> Success[list[DomainOut]]:
    """List domains, oldest first."""
    found = await call.read(
        lambda tx: stored.of_workspace(tx, call.actor.workspace_id, DOMAINS_PER_WORKSPACE_MAX)
    )
    return Success(data=[_shown(call, domain) for domain in found])


@post(PATH, scope="domains:write", operation_id="createDomain", tags=TAGS, status_code=201)
async def create_domain(call: Caller, data: JSONBody[DomainCreate]) -> Response[Success[DomainOut]]:
    """Add a domain. It serves once its DNS holds the records."""
    return await call.write(
        lambda tx: domains.create_domain(tx, call.actor, CreateDomain(host=data.domain)),
        lambda domain: Success(data=_shown(call, domain)),
        status=201,
    )


@get(ONE, scope="domains:read", operation_id="getDomain", tags=TAGS)
async def get_domain(call: Caller, domain_id: Id) -> Success[DomainOut]:
    """Read a domain."""
    return Success(data=await _found(call, domain_id))


@post(ONE + "/verify", scope="domains:write", operation_id="verifyDomain", tags=TAGS, status_code=200)
async def verify_domain(call: Caller, domain_id: Id) -> Success[DomainOut]:
    """What the last look at the DNS found; a domain that waits is looked at every minute by itself."""
    return Success(data=await _found(call, domain_id))


@delete(ONE, scope="domains:write", operation_id="deleteDomain", tags=TAGS)
async def delete_domain(call: Caller, domain_id: Id) -> Response[None]:
    """Give a domain up; its links fall back to the default host."""
    return await call.write(
        lambda tx: domains.delete_domain(tx, call.actor, domain_id), lambda _gone: None, status=204
    )


async def _found(call: Call, domain_id: str) -> DomainOut:
    return _shown(call, await call.read(lambda tx: stored.get(tx, call.actor.workspace_id, domain_id)))


def _shown(call: Call, domain: Domain) -> DomainOut:
    return to_domain(domain, domains.records_of(domain, call.control.database.installation))


HANDLERS = [list_domains, create_domain, get_domain, verify_domain, delete_domain]
