"""Leads and sales whose API process died before it had counted and announced them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from waypost.control import limits
from waypost.control.core.conversions import keep_conversion, scan_in, scan_query
from waypost.control.model.faults import Invalid, Unavailable
from waypost.control.store import pending_conversions
from waypost.control.store.database import Database
from waypost.control.store.pending_conversions import Pending
from waypost.runtime.logs import Log
from waypost.wire.conversion import ConversionV1
from waypost.wire.queries import Query
from waypost.wire.scan_events import ScansAnswer

Ask = Callable[[Query, Any], Awaitable[Any]]
"""A question to analytics and the type of its answer."""
EVERY_S = 1.0
_AT_ONCE = 50
_log = Log(__name__)


class PendingConversions:
    """Asks analytics again, which stores each conversion once, and counts what nobody has counted."""

    def __init__(self, database: Database, ask: Ask) -> None:
        self._database = database
        self._ask = ask

    async def run(self) -> None:
        """Look once a second, for ever."""
        while True:
            await self.step()
            await asyncio.sleep(EVERY_S)

    async def step(self) -> None:
        """Finish what is overdue."""
        async with self._database.read() as tx:
            overdue = await pending_conversions.due(tx, _AT_ONCE)
        for pending in overdue:
            await self._finish(pending)

    async def _finish(self, pending: Pending) -> None:
        key = pending_conversions.key_of(pending.command)
        click = None
        try:
            made: ConversionV1 = await self._ask(pending.command, ConversionV1)
            if pending.customer is not None and made.scan_id:
                click = scan_in(await self._ask(scan_query(made), ScansAnswer), made)
        except Unavailable:
            async with self._database.write() as tx:
                await pending_conversions.postpone(tx, key, tx.now_ms + limits.CONVERSION_OVERDUE_MS)
            return
        except Invalid as fault:
            # Its caller was told, or got no answer and will be told when asking again.
            _log.warning("pending_conversion_refused", field=fault.field, why=fault.why)
            async with self._database.write() as tx:
                await pending_conversions.forget(tx, key)
            return
        async with self._database.write() as tx:
            if await keep_conversion(tx, made, customer=pending.customer, click=click):
                _log.info("pending_conversion_told", kind=made.conversion, id=made.id)
