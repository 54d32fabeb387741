"""The vendor's calls in TypeScript and curl, with only base URL and key changed.

The scripts make the documented requests through the documented helper; types are left out, since Node
runs JavaScript.
"""

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
from waypost.control.model.plans import Plan

DEADLINE_S = 60.0
KEY = "qrbd_0123456789ABCDEFGHIJKLMNOPQRSTUV"

HELPER = """
const api = async (path, init = {}) => {
  const res = await fetch(BASE + path, {
    ...init,
    headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json', ...init.headers },
  });
  const body = await res.json();
  if (!res.ok) throw new Error(`${body.error}: ${body.message ?? ''}`);
  return body;
};
"""
LIFE = """
const { data: qr } = await api('/qrcodes', { method: 'POST', body: JSON.stringify(
  { target_url: 'https://example.com', title: 'My Campaign QR', is_dynamic: true }) });
const { data: moved } = await api(`/qrcodes/${qr.id}`, {
  method: 'PATCH', body: JSON.stringify({ target_url: 'https://new-destination.com' }) });
const { data: gone } = await api(`/qrcodes/${qr.id}`, { method: 'DELETE' });
const error = await api(`/qrcodes/${qr.id}`).catch(thrown => thrown.message);
console.log(JSON.stringify({ qr, moved, gone, error }));
"""
RULES: list[dict[str, Any]] = [
    {"type": "geo", "condition": "in", "values": ["US", "CA"], "target_url": "https://en.example.com"},
    {"type": "os", "condition": "is", "values": ["iOS"], "target_url": "https://apps.apple.com/app/id123"},
    {"type": "os", "condition": "is", "values": ["Android"], "target_url": "https://play.google.com/..."},
    {"type": "ab", "weight": 20, "target_url": "https://new.example.com"},
    {
        "type": "time",
        "timezone": "America/New_York",
        "startTime": "09:00",
        "endTime": "17:00",
        "activeDays": [1, 2, 3, 4, 5],
        "target_url": "https://example.com/chat-now",
    },
]
ALL_RULES = """
const { data: qr } = await api('/qrcodes', { method: 'POST', body: JSON.stringify({
  target_url: 'https://default.example.com', title: 'Multi-rule Campaign', is_dynamic: true, smart_rules: RULES }) });
console.log(JSON.stringify(qr));
"""
RETRY = """
const waits = [];
const apiWithRetry = async (path, retries = 3) => {
  for (let i = 0; i < retries; i++) {
    const res = await fetch(BASE + path, { headers: { Authorization: `Bearer ${KEY}` } });
    if (res.status !== 429) return res.json();
    const reset = Number(res.headers.get('X-RateLimit-Reset') ?? 0);
    waits.push(Math.max(reset - NOW, 1_000));
    await new Promise(done => setTimeout(done, 1));
  }
  throw new Error('Max retries exceeded');
};
const ended = await apiWithRetry('/links').catch(thrown => thrown.message);
console.log(JSON.stringify({ ended, waits }));
"""
CURL = """curl -s -X POST BASE/links -H "Authorization: Bearer KEY" -H "Content-Type: application/json" \\
  -d '{"target_url": "https://example.com/long/url?utm_source=campaign", "title": "Campaign Link",
       "slug": "campaign-q1"}'"""

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@pytest.fixture
async def base_url(world: World) -> AsyncIterator[str]:
    """This Waypost on a port of its own, under the dialect's prefix."""
    await world.add_key(KEY)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(asgi(world.control), log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listening]))
    async with asyncio.timeout(DEADLINE_S):
        while not server.started:
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/qrsbd/api/v1"
    server.should_exit = True
    await serving


async def output(*command: str, script: str = "") -> Any:
    """The JSON that a command writes; it must end well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(script.encode()), DEADLINE_S)
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def node(script: str, **constants: Any) -> Any:
    """What an ES module with these constants writes."""
    given = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in constants.items())
    return await output("node", "--input-type=module", "-", script=given + script)


@needs_node
async def test_the_samples_create_move_and_delete_a_code(base_url: str) -> None:
    """C283: `data` is taken apart, errors are read from `error` and `message`."""
    seen = await node(HELPER + LIFE, BASE=base_url, KEY=KEY)
    assert seen["qr"]["short_url"].startswith("https://go.example/")
    assert seen["moved"]["target_url"] == "https://new-destination.com/"
    assert seen["gone"] == {"id": seen["qr"]["id"], "deleted": True}
    assert seen["error"].startswith("not_found: ")


@needs_node
async def test_the_sample_with_all_smart_rules_is_kept_as_it_is_written(base_url: str) -> None:
    """C284: five rules of four kinds, in their order."""
    seen = await node(HELPER + ALL_RULES, BASE=base_url, KEY=KEY, RULES=RULES)
    for kept, written in zip(seen["smart_rules"], RULES, strict=True):
        assert kept == {**written, "target_url": kept["target_url"]}
        assert kept["target_url"].removesuffix("/") == written["target_url"].removesuffix("/")


@needs_node
async def test_the_retry_helper_waits_until_the_window_moves(world: World, base_url: str) -> None:
    """C285: milliseconds since 1970, at most a minute ahead; then the call goes through."""
    world.use_plan(Plan(name="unlimited", api_calls_minute=1))
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {KEY}"}) as client:
        assert (await client.get(f"{base_url}/links")).status_code == 200
    refused = await node(RETRY, BASE=base_url, KEY=KEY, NOW=world.now_ms)
    assert refused["ended"] == "Max retries exceeded"
    assert all(59_000 < wait_ms <= 60_000 for wait_ms in refused["waits"])
    world.now_ms += 60_000
    assert await node(RETRY, BASE=base_url, KEY=KEY, NOW=world.now_ms) == {"ended": {"data": []}, "waits": []}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_the_documented_request_works_with_curl(base_url: str) -> None:
    """The first thing people paste."""
    seen = await output("sh", script=CURL.replace("BASE", base_url).replace("KEY", KEY))
    assert seen["data"]["short_url"] == "https://go.example/campaign-q1"
    assert seen["data"]["type"] == "link"
