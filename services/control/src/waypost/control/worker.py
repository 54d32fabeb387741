"""The worker process: everything that happens beside requests. A part that dies takes it down."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

from waypost.control import collector, secrets_files
from waypost.control.api.schemas.links import to_link
from waypost.control.assets_wiring import objects_of
from waypost.control.bus import Bus
from waypost.control.core.webhooks import outgoing_policy
from waypost.control.dialects.codeqr.showing import to_link as codeqr_link
from waypost.control.dialects.linkbreakers.mapping.webhooks import webhook_link
from waypost.control.jobs.asset_sweep import AssetSweep
from waypost.control.jobs.block_list import BlockList
from waypost.control.jobs.bulk import BulkJobs, Schedules
from waypost.control.jobs.conversions import PendingConversions
from waypost.control.jobs.destination_health import DestinationHealth
from waypost.control.jobs.domain_checks import DomainChecks, resolver_of
from waypost.control.jobs.domain_records import publish_every_domain
from waypost.control.jobs.form_intake import FormIntake
from waypost.control.jobs.heartbeat import Heartbeat
from waypost.control.jobs.housekeeping import Housekeeping
from waypost.control.jobs.relay import Relay
from waypost.control.jobs.scan_settings import ScanSettingsTeller
from waypost.control.jobs.scan_watch import ScanWatch
from waypost.control.jobs.snapshots import Snapshots
from waypost.control.jobs.totals import Totals
from waypost.control.jobs.webhooks import run_webhooks
from waypost.control.jobs.workspace_records import WorkspaceRecords
from waypost.control.jobs.workspace_removal import WorkspaceRemoval
from waypost.control.model.webhooks.payload import LinkShape
from waypost.control.model.webhooks.signing import Format
from waypost.control.opening import block_list_file, open_control_database
from waypost.control.outgoing.client import GuardedClient
from waypost.control.settings import ControlSettings
from waypost.control.store.database import Database
from waypost.runtime import readiness
from waypost.runtime.broker import Broker
from waypost.runtime.logs import Log
from waypost.runtime.settings import SettingError, shown
from waypost.wire import subjects

_log = Log(__name__)

Part = Callable[[], Awaitable[None]]

WEBHOOK_SHAPES: dict[Format, LinkShape] = {"native": to_link, "linkbreakers": webhook_link}
"""How deliveries show a link, by the API that their endpoint was made through."""


async def serve_worker(settings: ControlSettings, ready_fd: int | None) -> None:
    """Work until SIGTERM. Raises SettingError, DatabaseUnfit, BrokerUnfit, or what a part died of."""
    if not settings.nats_url:
        raise SettingError("WAYPOST_NATS_URL", "is empty; the worker needs a broker")
    _log.info("settings", **shown(settings))
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    database = await open_control_database(settings)
    try:
        await _until(stopped, lambda: _work(settings, database, ready_fd))
    finally:
        await database.close()


async def _work(settings: ControlSettings, database: Database, ready_fd: int | None) -> None:
    broker = await Broker.connect(settings.nats_url, "control-worker")
    try:
        broker.check_version()
        data_dir = Path(settings.data_dir)
        relay = Relay(database, broker)
        committed = asyncio.Event()

        def wake(_committed: object = None) -> None:
            relay.wake()
            committed.set()

        database.on_commit.append(wake)
        snapshots = Snapshots(database, broker, relay, data_dir / "snapshots")

        async def woken(_payload: bytes) -> None:
            wake()

        async def webhooks() -> None:
            peppers = secrets_files.peppers(settings.key_pepper, data_dir / "control" / "pepper")
            shapes: dict[Format, LinkShape] = {
                **WEBHOOK_SHAPES,
                "codeqr": lambda view: codeqr_link(view, database.installation),
            }
            await run_webhooks(database, peppers, broker=broker, shapes=shapes, wake=committed)

        await broker.serve(subjects.CONTROL_WAKE, woken)
        await snapshots.serve()
        await FormIntake(database, broker).serve()
        await publish_every_domain(database)
        parts: list[Part] = [
            relay.run,
            Heartbeat(database, broker).run,
            snapshots.run,
            Totals(database, broker).run,
            ScanWatch(database, broker).run,
            PendingConversions(database, Bus.over(broker).ask).run,
            ScanSettingsTeller(database, broker).run,
            WorkspaceRecords(database).run,
            Housekeeping(database, relay, history_days=settings.history_days).run,
            BulkJobs(database).run,
            Schedules(database).run,
            BlockList(database, block_list_file(settings), judge_links=True).run,
            AssetSweep(database, objects_of(settings)).run,
            WorkspaceRemoval(database, objects_of(settings), Bus.over(broker)).run,
            DestinationHealth(
                database,
                GuardedClient(outgoing_policy(database.installation)),
                every_ms=settings.health_check_hours * 3600 * 1000,
            ).run,
            DomainChecks(database, resolver_of(settings.dns_resolver)).run,
            webhooks,
        ]
        collector.settle()
        readiness.announce(ready_fd)
        _log.info("worker_ready")
        async with asyncio.TaskGroup() as group:
            for part in parts:
                group.create_task(_named(part))
    finally:
        await broker.close()


async def _named(part: Part) -> None:
    await part()


async def _until(stopped: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    """Run the work until it ends by itself or is told to stop."""
    working = asyncio.ensure_future(work())
    stopping = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)
