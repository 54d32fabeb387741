"""Identifiers: UUIDv7 (RFC 9562, clause 5.7), in text outside and as 16 bytes on the wire."""

from uuid import UUID

DEFAULT_DOMAIN_ID = bytes(16)
"""The domain of WAYPOST_PUBLIC_URL. Links on it need no rewriting when that setting changes."""

_ID_BYTES = 16
_RANDOM_BYTES = 10


def uuid7(at_ms: int, randomness: bytes) -> UUID:
    """Build a UUIDv7 from a Unix time in milliseconds and 10 random bytes.

    Ids made in different milliseconds sort by time, as text and as bytes.
    """
    if len(randomness) != _RANDOM_BYTES:
        raise ValueError(f"uuid7 takes {_RANDOM_BYTES} random bytes, not {len(randomness)}")
    tail = bytearray(randomness)
    tail[0] = tail[0] & 0x0F | 0x70  # version 7
    tail[2] = tail[2] & 0x3F | 0x80  # variant 10
    return UUID(bytes=(at_ms & (1 << 48) - 1).to_bytes(6, "big") + bytes(tail))


def to_bytes(text: str) -> bytes:
    """Return the 16 bytes of an id in text. Raises ValueError for anything that is not a UUID."""
    return UUID(text).bytes


def to_text(raw: bytes) -> str:
    """Return the canonical text of a 16-byte id. Raises ValueError for another length."""
    if len(raw) != _ID_BYTES:
        raise ValueError(f"an id has {_ID_BYTES} bytes, not {len(raw)}")
    return str(UUID(bytes=bytes(raw)))
