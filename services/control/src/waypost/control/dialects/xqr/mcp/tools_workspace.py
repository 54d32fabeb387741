"""MCP tools for the workspace."""

from mcp.server.mcpserver import MCPServer

from waypost.control.dialects.xqr.mcp.api import Json, XqrApi


def register(server: MCPServer, api: XqrApi) -> None:
    """Add the three tools."""

    @server.tool()
    async def get_workspace() -> Json:
        """Name, plan and owner of the workspace."""
        return await api.get("workspace")

    @server.tool()
    async def get_workspace_usage() -> Json:
        """What the workspace uses of what its plan allows."""
        return await api.get("workspace/usage")

    @server.tool()
    async def list_workspace_members() -> Json:
        """Who belongs to the workspace, and their roles."""
        return await api.get("workspace/members")
