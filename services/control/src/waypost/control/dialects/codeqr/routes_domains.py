"""`/domains`: hosts of a project's own."""

from typing import Annotated, Any

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import UNSET

from waypost.control.core import domains
from waypost.control.dialects.codeqr import ids, limits
from waypost.control.dialects.codeqr.finding import own_domain
from waypost.control.dialects.codeqr.mapping_values import EXTRAS, always_time, kept, whole_url
from waypost.control.dialects.codeqr.reading import read
from waypost.control.dialects.codeqr.routes_tags import Page, PageSize, Search
from waypost.control.dialects.codeqr.schemas_workspace import DomainOut, DomainWrite, SlugOut
from waypost.control.model.domains import CreateDomain, Domain, UpdateDomain
from waypost.control.model.faults import FeatureOff, Invalid
from waypost.control.store.domains import of_workspace
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

TAGS = ["Domains"]
_SELLING = "the sale of domains"
Slug = Annotated[str, PathParameter(description="The host.", max_length=253)]
_KEPT = ("placeholder", "logo")
_FILES = {"asset_links": "assetlinks.json", "apple_app_site_association": "apple-app-site-association"}
"""Members of the vendor's and the files below `/.well-known/` that they are."""


@get("/domains", scope="domains:read", operation_id="listDomains", tags=TAGS)
async def list_domains(
    call: Caller,
    page: Page = 1,
    page_size: PageSize = 50,
    search: Search = "",
    archived: Annotated[bool, QueryParameter()] = False,
) -> list[DomainOut]:
    """List domains, oldest first."""
    found = await call.read(
        lambda tx: of_workspace(tx, call.actor.workspace_id, limits.DOMAINS_LOOKED_AT_MAX)
    )
    fitting = [each for each in found if each.archived == archived and search.lower() in each.host]
    return [_shown(each) for each in fitting[(page - 1) * page_size : page * page_size]]


@post("/domains", scope="domains:write", operation_id="createDomain", tags=TAGS, status_code=201)
async def create_domain(call: Caller, data: JSONBody[dict[str, Any]]) -> Response[DomainOut]:
    """Claim a host; it serves once its DNS proves it."""
    body = read(data, DomainWrite)
    if body.slug is UNSET:
        raise Invalid("slug", "is required")
    command = CreateDomain(
        host=body.slug,
        expired_url=whole_url(body.expired_url or ""),
        not_found_url=whole_url(body.not_found_url or ""),
        association_files=_files(body, {}),
        extras=kept(body, _KEPT, {}),
    )

    async def claim(tx: Tx) -> Domain:
        made = await domains.create_domain(tx, call.actor, command)
        if body.archived is not True:
            return made
        return await domains.update_domain(tx, call.actor, made.id, UpdateDomain(archived=True))

    return await call.write(claim, _shown, status=201)


@patch("/domains/{slug:str}", scope="domains:write", operation_id="updateDomain", tags=TAGS)
async def update_domain(call: Caller, slug: Slug, data: JSONBody[dict[str, Any]]) -> Response[DomainOut]:
    """Change where strays go, or archive a domain."""
    body = read(data, DomainWrite)

    async def change(tx: Tx) -> Domain:
        current = await own_domain(tx, call.actor, slug)
        if body.slug is not UNSET and body.slug.lower() != current.host:
            raise Invalid("slug", "cannot change: links are printed under it")
        command = UpdateDomain(
            expired_url=UNSET if body.expired_url is UNSET else whole_url(body.expired_url or ""),
            not_found_url=UNSET if body.not_found_url is UNSET else whole_url(body.not_found_url or ""),
            archived=UNSET if body.archived is UNSET else bool(body.archived),
            association_files=_files(body, current.association_files),
            extras=kept(body, _KEPT, current.extras),
        )
        return await domains.update_domain(tx, call.actor, current.id, command)

    return await call.write(change, _shown)


@delete("/domains/{slug:str}", scope="domains:write", operation_id="deleteDomain", tags=TAGS, status_code=200)
async def delete_domain(call: Caller, slug: Slug) -> Response[SlugOut]:
    """Give a host up; its links fall back to the default one."""

    async def remove(tx: Tx) -> Domain:
        found = await own_domain(tx, call.actor, slug)
        await domains.delete_domain(tx, call.actor, found.id)
        return found

    return await call.write(remove, lambda domain: SlugOut(domain.host))


@get("/domains/status", scope="domains:read", operation_id="checkDomainStatus", tags=TAGS)
async def domain_status(call: Caller) -> list[DomainOut]:
    """Whether a domain could be bought: the relative sells domains, Waypost does not. Answers 403."""
    del call
    raise FeatureOff(_SELLING)


@post("/domains/register", scope="domains:write", operation_id="registerDomain", tags=TAGS, status_code=201)
async def register_domain(call: Caller) -> Response[DomainOut]:
    """Buying a domain. Answers 403."""
    del call
    raise FeatureOff(_SELLING)


def _files(body: DomainWrite, before: dict[str, str]) -> dict[str, str]:
    given = {file: getattr(body, name) for name, file in _FILES.items() if getattr(body, name) is not UNSET}
    return {file: text for file, text in {**before, **given}.items() if text}


def _shown(domain: Domain) -> DomainOut:
    own = domain.extras.get(EXTRAS, {})
    return DomainOut(
        id=ids.shown(ids.DOMAIN, domain.id),
        slug=domain.host,
        verified=domain.status == "active",
        primary=domain.is_primary,
        archived=domain.archived,
        placeholder=own.get("placeholder"),
        expired_url=domain.expired_url or None,
        not_found_url=domain.not_found_url or None,
        logo=own.get("logo"),
        created_at=always_time(domain.created_ms),
        updated_at=always_time(domain.updated_ms),
        asset_links=domain.association_files.get(_FILES["asset_links"]),
        apple_app_site_association=domain.association_files.get(_FILES["apple_app_site_association"]),
    )


HANDLERS = [list_domains, create_domain, domain_status, register_domain, update_domain, delete_domain]
