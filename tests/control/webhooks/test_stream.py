"""Scans that analytics tells of, over a real broker that is killed and made anew."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.broker_process import BrokerProcess
from tests.control.webhooks.conftest import PEPPERS, MakeEndpoint, MakeLink
from tests.control.webhooks.receiver import Receiver
from tests.control.webhooks.test_fanout import scan

from waypost.control.jobs.relay import EVENTS_CONFIG
from waypost.control.jobs.webhooks import run_webhooks
from waypost.control.store.database import Database
from waypost.control.store.tx import clock_ms
from waypost.runtime.broker import Broker, BrokerRefused, BrokerUnavailable
from waypost.wire import codec, subjects
from waypost.wire.event import ScannedV1


@pytest.fixture
def clock() -> object:
    """The machine's own time."""
    return clock_ms


@pytest.fixture
async def worker(database: Database, broker: Broker) -> AsyncIterator[None]:
    """Webhooks being delivered, with a line to the broker."""
    task = asyncio.create_task(run_webhooks(database, PEPPERS, broker=broker))
    yield
    assert not task.done(), "the worker must outlive every test"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _publish(broker: Broker, message: ScannedV1) -> None:
    """Publish as soon as the broker takes it again."""
    async with asyncio.timeout(30):
        while True:
            try:
                await broker.publish(subjects.events("link.scanned"), codec.encode(message))
                return
            except (BrokerUnavailable, BrokerRefused):
                await asyncio.sleep(0.05)


async def test_scans_arrive_before_and_after_the_broker_is_killed(
    broker_process: BrokerProcess, broker: Broker, worker: None, receiver: Receiver,
    make_endpoint: MakeEndpoint, make_link: MakeLink,
) -> None:  # fmt: skip
    """The stream is missing at first, and its server dies in the middle; every scan is told once."""
    link = await make_link(title="Poster")
    minted = await make_endpoint(receiver.url, events=("link.scanned",))
    await broker.ensure_stream(EVENTS_CONFIG)
    subject = subjects.events("link.scanned")
    await broker.publish(subject, codec.encode(ScannedV1((scan(link, 1), scan(link, 2)))))
    await broker.publish(subject, b"\xc1 not a message")
    await receiver.wait_for(2)
    broker_process.kill()
    broker_process.start()
    await _publish(broker, ScannedV1((scan(link, 2), scan(link, 3))))
    received = await receiver.wait_for(3, timeout_s=30)
    assert sorted(each.json["data"]["scan"]["id"] for each in received) == [
        "edge-0.1.1", "edge-0.1.2", "edge-0.1.3",
    ]  # fmt: skip
    for each in received:
        each.verify(minted.secret)
        assert each.json["data"]["link"]["title"] == "Poster"
