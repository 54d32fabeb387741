"""Figures: what may be asked of them, and the shapes in which the vendor answers."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.schemas.text import Text, Time


class WindowIn(Struct, frozen=True, kw_only=True):
    """Which scans are asked about: of a time, both ends included, and of one link or all."""

    start_date: Time = UNSET
    end_date: Time = UNSET
    link_id: Text = UNSET


class RankedIn(WindowIn, frozen=True, kw_only=True):
    """The same, with how many rows are wanted."""

    limit: int | UnsetType | None = UNSET


class BreakdownIn(RankedIn, frozen=True, kw_only=True):
    """Ranked by one dimension: browser, platform, device type, country, city or visit type."""

    dimension: Text = UNSET


class GeoIn(RankedIn, frozen=True, kw_only=True):
    """Ranked by country, region or city."""

    group_by: Text = UNSET


class SteppedIn(WindowIn, frozen=True, kw_only=True):
    """Over time, in steps of so many minutes; whole hours are the finest there are."""

    interval_in_minutes: int | UnsetType | None = UNSET


class GroupedIn(SteppedIn, frozen=True, kw_only=True):
    """Over time, a line for each of the commonest values of a dimension."""

    group_by: Text = UNSET
    limit: int | UnsetType | None = UNSET


class SummedIn(SteppedIn, frozen=True, kw_only=True):
    """What the question behind a widget may hold, whichever it is."""

    group_by: Text = UNSET
    dimension: Text = UNSET


class AttributeIn(RankedIn, frozen=True, kw_only=True):
    """What is known of visitors under one key."""

    key: str


class BreakdownPoint(Struct, frozen=True, kw_only=True):
    """One value of a dimension: its code, as people read it, and its share in per cent."""

    code: str
    label: str
    event_count: int
    percentage: float


class BreakdownAnswer(Struct, frozen=True, kw_only=True):
    """A ranked table."""

    data: list[BreakdownPoint]
    total: int


class GeoPoint(Struct, frozen=True, kw_only=True):
    """One place."""

    location: str
    event_count: int
    percentage: float


class GeoAnswer(Struct, frozen=True, kw_only=True):
    """Places, the commonest first."""

    data: list[GeoPoint]
    total_events: int


class DevicePoint(Struct, frozen=True, kw_only=True):
    """One form of device."""

    device_type: str
    event_count: int
    percentage: float


class DevicesAnswer(Struct, frozen=True, kw_only=True):
    """Forms of devices, the commonest first."""

    data: list[DevicePoint]
    total_events: int


class HourPoint(Struct, frozen=True, kw_only=True):
    """One hour of the day, 0 to 23, in the workspace's zone."""

    hour: int
    event_count: int


class HoursAnswer(Struct, frozen=True, kw_only=True):
    """All 24 hours."""

    data: list[HourPoint]
    total_events: int


class SeriesPointOut(Struct, frozen=True, kw_only=True):
    """One step of a line."""

    timestamp: datetime
    value: int


class SeriesOut(Struct, frozen=True, kw_only=True):
    """One line."""

    label: str
    points: list[SeriesPointOut]


class GroupedAnswer(Struct, frozen=True, kw_only=True):
    """The lines, the commonest value first."""

    series: list[SeriesOut]
    total_events: int


class TopLink(Struct, frozen=True, kw_only=True):
    """One link with its scans."""

    name: str
    shortlink: str
    event_count: int


class TopLinksAnswer(Struct, frozen=True, kw_only=True):
    """Links, the most scanned first."""

    data: list[TopLink]
    total_events: int


class TrendPoint(Struct, frozen=True, kw_only=True):
    """One step: who came for the first time, and who came again."""

    timestamp: datetime
    new_visitor_count: int
    returning_visitor_count: int


class TrendsAnswer(Struct, frozen=True, kw_only=True):
    """New and returning visitors over time."""

    data: list[TrendPoint]
    total_new: int
    total_returning: int


class FunnelBranch(Struct, frozen=True, kw_only=True):
    """One choice inside a step, with its share of the step in per cent."""

    label: str
    visits: int
    share_of_step: float


class FunnelStep(Struct, frozen=True, kw_only=True):
    """One kind of step that visits reached, with how many of the arrivals that were, in per cent."""

    step_kind: str
    step_action: str
    visits: int
    occurrences: int
    identified_visitors: int = 0
    conversion_rate: float
    drop_off_from_previous: int
    interactions: int = 0
    interaction_rate: float = 0.0
    branches: list[FunnelBranch] = []


class FunnelOut(Struct, frozen=True, kw_only=True):
    """From arrival to exit."""

    steps: list[FunnelStep]
    entry_visits: int
    completion_rate: float


class TimePoint(Struct, frozen=True, kw_only=True):
    """One step of a count."""

    timestamp: datetime
    event_count: int


class TimeSeries(Struct, frozen=True, kw_only=True):
    """A count over time."""

    data: list[TimePoint]
    total_data: int
    total_intervals: int


class TimeSeriesAnswer(Struct, frozen=True, kw_only=True):
    """A count over time."""

    time_series: TimeSeries


class WorkspaceMetric(Struct, frozen=True, kw_only=True):
    """How much there is of everything. Credits are the vendor's currency: none are kept here."""

    total_links: int
    total_directories: int
    total_events: int
    total_monthly_events: int
    total_members: int
    total_qrcode_templates: int
    total_page_theme_templates: int = 0
    token_credits_limit: int = 0
    token_credits_used: int = 0
    topup_credits_limit: int = 0
    topup_credits_used: int = 0


class EventsMetric(Struct, frozen=True, kw_only=True):
    """The headline figures of a time; the first and last scan are the first and last day with one."""

    total_events: int
    first_at: datetime | None
    last_at: datetime | None
    total_countries: int
    total_cities: int
    total_device_types: int
    top_country: str
    top_city: str
    top_device_type: str


class WorkspaceInsight(Struct, frozen=True, kw_only=True):
    """What most links of the workspace are."""

    preferred_link_type: str
