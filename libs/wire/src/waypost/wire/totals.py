"""Running totals per link, from analytics back to control."""

from msgspec import Struct


class LinkTotalsV1(Struct, frozen=True, array_like=True):
    """Counts of one link since it was made. `unique` adds up the unique visitors of each day."""

    link_id: bytes
    workspace_id: bytes
    total: int
    human: int
    unique: int
    bot: int
    qr: int
    last_ms: int


class TotalsV1(Struct, frozen=True):
    """Totals of the links that changed, true at the cursor. Absolute, so applying twice is harmless."""

    cursor: int
    totals: tuple[LinkTotalsV1, ...]
    workspace_months: tuple[tuple[bytes, int, int], ...] = ()
    """(workspace, month as year * 12 + month - 1 in UTC, human scans) of the workspaces that changed."""
