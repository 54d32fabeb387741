"""xQR as a dialect."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from waypost.control.dialects.dialect import Dialect
from waypost.control.dialects.xqr import (
    routes_analytics,
    routes_assets,
    routes_bio,
    routes_bulk,
    routes_links,
    routes_qr,
    routes_templates,
    routes_webhooks,
    routes_workspace,
)
from waypost.control.dialects.xqr.errors import SURFACE
from waypost.control.dialects.xqr.plans import RATES


def routes() -> Sequence[HTTPRouteHandler]:
    """Every operation."""
    return [
        *routes_links.HANDLERS,
        *routes_bulk.HANDLERS,
        *routes_qr.HANDLERS,
        *routes_templates.HANDLERS,
        *routes_analytics.HANDLERS,
        *routes_bio.HANDLERS,
        *routes_assets.HANDLERS,
        *routes_webhooks.HANDLERS,
        *routes_workspace.HANDLERS,
    ]


def request_id(random: bytes) -> str:
    """How xQR names requests: `req_` and 16 hexadecimal digits."""
    return f"req_{random[:8].hex()}"


XQR = Dialect(
    surface=SURFACE,
    title="xQR API",
    version="1",
    routes=routes,
    rates=RATES,
    request_id=request_id,
)
