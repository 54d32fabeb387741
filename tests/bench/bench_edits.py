"""Requirement 11: how soon an edit is live on every edge, while three of them serve."""

import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import uvloop
from msgspec import Struct
from tests.bench.report import Section
from tests.redirect.edge_host import EdgeHost
from tests.system.machine import Machine

LINKS = 20_000
ROWS_PER_CALL = 1_000
EDITED_LINKS = 500
"""Every link of these is edited again after as many edits; long before, every edge has the last one."""

EDITORS, EDITS_PER_S, EDITING_S = 8, 50, 30
"""Each editor waits for its edit to be live everywhere, and so long as its share of the edits takes."""

VISITS_PER_S = 300
VISITORS_PER_EDGE = 8
LOOK_S = 0.01
"""An edge is asked so often whether an edit is live, which is the error of each figure."""

DEADLINE_S = 30.0
REST_S_MAX = 2.0
"""Edges close what rests for longer than some seconds."""


class Edge(Struct, frozen=True):
    """One edge: its name in the table, its port, and how long each edit took to be live there."""

    name: str
    port: int
    waits_ms: list[float] = msgspec.field(default_factory=list)


class Answer(Struct, frozen=True):
    """What came back, as far as it is of interest."""

    status: int
    location: str
    body: bytes


class Pool:
    """Connections to one port, kept alive and used by one caller at a time."""

    def __init__(self, port: int, host: str) -> None:
        self._port = port
        self._host = host
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter, float]] = []

    async def ask(self, line: str, headers: str = "", body: bytes = b"") -> Answer:
        """One request on a connection of its own."""
        async with self._connection() as (reader, writer):
            length = f"Content-Length: {len(body)}\r\n" if body else ""
            writer.write(f"{line} HTTP/1.1\r\nHost: {self._host}\r\n{headers}{length}\r\n".encode() + body)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            fields = dict(each.lower().split(": ", 1) for each in head.split("\r\n")[1:-2])
            content = await reader.readexactly(int(fields.get("content-length", "0")))
        return Answer(int(head.split(" ", 2)[1]), fields.get("location", ""), content)

    def close(self) -> None:
        """Hang up."""
        for _, writer, _ in self._idle:
            writer.close()
        self._idle.clear()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        while self._idle:
            reader, writer, rests_since = self._idle.pop()
            if time.monotonic() - rests_since < REST_S_MAX:
                break
            writer.close()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        yield reader, writer
        self._idle.append((reader, writer, time.monotonic()))


