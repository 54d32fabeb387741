"""`python -m waypost.control.dialects.xqr.mcp`: serve an agent over stdio until it hangs up."""

import sys

from waypost.control.dialects.xqr.mcp.api import XqrApi, new_client
from waypost.control.dialects.xqr.mcp.server import build
from waypost.control.dialects.xqr.mcp.settings import McpSettings
from waypost.runtime.settings import SettingError, load


def main() -> int:
    """Serve; 2 after one line on standard error when a setting is missing or wrong."""
    try:
        settings = load(McpSettings)
        if not settings.api_key:
            raise SettingError("XQR_API_KEY", "is not set; it is the key the agent acts with")
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    build(XqrApi(new_client(settings.base_url, settings.api_key))).run("stdio")
    return 0


if __name__ == "__main__":
    sys.exit(main())
