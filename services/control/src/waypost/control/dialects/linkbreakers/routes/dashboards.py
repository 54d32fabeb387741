"""Dashboards: boards of widgets, each a question to the figures of this API."""

from typing import Any

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from waypost.control.core import documents, links
from waypost.control.dialects.linkbreakers.asked import (
    case_of,
    gives,
    nothing,
    pager_of,
    query_of,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.mapping.dashboards import (
    KIND,
    NAME,
    SUMMARIES,
    kept_summary,
    starter,
    to_dashboard,
    to_result,
    with_config,
    with_summary,
)
from waypost.control.dialects.linkbreakers.mapping.summaries import Summary
from waypost.control.dialects.linkbreakers.schemas.dashboards import (
    DashboardAnswer,
    DashboardIn,
    DashboardsAnswer,
    SummaryAnswer,
    SummaryIn,
)
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.dialects.linkbreakers.summaries import summarised, widget_of
from waypost.control.model.documents import Document, DocumentFilter, DocumentNotFound
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAG = "Dashboards"
PATH = "/v1/analytics/dashboards"
SUMMARY = PATH + "/{dashboard_id:str}/widgets/{widget_id:str}/summary"
ONE = PATH + "/{dashboard_id:str}"
SCOPES = ("DASHBOARD_SCOPE_UNSPECIFIED", "DASHBOARD_SCOPE_WORKSPACE", "DASHBOARD_SCOPE_LINK")


@post(PATH, scope="analytics:write", **takes(DashboardIn, DashboardAnswer, TAG))
async def create_dashboard(call: Caller, data: JSONBody[DashboardIn]) -> Response[Any]:
    """Make a board, empty unless it comes with widgets or asks for the usual ones."""
    link_id = data.link_id or ""
    config = data.config or (starter(link_id) if data.use_default_widgets else {"widgets": []})
    config = {name: value for name, value in config.items() if name != SUMMARIES}

    async def work(tx: Tx) -> Document:
        if link_id:
            await links.get_link(tx, call.actor, link_id)
        return await documents.create_document(
            tx,
            call.actor,
            KIND,
            name=data.name or NAME,
            document=config,
            link_id=link_id,
            document_id=data.id or "",
        )

    return await call.write(work, _one(call))


@get(PATH, scope="analytics:read", **gives(DashboardsAnswer, TAG))
async def list_dashboards(call: Caller) -> Response[Any]:
    """Boards, newest first: `link_id`, `scope`."""
    query = query_of(call)
    scope, link_id = query.choice("scope", SCOPES, SCOPES[0]), query.text("link_id")
    pager = pager_of(call, "dashboards", scope, link_id)
    wanted = DocumentFilter(
        workspace_id=call.actor.workspace_id,
        link_id="" if scope == SCOPES[1] else link_id or None,
        of_links=scope == SCOPES[2],
        page=query.page(pager),
    )
    page = await call.read(lambda tx: documents.list_documents(tx, KIND, wanted))
    answer = DashboardsAnswer(
        dashboards=[to_dashboard(board) for board in page.items],
        next_page_token=pager.seal(page.next_cursor),
        total_count=page.total or 0,
    )
    return shown(call, answer)


@put(ONE, scope="analytics:write", **takes(DashboardIn, DashboardAnswer, TAG))
async def update_dashboard(
    call: Caller, dashboard_id: FromPath[str], data: JSONBody[DashboardIn]
) -> Response[Any]:
    """Change a board's name or widgets."""

    async def work(tx: Tx) -> Document:
        before = await documents.get_document(tx, call.actor, KIND, dashboard_id)
        changed: dict[str, Any] = {}
        if data.name:
            changed["name"] = data.name
        if data.config is not UNSET:
            changed["document"] = with_config(before, data.config or {"widgets": []})
        return await documents.change_document(tx, call.actor, before, **changed)

    return await call.write(work, _one(call))


@delete(ONE, scope="analytics:write", status_code=200, tags=[TAG])
async def delete_dashboard(call: Caller, dashboard_id: FromPath[str]) -> Response[Any]:
    """Remove a board."""
    return await call.write(lambda tx: documents.delete_document(tx, call.actor, KIND, dashboard_id), nothing)


def _one(call: Call) -> Any:
    case = case_of(call)
    return lambda board: spell(DashboardAnswer(dashboard=to_dashboard(board)), case)


@get(SUMMARY, scope="analytics:read", **gives(SummaryAnswer, TAG))
async def read_summary(call: Caller, dashboard_id: FromPath[str], widget_id: FromPath[str]) -> Response[Any]:
    """The summary that was written last, and whether the figures have moved since."""
    board, now = await _figures(call, dashboard_id, widget_id)
    return shown(call, SummaryAnswer(result=to_result(widget_id, kept_summary(board, widget_id), now)))


@post(SUMMARY, scope="analytics:write", **takes(SummaryIn, SummaryAnswer, TAG))
async def write_summary(
    call: Caller, dashboard_id: FromPath[str], widget_id: FromPath[str], data: JSONBody[SummaryIn]
) -> Response[Any]:
    """Put the figures behind a widget into words; what still holds is kept unless `force` is set."""
    case = case_of(call)
    _, now = await _figures(call, dashboard_id, widget_id)

    async def work(tx: Tx) -> Document:
        board = await documents.get_document(tx, call.actor, KIND, dashboard_id)
        kept = kept_summary(board, widget_id)
        if kept is not None and kept[0] == now and not data.force:
            return board
        document = with_summary(board, widget_id, now, tx.now_ms)
        return await documents.change_document(tx, call.actor, board, document=document)

    def render(board: Document) -> Any:
        return spell(SummaryAnswer(result=to_result(widget_id, kept_summary(board, widget_id), now)), case)

    return await call.write(work, render)


async def _figures(call: Call, dashboard_id: str, widget_id: str) -> tuple[Document, Summary]:
    """A board, and what one of its widgets shows now. Raises DocumentNotFound, Invalid."""
    board = await call.read(lambda tx: documents.get_document(tx, call.actor, KIND, dashboard_id))
    widget = widget_of(board, widget_id)
    if widget is None:
        raise DocumentNotFound(widget_id)
    return board, await summarised(call, widget)


HANDLERS = [
    create_dashboard,
    list_dashboards,
    update_dashboard,
    delete_dashboard,
    read_summary,
    write_summary,
]
