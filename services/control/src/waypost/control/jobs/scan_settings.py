"""Tells analytics what workspaces decided about their scans: retention, and the thresholds of links."""

import asyncio

from waypost.control.model.scan_settings import LinkThresholds, ScanSettings
from waypost.control.store import scan_settings
from waypost.control.store.database import Database
from waypost.runtime.broker import Broker, BrokerUnavailable
from waypost.runtime.logs import Log
from waypost.wire import codec, subjects
from waypost.wire.ids import to_bytes
from waypost.wire.queries import Command
from waypost.wire.upkeep import SetRetention, SetThresholds

_LOOK_EVERY_S = 1.0
_OVERLAP_MS = 60_000
"""How long a transaction may take between reading the clock and its commit."""
_REPEAT_EVERY_S = 3_600.0
"""Everything is told again: analytics may have been restored from an older copy."""
_log = Log(__name__)


class ScanSettingsTeller:
    """Keeps analytics equal to what is stored here."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self._database = database
        self._broker = broker
        self._told: dict[str, ScanSettings | LinkThresholds] = {}
        """What was told last of a workspace or link."""
        self._since_ms = 0

    async def run(self) -> None:
        """Look once a second, for ever."""
        loop = asyncio.get_running_loop()
        repeat_s = loop.time() + _REPEAT_EVERY_S
        while True:
            if loop.time() >= repeat_s:
                repeat_s = loop.time() + _REPEAT_EVERY_S
                self._told, self._since_ms = {}, 0
            await self.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Tell what was decided since the last look; what analytics could not be told waits for the next."""
        async with self._database.read() as tx:
            workspaces, links = await scan_settings.changed(tx, self._since_ms)
            now_ms = tx.now_ms
        decided: list[ScanSettings | LinkThresholds] = [*workspaces, *links]
        for each in decided:
            key = each.link_id if isinstance(each, LinkThresholds) else each.workspace_id
            if self._told.get(key) != each:
                if not await self._tell(_command(each)):
                    return
                self._told[key] = each
        self._since_ms = now_ms - _OVERLAP_MS

    async def _tell(self, command: Command) -> bool:
        try:
            raw = await self._broker.request(subjects.ANALYTICS_QUERY, codec.encode(command))
        except BrokerUnavailable:
            return False
        error = codec.decode_reply(raw).error
        if error is not None and error.code == "unavailable":
            return False
        if error is not None:
            _log.error("scan_settings_refused", code=error.code, why=error.message)
        return True


def _command(decided: ScanSettings | LinkThresholds) -> Command:
    workspace_id = to_bytes(decided.workspace_id)
    if isinstance(decided, ScanSettings):
        return SetRetention(workspace_id, decided.retention_days)
    return SetThresholds(workspace_id, decided.counts, to_bytes(decided.link_id))
