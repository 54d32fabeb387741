"""The headers of one attempt: Standard Webhooks for everybody, and each vendor's own beside them."""

import base64
import hashlib
import hmac
from typing import Literal, TypeAlias, assert_never

from msgspec import Struct

from waypost.control.model.webhooks.secrets import secret_bytes

Format: TypeAlias = Literal["native", "linkbreakers", "codeqr", "xqr"]
"""How bodies and signatures look: that of the API through which the endpoint was made."""

FORMATS: tuple[Format, ...] = ("native", "linkbreakers", "codeqr", "xqr")


class Signed(Struct, frozen=True):
    """What is signed: the exact bytes sent, and the ids that stay the same over all attempts."""

    message_id: str
    delivery_id: str
    event_name: str
    body: bytes


def headers(kind: Format, signed: Signed, secrets: tuple[str, ...], *, at_s: int) -> dict[str, str]:
    """The headers of an attempt at `at_s`. `secrets` holds the newest first; each signs.

    A vendor's header carries one signature only, so that is the newest secret's.
    """
    signatures = " ".join(f"v1,{_standard(secret, signed, at_s)}" for secret in secrets)
    result = {
        "content-type": "application/json",
        "webhook-id": signed.message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signatures,
    }
    match kind:
        case "native":
            pass
        case "linkbreakers":
            result["x-linkbreakers-signature"] = f"sha256={body_signature(secrets[0], signed.body)}"
        case "codeqr":
            result["codeqr-signature"] = body_signature(secrets[0], signed.body)
        case "xqr":
            result["x-xqr-signature"] = f"sha256={body_signature(secrets[0], signed.body)}"
            result["x-xqr-event"] = signed.event_name
            result["x-xqr-delivery"] = signed.delivery_id
        case _:
            assert_never(kind)
    return result


def body_signature(secret: str, body: bytes) -> str:
    """HMAC-SHA-256 of the body under the secret's characters, in hex: what the vendors document."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _standard(secret: str, signed: Signed, at_s: int) -> str:
    """Standard Webhooks 1.0.0: base64 of HMAC-SHA-256 over `id.timestamp.body`."""
    content = b".".join((signed.message_id.encode(), str(at_s).encode(), signed.body))
    return base64.b64encode(hmac.new(secret_bytes(secret), content, hashlib.sha256).digest()).decode()
