"""Visitors: plain HTTP/1.1 clients on keep-alive connections that remember exactly what they received."""

import asyncio
import random
from dataclasses import dataclass, field

RESPONSE_BYTES_MAX = 64 * 1024
ANSWER_TIMEOUT_S = 10.0
RECONNECT_WAIT_S = 0.02
AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1"


@dataclass
class History:
    """What happened to each request: answered (the whole answer arrived), unknown, or answered wrongly."""

    answered: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


class Visitor:
    """One connection; every request carries an id of its own in `utm_content`, which scans keep."""

    def __init__(self, port: int, name: str, history: History) -> None:
        self._port = port
        self._name = name
        self._history = history
        self._number = 0
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def follow(self, slug: str, target: str) -> bool:
        """Follow a link once; True when the whole and right answer arrived."""
        self._number += 1
        mark = f"{self._name}-{self._number}"
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                head = await self._exchange(slug, mark)
        except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
            # Whether the scan was recorded before the connection broke, only the server can know.
            self._history.unknown.add(mark)
            await self._hang_up()
            return False
        status, location = _read_head(head)
        if status != 302 or location != target:
            self._history.wrong.append(f"{mark}: {status} {location}")
            return False
        self._history.answered.add(mark)
        return True

    async def close(self) -> None:
        """Hang up."""
        await self._hang_up()

    async def _exchange(self, slug: str, mark: str) -> bytes:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        self._writer.write(
            f"GET /{slug}?utm_content={mark} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"User-Agent: {AGENT}\r\nAccept: */*\r\n\r\n".encode()
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _content_length(head)
        if length:
            await self._reader.readexactly(length)
        return head

    async def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = self._reader = None


async def crowd(
    port: int,
    links: dict[str, str],
    history: History,
    *,
    visitors: int,
    until: asyncio.Event,
    seed: int = 1,
    pause_s: float = 0.0,
) -> None:
    """Many visitors follow random links until told to stop; a broken connection is opened again. Each waits
    `pause_s` between two visits."""

    async def one(number: int) -> None:
        rng = random.Random(f"{seed}-{number}")
        visitor = Visitor(port, f"v{seed}-{number}", history)
        slugs = sorted(links)
        try:
            while not until.is_set():
                slug = rng.choice(slugs)
                if not await visitor.follow(slug, links[slug]):
                    await asyncio.sleep(RECONNECT_WAIT_S)
                if pause_s:
                    await asyncio.sleep(pause_s)
        finally:
            await visitor.close()

    await asyncio.gather(*(one(number) for number in range(visitors)))


def _read_head(head: bytes) -> tuple[int, str]:
    lines = head.decode("latin-1").split("\r\n")
    location = next((line[10:] for line in lines if line.lower().startswith("location: ")), "")
    return int(lines[0].split(" ")[1]), location


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return min(int(line[15:]), RESPONSE_BYTES_MAX)
    return 0
