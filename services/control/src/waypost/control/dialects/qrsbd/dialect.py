"""QRs.bd as a dialect."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from waypost.control.dialects.dialect import Dialect
from waypost.control.dialects.qrsbd import routes_domains, routes_keys, routes_links, routes_qrcodes
from waypost.control.dialects.qrsbd.errors import SURFACE
from waypost.control.dialects.qrsbd.rates import RATES


def routes() -> Sequence[HTTPRouteHandler]:
    """Every operation."""
    return [*routes_qrcodes.HANDLERS, *routes_links.HANDLERS, *routes_domains.HANDLERS, *routes_keys.HANDLERS]


QRSBD = Dialect(surface=SURFACE, title="QRs.bd API", version="1", routes=routes, rates=RATES)
