"""Visitors as JSON."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control import limits
from waypost.control.api.mapping import always_time
from waypost.control.model.visitors import (
    AttributeInput,
    AttributeType,
    Identified,
    VisitorView,
    WriteVisitor,
)

Text = Annotated[str, Meta(max_length=limits.ATTRIBUTE_VALUE_CHARACTERS_MAX)]
Attributes = Annotated[dict[str, AttributeInput], Meta(max_length=limits.ATTRIBUTES_PER_VISITOR_MAX)]


class VisitorBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a visitor. Null or "" clears a member; an attribute that is null is removed."""

    email: Text | UnsetType | None = UNSET
    phone: Text | UnsetType | None = UNSET
    first_name: Text | UnsetType | None = UNSET
    last_name: Text | UnsetType | None = UNSET
    external_id: Text | UnsetType | None = UNSET
    attributes: Attributes | UnsetType = UNSET


class IdentifyBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who came. `known_as` is the click id that the destination received, or a visitor's id of the day."""

    known_as: Annotated[str, Meta(max_length=64)] = ""
    visitor: VisitorBody = VisitorBody()
    set_once: bool = False
    """Keep what is known already."""


class AttributeOut(Struct, frozen=True, kw_only=True):
    """One fact about a visitor."""

    key: str
    type: AttributeType
    value: str
    recorded_at: datetime


class VisitorOut(Struct, frozen=True, kw_only=True):
    """A visitor whom a customer made known."""

    id: str
    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None
    external_id: str | None
    attributes: list[AttributeOut]
    seen_as: list[str]
    """The visitor's ids of single days, as scans have them, oldest first."""
    created_at: datetime
    updated_at: datetime


class VisitorList(Struct, frozen=True, kw_only=True):
    """A page of visitors."""

    data: list[VisitorOut]
    next_cursor: str | None


class IdentifiedOut(Struct, frozen=True, kw_only=True):
    """The visitor, and whether they are new."""

    created: bool
    visitor: VisitorOut


def to_write(body: VisitorBody) -> WriteVisitor:
    """The command of a body."""
    names = ("email", "phone", "first_name", "last_name", "external_id")
    given = {name: value or "" for name in names if (value := getattr(body, name)) is not UNSET}
    return WriteVisitor(**given, attributes={} if body.attributes is UNSET else body.attributes)


def to_visitor(view: VisitorView) -> VisitorOut:
    """A profile as it is answered."""
    visitor = view.visitor
    return VisitorOut(
        id=visitor.id,
        email=visitor.email or None,
        phone=visitor.phone or None,
        first_name=visitor.first_name or None,
        last_name=visitor.last_name or None,
        external_id=visitor.external_id or None,
        attributes=[
            AttributeOut(
                key=each.key, type=each.type, value=each.value, recorded_at=always_time(each.recorded_ms)
            )
            for each in view.attributes
        ],
        seen_as=[mark for mark in view.marks if len(mark) == 16],
        created_at=always_time(visitor.created_ms),
        updated_at=always_time(visitor.updated_ms),
    )


def to_identified(found: Identified) -> IdentifiedOut:
    """What identifying gave."""
    return IdentifiedOut(created=found.is_new, visitor=to_visitor(found.view))
