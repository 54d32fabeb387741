"""Tells analytics whose scans webhooks want to hear of, so that it announces those and no others."""

import asyncio
from collections.abc import Sequence

from waypost.control.model.webhooks.endpoint import Endpoint
from waypost.control.store import webhook_endpoints
from waypost.control.store.database import Database
from waypost.runtime.broker import Broker, BrokerUnavailable
from waypost.runtime.logs import Log
from waypost.wire import codec, subjects
from waypost.wire.ids import to_bytes
from waypost.wire.limits import WATCHED_MAX
from waypost.wire.upkeep import Watch

_LOOK_EVERY_S = 1.0
_REPEAT_EVERY_S = 30.0
"""Also without a change: analytics may have been restored from an older copy."""
_log = Log(__name__)


class ScanWatch:
    """Keeps analytics' watch list equal to what the active endpoints ask for."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self._database = database
        self._broker = broker
        self._told: Watch | None = None
        self._told_s = 0.0

    async def run(self) -> None:
        """Look once a second, for ever."""
        while True:
            async with self._database.read() as tx:
                wanted = watch_for(await webhook_endpoints.listening(tx, "link.scanned"))
            now_s = asyncio.get_running_loop().time()
            if wanted != self._told or now_s - self._told_s >= _REPEAT_EVERY_S:
                await self._tell(wanted, now_s)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _tell(self, wanted: Watch, now_s: float) -> None:
        try:
            raw = await self._broker.request(subjects.ANALYTICS_QUERY, codec.encode(wanted))
        except BrokerUnavailable:
            return  # analytics keeps its last list; the next look tells it again
        error = codec.decode_reply(raw).error
        if error is not None:
            _log.error("scan_watch_refused", code=error.code, why=error.message)
        self._told, self._told_s = wanted, now_s


def watch_for(endpoints: Sequence[Endpoint]) -> Watch:
    """What endpoints that want scans need to hear: their links where they name some, else the workspace.

    Beyond WATCHED_MAX links the whole workspaces are watched; what is too much is dropped at the fan-out.
    """
    workspaces: set[str] = set()
    links: dict[str, str] = {}
    for endpoint in endpoints:
        if endpoint.link_ids:
            links |= dict.fromkeys(endpoint.link_ids, endpoint.workspace_id)
        else:
            workspaces.add(endpoint.workspace_id)
    alone = sorted(link for link, workspace in links.items() if workspace not in workspaces)
    if len(alone) > WATCHED_MAX:
        workspaces |= {links[link] for link in alone}
        alone = []
    ordered = sorted(workspaces)[:WATCHED_MAX]
    return Watch(tuple(map(to_bytes, ordered)), tuple(map(to_bytes, alone)))
