"""Addresses of QR images that need no token and expire: everything they show is in the address itself.

So an image that was handed out keeps working when its link is gone, as the vendor documents. The address
names the text of the code and the design, and is signed with the server's secret; the design is looked up
when the image is drawn, so that a changed design refreshes every code that uses it.
"""

import hashlib
import hmac
from urllib.parse import urlencode

from msgspec import Struct

from waypost.control.dialects.linkbreakers import limits
from waypost.control.model.faults import Invalid

_SIGNATURE_BYTES = 16


class Image(Struct, frozen=True, kw_only=True):
    """What an address shows: the code of `text` in a design of a workspace, "" being the plain one."""

    text: str
    workspace_id: str
    design_id: str = ""
    expires_s: int


def image_expiry_s(now_ms: int) -> int:
    """When an address that is signed now expires: the same all day, so that browsers keep what it shows."""
    step_s = limits.SIGNED_IMAGE_STEP_S
    return (now_ms // 1000 // step_s + 1) * step_s + limits.SIGNED_IMAGE_S


def address(secret: bytes, base_url: str, name: str, image: Image) -> str:
    """The address of an image; `name` is only for people who save it."""
    query = {
        "t": image.text,
        "w": image.workspace_id,
        "d": image.design_id,
        "exp": str(image.expires_s),
        "sig": _signature(secret, image),
    }
    return f"{base_url}/media/qr/{name}?{urlencode(query)}"


def read(secrets: tuple[bytes, ...], query: dict[str, str], now_s: int) -> Image:
    """The image of an address. Raises Invalid for one that was not given out like this, or is over."""
    expires = query.get("exp", "")
    if not expires.isascii() or not expires.isdecimal() or len(expires) > 12:
        raise Invalid("exp", "is not a time")
    image = Image(
        text=query.get("t", ""),
        workspace_id=query.get("w", ""),
        design_id=query.get("d", ""),
        expires_s=int(expires),
    )
    given = query.get("sig", "").encode()
    if not any(hmac.compare_digest(_signature(secret, image).encode(), given) for secret in secrets):
        raise Invalid("sig", "this address was changed")
    if image.expires_s < now_s:
        raise Invalid("exp", "this address has expired; ask for a fresh one")
    return image


def _signature(secret: bytes, image: Image) -> str:
    parts = (image.text, image.workspace_id, image.design_id, str(image.expires_s))
    text = "\x1f".join(parts).encode()
    return hmac.new(secret, b"linkbreakers image " + text, hashlib.sha256).digest()[:_SIGNATURE_BYTES].hex()
