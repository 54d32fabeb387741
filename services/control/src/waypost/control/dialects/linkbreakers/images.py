"""Addresses of QR images that need no token and expire: everything they show is in the address itself.

So an image that was handed out keeps working when its link is gone, as the vendor documents. The address
names the text of the code, the design and the format, and is signed with the server's secret.
"""

import hashlib
import hmac
from urllib.parse import urlencode

from msgspec import Struct

from waypost.control.model.faults import Invalid

_SIGNATURE_BYTES = 16
_NO_DESIGN = "-"


class Image(Struct, frozen=True, kw_only=True):
    """What an address shows: the code of `text` in a design of a workspace, "" being the plain one."""

    text: str
    workspace_id: str
    design_id: str = ""
    format: str = "png"
    expires_s: int


def address(secret: bytes, base_url: str, name: str, image: Image) -> str:
    """The address of an image; `name` is only for people who save it."""
    query = {
        "t": image.text,
        "w": image.workspace_id,
        "d": image.design_id or _NO_DESIGN,
        "exp": str(image.expires_s),
        "sig": _signature(secret, image),
    }
    return f"{base_url}/media/qr/{name}.{image.format}?{urlencode(query)}"


def check(secret: bytes, image: Image, signature: str, now_s: int) -> None:
    """Raise Invalid for an address that was not given out like this, or whose time is over."""
    if not hmac.compare_digest(_signature(secret, image).encode(), signature.encode()):
        raise Invalid("sig", "this address was changed")
    if image.expires_s < now_s:
        raise Invalid("exp", "this address has expired; ask for a fresh one")


def _signature(secret: bytes, image: Image) -> str:
    parts = (image.text, image.workspace_id, image.design_id, image.format, str(image.expires_s))
    text = "\x1f".join(parts).encode()
    return hmac.new(secret, b"linkbreakers image " + text, hashlib.sha256).digest()[:_SIGNATURE_BYTES].hex()
