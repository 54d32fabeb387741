"""Webhooks: from what happened to what was received. Any number of workers may run this at once."""

import asyncio
import ssl
from collections.abc import Mapping

from waypost.control.core.keys import Peppers
from waypost.control.core.webhook_delivery import forget
from waypost.control.core.webhooks import outgoing_policy, sealing_keys
from waypost.control.jobs.webhook_dispatch import Dispatcher
from waypost.control.jobs.webhook_sender import Sender
from waypost.control.jobs.webhook_sources import StreamSource, TableSource
from waypost.control.model.webhooks.limits import FORGOTTEN_PER_TURN_MAX
from waypost.control.model.webhooks.payload import LinkShape, plain_link
from waypost.control.model.webhooks.signing import FORMATS, Format
from waypost.control.outgoing.client import GuardedClient
from waypost.control.outgoing.resolver import Resolver
from waypost.control.store.database import Database
from waypost.runtime.broker import Broker

FORGET_EVERY_S = 600.0
_MORE_TO_FORGET_S = 1.0


async def run_webhooks(
    database: Database,
    peppers: Peppers,
    *,
    broker: Broker | None = None,
    shapes: Mapping[Format, LinkShape] | None = None,
    wake: asyncio.Event | None = None,
    resolver: Resolver | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> None:
    """Deliver until cancelled.

    `shapes` says how each format shows a link; a format that is missing shows the plain one. Set
    `wake` when something was committed; without it, events are found within a quarter of a second.
    Without a broker nothing is heard of scans. `resolver` and `ssl_context` are for tests.
    """
    shown: dict[Format, LinkShape] = {**dict.fromkeys(FORMATS, plain_link), **(shapes or {})}
    policy = outgoing_policy(database.installation)
    client = GuardedClient(policy, resolver=resolver, ssl_context=ssl_context)
    dispatcher = Dispatcher(database, Sender(client, sealing_keys(peppers), database.clock))
    table = TableSource(database, shown, wake or asyncio.Event(), dispatcher.changed)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(table.run())
        if broker is not None:
            tasks.create_task(StreamSource(database, broker, shown, dispatcher.changed).run())
        tasks.create_task(_forget(database))
        tasks.create_task(dispatcher.run())


async def _forget(database: Database) -> None:
    """Remove old deliveries, a bounded number at a time."""
    while True:
        async with database.write() as tx:
            forgotten = await forget(tx)
        more = forgotten.rows >= FORGOTTEN_PER_TURN_MAX
        await asyncio.sleep(_MORE_TO_FORGET_S if more else FORGET_EVERY_S)
