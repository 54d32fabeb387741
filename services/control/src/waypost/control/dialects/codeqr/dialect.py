"""CodeQR as a dialect."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from waypost.control.dialects.codeqr import (
    routes_analytics,
    routes_bulk,
    routes_codes,
    routes_customers,
    routes_domains,
    routes_events,
    routes_links,
    routes_lists,
    routes_qr,
    routes_tags,
    routes_track,
    routes_webhooks,
)
from waypost.control.dialects.codeqr.errors import SURFACE
from waypost.control.dialects.codeqr.rates import RATES
from waypost.control.dialects.codeqr.reading import camel_query
from waypost.control.dialects.dialect import Dialect


def routes() -> Sequence[HTTPRouteHandler]:
    """Every operation."""
    return [
        *routes_lists.HANDLERS,
        *routes_bulk.HANDLERS,
        *routes_links.HANDLERS,
        *routes_qr.HANDLERS,
        *routes_codes.HANDLERS,
        *routes_tags.HANDLERS,
        *routes_domains.HANDLERS,
        *routes_webhooks.HANDLERS,
        *routes_track.HANDLERS,
        *routes_customers.HANDLERS,
        *routes_analytics.HANDLERS,
        *routes_events.HANDLERS,
    ]


CODEQR = Dialect(
    surface=SURFACE, title="CodeQR API", version="1", routes=routes, rates=RATES, respelt=camel_query
)
