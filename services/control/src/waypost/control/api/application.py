"""The native API as one application, and its OpenAPI document."""

from functools import cache
from typing import Any

from litestar import Litestar, Response, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from waypost.control.api import docs
from waypost.control.api.openapi import complete
from waypost.control.api.problem import SURFACE
from waypost.control.api.query_names import refuse_unknown_names, remember_query_names
from waypost.control.api.routes import (
    analytics,
    assets,
    bio_pages,
    conversions,
    domains,
    events,
    form_submissions,
    keys,
    link_bulk,
    link_more,
    links,
    metadata,
    organisation,
    oversight,
    qr,
    qr_batch,
    qr_designs,
    report_page,
    scan_settings,
    system,
    visitors,
    webhooks,
    workspaces,
)
from waypost.control.surface.application import build
from waypost.control.surface.call import AnyRequest

HANDLERS = [
    *links.HANDLERS,
    *link_more.HANDLERS,
    *metadata.HANDLERS,
    *link_bulk.HANDLERS,
    *oversight.HANDLERS,
    *organisation.HANDLERS,
    *domains.HANDLERS,
    *keys.HANDLERS,
    *workspaces.HANDLERS,
    *qr.HANDLERS,
    *qr_batch.HANDLERS,
    *qr_designs.HANDLERS,
    *bio_pages.HANDLERS,
    *form_submissions.HANDLERS,
    *analytics.HANDLERS,
    *scan_settings.HANDLERS,
    *events.HANDLERS,
    *visitors.HANDLERS,
    *conversions.HANDLERS,
    *assets.HANDLERS,
    *webhooks.HANDLERS,
    *report_page.HANDLERS,
    *system.HANDLERS,
]

_ABOUT = """Short links and QR codes: create, change, count.

Send `Authorization: Bearer $KEY`. Bodies and answers are JSON; times are RFC 3339 in UTC, ids are UUIDs that sort by
creation. Unknown members and parameters are refused by name. In a `PATCH` a member that is left out stays, and null
clears it.

A list answers `data` and `next_cursor`; send that as `cursor`, with the same filters, for the next page. `include`
sends related objects along. An `Idempotency-Key` makes a write safe to repeat for a day; `If-Match` with the `ETag`
of a link refuses to overwrite what somebody else changed.

What goes wrong is told as a `Problem` with a stable `code` and the `field` at fault. `RateLimit` on every answer says
how much is left; after a 429, wait as long as `Retry-After` says."""


@cache
def application() -> Litestar:
    """The native API with its reference pages, for `serving`."""
    config = OpenAPIConfig(
        title="Waypost API",
        version="1",
        description=_ABOUT,
        components=Components(
            security_schemes={
                "key": SecurityScheme(type="http", scheme="bearer", description="An API key, `way_…`.")
            }
        ),
        use_handler_docstrings=True,
        render_plugins=[],
        path="/_openapi",
    )
    handlers: list[Any] = [*HANDLERS, openapi_document, docs.docs, docs.front_door]
    app = build(SURFACE, handlers, openapi=config, guards=[refuse_unknown_names])
    remember_query_names(app)
    return app


@get("/openapi.json", scope="", include_in_schema=False, sync_to_thread=False)
def openapi_document(request: AnyRequest) -> Response[dict[str, Any]]:
    """The OpenAPI 3.1 document of this API."""
    return Response(complete(request.app), media_type="application/json")
