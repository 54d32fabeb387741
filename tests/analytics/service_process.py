"""The real analytics process, killable, and an agent's side of the conversation with it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from tests.analytics.scans import batch

from waypost.runtime.broker import Broker, BrokerRefused, BrokerUnavailable
from waypost.wire.codec import decode_reply, encode
from waypost.wire.queries import Query, StatusAnswer, StatusQuery
from waypost.wire.scan import ScanV1
from waypost.wire.subjects import ANALYTICS_QUERY, scans

DEADLINE_S = 60.0
AnswerT = TypeVar("AnswerT")


class Refusal(Exception):
    """The service answered with an error."""


class AnalyticsProcess:
    """`python -m waypost.analytics` on a data directory of its own."""

    def __init__(
        self, data_dir: Path, nats_url: str, *, stream_mb: int = 64, threads: int = 2, store_url: str = ""
    ) -> None:
        self.data_dir = data_dir
        self._environment = {
            **os.environ,
            "WAYPOST_DATA_DIR": str(data_dir),
            "WAYPOST_NATS_URL": nats_url,
            "WAYPOST_SCANS_STREAM_MB": str(stream_mb),
            "WAYPOST_ANALYTICS_THREADS": str(threads),
            "WAYPOST_ANALYTICS_URL": store_url,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log_path = data_dir / "analytics.log"
        data_dir.mkdir(parents=True, exist_ok=True)

    @property
    def log(self) -> str:
        """Everything it said so far, over all its lives."""
        return self.log_path.read_text()

    def start(self, *, wait: bool = True) -> None:
        """Start it; wait until it says that it serves."""
        ready, theirs = os.pipe()
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "waypost.analytics", "--ready-fd", str(theirs)],
                env=self._environment,
                pass_fds=(theirs,),
                stderr=log,
            )
        os.close(theirs)
        with os.fdopen(ready, "rb") as pipe:
            said = pipe.read(1) if wait else b"1"
        assert said == b"1", self.log

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.process is None or self.process.poll() is not None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of its commands."""
        return subprocess.run(
            [sys.executable, "-m", "waypost.analytics", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
        )


async def ship(broker: Broker, first: int, each: Sequence[ScanV1], node: str = "edge-0") -> None:
    """Publish a batch until it is stored, as an agent does."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                await broker.publish(scans(node), batch(first, each, node=node), timeout_s=1)
            except (BrokerUnavailable, BrokerRefused):
                await asyncio.sleep(0.05)
            else:
                return


async def ask(broker: Broker, query: Query, kind: type[AnswerT]) -> AnswerT:
    """Ask the service, waiting for it while it is away. Raises Refusal."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                reply = decode_reply(await broker.request(ANALYTICS_QUERY, encode(query), timeout_s=5))
            except BrokerUnavailable:
                await asyncio.sleep(0.05)
                continue
            if reply.error is not None:
                raise Refusal(f"{reply.error.code}: {reply.error.message}")
            return msgspec.msgpack.decode(reply.answer, type=kind)


async def settled(broker: Broker, expected: int, *, deadline_s: float = DEADLINE_S) -> StatusAnswer:
    """Wait until so many scans are stored and nothing waits in the stream."""
    status: StatusAnswer | None = None
    try:
        async with asyncio.timeout(deadline_s):
            while True:
                found = status = await ask(broker, StatusQuery(), StatusAnswer)
                if found.scans >= expected and found.behind == 0:
                    return found
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited for {expected} scans: {status}") from None
