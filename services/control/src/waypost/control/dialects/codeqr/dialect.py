"""CodeQR as a dialect."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from waypost.control.dialects.codeqr import routes_bulk, routes_links, routes_lists
from waypost.control.dialects.codeqr.errors import SURFACE
from waypost.control.dialects.codeqr.rates import RATES
from waypost.control.dialects.dialect import Dialect


def routes() -> Sequence[HTTPRouteHandler]:
    """Every operation."""
    return [*routes_lists.HANDLERS, *routes_bulk.HANDLERS, *routes_links.HANDLERS]


CODEQR = Dialect(surface=SURFACE, title="CodeQR API", version="1", routes=routes, rates=RATES)
