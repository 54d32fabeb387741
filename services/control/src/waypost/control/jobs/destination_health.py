"""Looking at destinations, those of rules and fallbacks too: every link in its turn, through the guarded client."""

import asyncio

from waypost.control import limits
from waypost.control.core import destination_health
from waypost.control.model.destination_health import Look, look_at_all, look_of
from waypost.control.outgoing.client import GuardedClient
from waypost.control.outgoing.faults import OutgoingFault
from waypost.control.store import link_destinations
from waypost.control.store.database import Database

_IDLE_S = 2.0
_ENROLLED_AT_ONCE = 2_000
_HEADERS = {"user-agent": "Waypost-Health/1"}
_HEAD_UNUSABLE_FROM = 400
"""Many servers answer HEAD wrongly; what looks like a failure is asked again by GET."""


class DestinationHealth:
    """Looks at each link's destination every `every_ms`, at one that fails again after `failing_again_ms`."""

    def __init__(
        self,
        database: Database,
        client: GuardedClient,
        *,
        every_ms: int,
        failing_again_ms: int = limits.HEALTH_FAILING_AGAIN_MS,
    ) -> None:
        self._database = database
        self._client = client
        self._every_ms = every_ms
        self._failing_again_ms = min(failing_again_ms, every_ms)
        self._enrolled = ""
        self._begun_ms = 0

    async def run(self) -> None:
        """Look for ever; does nothing when `every_ms` is 0."""
        while self._every_ms:
            some_were_due = await self.step()
            await asyncio.sleep(limits.HEALTH_PAUSE_S if some_were_due else _IDLE_S)
        await asyncio.Event().wait()

    async def step(self) -> bool:
        """Enrol new links and look at a few that are due; False when none is."""
        await self._enrol()
        async with self._database.read() as tx:
            ids = await destination_health.due(
                tx,
                every_ms=self._every_ms,
                failing_again_ms=self._failing_again_ms,
                limit=limits.HEALTH_LOOKS_AT_ONCE,
            )
        if not ids:
            return False
        async with self._database.write() as tx:
            live = await destination_health.live_among(tx, ids)
        urls = sorted({url for each in live for _, url in each.urls})
        looks: dict[str, Look] = {}
        for start in range(0, len(urls), limits.HEALTH_LOOKS_AT_ONCE):
            some = urls[start : start + limits.HEALTH_LOOKS_AT_ONCE]
            looks |= zip(some, await asyncio.gather(*map(self.look, some)), strict=True)
        found = [(each, look_at_all([(path, looks[url]) for path, url in each.urls])) for each in live]
        async with self._database.write() as tx:
            await destination_health.keep_looks(tx, found)
        return True

    async def look(self, url: str) -> Look:
        """Look at one destination: HEAD, and GET when that looks like a failure."""
        try:
            answer = await self._client.send("HEAD", url, headers=_HEADERS)
            if answer.status >= _HEAD_UNUSABLE_FROM:
                answer = await self._client.send("GET", url, headers=_HEADERS)
        except OutgoingFault as fault:
            return Look(0, f"{fault.code}: {fault.detail}"[: limits.TEXT_CHARACTERS_MAX])
        return look_of(answer.status)

    async def _enrol(self) -> None:
        """Find links nobody looked at. From the beginning once per round, since ids may be given."""
        now_ms = self._database.clock()
        if now_ms - self._begun_ms >= self._every_ms:
            self._enrolled, self._begun_ms = "", now_ms
        while True:
            async with self._database.read() as tx:
                part = await link_destinations.after(tx, self._enrolled, _ENROLLED_AT_ONCE)
            if part is None:
                return
            if part.new_ids:
                async with self._database.write() as tx:
                    await link_destinations.enrol(tx, part.new_ids)
            self._enrolled = part.last_id
