"""C287: the vendor's three curl samples, with only base URL, key and ids changed."""

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from tests.contract.world import World

from waypost.control.app import asgi

START_DEADLINE_S = 20.0
KEY = "tk_live_0123456789abcdefghijklmnopqrstuv"
SAMPLES = {
    "generate": """curl -s -w '\\n%{http_code}' -X POST BASE/api/v1/links/LINK/qr \\
  -H "Authorization: Bearer KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "format": "png",
    "size": 1024,
    "errorCorrection": "M"
  }'""",
    "read": """curl -s -w '\\n%{http_code}' BASE/api/v1/links/LINK/qr \\
  -H "Authorization: Bearer KEY\"""",
    "download": "curl -s -w '\\n%{http_code}' -X POST BASE/api/v1/qr/CODE/download",
}


@pytest.fixture
async def base_url(world: World) -> AsyncIterator[str]:
    """This Waypost on a port of its own, under the dialect's prefix."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(asgi(world.control), log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listening]))
    async with asyncio.timeout(START_DEADLINE_S):
        while not server.started:
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/trimlink"
    server.should_exit = True
    await serving


async def run(sample: str, **words: str) -> tuple[int, dict[str, Any]]:
    """Run a sample in a shell; return status and body."""
    for name, value in words.items():
        sample = sample.replace(name, value)
    process = await asyncio.create_subprocess_exec("sh", "-c", sample, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    body, _, status = out.decode().rpartition("\n")
    return int(status), json.loads(body)


async def test_curl_samples_work_with_another_base_url_and_key(world: World, base_url: str) -> None:
    """Moving from the vendor must cost a base URL and a key."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    await world.add_key(KEY)
    async with httpx.AsyncClient(base_url=base_url, headers={"Authorization": f"Bearer {KEY}"}) as client:
        made = await client.post("/api/v1/shorten", json={"url": "https://example.com/"})
    link = made.json()["data"]["id"]
    status, first = await run(SAMPLES["generate"], BASE=base_url, LINK=link, KEY=KEY)
    assert (status, first["success"], first["data"]["size"]) == (201, True, 1024)
    status, _ = await run(SAMPLES["download"], BASE=base_url, CODE=first["data"]["id"])
    assert status == 200
    status, read = await run(SAMPLES["read"], BASE=base_url, LINK=link, KEY=KEY)
    assert (status, read["data"]["id"], read["data"]["downloadCount"]) == (200, first["data"]["id"], 1)
