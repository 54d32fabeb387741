"""`GET /analytics`: figures of a period, in one number or by whatever one likes."""

from typing import Annotated, Any, get_args

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter

from waypost.control.core.reports import Period
from waypost.control.dialects.codeqr import limits
from waypost.control.dialects.codeqr.mapping_analytics import (
    DIMENSIONS,
    LinkGroup,
    dimension_row,
    event_names,
    link_rows,
    ranked,
    series,
    shown,
)
from waypost.control.dialects.codeqr.questions import questions
from waypost.control.dialects.codeqr.schemas_analytics import Asked, Event, GroupBy, Row
from waypost.control.model.faults import Invalid
from waypost.control.model.page import PageRequest
from waypost.control.store import folders
from waypost.control.surface.call import Call, Caller

Text = Annotated[str, QueryParameter(max_length=500)]
_LINK_GROUPS: dict[str, LinkGroup] = {name: name for name in get_args(LinkGroup)}


async def provide_asked(
    interval: FromQuery[Period | None] = None,
    start: Text = "",
    end: Text = "",
    timezone: Text = "UTC",
    link_id: Annotated[str, QueryParameter(name="linkId", max_length=2000)] = "",
    external_id: Annotated[str, QueryParameter(name="externalId", max_length=210)] = "",
    domain: Text = "",
    key: Text = "",
    tenant_id: Annotated[str, QueryParameter(name="tenantId", max_length=500)] = "",
    tag_id: Annotated[str, QueryParameter(name="tagId", max_length=2000)] = "",
    tag_ids: Annotated[str, QueryParameter(name="tagIds", max_length=2000)] = "",
    folder_id: Annotated[str, QueryParameter(name="folderId", max_length=2000)] = "",
    url: Annotated[str, QueryParameter(max_length=limits.URL_CHARACTERS_MAX)] = "",
    country: Text = "",
    city: Text = "",
    region: Text = "",
    continent: Text = "",
    device: Text = "",
    browser: Text = "",
    os: Text = "",
    trigger: Text = "",
    referer: Text = "",
    referer_url: Annotated[str, QueryParameter(name="refererUrl", max_length=2000)] = "",
    utm_source: Text = "",
    utm_medium: Text = "",
    utm_campaign: Text = "",
    utm_term: Text = "",
    utm_content: Text = "",
    qr: FromQuery[bool | None] = None,
    sale_type: Annotated[str, QueryParameter(name="saleType", max_length=20, description="Refused.")] = "",
) -> Asked:
    """The filters that reports and lists of events share. `a,b` keeps, `-a,b` leaves out. Raises Invalid."""
    if sale_type:  # a filter that is passed over would give wrong figures without a word
        raise Invalid("saleType", "is not told apart here; ask without it")
    traits = {
        "country": country, "city": city, "region": region, "continent": continent, "device": device,
        "browser": browser, "os": os, "trigger": trigger, "referer": referer, "refererUrl": referer_url,
        "utm_source": utm_source, "utm_medium": utm_medium, "utm_campaign": utm_campaign,
        "utm_term": utm_term, "utm_content": utm_content,
    }  # fmt: skip
    return Asked(
        interval=interval,
        start=start,
        end=end,
        timezone=timezone,
        link_id=link_id,
        external_id=external_id,
        domain=domain,
        key=key,
        tenant_id=tenant_id,
        tag_ids=tag_ids or tag_id,
        folder_id=folder_id,
        url=url,
        qr=qr,
        traits={name: text for name, text in traits.items() if text},
    )


ASKED = {"asked": Provide(provide_asked)}


@get(
    "/analytics",
    scope="analytics:read",
    operation_id="retrieveAnalytics",
    tags=["Analytics"],
    dependencies=ASKED,
)
async def retrieve_analytics(
    call: Caller,
    asked: NamedDependency[Asked],
    event: FromQuery[Event] = "clicks",
    group_by: Annotated[GroupBy, QueryParameter(name="groupBy")] = "count",
) -> dict[str, Any] | list[dict[str, Any]]:
    """Clicks, leads, sales and what they brought: in all, over time, or by a dimension."""
    ask = await questions(call, asked, event)
    if group_by == "count":
        return shown(await ask.total())
    if group_by == "timeseries":
        return series(await ask.series(), await ask.conversions())
    if group_by == "event_names":
        return event_names(await ask.conversions(), event)
    if group_by in _LINK_GROUPS:
        names = await _folder_names(call) if group_by == "top_folders" else {}
        return link_rows(_LINK_GROUPS[group_by], await ask.links(), names, event)
    found = await ask.by(*(dimension for _, dimension in DIMENSIONS[group_by]))
    rows = (dimension_row(group_by, row) for row in found)
    answer: list[Row] = ranked([row for row in rows if row is not None], event)
    return answer


async def _folder_names(call: Call) -> dict[str, str]:
    every = PageRequest(limit=limits.GROUPS_MAX)
    found = await call.read(lambda tx: folders.rows.page(tx, call.actor.workspace_id, every))
    return {folder.id: folder.name for folder in found.items}


HANDLERS = [retrieve_analytics]
