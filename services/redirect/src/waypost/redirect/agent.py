"""The agent: one per edge host, the only process of the edge that talks to the broker.

Killing it delays; nothing is lost, because everything it does starts again from files and from the
broker's own memory.
"""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

from waypost.facts.limits import SALT_BYTES
from waypost.facts.visitor import utc_day
from waypost.redirect.admin import application
from waypost.redirect.agent_state import AgentState
from waypost.redirect.counters import Counters
from waypost.redirect.follower import Follower
from waypost.redirect.form_box import FormBox
from waypost.redirect.form_shipper import FormShipper
from waypost.redirect.limits import EDGE_REPORT_INTERVAL_S
from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.salts import SaltFile, merge
from waypost.redirect.server import QuietServer, config, listening_sockets
from waypost.redirect.settings import RedirectSettings
from waypost.redirect.shipper import Shipper
from waypost.redirect.store_format import Signals
from waypost.runtime import readiness
from waypost.runtime.broker import Broker, BrokerUnavailable
from waypost.runtime.logs import Log
from waypost.wire import subjects
from waypost.wire.codec import DECODE_ERRORS, decode_heartbeat, encode
from waypost.wire.record import EdgeReportV1

_log = Log(__name__)
_WATCH_INTERVAL_S = 0.5


class Agent:
    """Follows links, ships scans and form answers, keeps salts, reports. `run` does all of it until cancelled."""

    def __init__(self, settings: RedirectSettings, broker: Broker) -> None:
        paths = EdgePaths(Path(settings.data_dir))
        paths.make()
        self._paths = paths
        self._broker = broker
        self._edge_id = paths.edge_id()
        self._signals = Signals(paths.signals)
        self._writer = ReplicaWriter(paths.links, self._signals)
        self.follower = Follower(broker, self._writer)
        self._salt_file = SaltFile(paths.salts)
        self._salts: dict[int, bytes] = self._salt_file.read()
        self._offered: dict[int, bytes] = {}
        self._shippers: dict[int, Shipper] = {}
        self.pages: dict[int, Counters] = {}
        self._forms = FormShipper(broker, FormBox(paths.form_answers))
        self.state = AgentState(self.follower, self._writer, self._shippers, self.pages, self._forms)
        self._damaged_seen = 0

    async def run(self) -> None:
        """Work for ever. Anything unforeseen in any part ends all of it."""
        await self._broker.serve(subjects.HEARTBEAT, self._on_heartbeat)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.follower.run())
                group.create_task(self._report())
                group.create_task(self._forms.run())
                await self._watch(group)
        finally:
            self._writer.close()

    async def _on_heartbeat(self, payload: bytes) -> None:
        try:
            heartbeat = decode_heartbeat(payload)
        except DECODE_ERRORS as error:
            _log.warning("heartbeat_unreadable", error=str(error))
            return
        self.follower.hear(heartbeat)
        self._offered = heartbeat.salts

    async def _watch(self, group: asyncio.TaskGroup) -> None:
        """Look after what has no event of its own: spools that appear, salts, damage seen by workers."""
        while True:
            self._find_spools(group)
            self._keep_salts()
            damaged = self.state.damaged()
            if damaged > self._damaged_seen:
                self.follower.damage_reported.set()
            self._damaged_seen = damaged
            await asyncio.sleep(_WATCH_INTERVAL_S)

    def _find_spools(self, group: asyncio.TaskGroup) -> None:
        for entry in os.listdir(self._paths.spools):
            if not entry.isdigit() or int(entry) in self._shippers:
                continue
            index = int(entry)
            self.pages[index] = Counters(self._paths.counters, index)
            shipper = Shipper(self._broker, self._paths.spool(index), self._paths.node(index))
            self._shippers[index] = shipper
            self._damaged_seen += self.pages[index].get("values_damaged")
            group.create_task(shipper.run())

    def _keep_salts(self) -> None:
        today = utc_day(time.time_ns() // 1_000_000)
        salts = merge(self._salts, self._offered, today, os.urandom(SALT_BYTES))
        if salts != self._salts:
            self._salt_file.write(salts)
            self._salts = salts
            self._signals.move(Signals.SALTS)

    async def _report(self) -> None:
        while True:
            report = EdgeReportV1(
                self._edge_id,
                self.state.epoch,
                max(self.state.ver, 0),
                time.time_ns() // 1_000_000,
                self.state.unshipped,
            )
            with contextlib.suppress(BrokerUnavailable):  # the next report says it all again
                await self._broker.broadcast(subjects.EDGE_REPORT, encode(report))
            await asyncio.sleep(EDGE_REPORT_INTERVAL_S)


async def serve(settings: RedirectSettings, ready_fd: int | None) -> None:
    """Serve until SIGTERM. Raises OSError when it cannot start."""
    sockets = listening_sockets(settings.redirect_admin_host, settings.redirect_admin_port)
    connecting = asyncio.ensure_future(Broker.connect(settings.nats_url, "edge"))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, connecting.cancel)
    try:
        broker = await connecting
    except asyncio.CancelledError:
        return  # told to end while the broker was away
    agent = Agent(settings, broker)
    server = QuietServer(config(application(agent.state, agent.pages)))
    try:
        async with asyncio.TaskGroup() as group:
            working = group.create_task(agent.run())
            announcing = group.create_task(_announce(agent, ready_fd))
            await server.serve(sockets)
            working.cancel()
            announcing.cancel()
    finally:
        await broker.close()


async def _announce(agent: Agent, ready_fd: int | None) -> None:
    await agent.follower.ready.wait()
    readiness.announce(ready_fd)
