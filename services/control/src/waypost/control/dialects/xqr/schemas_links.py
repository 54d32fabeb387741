"""Links in xQR's words. Input says `url`, output says `destination`; both are taken."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.dialects.xqr import limits

Slug = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{3,64}$", description="3 to 64 letters, digits, hyphens.")]
Label = Annotated[str, Meta(min_length=1, max_length=limits.LABEL_CHARACTERS_MAX)]
Labels = Annotated[list[Label], Meta(max_length=limits.LABELS_MAX)]
Country = Annotated[str, Meta(pattern=r"^[A-Za-z]{2}$", description="ISO 3166-1 alpha-2.")]
Hour = Annotated[int, Meta(ge=0, le=24)] | Annotated[str, Meta(pattern=r"^([01]?\d|2[0-4]):[0-5]\d$")]


class Hours(Struct, frozen=True):
    """`[start, end)` on the 24-hour clock of the workspace; over midnight when start is later."""

    start: Hour
    end: Hour


class Conditions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All that are given must hold. An unknown one is an error: ignoring it would send visitors astray."""

    countries: Annotated[list[Country], Meta(max_length=limits.COUNTRIES_PER_RULE_MAX)] | UnsetType | None = (
        UNSET
    )
    country_mode: Literal["include", "exclude"] | UnsetType | None = UNSET
    device_types: (
        Annotated[list[Literal["mobile", "tablet", "desktop"]], Meta(max_length=limits.DEVICES_PER_RULE_MAX)]
        | UnsetType
        | None
    ) = UNSET
    hours: Hours | UnsetType | None = UNSET
    percentage: Annotated[float, Meta(ge=0, le=100)] | UnsetType | None = UNSET
    expires_at: str | UnsetType | None = UNSET


class RoutingRule(Struct, frozen=True, kw_only=True):
    """Where visitors go for whom all conditions hold; the lowest priority is asked first."""

    destination: str
    priority: int = 0
    conditions: Conditions = Conditions()


Rules = Annotated[list[RoutingRule], Meta(max_length=limits.RULES_MAX)]


class LinkCreate(Struct, frozen=True, kw_only=True):
    """A new link. Only `url` is needed."""

    url: str | None = None
    destination: str | None = None
    custom_slug: Slug | None = None
    labels: Labels | None = None
    routing_rules: Rules | None = None
    expires_at: str | None = None
    enabled: bool = True


class LinkUpdate(Struct, frozen=True, kw_only=True):
    """What to change; null clears `expires_at`, `labels` and `routing_rules`."""

    url: str | UnsetType = UNSET
    destination: str | UnsetType = UNSET
    custom_slug: Slug | UnsetType = UNSET
    labels: Labels | UnsetType | None = UNSET
    routing_rules: Rules | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET
    expires_at: str | UnsetType | None = UNSET


class LinkOut(Struct, frozen=True, kw_only=True):
    """A link."""

    id: str
    short_url: str
    short_code: str
    destination: str
    enabled: bool
    labels: list[str]
    routing_rules: list[RoutingRule]
    scan_count: int
    last_scan_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


class BulkCreate(Struct, frozen=True):
    """Up to 100 links. Each is judged on its own, so the items are read one by one."""

    links: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=limits.BULK_LINKS_MAX)]


class BulkStatus(Struct, frozen=True):
    """Enable or disable links."""

    ids: Annotated[list[str], Meta(min_length=1, max_length=limits.BULK_IDS_MAX)]
    enabled: bool


class BulkUpdated(Struct, frozen=True):
    """How many links were changed."""

    updated: int


class BulkError(Struct, frozen=True, kw_only=True):
    """Why one link of a bulk was not made. `url` is told at once, not by later look-ups."""

    index: int
    url: str | UnsetType = UNSET
    code: str
    message: str


class BulkCreated(Struct, frozen=True, kw_only=True):
    """What became of a bulk."""

    created: list[LinkOut]
    errors: list[BulkError]
    batch_id: str


class BatchOut(Struct, frozen=True, kw_only=True):
    """A bulk, looked up afterwards."""

    batch_id: str
    status: Literal["pending", "processing", "completed", "failed"]
    total: int
    processed: int
    succeeded: int
    failed: int
    progress: int
    created: list[str]
    errors: list[BulkError]
    created_at: datetime
    completed_at: datetime | None
