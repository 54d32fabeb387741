"""Fixtures of the edge's tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.broker_process import BrokerProcess
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import FakeControl

from waypost.runtime.broker import Broker


@pytest.fixture
def edge_host(tmp_path: Path, broker_process: BrokerProcess) -> Iterator[EdgeHost]:
    """An edge host with nothing started yet, beside a real broker."""
    host = EdgeHost(tmp_path / "edge", broker_process.url)
    yield host
    host.stop_all()


@pytest.fixture
async def control(broker: Broker) -> AsyncIterator[FakeControl]:
    """A control that beats and serves snapshots."""
    fake = FakeControl(broker)
    await fake.start()
    yield fake
    await fake.stop()
