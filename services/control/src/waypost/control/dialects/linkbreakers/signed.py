"""Addresses of files that need no token and expire: signed with the server's secret, the same all day."""

import hashlib
import hmac
from urllib.parse import urlencode

from waypost.control.dialects.linkbreakers.asked import base_url
from waypost.control.dialects.linkbreakers.images import image_expiry_s
from waypost.control.model.faults import Invalid
from waypost.control.surface.call import Call


def address(call: Call, shelf: str, workspace_id: str, name: str) -> str:
    """The address of a thing on a shelf, `files` or `logos`."""
    expires_s = image_expiry_s(call.now_ms)
    query = {
        "w": workspace_id,
        "exp": expires_s,
        "sig": _signature(call.control.peppers.secrets[0], shelf, workspace_id, name, expires_s),
    }
    return f"{base_url(call)}/media/{shelf}/{name}?{urlencode(query)}"


def workspace_of(call: Call, shelf: str, name: str) -> str:
    """The workspace of a signed address. Raises Invalid for one that was changed or is over."""
    query = call.request.query_params
    workspace_id, expires, given = query.get("w", ""), query.get("exp", ""), query.get("sig", "")
    if not expires.isascii() or not expires.isdecimal() or len(expires) > 12:
        raise Invalid("exp", "is not a time")
    good = any(
        hmac.compare_digest(
            _signature(secret, shelf, workspace_id, name, int(expires)).encode(), given.encode()
        )
        for secret in call.control.peppers.secrets
    )
    if not good:
        raise Invalid("sig", "this address was changed")
    if int(expires) * 1000 < call.now_ms:
        raise Invalid("exp", "this address has expired; ask for a fresh one")
    return workspace_id


def _signature(secret: bytes, shelf: str, workspace_id: str, name: str, expires_s: int) -> str:
    text = "\n".join((f"linkbreakers {shelf}", workspace_id, name, str(expires_s))).encode()
    return hmac.new(secret, text, hashlib.sha256).hexdigest()[:32]
