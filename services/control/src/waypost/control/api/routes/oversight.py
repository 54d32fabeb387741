"""Oversight: the audit log, abuse reports, takedown, and trying rules out."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody
from litestar.response import Stream
from msgspec import UNSET

from waypost.control import limits
from waypost.control.api.mapping import to_ms
from waypost.control.api.routes.including import Show, ToLink
from waypost.control.api.routes.parameters import Cursor, Id, Limit, nothing, page_request
from waypost.control.api.schemas.includes import ReportList, ReportWithIncluded
from waypost.control.api.schemas.more import (
    BlockBody,
    ChangeList,
    CheckBody,
    CheckOut,
    CloseBody,
    ExplainBody,
    ExplainOut,
    ReportBody,
    ReportOut,
    ReportTaken,
    to_change,
    to_report,
    to_visit,
)
from waypost.control.api.schemas.rules import to_rules
from waypost.control.core import links, safety
from waypost.control.core.includes import refers_to_link
from waypost.control.core.link_checks import rule_findings
from waypost.control.model.page import PageRequest
from waypost.control.store import changes
from waypost.control.surface.call import REPORT_POLICIES, Call, Caller
from waypost.rules import explain

AUDIT, SAFETY, RULES = ["Audit log"], ["Safety"], ["Rules"]
_SHOW_REPORT = Show(ReportWithIncluded, to_report, refers_to_link)


def _conditions(
    kind: str | None, subject: str | None, actor: str | None, start: datetime | None, end: datetime | None
) -> list[Any]:
    columns = changes.changes.c
    wanted: list[Any] = [
        column == value
        for column, value in ((columns.kind, kind), (columns.subject_id, subject), (columns.actor_id, actor))
        if value is not None
    ]
    if start is not None:
        wanted.append(columns.created_ms >= to_ms(start))
    if end is not None:
        wanted.append(columns.created_ms < to_ms(end))
    return wanted


@get("/v1/changes", scope="workspace:read", operation_id="listChanges", tags=AUDIT)
async def list_changes(
    call: Caller,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    cursor: Cursor = "",
    kind: FromQuery[str | None] = None,
    subject_id: FromQuery[str | None] = None,
    actor_id: FromQuery[str | None] = None,
    start: FromQuery[datetime | None] = None,
    end: FromQuery[datetime | None] = None,
) -> ChangeList:
    """List every write in the workspace, newest first: who, what, before and after."""
    conditions = _conditions(kind, subject_id, actor_id, start, end)
    wanted = page_request(limit, cursor)
    page = await call.read(lambda tx: changes.rows.page(tx, call.actor.workspace_id, wanted, *conditions))
    return ChangeList(data=[to_change(change) for change in page.items], next_cursor=page.next_cursor or None)


@get("/v1/changes/export", scope="workspace:read", operation_id="exportChanges", tags=AUDIT)
async def export_changes(
    call: Caller,
    kind: FromQuery[str | None] = None,
    subject_id: FromQuery[str | None] = None,
    actor_id: FromQuery[str | None] = None,
    start: FromQuery[datetime | None] = None,
    end: FromQuery[datetime | None] = None,
) -> Stream:
    """Write the audit log, or what the same filters as of the list leave of it, as NDJSON, newest first."""
    conditions = _conditions(kind, subject_id, actor_id, start, end)
    return Stream(_lines(call, conditions), media_type="application/x-ndjson")


async def _lines(call: Call, conditions: list[Any]) -> AsyncIterator[bytes]:
    cursor, first = "", True
    while first or cursor:
        wanted = PageRequest(limit=limits.PAGE_ITEMS_MAX, after=cursor)
        async with call.control.database.read() as tx:
            page = await changes.rows.page(tx, call.actor.workspace_id, wanted, *conditions)
        for change in page.items:
            yield msgspec.json.encode(to_change(change)) + b"\n"
        cursor, first = page.next_cursor, False


@post(
    "/v1/reports",
    scope="",
    limited=REPORT_POLICIES,
    operation_id="reportLink",
    tags=SAFETY,
    status_code=201,
)
async def report_link(call: Caller, data: JSONBody[ReportBody]) -> Response[ReportTaken]:
    """Report a short link that does harm. Needs no key; people find the same as a form at `/report`."""
    return await call.write(
        lambda tx: safety.report_link(tx, data.short_url, data.reason, data.contact),
        lambda report: ReportTaken(id=report.id),
        status=201,
    )


@get("/v1/reports", scope="links:read", operation_id="listReports", tags=SAFETY)
async def list_reports(
    call: Caller,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    cursor: Cursor = "",
    everywhere: FromQuery[bool] = False,
    include: ToLink = None,
) -> ReportList:
    """List the reports about links of this workspace, newest first; `everywhere` of all, for the operator."""
    wanted = page_request(limit, cursor)
    page, data = await _SHOW_REPORT.all(
        call,
        lambda tx: safety.list_reports(tx, call.actor, wanted, everywhere=everywhere),
        lambda page: page.items,
        include,
    )
    return ReportList(data=data, next_cursor=page.next_cursor or None)


@post(
    "/v1/reports/{report_id:str}/close",
    scope="links:write",
    operation_id="closeReport",
    tags=SAFETY,
    status_code=200,
)
async def close_report(call: Caller, report_id: Id, data: JSONBody[CloseBody]) -> Response[ReportOut]:
    """Take the reported link down, or dismiss the report. The operator decides about any."""
    return await call.write(
        lambda tx: safety.close_report(tx, call.actor, report_id, take_down=data.take_down), to_report
    )


@post("/v1/links/{link_id:str}/block", scope="*", operation_id="blockLink", tags=SAFETY, status_code=204)
async def block_link(call: Caller, link_id: Id, data: JSONBody[BlockBody]) -> Response[None]:
    """Block any link of any workspace; edges show the blocked page within a second. For the operator."""
    return await call.write(
        lambda tx: safety.take_down(tx, call.actor, link_id, data.reason), nothing, status=204
    )


@post("/v1/links/{link_id:str}/unblock", scope="*", operation_id="unblockLink", tags=SAFETY, status_code=204)
async def unblock_link(call: Caller, link_id: Id) -> Response[None]:
    """Let a blocked link work again. For the operator."""
    return await call.write(lambda tx: safety.unblock(tx, call.actor, link_id), nothing, status=204)


@post("/v1/rules/check", scope="links:read", operation_id="checkRules", tags=RULES, status_code=200)
async def check_rules(call: Caller, data: JSONBody[CheckBody]) -> CheckOut:
    """Look rules over before they go live: what is wrong, what can never match. Without an error a link takes them."""
    rules = to_rules(data.rules)
    return CheckOut(findings=await call.read(lambda tx: rule_findings(tx, rules, data.target_url)))


@post(
    "/v1/links/{link_id:str}/explain",
    scope="links:read",
    operation_id="explainLink",
    tags=RULES,
    status_code=200,
)
async def explain_link(call: Caller, link_id: Id, data: JSONBody[ExplainBody]) -> ExplainOut:
    """Say where an imagined visitor would go, and why: "as an iPhone in Germany at 22:00".

    A plan without rules follows none of the link's; rules given here are always tried."""
    link = await call.read(lambda tx: links.reachable(tx, call.actor, link_id))
    follows_rules = call.control.database.installation.plan(call.actor.plan).rules
    rules = (link.rules if follows_rules else ()) if data.rules is UNSET else to_rules(data.rules)
    explanation = explain(rules, link.target_url, to_visit(data.visit, call.now_ms))
    return ExplainOut(decision=explanation.decision, verdicts=list(explanation.verdicts))


HANDLERS = [
    list_changes,
    export_changes,
    report_link,
    list_reports,
    close_report,
    block_link,
    unblock_link,
    check_rules,
    explain_link,
]
