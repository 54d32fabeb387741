"""`/customers`: those whom leads and sales named."""

from typing import Annotated, Any, Literal, TypeAlias

from litestar import Response, delete, get, patch
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec.structs import replace

from waypost.control import limits as core_limits
from waypost.control.core import customers, link_views
from waypost.control.dialects.codeqr import ids, limits
from waypost.control.dialects.codeqr.mapping_conversions import to_customer, to_write
from waypost.control.dialects.codeqr.reading import read
from waypost.control.dialects.codeqr.schemas_conversions import CustomerOut, CustomerPatch
from waypost.control.dialects.codeqr.schemas_links import Deleted
from waypost.control.model.access import Actor
from waypost.control.model.customers import CustomerView
from waypost.control.model.faults import Invalid
from waypost.control.store.customers import CustomerFilter, CustomerSort
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

TAGS = ["Customers"]
SortBy: TypeAlias = Literal["createdAt", "saleAmount", "firstSaleAt"]
Id = Annotated[str, PathParameter(description="`cus_…`, or `ext_` and your own id.", max_length=210)]
Expanded = Annotated[bool, QueryParameter(name="includeExpandedFields")]
Text = Annotated[str, QueryParameter(max_length=core_limits.SEARCH_CHARACTERS_MAX)]
_SORTS: dict[SortBy, CustomerSort] = {
    "createdAt": "created",
    "saleAmount": "amount",
    "firstSaleAt": "first_sale",
}
_EXTERNAL = f"{ids.EXTERNAL}_"


@get("/customers", scope="conversions:read", operation_id="listCustomers", tags=TAGS)
async def list_customers(
    call: Caller,
    email: Text = "",
    external_id: Annotated[str, QueryParameter(name="externalId", max_length=210)] = "",
    search: Text = "",
    country: Text = "",
    link_id: Annotated[str, QueryParameter(name="linkId", max_length=64)] = "",
    expanded: Expanded = False,
    sort_by: Annotated[SortBy, QueryParameter(name="sortBy")] = "createdAt",
    sort_order: Annotated[Literal["asc", "desc"], QueryParameter(name="sortOrder")] = "desc",
    page: Annotated[int, QueryParameter(ge=1, le=limits.PAGES_MAX)] = 1,
    page_size: Annotated[
        int, QueryParameter(name="pageSize", ge=1, le=limits.PAGE_ITEMS_MAX)
    ] = limits.PAGE_ITEMS_DEFAULT,
    starting_after: Annotated[str | None, QueryParameter(name="startingAfter", max_length=210)] = None,
    ending_before: Annotated[str | None, QueryParameter(name="endingBefore", max_length=210)] = None,
) -> list[CustomerOut]:
    """List customers, newest first, by numbers of pages or by what stands beside one."""
    if starting_after and ending_before:
        raise Invalid("startingAfter", "cannot be combined with `endingBefore`")
    beside = starting_after or ending_before
    wanted = CustomerFilter(
        external_id=external_id.removeprefix(_EXTERNAL),
        email=email,
        search=search,
        country=country,
        link_id=ids.native(ids.LINK, link_id) if link_id else "",
        sort=_SORTS[sort_by],
        descending=sort_order == "desc",
        limit=page_size,
        offset=0 if beside else (page - 1) * page_size,
    )

    async def find(tx: Tx) -> list[CustomerOut]:
        neighbour = (await _named(tx, call.actor, beside)).customer.id if beside else ""
        at = {"before": neighbour} if ending_before else {"after": neighbour}
        return await _shown(
            tx,
            call.actor,
            await customers.list_customers(tx, call.actor, replace(wanted, **at)),
            expanded=expanded,
        )

    return await call.read(find)


@get("/customers/{customer_id:str}", scope="conversions:read", operation_id="getCustomer", tags=TAGS)
async def get_customer(call: Caller, customer_id: Id, expanded: Expanded = False) -> CustomerOut:
    """Read a customer."""

    async def find(tx: Tx) -> CustomerOut:
        found = await _named(tx, call.actor, customer_id)
        return (await _shown(tx, call.actor, [found], expanded=expanded))[0]

    return await call.read(find)


@patch("/customers/{customer_id:str}", scope="conversions:write", operation_id="updateCustomer", tags=TAGS)
async def update_customer(
    call: Caller, customer_id: Id, data: JSONBody[dict[str, Any]], expanded: Expanded = False
) -> Response[CustomerOut]:
    """Change what is known of a customer."""
    body = read(data, CustomerPatch)

    async def change(tx: Tx) -> CustomerOut:
        before = (await _named(tx, call.actor, customer_id)).customer
        after = await customers.update_customer(tx, call.actor, before.id, to_write(body, before))
        return (await _shown(tx, call.actor, [after], expanded=expanded))[0]

    return await call.write(change, lambda shown: shown)


@delete(
    "/customers/{customer_id:str}",
    scope="conversions:write",
    operation_id="deleteCustomer",
    tags=TAGS,
    status_code=200,
)
async def delete_customer(call: Caller, customer_id: Id) -> Response[Deleted]:
    """Forget a customer; what they brought stays counted."""

    async def remove(tx: Tx) -> CustomerView:
        found = await _named(tx, call.actor, customer_id)
        return await customers.delete_customer(tx, call.actor, found.customer.id)

    return await call.write(remove, lambda view: Deleted(ids.shown(ids.CUSTOMER, view.customer.id)))


async def _named(tx: Tx, actor: Actor, text: str) -> CustomerView:
    """By id, or by `ext_` and the shop's own id. Raises CustomerNotFound."""
    if text.startswith(_EXTERNAL):
        return await customers.get_by_external_id(tx, actor, text.removeprefix(_EXTERNAL))
    return await customers.get_customer(tx, actor, ids.native(ids.CUSTOMER, text))


async def _shown(tx: Tx, actor: Actor, views: list[CustomerView], *, expanded: bool) -> list[CustomerOut]:
    link_ids = sorted({view.customer.link_id for view in views if view.customer.link_id}) if expanded else []
    found = await link_views.known(tx, actor, link_ids)
    return [to_customer(view, found.get(view.customer.link_id or ""), expanded=expanded) for view in views]


HANDLERS = [list_customers, get_customer, update_customer, delete_customer]
