"""A client of the QRs.bd dialect."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.contract.world import World

from waypost.control.dialects.qrsbd.dialect import QRSBD


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """As a user of the vendor has it."""
    async with world.client(QRSBD) as opened:
        yield opened
