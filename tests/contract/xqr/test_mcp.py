"""The MCP server: a real client over real stdio, against a Waypost on a real port."""

import asyncio
import json
import sys

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from tests.contract.world import ADMIN_KEY, World
from tests.contract.xqr.test_assets import put
from tests.control.test_assets import PDF

from waypost.control.dialects.xqr.dialect import XQR

TOOLS = [
    *("create_link", "list_links", "get_link", "update_link", "delete_link", "bulk_create_links"),
    *("get_link_qr", "generate_qr", "list_qr_templates", "create_qr_template", "render_qr_template"),
    *("analytics_summary", "analytics_link_stats", "analytics_timeseries", "analytics_geography"),
    *("analytics_devices", "analytics_top_links"),
    *("list_bio_pages", "get_bio_page", "create_bio_page", "update_bio_page", "publish_bio_page"),
    *("list_assets", "get_asset", "publish_asset", "delete_asset"),
    *("get_workspace", "get_workspace_usage", "list_workspace_members"),
]
_DEADLINE_S = 20.0


@pytest.fixture
def base_url(address: str) -> str:
    """The dialect on a port of its own."""
    return f"{address}/xqr/api/v1"


def _agent(base_url: str, key: str = ADMIN_KEY) -> Client:
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "waypost.control.dialects.xqr.mcp"],
        env={"XQR_API_KEY": key, "XQR_BASE_URL": base_url},
    )
    return Client(stdio_client(parameters))


async def test_an_agent_finds_every_tool_and_resource_of_the_document(base_url: str) -> None:
    """C275, C276: the document's heading says 27 tools, its list names 29."""
    async with _agent(base_url) as agent:
        tools = [tool.name for tool in (await agent.list_tools()).tools]
        fixed = [str(resource.uri) for resource in (await agent.list_resources()).resources]
        templates = [each.uri_template for each in (await agent.list_resource_templates()).resource_templates]
    assert sorted(tools) == sorted(TOOLS)
    assert len(TOOLS) == 29
    assert sorted([*fixed, *templates]) == [
        "xqr://analytics/summary",
        "xqr://bio-pages",
        "xqr://links",
        "xqr://links/{link_id}",
        "xqr://templates",
        "xqr://workspace",
        "xqr://workspace/usage",
    ]


async def test_an_agent_works_with_links_and_codes(base_url: str) -> None:
    """C275: what a person would do by hand, done by tools."""
    async with _agent(base_url) as agent:
        made = await agent.call_tool(
            "create_link", {"url": "https://example.com/", "custom_slug": "agent-1", "labels": ["by-agent"]}
        )
        assert not made.is_error
        link = made.structured_content["data"]
        changed = await agent.call_tool("update_link", {"link_id": link["id"], "enabled": False})
        listed = await agent.call_tool("list_links", {"label": "by-agent"})
        svg = await agent.call_tool("get_link_qr", {"link_id": link["id"]})
        png = await agent.call_tool("generate_qr", {"content": "hello", "format": "png"})
        read = await agent.read_resource(f"xqr://links/{link['id']}")
        gone = await agent.call_tool("delete_link", {"link_id": link["id"]})
        again = await agent.call_tool("get_link", {"link_id": link["id"]})
    assert changed.structured_content["data"]["enabled"] is False
    assert [each["short_code"] for each in listed.structured_content["data"]] == ["agent-1"]
    assert "<svg" in svg.content[0].text  # type: ignore[union-attr]  # text, because it is SVG
    assert png.content[0].mime_type == "image/png"  # type: ignore[union-attr]  # a picture
    assert json.loads(read.contents[0].text)["data"]["id"] == link["id"]  # type: ignore[union-attr]  # text
    assert gone.structured_content == {"ok": True}
    assert again.is_error
    assert "RESOURCE_NOT_FOUND (404)" in again.content[0].text  # type: ignore[union-attr]  # text


async def test_an_agent_works_with_pages_and_files(base_url: str, world: World) -> None:
    """C275, C276: a page is made and published; a file that somebody uploaded is published and deleted."""
    order = {"filename": "menu.pdf", "content_type": "application/pdf"}
    async with world.client(XQR) as client:
        presigned = (await client.post("/api/v1/assets/presign", json=order)).json()["data"]
        await put(world, presigned, PDF)
        asset = {"asset_id": presigned["asset_id"]}
        await client.post(f"/api/v1/assets/{asset['asset_id']}/confirm")
    async with _agent(base_url) as agent:
        made = await agent.call_tool("create_bio_page", {"title": "Ada", "theme": "dark"})
        page = {"page_id": made.structured_content["data"]["id"]}
        await agent.call_tool(
            "update_bio_page", {**page, "links": [{"title": "Shop", "url": "https://shop.example/"}]}
        )
        published = await agent.call_tool("publish_bio_page", page)
        read = await agent.call_tool("get_bio_page", page)
        listed = await agent.call_tool("list_bio_pages", {})
        pages = await agent.read_resource("xqr://bio-pages")
        files = await agent.call_tool("list_assets", {})
        public = await agent.call_tool("publish_asset", asset)
        shown = await agent.call_tool("get_asset", asset)
        gone = await agent.call_tool("delete_asset", asset)
        usage = await agent.call_tool("get_workspace_usage", {})
    assert published.structured_content["data"]["published"] is True
    assert [link["title"] for link in read.structured_content["data"]["links"]] == ["Shop"]
    assert [each["title"] for each in listed.structured_content["data"]] == ["Ada"]
    assert json.loads(pages.contents[0].text)["data"][0]["theme"] == "dark"  # type: ignore[union-attr]  # text
    assert [each["status"] for each in files.structured_content["data"]] == ["confirmed"]
    assert shown.structured_content["data"] == public.structured_content["data"]
    assert public.structured_content["data"]["public_url"].endswith("/menu.pdf")
    assert gone.structured_content == {"ok": True}
    used = usage.structured_content["data"]["usage"]
    assert (used["bio_pages"], used["assets"], used["storage_bytes"]) == (1, 0, 0)


async def test_an_agent_can_do_what_its_key_may_do_and_no_more(base_url: str, world: World) -> None:
    """The key is the only right an agent has; a refusal must reach it as words."""
    await world.add_key("read-only", "links:read")
    async with _agent(base_url, "read-only") as agent:
        listed = await agent.call_tool("list_links", {})
        refused = await agent.call_tool("create_link", {"url": "https://example.com/"})
    assert not listed.is_error
    assert refused.is_error
    assert "links:write" in refused.content[0].text  # type: ignore[union-attr]  # text


async def test_without_a_key_it_ends_with_one_clear_line() -> None:
    """An agent's host shows standard error; a stack trace there helps nobody."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "waypost.control.dialects.xqr.mcp",
        env={},
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(_DEADLINE_S):
        _, told = await process.communicate()
    assert process.returncode == 2
    assert told.decode().splitlines() == ["XQR_API_KEY: is not set; it is the key the agent acts with"]
