"""One edge worker: its files, its lanes, its timers. It never talks to the broker."""

import asyncio
import gc
import itertools
import secrets
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from waypost.facts.client_ip import TrustedProxies
from waypost.redirect.asset_file import AssetDirectory
from waypost.redirect.client import ClientReader
from waypost.redirect.counters import Counters
from waypost.redirect.day_salts import DaySalts
from waypost.redirect.edge import Edge, EdgePolicy, Sources
from waypost.redirect.fast_lane import FastLane
from waypost.redirect.form_box import FormBox
from waypost.redirect.form_gate import FormGate
from waypost.redirect.form_token import FormTokens
from waypost.redirect.full_lane import FullLane, application
from waypost.redirect.http_guard import Connections, protocol_for
from waypost.redirect.limit_counts import LimitCounts
from waypost.redirect.limits import (
    LISTENERS_PER_ADDRESS,
    READ_TRANSACTION_MAX_S,
    STORE_WARM_INTERVAL_S,
    SWEEP_INTERVAL_S,
)
from waypost.redirect.page_maker import PageMaker
from waypost.redirect.pages.environment import compile_templates
from waypost.redirect.pages.page import Site
from waypost.redirect.password_check import PasswordChecker
from waypost.redirect.password_gate import PasswordGate
from waypost.redirect.paths import EdgePaths
from waypost.redirect.plain_path import PlainPath
from waypost.redirect.randomness import Randomness
from waypost.redirect.recorder import Recorder
from waypost.redirect.replica import Replica
from waypost.redirect.resolve import Resolver
from waypost.redirect.salts import SaltFile
from waypost.redirect.server import QuietServer, config, listening_sockets
from waypost.redirect.settings import RedirectSettings
from waypost.redirect.shared_table import SharedTable
from waypost.redirect.spool import Durability, Spool
from waypost.redirect.store_format import Signals
from waypost.redirect.store_warmer import StoreWarmer
from waypost.redirect.sync_waiter import SyncWaiter
from waypost.redirect.unlock import Guesses
from waypost.runtime import readiness
from waypost.runtime.logs import Log
from waypost.runtime.settings import SettingError

_log = Log(__name__)
_NONCE_BYTES = 16
_SWEEP_TICKS = int(SWEEP_INTERVAL_S / READ_TRANSACTION_MAX_S)
_SLOW_TICKS = 200
"""Every so many ticks, about ten seconds, the geo file is looked at."""

_LOAD_REST_AFTER_S = 0.5
_SWITCH_INTERVAL_S = 0.0002
"""How long another thread may keep the event loop from running. The loop takes the interpreter again for each socket
that has something, so with Python's 5 ms one busy thread would make a turn of 64 connections last a third of a second.
"""


class Worker:
    """Everything one worker holds open."""

    def __init__(self, settings: RedirectSettings, index: int) -> None:
        """Open the files. Raises SpoolTaken, OSError, and SettingError for a network that is none."""
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
        self._scans: list[bytes] = []
        self._signals = Signals(paths.signals)
        self.replica = Replica(paths.links, self._signals)
        self.clients = ClientReader(
            Path(settings.geo_db) if settings.geo_db else None, _trusted(settings.trusted_proxies)
        )
        self._limit_table, self._guess_table = SharedTable(paths.limit_counts), SharedTable(paths.guesses)
        resolver = Resolver(
            self.replica,
            urlsplit(settings.public_url).hostname or "",
            refuse_unknown_hosts=settings.unknown_host == "refuse",
        )
        secure, key = settings.public_url.startswith("https://"), paths.unlock_key()
        salts = DaySalts(SaltFile(paths.salts), self._signals)
        sources = Sources(_now_ms, Randomness().take)
        policy = EdgePolicy(settings.qr_marker.encode(), secure, key)
        self.recorder = Recorder(salts, self._scans.append, honour_dnt=settings.honour_dnt)
        self.edge = Edge(
            resolver,
            self.clients,
            self.recorder,
            LimitCounts(self._limit_table),
            PageMaker(
                settings.public_url,
                lambda: secrets.token_urlsafe(_NONCE_BYTES),
                FormTokens(salts).issue,
                Site(image_origins=_origins(settings.assets_url)),
            ),
            sources,
            policy,
        )
        self.plain = PlainPath(self.replica, resolver, self.clients, self.recorder, sources, policy)
        self._checker = PasswordChecker(paths.password_lock)
        self.passwords = PasswordGate(
            self.edge,
            resolver,
            self.clients,
            self._checker,
            Guesses(self._guess_table),
            key,
            secure_cookies=secure,
        )
        self.forms = FormGate(
            self.edge,
            resolver,
            self.clients,
            salts,
            FormBox(paths.form_answers),
            self._guess_table,
            key,
            honour_dnt=settings.honour_dnt,
            secure_cookies=secure,
        )
        self.counters.put("spool_epoch", self.spool.epoch)
        self.counters.put("started_ms", _now_ms())
        self._dropped_before = self.counters.get("scans_dropped")
        self._recorded_before = self.counters.get("scans_recorded")

    def fast_lane(self) -> FastLane:
        """The lane that answers without waiting; in strict durability every answer waits, so it is off."""
        settings = self.settings
        return FastLane(
            self.edge,
            self.plain,
            self.recorder,
            self.replica.refresh,
            self.record,
            _now_ms,
            self.counters,
            settings.country_header.lower().encode(),
            self.clients.trusted,
            is_on=settings.fast_lane and self.spool.durability is not Durability.STRICT,
        )

    def record(self) -> None:
        """Write the scans of the answers that are about to be sent."""
        if self._scans:
            self.spool.append_all(self._scans)
            self._scans.clear()

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
        self.clients.close()
        self._checker.close()
        self.forms.close()
        self._limit_table.close()
        self._guess_table.close()
        self._signals.close()
        self.counters.close()


