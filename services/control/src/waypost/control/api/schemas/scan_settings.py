"""What a workspace decides about its scans, as JSON."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.model.scan_settings import LinkThresholds, ScanSettings
from waypost.wire.scan import Signal


class ScanSettingsBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change. `retention_days` null keeps raw scans for ever."""

    retention_days: Annotated[int, Meta(ge=1)] | UnsetType | None = UNSET
    withheld: list[Signal] | UnsetType = UNSET
    month_thresholds: list[int] | UnsetType = UNSET


class ScanSettingsOut(Struct, frozen=True, kw_only=True):
    """Raw scans older than `retention_days` are forgotten, their counts stay. `withheld` is never recorded.
    When a month's people pass one of `month_thresholds`, `workspace.quota_near` is told."""

    retention_days: int | None
    withheld: list[Signal]
    month_thresholds: list[int]


class ThresholdsBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The counts of people to be told of, replacing those before; an empty list leaves powers of ten."""

    counts: list[int]


class ThresholdsOut(Struct, frozen=True, kw_only=True):
    """When a link's people pass one of `counts` or a power of ten, `link.threshold` is told."""

    link_id: str
    counts: list[int]


def to_settings(settings: ScanSettings) -> ScanSettingsOut:
    """A workspace's decisions as JSON."""
    return ScanSettingsOut(
        retention_days=settings.retention_days or None,
        withheld=list(settings.withheld),
        month_thresholds=list(settings.month_thresholds),
    )


def to_thresholds(thresholds: LinkThresholds) -> ThresholdsOut:
    """A link's thresholds as JSON."""
    return ThresholdsOut(link_id=thresholds.link_id, counts=list(thresholds.counts))
