"""Custom domains: claim, list, read, change, give up, and how to set their DNS."""

from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from waypost.control.core import domains
from waypost.control.dialects.linkbreakers.asked import (
    answers,
    case_of,
    gives,
    nothing,
    query_of,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.mapping.domains import (
    STATUSES,
    to_domain,
    to_guide,
    to_validations,
)
from waypost.control.dialects.linkbreakers.schemas.domains import (
    DomainAnswer,
    DomainCreate,
    DomainPatch,
    DomainsAnswer,
    GuideAnswer,
    ValidationsAnswer,
)
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.limits import DOMAINS_PER_WORKSPACE_MAX
from waypost.control.model.domains import CreateDomain, Domain, UpdateDomain
from waypost.control.store import domains as stored
from waypost.control.surface.call import Call, Caller

TAG = "Custom domains"
PATH = "/v1/custom-domains"
ONE = PATH + "/{domain_id:str}"


@post(PATH, scope="domains:write", **takes(DomainCreate, DomainAnswer, TAG))
async def create_domain(call: Caller, data: JSONBody[DomainCreate]) -> Response[Any]:
    """Claim a host name. Links may use it at once and answer there when its DNS is right."""
    command = CreateDomain(host=data.name)
    return await call.write(lambda tx: domains.create_domain(tx, call.actor, command), _one(call))


@get(PATH, scope="domains:read", **gives(DomainsAnswer, TAG))
async def list_domains(call: Caller) -> Response[Any]:
    """All custom domains, which are few; `status` narrows them."""
    status = query_of(call).choice("status", tuple(STATUSES.values()), "")
    most = DOMAINS_PER_WORKSPACE_MAX
    found = await call.read(lambda tx: stored.of_workspace(tx, call.actor.workspace_id, most))
    kept = [domain for domain in map(to_domain, found) if not status or domain.status == status]
    return shown(call, DomainsAnswer(custom_domains=kept, total_count=len(kept)))


@get(ONE, scope="domains:read", **gives(DomainAnswer, TAG))
async def get_domain(call: Caller, domain_id: FromPath[str]) -> Response[Any]:
    """One custom domain."""
    return shown(call, DomainAnswer(custom_domain=to_domain(await _found(call, domain_id))))


@patch(ONE, scope="domains:write", **takes(DomainPatch, DomainAnswer, TAG))
async def update_domain(call: Caller, domain_id: FromPath[str], data: JSONBody[DomainPatch]) -> Response[Any]:
    """Where the root of the domain leads."""
    root = data.root_destination
    command = UpdateDomain(root_url=UNSET if root is UNSET else root or "")
    return await call.write(lambda tx: domains.update_domain(tx, call.actor, domain_id, command), _one(call))


@delete(ONE, scope="domains:write", status_code=200, tags=[TAG])
async def delete_domain(call: Caller, domain_id: FromPath[str]) -> Response[Any]:
    """Give a domain up; its links move to the default host."""
    return await call.write(lambda tx: domains.delete_domain(tx, call.actor, domain_id), nothing)


@post(ONE + "/check", scope="domains:write", **gives(DomainAnswer, TAG))
async def check_domain(call: Caller, domain_id: FromPath[str]) -> Response[Any]:
    """What the last look at the DNS found; a domain that waits is looked at every minute by itself."""
    return shown(call, DomainAnswer(custom_domain=to_domain(await _found(call, domain_id))))


@get(
    ONE + "/validation_instructions",
    scope="domains:read",
    responses=answers(ValidationsAnswer),
    tags=[TAG],
)
async def validation_instructions(call: Caller, domain_id: FromPath[str]) -> Response[Any]:
    """The DNS records to set."""
    records = domains.records_of(await _found(call, domain_id), call.control.database.installation)
    return shown(call, ValidationsAnswer(validations=to_validations(records)))


@get(ONE + "/setup-guide", scope="domains:read", **gives(GuideAnswer, TAG))
async def setup_guide(call: Caller, domain_id: FromPath[str]) -> Response[Any]:
    """The DNS records to set, as the provider's form asks for them."""
    domain = await _found(call, domain_id)
    records = domains.records_of(domain, call.control.database.installation)
    return shown(call, GuideAnswer(setup_guide=to_guide(domain, records)))


async def _found(call: Call, domain_id: str) -> Domain:
    return await call.read(lambda tx: stored.get(tx, call.actor.workspace_id, domain_id))


def _one(call: Call) -> Any:
    case = case_of(call)
    return lambda domain: spell(DomainAnswer(custom_domain=to_domain(domain)), case)


HANDLERS = [
    create_domain,
    list_domains,
    get_domain,
    update_domain,
    delete_domain,
    check_domain,
    validation_instructions,
    setup_guide,
]
