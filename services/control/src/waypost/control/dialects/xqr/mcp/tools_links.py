"""MCP tools for links."""

from typing import Any, Literal

from mcp.server.mcpserver import Image, MCPServer

from waypost.control.dialects.xqr.mcp.api import Json, XqrApi


def register(server: MCPServer, api: XqrApi) -> None:
    """Add the seven tools."""

    @server.tool()
    async def create_link(
        url: str,
        custom_slug: str | None = None,
        labels: list[str] | None = None,
        routing_rules: list[dict[str, Any]] | None = None,
        expires_at: str | None = None,
    ) -> Json:
        """Create a short link. `expires_at` is ISO 8601; rules are tried by ascending priority."""
        body = {"url": url, "custom_slug": custom_slug, "labels": labels, "routing_rules": routing_rules}
        return await api.send("POST", "links", {**body, "expires_at": expires_at})

    @server.tool()
    async def list_links(
        limit: int = 50, offset: int = 0, label: str | None = None, search: str | None = None
    ) -> Json:
        """List short links, newest first; `search` looks in the destination."""
        return await api.get("links", limit=limit, offset=offset, label=label, search=search)

    _register_single(server, api)


def _register_single(server: MCPServer, api: XqrApi) -> None:
    """The tools that name one link, and the one for many."""

    @server.tool()
    async def get_link(link_id: str) -> Json:
        """Read a short link."""
        return await api.get(f"links/{link_id}")

    @server.tool()
    async def update_link(
        link_id: str,
        url: str | None = None,
        custom_slug: str | None = None,
        labels: list[str] | None = None,
        routing_rules: list[dict[str, Any]] | None = None,
        enabled: bool | None = None,
        expires_at: str | None = None,
    ) -> Json:
        """Change the given members of a short link."""
        body = {"url": url, "custom_slug": custom_slug, "labels": labels, "routing_rules": routing_rules}
        return await api.send(
            "PATCH", f"links/{link_id}", {**body, "enabled": enabled, "expires_at": expires_at}
        )

    @server.tool()
    async def delete_link(link_id: str) -> Json:
        """Delete a short link; it stops at once."""
        return await api.send("DELETE", f"links/{link_id}")

    @server.tool()
    async def bulk_create_links(links: list[dict[str, Any]]) -> Json:
        """Create up to 100 short links: `{url, custom_slug?, labels?}` each; each fails on its own."""
        return await api.send("POST", "links/bulk", {"links": links})

    @server.tool(structured_output=False)
    async def get_link_qr(
        link_id: str,
        format: Literal["svg", "png"] = "svg",  # noqa: A002 - the vendor's word
        size: int = 10,
        foreground: str | None = None,
        background: str | None = None,
    ) -> str | Image:
        """The QR code of a short link, as SVG text or as a PNG picture."""
        raw = await api.picture(
            "GET",
            f"links/{link_id}/qr",
            format=format,
            size=size,
            foreground=foreground,
            background=background,
        )
        return Image(data=raw, format="png") if format == "png" else raw.decode()
