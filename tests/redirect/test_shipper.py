"""Shipping over brokers that die, forget and refuse."""

import asyncio
import contextlib
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.broker_process import BrokerProcess

from waypost.redirect.shipper import Shipper
from waypost.redirect.spool import Durability, Spool
from waypost.runtime.broker import Broker, BrokerRefused, BrokerUnavailable, StreamConfig
from waypost.runtime.stream_reader import StreamReader
from waypost.wire import subjects
from waypost.wire.codec import decode_scan_batch

pytestmark = pytest.mark.fault
SCANS = StreamConfig(subjects.SCANS_STREAM, (subjects.SCANS_SUBJECTS,), 3600, 200_000_000, 262_144)


@contextlib.asynccontextmanager
async def shipping(broker: Broker, directory: Path, node: str = "edge-0") -> AsyncIterator[Shipper]:
    """A shipper at work."""
    shipper = Shipper(broker, directory, node)
    task = asyncio.create_task(shipper.run())
    try:
        yield shipper
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def ensure_scans(broker: Broker, config: StreamConfig = SCANS) -> None:
    """Make the stream, over a broker that is just coming up."""
    async with asyncio.timeout(20):
        while True:
            try:
                await broker.ensure_stream(config)
            except (BrokerUnavailable, BrokerRefused):
                await asyncio.sleep(0.05)
            else:
                return


async def stored(broker: Broker, count: int, *, deadline_s: float = 20.0) -> Counter[tuple[int, int, bytes]]:
    """(epoch, offset, scan) of everything in the stream, once there are so many different ones."""
    found: Counter[tuple[int, int, bytes]] = Counter()
    reader = StreamReader(broker, subjects.SCANS_STREAM, 0)
    async with asyncio.timeout(deadline_s):
        while len(found) < count:
            try:
                messages = await reader.fetch(timeout_s=0.3)
            except (BrokerUnavailable, BrokerRefused):
                await asyncio.sleep(0.05)
                continue
            for message in messages:
                batch = decode_scan_batch(message.data)
                for offset, raw in enumerate(batch.scans, batch.first):
                    found[batch.epoch, offset, bytes(raw)] += 1
    return found


def fill(spool: Spool, first: int, count: int) -> list[tuple[int, int, bytes]]:
    """Append small msgpack integers; what must arrive."""
    expected = []
    for offset in range(first, first + count):
        payload = bytes([0xCD]) + (offset % 65536).to_bytes(2, "big")
        spool.append(payload)
        expected.append((spool.epoch, offset, payload))
    return expected


async def test_scans_arrive_once_over_broker_kills(
    tmp_path: Path, broker: Broker, broker_process: BrokerProcess
) -> None:
    """An acknowledgement that was lost must not double a batch."""
    await ensure_scans(broker)
    spool = Spool(tmp_path / "0", "edge-0", Durability.OS)
    expected: list[tuple[int, int, bytes]] = []
    async with shipping(broker, spool.directory):
        for round_number in range(4):
            expected += fill(spool, round_number * 700, 700)
            await asyncio.sleep(0.05)
            await asyncio.to_thread(broker_process.kill)
            expected_now = len(expected)
            await asyncio.to_thread(broker_process.start)
            await stored(broker, expected_now)
        found = await stored(broker, len(expected))
    spool.close()
    assert found == Counter(expected)


async def test_a_broker_that_lost_its_store_is_given_everything_again(
    tmp_path: Path, broker: Broker, broker_process: BrokerProcess
) -> None:
    """Acknowledged is not the same as kept: the spool holds what the broker may have lost."""
    await ensure_scans(broker)
    spool = Spool(tmp_path / "0", "edge-0", Durability.OS)
    expected = fill(spool, 0, 1200)
    async with shipping(broker, spool.directory) as shipper:
        await stored(broker, 1200)
        await asyncio.to_thread(broker_process.kill)
        shutil.rmtree(broker_process.directory / "store")
        await asyncio.to_thread(broker_process.start)
        await ensure_scans(broker)
        assert await stored(broker, 1200) == Counter(expected)
        expected += fill(spool, 1200, 10)
        assert await stored(broker, 1210) == Counter(expected)
        assert shipper.position.offset >= 1200
    spool.close()


async def test_a_new_shipper_goes_on_where_the_broker_stands(tmp_path: Path, broker: Broker) -> None:
    """The agent may die between an acknowledgement and writing it down."""
    await ensure_scans(broker)
    spool = Spool(tmp_path / "0", "edge-0", Durability.OS)
    expected = fill(spool, 0, 50)
    async with shipping(broker, spool.directory):
        await stored(broker, 50)
    # As the first one may have left it: stored, and ended before that was written down.
    (spool.directory / "shipped").unlink(missing_ok=True)
    expected += fill(spool, 50, 50)
    async with shipping(broker, spool.directory):
        found = await stored(broker, 100)
    spool.close()
    assert found == Counter(expected)


async def test_trouble_that_is_over_is_not_told_for_ever(tmp_path: Path, broker: Broker) -> None:
    """A worker that nobody visits yet must not leave its edge degraded because it started before the stream."""
    spool = Spool(tmp_path / "0", "edge-0", Durability.OS)
    async with shipping(broker, spool.directory) as shipper, asyncio.timeout(20):
        while "stream not found" not in shipper.trouble:
            await asyncio.sleep(0.02)
        await ensure_scans(broker)
        while shipper.trouble:
            await asyncio.sleep(0.02)
    spool.close()


async def test_a_full_stream_is_waited_for(tmp_path: Path, broker: Broker) -> None:
    """Back-pressure ends on the edge's disk; nothing is dropped and nothing evicts what is there."""
    small = StreamConfig(subjects.SCANS_STREAM, (subjects.SCANS_SUBJECTS,), 3600, 6_000, 262_144)
    await ensure_scans(broker, small)
    spool = Spool(tmp_path / "0", "edge-0", Durability.OS)
    expected = fill(spool, 0, 3000)
    async with shipping(broker, spool.directory) as shipper, asyncio.timeout(20):
        while not shipper.trouble.startswith("the stream is full"):
            await asyncio.sleep(0.02)
        await ensure_scans(broker)
        found = await stored(broker, 3000)
    spool.close()
    assert found == Counter(expected)


async def test_an_edge_with_a_copied_spool_is_fenced_off(tmp_path: Path, broker: Broker) -> None:
    """A cloned host must be told, not merged."""
    await ensure_scans(broker)
    spool = Spool(tmp_path / "0", "edge-0", Durability.OS)
    fill(spool, 0, 10)
    shutil.copytree(spool.directory, tmp_path / "copy")
    twin = Spool(tmp_path / "copy", "edge-0", Durability.OS)
    fill(twin, 0, 10)
    async with shipping(broker, twin.directory):
        await stored(broker, 20)
    async with shipping(broker, spool.directory) as shipper, asyncio.timeout(20):
        fill(spool, 10, 10)
        while "another edge publishes" not in shipper.trouble:
            await asyncio.sleep(0.02)
    assert (await broker.stream_state(subjects.SCANS_STREAM)).messages <= 2
    spool.close()
    twin.close()
