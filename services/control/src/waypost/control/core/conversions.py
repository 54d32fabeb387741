"""Leads and sales that analytics recorded, told to webhooks."""

from typing import Any

from waypost.control.core import link_views
from waypost.control.core.announce import announce
from waypost.control.model.events import EventType
from waypost.control.store import links
from waypost.control.store.tx import Tx
from waypost.wire.conversion import ConversionV1
from waypost.wire.ids import to_text

_EVENTS: dict[str, EventType] = {"lead": "lead.created", "sale": "sale.created"}


async def announce_conversion(tx: Tx, conversion: ConversionV1, shown: dict[str, Any]) -> None:
    """Announce a new conversion as `shown`, with the link it is attributed to when that still exists."""
    workspace_id = to_text(conversion.workspace_id)
    link_id = to_text(conversion.link_id) if conversion.link_id else None
    data: dict[str, Any] = {"conversion": shown}
    found = await links.get_many(tx, workspace_id, [link_id]) if link_id else []
    if found:
        data |= link_views.event_data(await link_views.view(tx, found[0]))
    announce(tx, _EVENTS[conversion.conversion], workspace_id, data, link_id=link_id if found else None)
