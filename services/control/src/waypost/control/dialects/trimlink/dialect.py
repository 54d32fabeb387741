"""TrimLink as a dialect."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from waypost.control.dialects.dialect import Dialect
from waypost.control.dialects.trimlink import routes_links, routes_qr
from waypost.control.dialects.trimlink.errors import SURFACE
from waypost.control.dialects.trimlink.rates import RATES


def routes() -> Sequence[HTTPRouteHandler]:
    """Every operation."""
    return [*routes_qr.HANDLERS, *routes_links.HANDLERS]


TRIMLINK = Dialect(surface=SURFACE, title="TrimLink API", version="1", routes=routes, rates=RATES)
