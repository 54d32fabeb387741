"""What a workspace decides about its scans: how long they are kept, what of them is kept, what is told."""

from msgspec import Struct

from waypost.wire.scan import Signal


class ScanSettings(Struct, frozen=True, kw_only=True):
    """The decisions of one workspace. `retention_days` 0 keeps raw scans for ever; `withheld` never leave the
    edge; a month whose people pass one of `month_thresholds` is announced."""

    workspace_id: str
    retention_days: int = 0
    withheld: tuple[Signal, ...] = ()
    month_thresholds: tuple[int, ...] = ()
    changed_ms: int = 0


class LinkThresholds(Struct, frozen=True, kw_only=True):
    """Counts of people that are announced when a link passes them, besides powers of ten."""

    link_id: str
    workspace_id: str
    counts: tuple[int, ...] = ()
    changed_ms: int = 0
