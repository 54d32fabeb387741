"""Scans: what the edge records of one visit, and the batches that carry them to analytics.

No address and no secret is in a scan: the visitor is a keyed hash under a daily salt, place and
language are coarse, the referrer is a host.
"""

from enum import IntEnum
from typing import Literal

from msgspec import Raw, Struct

Signal = Literal["visitor", "country", "region", "city", "network", "language", "referrer", "utm", "versions"]
"""What a workspace may have withheld from its scans; a place takes the smaller places in it along, `versions`
are the numbers in the user agent."""


class Source(IntEnum):
    """How the visitor came: by following the link, or by scanning its QR code."""

    LINK = 0
    QR = 1


class Outcome(IntEnum):
    """What the edge answered."""

    REDIRECT = 0
    PAGE = 1
    PREVIEW = 2
    PASSWORD = 3
    INTERSTITIAL = 4
    EXPIRED = 5
    LIMIT_REACHED = 6
    NOT_YET = 7
    PAUSED = 8
    BLOCKED = 9
    FALLBACK = 10
    DOWNLOAD = 11
    PAGE_CLICK = 12


class ScanV1(Struct, frozen=True, array_like=True):
    """One answered request for a link. Empty text means unknown or not recorded."""

    at_ms: int
    link_id: bytes
    workspace_id: bytes
    visitor: bytes = b""
    """8 bytes: keyed hash of domain, address and agent under the salt of the day; b"" when the visitor
    asked not to be told apart."""
    user_agent: str = ""
    source: Source = Source.LINK
    outcome: Outcome = Outcome.REDIRECT
    method: str = "GET"
    purpose: str = ""
    """`prefetch` or `preview` when the client said so in a header."""
    country: str = ""
    region: str = ""
    city: str = ""
    continent: str = ""
    asn: int = 0
    language: str = ""
    referrer: str = ""
    domain: str = ""
    rule_id: str = ""
    variant_id: str = ""
    utm: tuple[str, str, str, str, str] | None = None
    """source, medium, campaign, term, content as the visitor's own query carried them."""
    click_id: bytes = b""
    detail: str = ""
    """What a page's own event adds: the item that was clicked, the file that was downloaded."""


class ScanBatchV1(Struct, frozen=True, array_like=True):
    """Consecutive scans of one spool. `first` is the offset of scans[0] in its spool epoch.

    (node, epoch, offset) identifies a scan for ever. Scans are raw: the agent ships frames as the
    worker wrote them, and only analytics decodes them.
    """

    node: str
    epoch: int
    first: int
    scans: tuple[Raw, ...]
