"""TrimLink as a dialect."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from waypost.control.dialects.dialect import Dialect
from waypost.control.dialects.trimlink import (
    routes_domains,
    routes_folders,
    routes_links,
    routes_qr,
    routes_stats,
)
from waypost.control.dialects.trimlink.errors import SURFACE
from waypost.control.dialects.trimlink.rates import RATES


def routes() -> Sequence[HTTPRouteHandler]:
    """Every operation."""
    return [
        *routes_qr.HANDLERS,
        *routes_links.HANDLERS,
        *routes_stats.HANDLERS,
        *routes_folders.HANDLERS,
        *routes_domains.HANDLERS,
    ]


TRIMLINK = Dialect(
    surface=SURFACE,
    title="TrimLink API",
    version="1",
    routes=routes,
    rates=RATES,
    always_answered=routes_qr.is_count,
)
