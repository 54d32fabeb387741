"""Fixtures of the xQR contract."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.contract.world import World

from waypost.control.dialects.xqr.dialect import XQR


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """An xQR client with a key for everything."""
    async with world.client(XQR) as opened:
        yield opened
