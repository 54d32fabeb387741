"""MCP tools for link-in-bio pages and assets."""

from typing import Any

from mcp.server.mcpserver import MCPServer

from waypost.control.dialects.xqr.mcp.api import Json, XqrApi


def register(server: MCPServer, api: XqrApi) -> None:
    """Add the nine tools."""
    _bio(server, api)
    _assets(server, api)


def _bio(server: MCPServer, api: XqrApi) -> None:
    @server.tool()
    async def list_bio_pages(limit: int = 50, offset: int = 0) -> Json:
        """List link-in-bio pages."""
        return await api.get("bio/pages", limit=limit, offset=offset)

    @server.tool()
    async def get_bio_page(page_id: str) -> Json:
        """Read a link-in-bio page."""
        return await api.get(f"bio/pages/{page_id}")

    @server.tool()
    async def create_bio_page(
        title: str,
        slug: str | None = None,
        bio: str | None = None,
        avatar_url: str | None = None,
        theme: str | None = None,
        links: list[dict[str, Any]] | None = None,
    ) -> Json:
        """Create a link-in-bio page, unpublished; links are `{title, url, icon?}`."""
        body = {"title": title, "slug": slug, "bio": bio, "avatar_url": avatar_url}
        return await api.send("POST", "bio/pages", {**body, "theme": theme, "links": links})

    @server.tool()
    async def update_bio_page(
        page_id: str,
        title: str | None = None,
        slug: str | None = None,
        bio: str | None = None,
        avatar_url: str | None = None,
        theme: str | None = None,
        links: list[dict[str, Any]] | None = None,
    ) -> Json:
        """Change the given members of a link-in-bio page."""
        body = {"title": title, "slug": slug, "bio": bio, "avatar_url": avatar_url}
        return await api.send("PATCH", f"bio/pages/{page_id}", {**body, "theme": theme, "links": links})

    @server.tool()
    async def publish_bio_page(page_id: str) -> Json:
        """Make a link-in-bio page public."""
        return await api.send("POST", f"bio/pages/{page_id}/publish")


def _assets(server: MCPServer, api: XqrApi) -> None:
    @server.tool()
    async def list_assets(limit: int = 50, offset: int = 0) -> Json:
        """List assets."""
        return await api.get("assets", limit=limit, offset=offset)

    @server.tool()
    async def get_asset(asset_id: str) -> Json:
        """Read an asset."""
        return await api.get(f"assets/{asset_id}")

    @server.tool()
    async def publish_asset(asset_id: str) -> Json:
        """Make an asset public."""
        return await api.send("POST", f"assets/{asset_id}/publish")

    @server.tool()
    async def delete_asset(asset_id: str) -> Json:
        """Delete an asset."""
        return await api.send("DELETE", f"assets/{asset_id}")
