"""One edge worker: its files, its lanes, its timers. It never talks to the broker."""

import asyncio
import time
from pathlib import Path

import uvloop

from waypost.redirect.counters import Counters
from waypost.redirect.day_salts import DaySalts
from waypost.redirect.edge import Edge, EdgePolicy
from waypost.redirect.full_lane import FullLane, application
from waypost.redirect.limits import READ_TRANSACTION_MAX_S
from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica import Replica
from waypost.redirect.resolve import Resolver
from waypost.redirect.salts import SaltFile
from waypost.redirect.server import QuietServer, config, listening_sockets
from waypost.redirect.settings import RedirectSettings
from waypost.redirect.spool import Durability, Spool
from waypost.redirect.store_format import Signals
from waypost.redirect.sync_waiter import SyncWaiter
from waypost.runtime import readiness
from waypost.runtime.logs import Log

_log = Log(__name__)


class Worker:
    """Everything one worker holds open."""

    def __init__(self, settings: RedirectSettings, index: int) -> None:
        """Open the files. Raises SpoolTaken and OSError."""
        paths = EdgePaths(Path(settings.data_dir))
        paths.make()
        self.settings = settings
        self.counters = Counters(paths.counters, index)
        self.spool = Spool(
            paths.spool(index),
            paths.node(index),
            Durability(settings.spool_durability),
            bytes_max=settings.spool_bytes_max,
        )
        self._signals = Signals(paths.signals)
        self.replica = Replica(paths.links, self._signals)
        resolver = Resolver(self.replica, refuse_unknown_hosts=settings.unknown_host == "refuse")
        self.edge = Edge(
            resolver,
            DaySalts(SaltFile(paths.salts), self._signals),
            self.spool.append,
            _now_ms,
            EdgePolicy(settings.qr_marker.encode(), settings.honour_dnt),
        )
        self.counters.put("spool_epoch", self.spool.epoch)
        self.counters.put("started_ms", _now_ms())
        self._dropped_before = self.counters.get("scans_dropped")
        self._recorded_before = self.counters.get("scans_recorded")

    def tick(self) -> None:
        """What a timer does: old pages go, gauges are shown."""
        self.replica.tick()
        counters, spool = self.counters, self.spool
        counters.put("spool_offset", spool.next_offset)
        counters.put("spool_unsynced_us", int(spool.unsynced_age_s * 1e6))
        counters.put("scans_dropped", self._dropped_before + spool.dropped)
        counters.put("scans_recorded", self._recorded_before + spool.next_offset)
        counters.put("alive_ms", _now_ms())

    def close(self) -> None:
        """Bring the spool to the disk and let everything go."""
        self.tick()
        self.spool.close()
        self.replica.close()
        self._signals.close()
        self.counters.close()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def serve(settings: RedirectSettings, index: int, ready_fd: int | None) -> None:
    """Serve until SIGTERM. Raises SpoolTaken and OSError when it cannot start."""
    worker = Worker(settings, index)
    try:
        sockets = listening_sockets(settings.redirect_host, settings.redirect_port)
        lane = FullLane(
            worker.edge,
            worker.replica.refresh,
            worker.counters,
            settings.country_header.lower().encode(),
            SyncWaiter(worker.spool).wait if worker.spool.durability is Durability.STRICT else None,
        )
        server = QuietServer(config(application(lane.endpoint)), lambda: readiness.announce(ready_fd))
        async with asyncio.TaskGroup() as group:
            ticking = group.create_task(_tick(worker))
            await server.serve(sockets)
            ticking.cancel()
    finally:
        worker.close()


async def _tick(worker: Worker) -> None:
    while True:
        await asyncio.sleep(READ_TRANSACTION_MAX_S)
        worker.tick()


def run(settings: RedirectSettings, index: int, ready_fd: int | None) -> None:
    """Run a worker in this process until it is told to end."""
    uvloop.run(serve(settings, index, ready_fd))
