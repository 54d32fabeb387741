"""The time zone in which xQR's `hours` are meant: the workspace's."""

from waypost.control.model.access import Actor
from waypost.control.store import workspaces
from waypost.control.store.tx import Tx


async def zone_of(tx: Tx, actor: Actor) -> str:
    """The IANA name of the zone."""
    return (await workspaces.get(tx, actor.workspace_id)).timezone
