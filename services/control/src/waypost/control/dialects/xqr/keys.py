"""The text of an xQR key: `xqr_pk_{8 hexadecimal}.{64 URL-safe}`; the first part may be logged. Pure."""

import base64
from collections.abc import Callable


def key_text(random_bytes: Callable[[int], bytes]) -> str:
    """A new key from 52 random bytes: 48 of them are the secret, 384 bits."""
    secret = base64.urlsafe_b64encode(random_bytes(48)).decode()
    return f"xqr_pk_{random_bytes(4).hex()}.{secret}"


def request_id(random: bytes) -> str:
    """How xQR names requests: `req_` and 16 hexadecimal digits."""
    return f"req_{random[:8].hex()}"
