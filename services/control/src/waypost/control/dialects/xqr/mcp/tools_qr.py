"""MCP tools for QR codes and their templates."""

from typing import Any, Literal

from mcp.server.mcpserver import Image, MCPServer

from waypost.control.dialects.xqr.mcp.api import Json, XqrApi


def register(server: MCPServer, api: XqrApi) -> None:
    """Add the four tools."""

    @server.tool(structured_output=False)
    async def generate_qr(
        content: str,
        format: Literal["svg", "png"] = "svg",  # noqa: A002 - the vendor's word
        size: int = 10,
        error_correction: Literal["L", "M", "Q", "H"] = "M",
        foreground: str | None = None,
        background: str | None = None,
    ) -> str | Image:
        """A QR code of any text, as SVG text or as a PNG picture; `size` is pixels per module."""
        body = {"content": content, "format": format, "size": size, "error_correction": error_correction}
        colors = {"foreground": foreground, "background": background}
        raw = await api.picture("POST", "qr/generate", {**body, **colors})
        return Image(data=raw, format="png") if format == "png" else raw.decode()

    @server.tool()
    async def list_qr_templates(limit: int = 50, offset: int = 0) -> Json:
        """List QR design templates."""
        return await api.get("qr/templates", limit=limit, offset=offset)

    @server.tool()
    async def create_qr_template(
        name: str, description: str | None = None, design: dict[str, Any] | None = None
    ) -> Json:
        """Create a QR design template: foreground, background, error_correction, dot_style, corner_style."""
        body = {"name": name, "description": description, "design": design}
        return await api.send("POST", "qr/templates", body)

    @server.tool(structured_output=False)
    async def render_qr_template(
        template_id: str,
        content: str,
        format: Literal["svg", "png"] = "svg",  # noqa: A002 - the vendor's word
        size: int = 10,
    ) -> str | Image:
        """A QR code of any text in the design of a template."""
        body = {"content": content, "format": format, "size": size}
        raw = await api.picture("POST", f"qr/templates/{template_id}/render", body)
        return Image(data=raw, format="png") if format == "png" else raw.decode()
