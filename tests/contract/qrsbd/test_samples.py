"""The vendor's samples in TypeScript and its request with curl, with only base URL and key changed."""

import json
import shutil
from pathlib import Path

import httpx
import pytest
from tests.contract.running import output
from tests.contract.world import World

from waypost.control.model.plans import Plan

KEY = "qrbd_0123456789ABCDEFGHIJKLMNOPQRSTUV"
SAMPLES = Path(__file__).with_name("samples")
TYPES = {
    "path: string, init?: RequestInit": "path, init",
    "process.env.QRSBD_API_KEY!": "process.env.QRSBD_API_KEY",
}
"""All that is TypeScript in the samples, and what a compiler makes of it."""
CLOCK = """
Date.now = () => NOW;
const wait = globalThis.setTimeout;
globalThis.setTimeout = (work, ms, ...more) => wait(work, ms > 30_000 ? 1 : ms, ...more);
"""
"""Makes half a minute and more pass at once; the sample cannot tell."""
CURL = """curl -s -X POST https://qrs.bd/api/v1/links -H "Authorization: Bearer $QRSBD_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"target_url": "https://example.com/long/url?utm_source=campaign", "title": "Campaign Link",
       "slug": "campaign-q1"}'"""

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@pytest.fixture
async def base_url(world: World, address: str) -> str:
    """The dialect on a port of its own."""
    await world.add_key(KEY)
    return f"{address}/qrsbd/api/v1"


def sample(name: str) -> str:
    """A sample without its types."""
    text = (SAMPLES / name).read_text()
    for typed, plain in TYPES.items():
        text = text.replace(typed, plain)
    return text


async def node(base_url: str, script: str) -> list[str]:
    """The lines that a script of the vendor writes here."""
    here = script.replace("https://qrs.bd/api/v1", base_url)
    written = await output("node", "--input-type=module", "-", script=here, env={"QRSBD_API_KEY": KEY})
    return written.splitlines()


def client(base_url: str) -> httpx.AsyncClient:
    """To see what the samples did."""
    return httpx.AsyncClient(base_url=base_url, trust_env=False, headers={"Authorization": f"Bearer {KEY}"})


@needs_node
async def test_the_samples_create_move_and_delete_a_code(base_url: str) -> None:
    """C283: `data` is taken apart, errors are read from `error` and `message`."""
    moved = "console.log(JSON.stringify((await api(`/qrcodes/${qr.id}`)).data));\n"
    life, comment, ending = sample("quickstart.ts").partition("// Delete\n")
    refused = "await api(`/qrcodes/${qr.id}`).catch((error) => console.log(error.message));"
    said, seen, error = await node(base_url, f"{life}{moved}{comment}{ending}{refused}")
    code = json.loads(seen)
    assert said == f"Scan URL: {code['short_url']}"
    assert (code["title"], code["target_url"]) == ("My Campaign QR", "https://new-destination.com/")
    assert error.startswith("not_found: ")
    async with client(base_url) as opened:
        assert (await opened.get("/qrcodes")).json() == {"data": []}


@needs_node
async def test_the_sample_with_all_smart_rules_is_kept_as_it_is_written(base_url: str) -> None:
    """C284: five rules of four kinds, in their order."""
    helper = sample("quickstart.ts").partition("// Create")[0]
    (short_url,) = await node(base_url, helper + sample("smart_rules.ts"))
    async with client(base_url) as opened:
        (code,) = (await opened.get("/qrcodes")).json()["data"]
    assert code["short_url"] == short_url
    geo, ios, android, share, hours = code["smart_rules"]
    assert geo == {
        "type": "geo",
        "condition": "in",
        "values": ["US", "CA"],
        "target_url": "https://en.example.com/",
    }
    assert [rule["values"] for rule in (ios, android)] == [["iOS"], ["Android"]]
    assert android["target_url"] == "https://play.google.com/..."
    assert (share["type"], share["weight"]) == ("ab", 20)
    assert hours == {
        "type": "time",
        "timezone": "America/New_York",
        "startTime": "09:00",
        "endTime": "17:00",
        "activeDays": [1, 2, 3, 4, 5],
        "target_url": "https://example.com/chat-now",
    }


@needs_node
async def test_the_retry_helper_waits_until_the_window_moves(world: World, base_url: str) -> None:
    """C285: milliseconds since 1970, at most a minute ahead; then the call goes through."""
    world.use_plan(Plan(name="unlimited", api_calls_minute=1))
    calling = sample("retry.ts") + (
        'console.log(JSON.stringify(await apiWithRetry("/links").catch((error) => error.message)));\n'
    )
    async with client(base_url) as opened:
        assert (await opened.get("/links")).status_code == 200
    *waits, ended = await node(base_url, CLOCK.replace("NOW", str(world.now_ms)) + calling)
    assert ended == '"Max retries exceeded"'
    assert len(waits) == 3
    for line in waits:
        wait_ms = int(line.removeprefix("Rate limited — retrying in ").removesuffix("ms"))
        assert 59_000 < wait_ms <= 60_000
    world.now_ms += 60_000
    assert await node(base_url, calling) == ['{"data":[]}']


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_the_documented_request_works_with_curl(base_url: str) -> None:
    """The first thing people paste."""
    here = CURL.replace("https://qrs.bd/api/v1", base_url)
    seen = json.loads(await output("sh", script=here, env={"QRSBD_API_KEY": KEY}))
    assert seen["data"]["short_url"] == "https://go.example/campaign-q1"
    assert seen["data"]["type"] == "link"
