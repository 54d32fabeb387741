"""Fetching a template's logo, once, when the template is saved, through the guarded client only."""

from waypost.control.core import qr_logo_fetch
from waypost.control.surface.call import Call

_FIELD = "design.logo_url"


async def fetch_logo(call: Call, url: str) -> bytes:
    """The picture behind an address. Raises Invalid when there is none, or none that we may ask."""
    return await qr_logo_fetch.fetch_logo(call.control.database.installation, url, _FIELD)
