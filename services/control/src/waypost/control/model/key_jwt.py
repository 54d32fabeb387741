"""Keys as signed JSON Web Tokens (RFC 7519), for clients that expect one.

A token is a key like every other: what it may do stands in the table under its digest, so it can be
changed and revoked at once, and nothing that it claims is believed. One algorithm, and only the header
that we write (RFC 8725, clauses 3.1 and 3.2): a token with our header whose signature is wrong is no
key, and that is known without a query.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256

import msgspec
from msgspec import Struct

_PURPOSE = b"waypost key signature"
JTI_BYTES = 20
"""160 random bits: nobody guesses a token, not even who could sign one."""


class Claims(Struct, frozen=True, kw_only=True):
    """What a token says of itself: who made it, its key, its workspace, when, and a random number."""

    iss: str = "waypost"
    tid: str
    wid: str
    iat: int
    jti: str


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


_HEADER = _encode(b'{"alg":"HS256","typ":"JWT","kid":"waypost"}')


def signed(claims: Claims, pepper: bytes) -> str:
    """The token of these claims, signed under a pepper."""
    content = f"{_HEADER}.{_encode(msgspec.json.encode(claims))}"
    return f"{content}.{_encode(_signature(content, pepper))}"


def is_forged(text: str, peppers: Iterable[bytes]) -> bool:
    """Whether a text has our header but not our signature, under none of the peppers."""
    content, _, signature = text.rpartition(".")
    if not content.startswith(f"{_HEADER}."):
        return False
    try:
        given = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except ValueError:
        return True
    return not any(hmac.compare_digest(given, _signature(content, pepper)) for pepper in peppers)


def _signature(content: str, pepper: bytes) -> bytes:
    # A key of its own purpose, so that no digest of a key can pass for a signature.
    return hmac.new(hmac.digest(pepper, _PURPOSE, "sha256"), content.encode(), sha256).digest()
