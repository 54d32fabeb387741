"""The dialect as one value: its routes, errors, rates and keys."""

from waypost.control.dialects.dialect import Dialect
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.errors import SURFACE
from waypost.control.dialects.linkbreakers.rates import RATES
from waypost.control.dialects.linkbreakers.routes import (
    bulk,
    designs,
    directories,
    domains,
    entry,
    links,
    shortlinks,
    tags,
    tokens,
)
from waypost.control.model.keys import new_text

HANDLERS = [
    *entry.HANDLERS,
    *links.HANDLERS,
    *shortlinks.HANDLERS,
    *bulk.HANDLERS,
    *designs.HANDLERS,
    *tokens.HANDLERS,
    *tags.HANDLERS,
    *domains.HANDLERS,
    *directories.HANDLERS,
]

LINKBREAKERS = Dialect(
    surface=SURFACE,
    title="Linkbreakers API on Waypost",
    version="v1",
    routes=lambda: HANDLERS,
    rates=RATES,
    key_text=lambda random_bytes: new_text("linkbreakers", random_bytes, 0),
    body_bytes_max=limits.BODY_BYTES_MAX,
)
