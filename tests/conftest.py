"""Fixtures that more than one package needs."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.broker_process import BrokerProcess

from waypost.runtime.broker import Broker


@pytest.fixture
def broker_process(tmp_path: Path) -> Iterator[BrokerProcess]:
    """A real nats-server of this test's own."""
    process = BrokerProcess(tmp_path / "nats")
    process.start()
    yield process
    process.stop()


@pytest.fixture
async def broker(broker_process: BrokerProcess) -> AsyncIterator[Broker]:
    """A connection to this test's nats-server."""
    connection = await Broker.connect(broker_process.url, "test")
    yield connection
    await connection.close()
