"""C287: the vendor's three curl samples, with only base URL, key and ids changed."""

import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.contract.running import output
from tests.contract.world import World

KEY = "tk_live_0123456789abcdefghijklmnopqrstuv"
SAMPLES = (Path(__file__).parent / "samples" / "curl.txt").read_text().strip().split("\n\n")
DOCUMENTED_LINK = "9c8b7a6d-5e4f-4a3b-8291-0d1e2f3a4b5c"
DOCUMENTED_CODE = "3a4b5c6d-7e8f-4901-a2b3-c4d5e6f7a8b9"
STATUS = "--silent --write-out '\\n%{http_code}'"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_samples_work_with_another_base_url_and_key(world: World, address: str) -> None:
    """Moving from the vendor must cost a base URL and a key."""
    await world.add_key(KEY)
    base = f"{address}/trimlink"
    async with httpx.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {KEY}"}) as client:
        made = await client.post("/api/v1/shorten", json={"url": "https://example.com/"})
    ids = {DOCUMENTED_LINK: made.json()["data"]["id"]}

    async def run(sample: str) -> tuple[int, dict[str, Any]]:
        for old, new in {"https://trimlink.co": base, "tk_live_your_api_key": KEY, **ids}.items():
            sample = sample.replace(old, new)
        body, _, status = (await output("sh", script=f"{sample} {STATUS}")).rpartition("\n")
        return int(status), json.loads(body)

    generate, read, download = SAMPLES
    status, first = await run(generate)
    assert (status, first["success"], first["data"]["size"]) == (201, True, 1024)
    ids[DOCUMENTED_CODE] = first["data"]["id"]
    assert (await run(download))[0] == 200
    status, seen = await run(read)
    assert (status, seen["data"]["id"], seen["data"]["downloadCount"]) == (200, first["data"]["id"], 1)