class Editor:
    """Edits links at a steady pace and watches each edit arrive at every edge."""

    def __init__(self, control_port: int, host: str, key: str, edges: Sequence[Edge]) -> None:
        self._api = Pool(control_port, f"127.0.0.1:{control_port}")
        self._headers = f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        self._edges = [(edge, Pool(edge.port, host)) for edge in edges]
        self._ids: list[str] = []
        self._visits = 0
        self.answers_ms: list[float] = []
        self.edits_per_s = self.visits_per_s = 0.0

    async def create(self) -> None:
        """Create all links and wait until every edge has them."""
        for first in range(0, LINKS, ROWS_PER_CALL):
            rows = [
                {"slug": f"l{number}", "target_url": f"https://example.com/{number}"}
                for number in range(first, first + ROWS_PER_CALL)
            ]
            answer = await self._api.ask(
                "POST /v1/links/bulk", self._headers, msgspec.json.encode({"rows": rows})
            )
            made = msgspec.json.decode(answer.body)
            if first < EDITED_LINKS:
                self._ids += [row["id"] for row in made["results"]][: EDITED_LINKS - first]
        last = LINKS - 1
        await asyncio.gather(
            *(self._arrival(pool, f"l{last}", f"https://example.com/{last}") for _, pool in self._edges)
        )

    async def work(self) -> None:
        """Visits and edits for a minute, each edit watched until it is live everywhere."""
        began = time.monotonic()
        visitors = [
            asyncio.create_task(self._visit(pool, seed))
            for _, pool in self._edges
            for seed in range(VISITORS_PER_EDGE)
        ]
        numbers = itertools.count()
        await asyncio.gather(*(self._edit_until(began + EDITING_S, numbers) for _ in range(EDITORS)))
        self.edits_per_s = len(self.answers_ms) / (time.monotonic() - began)
        self.visits_per_s = self._visits / (time.monotonic() - began)
        for visitor in visitors:
            visitor.cancel()
        await asyncio.gather(*visitors, return_exceptions=True)
        for pool in (self._api, *(pool for _, pool in self._edges)):
            pool.close()

    async def _edit_until(self, end: float, numbers: Iterator[int]) -> None:
        due = time.monotonic()
        while due < end:
            await self._edit(next(numbers))
            due = max(due + EDITORS / EDITS_PER_S, time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    async def _edit(self, number: int) -> None:
        slug, target = f"l{number % EDITED_LINKS}", f"https://example.com/edit/{number}"
        began = time.monotonic()
        answer = await self._api.ask(
            f"PATCH /v1/links/{self._ids[number % EDITED_LINKS]}",
            self._headers,
            msgspec.json.encode({"target_url": target}),
        )
        if answer.status != 200:
            raise RuntimeError(f"an edit was answered {answer.status}: {answer.body[:200]!r}")
        answered = time.monotonic()
        self.answers_ms.append((answered - began) * 1000)
        await asyncio.gather(*(self._watch(edge, pool, slug, target, answered) for edge, pool in self._edges))

    async def _watch(self, edge: Edge, pool: Pool, slug: str, target: str, answered: float) -> None:
        await self._arrival(pool, slug, target)
        edge.waits_ms.append((time.monotonic() - answered) * 1000)

    async def _arrival(self, pool: Pool, slug: str, target: str) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while (await pool.ask(f"GET /{slug}")).location != target:
                await asyncio.sleep(LOOK_S)

    async def _visit(self, pool: Pool, seed: int) -> None:
        pause_s = len(self._edges) * VISITORS_PER_EDGE / VISITS_PER_S
        due = time.monotonic()
        for number in itertools.count(seed * 1_009, 7_919):
            due += pause_s
            await asyncio.sleep(due - time.monotonic())
            answer = await pool.ask(f"GET /l{EDITED_LINKS + number % (LINKS - EDITED_LINKS)}")
            if answer.status != 302:
                raise RuntimeError(f"a visit was answered {answer.status}")
            self._visits += 1


def run() -> list[Section]:
    """Measure the edits."""
    with tempfile.TemporaryDirectory() as directory:
        machine = Machine(Path(directory) / "machine")
        machine.start()
        others = [
            EdgeHost(Path(directory) / name, machine.broker_url("edge")) for name in ("second", "third")
        ]
        try:
            for host in others:
                host.start_agent()
                host.start_worker()
            ports = (machine.edge_port, *(host.port for host in others))
            edges = [Edge(name, port) for name, port in zip(("first", "second", "third"), ports, strict=True)]
            editor = Editor(
                int(machine.control.rpartition(":")[2]),
                machine.edge.removeprefix("http://"),
                machine.key,
                edges,
            )
            uvloop.run(_work(editor))
        finally:
            for host in others:
                host.stop_all()
            machine.stop()
    return [_section(editor, edges)]


async def _work(editor: Editor) -> None:
    await editor.create()
    await editor.work()


def _section(editor: Editor, edges: Sequence[Edge]) -> Section:
    return Section(
        title="Edits: live on three edges",
        method=f"The whole of Waypost and two more edges on one machine, {LINKS:,} links. For {EDITING_S} s, {EDITORS} "
        f"editors make {editor.edits_per_s:.0f} edits a second ({EDITS_PER_S} at most) by `PATCH /v1/links/{{id}}`, "
        f"{editor.visits_per_s:,.0f} visits a second meanwhile. From the API's 200 to the first answer of the edge "
        f"with the new destination; each edge is asked every {LOOK_S * 1000:g} ms.",
        columns=("what", "edits", "p50 ms", "p99 ms", "worst ms", "aim"),
        rows=(
            _row("edit answered", editor.answers_ms, "-"),
            *(
                _row(f"live on the {edge.name} edge", edge.waits_ms, "p50 50, p99 250, worst 3,000")
                for edge in edges
            ),
        ),
        notes=(
            f"Load average of the machine meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
        ),
    )


def _row(what: str, times_ms: list[float], aim: str) -> tuple[str, ...]:
    times_ms.sort()
    p50, p99 = times_ms[len(times_ms) // 2], times_ms[len(times_ms) * 99 // 100]
    return (what, f"{len(times_ms):,}", f"{p50:.0f}", f"{p99:.0f}", f"{times_ms[-1]:.0f}", aim)
