"""Many links at once: all of them or none."""

from typing import Any

from litestar import Response, post
from litestar.params import JSONBody

from waypost.control.core import links
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.asked import Spelled, answers, case_of
from waypost.control.dialects.linkbreakers.errors import in_batch
from waypost.control.dialects.linkbreakers.mapping.links import to_create
from waypost.control.dialects.linkbreakers.schemas.links import BulkCreate, LinkCreate, LinksAnswer
from waypost.control.dialects.linkbreakers.showing import Shown, look_up
from waypost.control.dialects.linkbreakers.spelling import decode, read, spell
from waypost.control.model.faults import Fault, Invalid
from waypost.control.model.links import CreateLink
from waypost.control.store.tx import Tx
from waypost.control.surface.call import AnyRequest, Call, Caller

TAGS = ["Links"]


@post(
    "/v1/links/bulk",
    scope="links:write",
    status_code=200,
    dto=Spelled[BulkCreate],
    return_dto=None,
    responses=answers(LinksAnswer),
    tags=TAGS,
)
async def create_bulk(call: Caller, data: JSONBody[BulkCreate]) -> Response[Any]:
    """Create up to 250 links in one transaction; the answer keeps their order."""
    return await _create(call, data.links)


@post("/v1/links/batch", scope="links:write", status_code=200, responses=answers(LinksAnswer), tags=TAGS)
async def create_batch(call: Caller, request: AnyRequest) -> Response[Any]:
    """The same with a bare array as its body."""
    return await _create(call, decode(await request.body()))


async def _create(call: Call, items: object) -> Response[Any]:
    commands = to_commands(items)
    case = case_of(call)

    async def work(tx: Tx) -> Shown:
        views = []
        for index, command in enumerate(commands):
            try:
                views.append(await links.create_link(tx, call.actor, command))
            except Fault as fault:
                raise in_batch(fault, index) from None
        return await look_up(tx, call, views)

    return await call.write(work, lambda found: spell(LinksAnswer(links=found.links(call)), case))


def to_commands(items: object) -> list[CreateLink]:
    """The commands of a batch. Raises the fault of the first item that is wrong."""
    if not isinstance(items, list) or not 1 <= len(items) <= limits.BULK_LINKS_MAX:
        raise Invalid("links", f"must be a list of 1 to {limits.BULK_LINKS_MAX} links")
    commands = []
    for index, item in enumerate(items):
        try:
            commands.append(to_create(read(item, LinkCreate)))
        except Fault as fault:
            raise in_batch(fault, index) from None
    return commands


HANDLERS = [create_bulk, create_batch]
