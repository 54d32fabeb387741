"""Clients of the CodeQR dialect: in this process, and over a real socket for other languages."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.analytics.counting import Bench
from tests.analytics.scans import BOT, BROWSER
from tests.contract.world import World

from waypost.control.dialects.codeqr import ids
from waypost.control.dialects.codeqr.dialect import CODEQR
from waypost.wire.ids import to_bytes
from waypost.wire.scan import ScanV1, Source

KEY = "codeqr_0123456789abcdefghijklmn"
HOUR_MS = 3_600_000
CLICK = bytes.fromhex("0192aabbccdd7eee8fff001122334455")
OTHER_CLICK = bytes.fromhex("0192aabbccdd7eee8fff0011223344aa")
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"


@pytest.fixture
async def vendor_key(world: World) -> str:
    """A key in the vendor's form that opens everything."""
    await world.add_key(KEY)
    return KEY


@pytest.fixture
async def client(world: World, vendor_key: str) -> AsyncIterator[httpx.AsyncClient]:
    """As a user of the vendor has it."""
    async with world.client(CODEQR, vendor_key) as opened:
        yield opened


@pytest.fixture
def served(address: str, vendor_key: str) -> str:
    """The base URL of the dialect on a port of its own, whose clients send the key."""
    del vendor_key
    return f"{address}/codeqr"


def visit(world: World, link_id: str, visitor: int, *, ago_ms: int = 2 * HOUR_MS, **more: Any) -> ScanV1:
    """One scan of a link."""
    values: dict[str, Any] = {"user_agent": BROWSER, "source": Source.LINK, **more}
    return ScanV1(
        world.now_ms - ago_ms,
        to_bytes(ids.native(ids.LINK, link_id)),
        to_bytes(world.workspace_id),
        visitor.to_bytes(8, "big"),
        **values,
    )


@pytest.fixture
async def link(client: httpx.AsyncClient, world: World, bench: Bench) -> dict[str, Any]:
    """A link that three people and a robot visited, one of them three hours ago by its code."""
    body = {
        "url": "https://shop.example/p?utm_source=old",
        "key": "spring",
        "tagNames": ["shoes"],
        "utm_source": "news",
    }
    answer = await client.post("/links", json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    bench.count_scans(
        [
            visit(
                world, made["id"], 1, ago_ms=3 * HOUR_MS, country="DE", continent="EU", region="DE-BE",
                city="Berlin", source=Source.QR, click_id=CLICK, utm=("news", "", "", "", ""), user_agent=PHONE,
            ),
            visit(world, made["id"], 2, country="FR", continent="EU", referrer="news.example", click_id=OTHER_CLICK),
            visit(world, made["id"], 3),
            visit(world, made["id"], 4, user_agent=BOT),
        ]
    )  # fmt: skip
    return made
