"""MCP tools for analytics."""

from typing import Literal, TypeAlias

from mcp.server.mcpserver import MCPServer

from waypost.control.dialects.xqr.mcp.api import Json, XqrApi

Period: TypeAlias = Literal["7d", "30d", "90d", "all"]


def register(server: MCPServer, api: XqrApi) -> None:
    """Add the six tools."""

    @server.tool()
    async def analytics_summary(period: Period = "30d") -> Json:
        """Scans, visitors, top countries and devices, and the trend of a period."""
        return await api.get("analytics/summary", period=period)

    @server.tool()
    async def analytics_link_stats(link_id: str, period: Period = "30d") -> Json:
        """Everything about one link in a period."""
        return await api.get(f"analytics/links/{link_id}", period=period)

    @server.tool()
    async def analytics_timeseries(
        period: Period = "30d",
        granularity: Literal["hour", "day"] = "day",
        link_id: str | None = None,
    ) -> Json:
        """Scans by hour or day."""
        return await api.get("analytics/timeseries", period=period, granularity=granularity, link_id=link_id)

    @server.tool()
    async def analytics_geography(period: Period = "30d", link_id: str | None = None) -> Json:
        """Scans by country."""
        return await api.get("analytics/geography", period=period, link_id=link_id)

    @server.tool()
    async def analytics_devices(period: Period = "30d", link_id: str | None = None) -> Json:
        """Scans by device, browser and operating system."""
        return await api.get("analytics/devices", period=period, link_id=link_id)

    @server.tool()
    async def analytics_top_links(period: Period = "30d", limit: int = 10) -> Json:
        """The most scanned links."""
        return await api.get("analytics/top-links", period=period, limit=limit)
