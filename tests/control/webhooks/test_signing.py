"""Signatures, checked by the libraries and the samples that receivers use."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from waypost.control.model.webhooks.secrets import secret_text
from waypost.control.model.webhooks.signing import FORMATS, Signed, headers

_OLD = secret_text(b"o" * 32)
_NEW = secret_text(b"n" * 32)
_SIGNED = Signed("evt-1", "delivery-1", "link.created", '{"a":"ü"}'.encode())


def _now_s() -> int:
    return int(datetime.now(UTC).timestamp())


@given(
    body=st.text(st.characters(exclude_categories=["Cs"])),
    secret=st.binary(min_size=24, max_size=64),
    message_id=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60),
)
def test_the_standard_library_verifies_everything(body: str, secret: bytes, message_id: str) -> None:
    """Receivers use their language's Standard Webhooks library, unchanged."""
    text = secret_text(secret)
    signed = Signed(message_id, "d", "e", body.encode())
    made = headers("native", signed, (text,), at_s=_now_s())
    Webhook(text).verify(signed.body, made, json_parse=False)


@pytest.mark.parametrize("kind", FORMATS)
def test_both_secrets_verify_while_a_rotation_overlaps(kind: str) -> None:
    """A receiver changes its secret at a moment of its own choosing."""
    made = headers(kind, _SIGNED, (_NEW, _OLD), at_s=_now_s())  # type: ignore[arg-type]  # from FORMATS
    Webhook(_NEW).verify(_SIGNED.body, made, json_parse=False)
    Webhook(_OLD).verify(_SIGNED.body, made, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(b"x" * 32)).verify(_SIGNED.body, made, json_parse=False)


@pytest.mark.parametrize("changed", ["body", "id", "timestamp", "signature", "old", "future"])
def test_whatever_is_changed_no_longer_verifies(changed: str) -> None:
    """A forged or replayed message must not pass."""
    shift = {"old": -301, "future": 301}.get(changed, 0)
    made = headers("native", _SIGNED, (_NEW,), at_s=_now_s() + shift)
    body = _SIGNED.body
    if changed == "body":
        body = body.replace(b"a", b"b")
    elif changed == "id":
        made["webhook-id"] = "evt-2"
    elif changed == "timestamp":
        made["webhook-timestamp"] = str(int(made["webhook-timestamp"]) + 1)
    elif changed == "signature":
        raw = bytearray(base64.b64decode(made["webhook-signature"].removeprefix("v1,")))
        raw[0] ^= 1
        made["webhook-signature"] = "v1," + base64.b64encode(raw).decode()
    with pytest.raises(WebhookVerificationError):
        Webhook(_NEW).verify(body, made, json_parse=False)


def test_each_vendors_own_header_is_as_its_documents_say() -> None:
    """Receivers that were written for a vendor keep working without a change."""
    expected = hmac.new(_NEW.encode(), _SIGNED.body, hashlib.sha256).hexdigest()
    by_format = {kind: headers(kind, _SIGNED, (_NEW, _OLD), at_s=5) for kind in FORMATS}
    assert by_format["linkbreakers"]["x-linkbreakers-signature"] == f"sha256={expected}"
    assert by_format["codeqr"]["codeqr-signature"] == expected
    assert by_format["xqr"]["x-xqr-signature"] == f"sha256={expected}"
    assert by_format["xqr"]["x-xqr-event"] == "link.created"
    assert by_format["xqr"]["x-xqr-delivery"] == "delivery-1"
    assert not [name for name in by_format["native"] if name.startswith(("x-", "codeqr"))]
    assert {made["webhook-timestamp"] for made in by_format.values()} == {"5"}
