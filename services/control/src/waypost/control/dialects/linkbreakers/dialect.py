"""The dialect as one value: its routes, errors, rates and keys."""

from waypost.control.dialects.dialect import Dialect
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.errors import SURFACE
from waypost.control.dialects.linkbreakers.rates import RATES
from waypost.control.dialects.linkbreakers.routes import (
    analytics,
    bulk,
    dashboards,
    designs,
    directories,
    domains,
    elsewhere,
    entry,
    events,
    links,
    media,
    media_replace,
    members,
    metrics,
    sandboxes,
    shortlinks,
    steps,
    tags,
    templates,
    theme_templates,
    themes,
    tokens,
    visitors,
    webhooks,
    workspaces,
)

HANDLERS = [
    *entry.HANDLERS,
    *links.HANDLERS,
    *shortlinks.HANDLERS,
    *steps.HANDLERS,
    *bulk.HANDLERS,
    *templates.HANDLERS,
    *themes.HANDLERS,
    *theme_templates.HANDLERS,
    *designs.HANDLERS,
    *dashboards.HANDLERS,
    *media.HANDLERS,
    *media_replace.HANDLERS,
    *workspaces.HANDLERS,
    *members.HANDLERS,
    *sandboxes.HANDLERS,
    *tokens.HANDLERS,
    *events.HANDLERS,
    *analytics.HANDLERS,
    *metrics.HANDLERS,
    *visitors.HANDLERS,
    *webhooks.HANDLERS,
    *tags.HANDLERS,
    *domains.HANDLERS,
    *directories.HANDLERS,
    *elsewhere.HANDLERS,
]

LINKBREAKERS = Dialect(
    surface=SURFACE,
    title="Linkbreakers API on Waypost",
    version="v1",
    routes=lambda: HANDLERS,
    rates=RATES,
    body_bytes_max=limits.BODY_BYTES_MAX,
)
