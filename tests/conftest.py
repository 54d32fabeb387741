"""Fixtures that more than one package needs."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.broker_process import BrokerProcess

from waypost.runtime.broker import Broker

# How long an example takes says something about the machine, not about the code.
settings.register_profile("waypost", deadline=None)
settings.load_profile("waypost")


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
