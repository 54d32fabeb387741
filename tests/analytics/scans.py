"""Scans and batches for tests: small, explicit, and the same for the same arguments."""

from collections.abc import Sequence

from msgspec import Raw

from waypost.wire.codec import encode
from waypost.wire.scan import ScanBatchV1, ScanV1, Source

NOON_MS = 1_760_000_400_000
"""2025-10-09 09:00:00 UTC"""
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def identity(number: int) -> bytes:
    """A 16-byte id."""
    return number.to_bytes(16, "big")


def scan(
    link: int = 1, visitor: int = 1, *, at_ms: int = NOON_MS, workspace: int = 1, **more: object
) -> ScanV1:
    """One scan; visitor 0 asked not to be told apart."""
    values: dict[str, object] = {"user_agent": BROWSER, "source": Source.LINK, **more}
    return ScanV1(
        at_ms,
        identity(link),
        identity(1000 + workspace),
        visitor.to_bytes(8, "big") if visitor else b"",
        **values,  # type: ignore[arg-type]  # test keywords go straight into the message
    )


def batch(first: int, scans: Sequence[ScanV1], *, node: str = "edge-0", epoch: int = 7) -> bytes:
    """A batch as an agent ships it."""
    return encode(ScanBatchV1(node, epoch, first, tuple(Raw(encode(each)) for each in scans)))
