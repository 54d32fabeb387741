"""What the MCP server needs to know."""

from typing import Annotated

from msgspec import Struct

from waypost.runtime.settings import setting


class McpSettings(Struct, frozen=True, kw_only=True):
    """The vendor's variable for the key, and ours for where to find the API."""

    api_key: Annotated[str, setting("XQR_API_KEY", "The key the agent acts with.", secret=True)] = ""
    base_url: Annotated[
        str, setting("XQR_BASE_URL", "Where the xQR API is, up to and with `/api/v1`.", min_length=1)
    ] = "http://localhost:8000/xqr/api/v1"