def _trusted(networks: str) -> TrustedProxies:
    try:
        return TrustedProxies(part for part in networks.split(",") if part.strip())
    except ValueError as error:
        raise SettingError("WAYPOST_TRUSTED_PROXIES", str(error)) from error


def _origins(assets_url: str) -> tuple[str, ...]:
    """Where pictures may come from besides the edge itself."""
    if not assets_url:
        return ()
    parts = urlsplit(assets_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingError("WAYPOST_ASSETS_URL", "must be an http or https URL")
    return (f"{parts.scheme}://{parts.netloc}",)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def serve(settings: RedirectSettings, index: int, ready_fd: int | None) -> None:
    """Serve until SIGTERM. Raises SpoolTaken and OSError when it cannot start."""
    worker = Worker(settings, index)
    try:
        sockets = listening_sockets(
            settings.redirect_host, settings.redirect_port, of_each=LISTENERS_PER_ADDRESS
        )
        lane = FullLane(
            worker.edge,
            worker.passwords,
            worker.forms,
            worker.replica.refresh,
            worker.record,
            worker.counters,
            settings.country_header.lower().encode(),
            SyncWaiter(worker.spool).wait if worker.spool.durability is Durability.STRICT else None,
            AssetDirectory(Path(settings.assets_dir or Path(settings.data_dir) / "assets")),
        )
        connections = Connections(worker.fast_lane())
        http = config(application(lane.endpoint), http=protocol_for(connections))
        server = QuietServer(http, lambda: readiness.announce(ready_fd))
        async with asyncio.TaskGroup() as group:
            ticking = group.create_task(_tick(worker, connections, server))
            loading = group.create_task(_load_rest(worker))
            warming = group.create_task(_keep_warm(EdgePaths(Path(settings.data_dir)).links))
            _settle()
            await server.serve(sockets)
            ticking.cancel()
            loading.cancel()
            warming.cancel()
    finally:
        worker.close()


def _settle() -> None:
    """Keep collector and threads away from requests: what is loaded stays, and the rest is looked at on a timer."""
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)


async def _tick(worker: Worker, connections: Connections, server: QuietServer) -> None:
    for number in itertools.count():
        worker.tick()
        connections.lane.tick(server.server_state.default_headers)
        if number % _SWEEP_TICKS == 0:
            connections.sweep()
        if number % _SLOW_TICKS == 0:
            worker.clients.reload()
            gc.collect(1)
        await asyncio.sleep(READ_TRANSACTION_MAX_S)


async def _load_rest(worker: Worker) -> None:
    """Load in threads what the first redirects do not need and later visitors should not wait for."""
    await asyncio.sleep(_LOAD_REST_AFTER_S)
    worker.clients.open_agents()
    await asyncio.to_thread(compile_templates)


async def _keep_warm(directory: Path) -> None:
    """Keep the link store in memory, from a thread; see `StoreWarmer`."""
    warmer = StoreWarmer(directory)
    try:
        while True:
            try:
                if (read_bytes := await asyncio.to_thread(warmer.warm)) > 0:
                    _log.info("store_read_ahead", bytes=read_bytes)
            except OSError as error:
                # Replaced just then, or unreadable: look-ups meet that as well, and answer accordingly.
                _log.error("store_not_read_ahead", cause=error)
            await asyncio.sleep(STORE_WARM_INTERVAL_S)
    finally:
        warmer.stop()


def run(settings: RedirectSettings, index: int, ready_fd: int | None) -> None:
    """Run a worker in this process until it is told to end."""
    uvloop.run(serve(settings, index, ready_fd))
