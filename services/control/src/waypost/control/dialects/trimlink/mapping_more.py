"""Statistics, folders and domains as TrimLink shows them. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from waypost.control.dialects.trimlink.schemas_more import (
    CountryClicks,
    Day,
    Devices,
    DomainOut,
    FolderOut,
    Record,
    ReferrerClicks,
    Stats,
)
from waypost.control.model.domains import DnsRecord, Domain
from waypost.control.model.organisation import Folder
from waypost.wire.queries import BreakdownAnswer, SeriesPoint, SummaryAnswer


def to_stats(
    summary: SummaryAnswer,
    days: Sequence[SeriesPoint],
    *,
    by_country: BreakdownAnswer,
    by_referrer: BreakdownAnswer,
    by_device: BreakdownAnswer,
    by_browser: BreakdownAnswer,
) -> Stats:
    """The statistics of one link; days without a click are left out."""
    devices = dict(_clicks(by_device))
    return Stats(
        total_clicks=summary.human,
        unique_clicks=summary.unique,
        clicks_by_day=[
            Day(_at(day.start_ms).date().isoformat(), day.counts.human) for day in days if day.counts.human
        ],
        top_countries=[CountryClicks(country, clicks) for country, clicks in _clicks(by_country)],
        top_referrers=[ReferrerClicks(referrer, clicks) for referrer, clicks in _clicks(by_referrer)],
        devices=Devices(
            mobile=devices.get("mobile", 0),
            desktop=devices.get("desktop", 0),
            tablet=devices.get("tablet", 0),
        ),
        browsers=dict(_clicks(by_browser)),
    )


def to_folder(folder: Folder) -> FolderOut:
    """A folder."""
    return FolderOut(id=folder.id, name=folder.name, created_at=_at(folder.created_ms))


def to_domain(domain: Domain, records: Sequence[DnsRecord]) -> DomainOut:
    """A domain."""
    return DomainOut(
        id=domain.id,
        domain=domain.host,
        status=domain.status,
        verified=domain.status == "active",
        records=[Record(type=each.type, name=each.name, value=each.value) for each in records],
        created_at=_at(domain.created_ms),
    )


def _clicks(answer: BreakdownAnswer) -> list[tuple[str, int]]:
    return [(row.values[0], row.counts.human) for row in answer.rows if row.counts.human]


def _at(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
