"""The MCP server: the 29 tools and 7 resources that xQR's document names (its heading says 27)."""

from mcp.server.mcpserver import MCPServer

from waypost.control.dialects.xqr.mcp import (
    tools_analytics,
    tools_links,
    tools_pages,
    tools_qr,
    tools_workspace,
)
from waypost.control.dialects.xqr.mcp.api import XqrApi

_JSON = "application/json"


def build(api: XqrApi) -> MCPServer:
    """A server whose tools call this API."""
    server = MCPServer(
        "xqr",
        instructions="Short links, QR codes, their analytics and bio pages of one workspace.",
    )
    for group in (tools_links, tools_qr, tools_analytics, tools_pages, tools_workspace):
        group.register(server, api)
    _resources(server, api)
    return server


def _resources(server: MCPServer, api: XqrApi) -> None:
    @server.resource("xqr://workspace", mime_type=_JSON)
    async def workspace() -> str:
        """Workspace details."""
        return await api.read("workspace")

    @server.resource("xqr://workspace/usage", mime_type=_JSON)
    async def usage() -> str:
        """Usage against limits."""
        return await api.read("workspace/usage")

    @server.resource("xqr://links", mime_type=_JSON)
    async def links() -> str:
        """Short links, the newest 200."""
        return await api.read("links", limit=200)

    @server.resource("xqr://links/{link_id}", mime_type=_JSON)
    async def link(link_id: str) -> str:
        """One short link."""
        return await api.read(f"links/{link_id}")

    @server.resource("xqr://analytics/summary", mime_type=_JSON)
    async def summary() -> str:
        """Key figures of 30 days."""
        return await api.read("analytics/summary", period="30d")

    @server.resource("xqr://templates", mime_type=_JSON)
    async def templates() -> str:
        """QR design templates."""
        return await api.read("qr/templates", limit=200)

    @server.resource("xqr://bio-pages", mime_type=_JSON)
    async def bio_pages() -> str:
        """Link-in-bio pages."""
        return await api.read("bio/pages", limit=200)
