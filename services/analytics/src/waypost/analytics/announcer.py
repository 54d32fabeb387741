"""Running totals back to control: what changed, once a second, as absolute figures.

What was announced is remembered in the store, so a crash between a commit and its announcement
repeats figures (which is harmless) and never leaves one out.
"""

import asyncio

from waypost.analytics.consumer import RunInStore
from waypost.analytics.limits import TOTALS_EVERY_S
from waypost.analytics.store.commit import StoreTrouble
from waypost.analytics.store.scan_store import ScanStore
from waypost.runtime.broker import Broker, BrokerRefused, BrokerUnavailable, StreamConfig
from waypost.runtime.logs import Log
from waypost.wire.codec import encode
from waypost.wire.subjects import TOTALS_SUBJECT
from waypost.wire.totals import TotalsV1

_log = Log(__name__)


class Announcer:
    """Publishes TotalsV1 for as long as its task lives."""

    def __init__(self, broker: Broker, stream: StreamConfig, store: ScanStore, run: RunInStore) -> None:
        self._broker = broker
        self._stream = stream
        self._store = store
        self._run = run
        self.attached = asyncio.Event()
        """Set once the stream of totals exists."""

    async def republish(self, payload: bytes) -> None:
        """Control fell behind and asks for every total again; the next round says them."""
        del payload
        await self._run(self._store.forget_announced)

    async def run(self) -> None:
        """Announce until cancelled; while the broker or the disk is away, it waits in the store."""
        generation = -1
        while True:
            try:
                if generation != self._broker.generation:
                    await self._broker.ensure_stream(self._stream)
                    generation = self._broker.generation
                    self.attached.set()
                await self._announce()
            except (BrokerUnavailable, BrokerRefused, StoreTrouble) as trouble:
                generation = -1
                _log.warning("totals_wait", error=str(trouble))
            await asyncio.sleep(TOTALS_EVERY_S)

    async def _announce(self) -> None:
        first = await self._run(self._store.unannounced)
        page = first
        while page is not None:
            changed = await self._run(self._store.changed_totals, page)
            message = TotalsV1(page.up_to, changed.totals, changed.workspace_months)
            await self._broker.publish(TOTALS_SUBJECT, encode(message))
            page = changed.following
        if first is not None:
            await self._run(self._store.mark_announced, first)
