"""Visitors: what customers say of them, and what is told."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.schemas.devices import DeviceOut
from waypost.control.dialects.linkbreakers.schemas.text import Csv, Flag, Text
from waypost.control.model.visitors import AttributeInput


class VisitorInput(Struct, frozen=True, kw_only=True):
    """What is known, by key: `$email`, `$phone`, `$firstName`, `$lastName`, and attributes of any other name."""

    data: dict[str, AttributeInput] | UnsetType | None = UNSET


class VisitorPatch(Struct, frozen=True, kw_only=True):
    """What to change; null removes a key."""

    visitor: VisitorInput = VisitorInput()


class IdentifyIn(Struct, frozen=True, kw_only=True):
    """Who came with this `lbid`. With `set_once`, what is known stays."""

    lbid: Text = UNSET
    visitor: VisitorInput = VisitorInput()
    set_once: Flag = UNSET


class AttributeFilterIn(Struct, frozen=True, kw_only=True):
    """One test of one key."""

    key: str
    operator: str
    value: Text = UNSET


class VisitorSearch(Struct, frozen=True, kw_only=True):
    """Which visitors are wanted; all filters must hold."""

    attribute_filters: list[AttributeFilterIn] | UnsetType | None = UNSET
    email: Text = UNSET
    search: Text = UNSET
    link_id: Text = UNSET
    include: list[str] | UnsetType | None = UNSET
    page_size: int | UnsetType | None = UNSET
    page_token: Text = UNSET
    cursor: Text = UNSET
    response_format: Text = UNSET
    sort_field: Text = UNSET
    sort_direction: Text = UNSET


class VisitorAttribute(Struct, frozen=True, kw_only=True):
    """One fact, as it came and as what it is."""

    key: str
    type: str
    value: str
    number_value: float | UnsetType = UNSET
    bool_value: bool | UnsetType = UNSET
    date_value: datetime | UnsetType = UNSET


class VisitorEvent(Struct, frozen=True, kw_only=True):
    """One visit, in short."""

    id: str
    link_id: str
    action: str
    visit_type: str
    scanned_at: datetime
    created_at: datetime


class VisitorLink(Struct, frozen=True, kw_only=True):
    """A link that somebody visited."""

    id: str
    name: str
    shortlink: str
    entrypoint: str
    event_count: int
    first_visited_at: datetime
    last_visited_at: datetime


class VisitorOut(Struct, frozen=True, kw_only=True):
    """Who visited. A visitor nobody identified has an id of the day and nothing else."""

    id: str
    workspace_id: str
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    attributes: list[VisitorAttribute] = []
    device_count: int | UnsetType = UNSET
    visit_count: int | UnsetType = UNSET
    qrcode_count: int | UnsetType = UNSET
    devices: list[DeviceOut] | UnsetType = UNSET
    events: list[VisitorEvent] | UnsetType = UNSET
    links: list[VisitorLink] | UnsetType = UNSET
    created_at: datetime
    updated_at: datetime


class IdentifyAnswer(Struct, frozen=True, kw_only=True):
    """The visitor, and whether they are new."""

    created: bool
    visitor: VisitorOut


class VisitorsPage(Struct, frozen=True, kw_only=True):
    """A page of visitors."""

    visitors: list[VisitorOut]
    total_count: int
    has_more: bool
    next_page_token: str


class VisitorsAnswer(Struct, frozen=True, kw_only=True):
    """Exactly one of the two."""

    json: VisitorsPage | UnsetType = UNSET
    csv: Csv | UnsetType = UNSET


class Success(Struct, frozen=True):
    """Something is gone."""

    success: bool


class AttributeKeyOut(Struct, frozen=True, kw_only=True):
    """A key in use, with the type most of its values have."""

    key: str
    type: str


class AttributeKeys(Struct, frozen=True, kw_only=True):
    """The keys in use."""

    attribute_keys: list[str]
    attributes: list[AttributeKeyOut]


class AttributeMetric(Struct, frozen=True, kw_only=True):
    """Figures of a key over an audience."""

    audience_count: int
    total_count: int
    usable_count: int
    coverage_rate: float
    average_value: float
    min_value: float
    max_value: float


class AttributePoint(Struct, frozen=True, kw_only=True):
    """One value, and how many visitors have it."""

    label: str
    visitor_count: int
    percentage: float


class AttributeDistribution(Struct, frozen=True, kw_only=True):
    """Values, the commonest first."""

    data: list[AttributePoint]
    total: int


class AttributeEntry(Struct, frozen=True, kw_only=True):
    """One value, and when it was told."""

    value: str
    recorded_at: datetime


class AttributeValues(Struct, frozen=True, kw_only=True):
    """Values, the newest first."""

    data: list[AttributeEntry]
    total: int
