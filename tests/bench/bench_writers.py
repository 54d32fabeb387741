"""Requirement 22: fifty writers at once for a minute, none of whom is told to try again."""

import asyncio
import json
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections import Counter

import uvloop
from tests.bench.control_process import LAG_LOOK_S
from tests.bench.report import ROOT, Section
from tests.ports import free_port

KEY = "a-key-for-the-benchmark"
WRITERS = 50
WRITING_S = 60
_BODY = b'{"target_url":"https://example.com/spring?campaign=17"}'
_POST = (
    b"POST /v1/links HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + KEY.encode() + b"\r\n"
    b"Content-Type: application/json\r\nContent-Length: " + str(len(_BODY)).encode() + b"\r\n\r\n" + _BODY
)


def run() -> list[Section]:
    """Measure the writers."""
    return [uvloop.run(_run())]


async def _run() -> Section:
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        command = (sys.executable, "-m", "tests.bench.control_process", directory, str(port), KEY)
        server = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE)
        await _until_it_listens(port)
        times_ms, statuses = list[float](), Counter[int]()
        until = time.monotonic() + WRITING_S
        await asyncio.gather(*(_write(port, until, times_ms, statuses) for _ in range(WRITERS)))
        said, _ = await server.communicate(b"")
    found = json.loads(said)
    lags_ms = sorted(found["lags_ms"])
    times_ms.sort()
    failed = sum(number for status, number in statuses.items() if status >= 500)
    return Section(
        title=f"Control: {WRITERS} writers at once",
        method=f"{WRITERS} connections of one other process create links over HTTP, each as soon as its last one is "
        f"answered, for {WRITING_S:g} s; SQLite, `synchronous=FULL`, one API process, no worker. Lag is how much later "
        f"than asked a sleep of {LAG_LOOK_S * 1000:g} ms ends in the API's event loop.",
        columns=(
            "writers",
            "links/s",
            "p50 ms",
            "p99 ms",
            "worst ms",
            "CPU ms a link",
            "5xx",
            "lag p99 ms",
            "lag worst ms",
        ),
        rows=(
            (
                str(WRITERS),
                f"{len(times_ms) / WRITING_S:,.0f}",
                f"{times_ms[len(times_ms) // 2]:.0f}",
                f"{times_ms[len(times_ms) * 99 // 100]:.0f}",
                f"{times_ms[-1]:.0f}",
                f"{found['processor_s'] * 1000 / len(times_ms):.2f}",
                str(failed),
                f"{lags_ms[len(lags_ms) * 99 // 100]:.1f}",
                f"{lags_ms[-1]:.1f}",
            ),
        ),
        notes=(
            f"Load average of the machine meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
        ),
    )


async def _until_it_listens(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


async def _write(port: int, until: float, times_ms: list[float], statuses: Counter[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (started := time.monotonic()) < until:
        writer.write(_POST)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        times_ms.append((time.monotonic() - started) * 1000)
        statuses[int(head.split(b" ", 2)[1])] += 1
    writer.close()
