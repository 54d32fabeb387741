"""Secrets that sign webhooks: their format, and how texts with secrets in them lie in the database.

`whsec_` and base64, as Standard Webhooks 1.0.0 writes them. Sealed with AES-256-GCM under a key
derived from the server's pepper, bound to their place: a row copied to another endpoint does not open.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from waypost.control.model.webhooks.limits import SECRET_BYTES_MAX, SECRET_BYTES_MIN

PREFIX = "whsec_"
NONCE_BYTES = 12
_VERSION = b"\x01"
_KEY_BYTES = 32
_WRONG_SIZE = f"a secret has {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes, not {{}}"


class SecretUnreadable(Exception):
    """A sealed secret that no known pepper opens: the pepper was changed, or the row was tampered with."""


def secret_text(randomness: bytes) -> str:
    """The secret made of random bytes, as its owner sees it once. Raises ValueError for too few."""
    if not SECRET_BYTES_MIN <= len(randomness) <= SECRET_BYTES_MAX:
        raise ValueError(_WRONG_SIZE.format(len(randomness)))
    return PREFIX + base64.b64encode(randomness).decode()


def secret_bytes(text: str) -> bytes:
    """The key inside a secret. Raises ValueError when it is not one."""
    if not text.startswith(PREFIX):
        raise ValueError(f"a secret starts with {PREFIX}")
    try:
        raw = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret ends in base64") from error
    if not SECRET_BYTES_MIN <= len(raw) <= SECRET_BYTES_MAX:
        raise ValueError(_WRONG_SIZE.format(len(raw)))
    return raw


def sealing_key(pepper: bytes, purpose: str = "webhook secret") -> bytes:
    """The key that seals what serves one purpose, from the server's pepper (HKDF, RFC 5869)."""
    return HKDF(hashes.SHA256(), _KEY_BYTES, None, f"waypost {purpose} v1".encode()).derive(pepper)


def seal(text: str, *, place: str, key: bytes, nonce: bytes) -> bytes:
    """Encrypt a text for one place. `nonce` is 12 fresh random bytes; the same must never be used twice."""
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes, not {len(nonce)}")
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, text.encode(), place.encode())


def unseal(sealed: bytes, *, place: str, keys: tuple[bytes, ...]) -> str:
    """Decrypt what was sealed for a place, with the first key that fits. Raises SecretUnreadable."""
    if sealed[:1] == _VERSION:
        nonce, cipher_text = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        for key in keys:
            try:
                return AESGCM(key).decrypt(nonce, cipher_text, place.encode()).decode()
            except (InvalidTag, ValueError):
                continue
    raise SecretUnreadable(place)
