"""The vendor's names for QR codes and short links. Unknown members of requests are ignored."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.dialects.qrsbd import limits

DataT = TypeVar("DataT")
Template: TypeAlias = Literal["url", "vcard", "wifi", "menu", "review", "social", "app", "event"]
System: TypeAlias = Literal["iOS", "Android", "Windows", "Mac", "Linux"]
SYSTEMS = frozenset(get_args(System))
Values = Meta(min_length=1, max_length=limits.RULE_VALUES_MAX)
Clock: TypeAlias = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Success(Struct, Generic[DataT], frozen=True):
    """The envelope of every success."""

    data: DataT


class GeoRule(Struct, frozen=True, kw_only=True, tag_field="type", tag="geo"):
    """By country, ISO 3166-1 alpha-2."""

    condition: Literal["in", "not_in"]
    values: Annotated[list[str], Values]
    target_url: str


class OsRule(Struct, frozen=True, kw_only=True, tag_field="type", tag="os"):
    """By operating system."""

    condition: Literal["is", "is_not"]
    values: Annotated[list[System], Values]
    target_url: str


class AbRule(Struct, frozen=True, kw_only=True, tag_field="type", tag="ab"):
    """So many percent of the visitors; the others go on to the next rule."""

    weight: Annotated[int, Meta(ge=1, le=99)]
    target_url: str


class TimeRule(Struct, frozen=True, kw_only=True, tag_field="type", tag="time"):
    """A window of the local day; days count from 0 = Sunday, none means every day."""

    timezone: str
    start_time: Clock = msgspec.field(name="startTime")
    end_time: Clock = msgspec.field(name="endTime")
    active_days: Annotated[list[Annotated[int, Meta(ge=0, le=6)]], Meta(max_length=7)] = msgspec.field(
        name="activeDays", default_factory=list
    )
    target_url: str


SmartRule: TypeAlias = GeoRule | OsRule | AbRule | TimeRule
SmartRules: TypeAlias = Annotated[list[SmartRule], Meta(max_length=limits.SMART_RULES_MAX)]


class Create(Struct, frozen=True, kw_only=True):
    """What new rows of both collections have in common."""

    target_url: str | None = None
    title: str | None = None
    slug: str | None = None
    is_dynamic: bool = True
    smart_rules: SmartRules | None = None
    expires_at: str | None = None
    password: str | None = None


class LinkCreate(Create, frozen=True, kw_only=True):
    """A new short link."""

    target_url: str


class QrCreate(Create, frozen=True, kw_only=True):
    """A new QR code; one that only shows its page needs no `target_url`."""

    template_type: Template = "url"
    content: dict[str, Any] | None = None
    design: dict[str, Any] | None = None


class LinkPatch(Struct, frozen=True, kw_only=True):
    """What to change of a short link; null clears. The slug is printed and stays."""

    target_url: str | UnsetType = UNSET
    title: str | UnsetType | None = UNSET
    slug: str | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    is_dynamic: bool | UnsetType = UNSET
    smart_rules: SmartRules | UnsetType | None = UNSET
    expires_at: str | UnsetType | None = UNSET
    password: str | UnsetType | None = UNSET


class QrPatch(LinkPatch, frozen=True, kw_only=True):
    """What to change of a QR code."""

    template_type: Template | UnsetType = UNSET
    content: dict[str, Any] | UnsetType | None = UNSET
    design: dict[str, Any] | UnsetType | None = UNSET


class LinkOut(Struct, frozen=True, kw_only=True):
    """A QR code or short link."""

    id: str
    slug: str
    domain: str
    short_url: str
    target_url: str
    title: str | None
    is_active: bool
    is_dynamic: bool
    type: Literal["qr", "link"]
    template_type: str
    content: dict[str, Any] | None
    design: dict[str, Any] | None
    smart_rules: list[SmartRule]
    expires_at: datetime | None
    has_password: bool
    created_at: datetime
    updated_at: datetime


class Deleted(Struct, frozen=True, kw_only=True):
    """A QR code or short link that stopped."""

    id: str
    deleted: Literal[True] = True
