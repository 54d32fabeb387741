"""What analytics tells webhooks: visits that were counted, and marks that a link's count has passed.

Both are published as batches, so that a busy link costs the broker one acknowledgement for many
visits. Ids are derived from what they tell of, so telling twice is noticed by whoever listens.
"""

from msgspec import Struct


class CountedScanV1(Struct, frozen=True, kw_only=True):
    """One human visit, as the verdict left it. Empty text means unknown."""

    id: str
    """The number under which analytics keeps the scan; the same however often it is told."""
    at_ms: int
    link_id: bytes
    workspace_id: bytes
    source: str = "link"
    """`qr` or `link`."""
    visitor: str = ""
    """The visitor of the day in hexadecimal; it cannot be joined over days."""
    returning: bool = False
    country: str = ""
    region: str = ""
    city: str = ""
    continent: str = ""
    device: str = ""
    """`mobile`, `tablet` or `desktop`."""
    os: str = ""
    browser: str = ""
    language: str = ""
    referrer: str = ""
    rule_id: str = ""
    variant_id: str = ""
    utm: dict[str, str] = {}
    detail: str = ""


class ScannedV1(Struct, frozen=True):
    """The message on `events.v1.link.scanned`: at most SCANS_PER_BATCH_MAX scans, oldest first."""

    scans: tuple[CountedScanV1, ...]


class ThresholdV1(Struct, frozen=True, kw_only=True):
    """The message on `events.v1.link.threshold`: a link's human scans reached a round number."""

    link_id: bytes
    workspace_id: bytes
    threshold: int
    scan_count: int
    at_ms: int

    @property
    def id(self) -> str:
        """The same for the same mark of the same link, however often it is told."""
        return f"{self.link_id.hex()}.{self.threshold}"
