"""Telling webhooks and listeners: events are stored in the transaction of what they tell of."""

from typing import Any

from waypost.control.model.events import EventType
from waypost.control.store.tx import PendingEvent, Tx


def announce(
    tx: Tx,
    type: EventType,  # noqa: A002 - the word of the contract
    workspace_id: str,
    data: dict[str, Any],
    *,
    link_id: str | None = None,
    webhooks: bool = True,
) -> None:
    """Say that something happened. `data` is plain JSON; `webhooks=False` keeps it from endpoints.

    The event is numbered when the transaction commits: readers of the `events` table see all of them,
    without gaps, in the order of commits.
    """
    tx.events.append(
        PendingEvent(type=type, workspace_id=workspace_id, link_id=link_id, data=data, webhooks=webhooks)
    )
