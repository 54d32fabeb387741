"""Visitors whom a customer has made known: a profile, what is kept about it, and the days it was seen.

Nobody is known by themselves: a scan carries a number that changes every day. A customer who learns on
the destination who came, and sends that back with the click id, ties this one day to a profile.
"""

from typing import ClassVar, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control.model.faults import NotFound
from waypost.control.model.page import PageRequest

AttributeType: TypeAlias = Literal["string", "number", "boolean", "date"]
AttributeInput: TypeAlias = str | int | float | bool | None
"""A value as it is sent; None removes what was kept."""

FIELDS = ("email", "phone", "first_name", "last_name", "external_id")
"""What a profile has besides attributes; "" is unknown."""


class VisitorNotFound(NotFound):
    """No such visitor in this workspace."""

    code: ClassVar[str] = "visitor_not_found"
    kind: ClassVar[str] = "visitor"


class Attribute(Struct, frozen=True, kw_only=True):
    """One fact about a visitor: as text, as the type it came in, and as a number where it is one.

    A date's number is Unix milliseconds, a boolean's 1 or 0.
    """

    key: str
    type: AttributeType
    value: str
    number: float | None = None
    recorded_ms: int = 0


class Visitor(Struct, frozen=True, kw_only=True):
    """One stored profile. An e-mail address and an external id are unique in a workspace."""

    id: str
    workspace_id: str
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    external_id: str = ""
    created_ms: int
    updated_ms: int


class VisitorView(Struct, frozen=True, kw_only=True):
    """A profile with its attributes, and the numbers under which scans of it are known, oldest first."""

    visitor: Visitor
    attributes: tuple[Attribute, ...] = ()
    marks: tuple[str, ...] = ()


class Visits(Struct, frozen=True):
    """How often a profile came, with how many devices, and how many links' codes it scanned."""

    scans: int = 0
    devices: int = 0
    codes: int = 0


class Mark(Struct, frozen=True, kw_only=True):
    """What ties a scan to a profile: the visitor's number of a day (16 hexadecimal digits), or a click id (32)."""

    workspace_id: str
    mark: str
    visitor_id: str
    link_id: str = ""
    created_ms: int


class WriteVisitor(Struct, frozen=True, kw_only=True):
    """Change the members that are set; `attributes` changes only the keys it names."""

    email: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    external_id: str | UnsetType = UNSET
    attributes: dict[str, AttributeInput] = msgspec.field(default_factory=dict)


class SeenScan(Struct, frozen=True):
    """The scan that a click id belongs to: the visitor's number of that day, the link, the rule that led on, when."""

    visitor: str = ""
    link_id: str = ""
    rule_id: str = ""
    at_ms: int = 0


class Identify(Struct, frozen=True, kw_only=True):
    """Say who came: `known_as` is a click id, a visitor's number or a profile's id; `scan` what analytics
    knows of it. With `set_once`, what is kept already stays."""

    known_as: str = ""
    scan: SeenScan = SeenScan()
    visitor: WriteVisitor = WriteVisitor()
    set_once: bool = False


class Identified(Struct, frozen=True):
    """The profile, and whether it was made just now."""

    view: VisitorView
    is_new: bool


AttributeTest: TypeAlias = Literal[
    "is", "is_not", "contains", "contains_not", "starts_with", "ends_with", "empty", "not_empty",
    "less_than", "at_most", "at_least", "more_than", "exists", "exists_not",
]  # fmt: skip


class AttributeFilter(Struct, frozen=True, kw_only=True):
    """A test of one attribute, or of one of FIELDS. Text compares without case.

    With a `number`, numbers are compared, of dates when `of_dates`; text otherwise.
    """

    key: str
    test: AttributeTest
    value: str = ""
    number: float | None = None
    of_dates: bool = False


class VisitorFilter(Struct, frozen=True, kw_only=True):
    """Which profiles a list holds. Unset members do not narrow it; all attribute filters must hold."""

    email: str = ""
    search: str = ""
    """Part of an address, a name, a phone number or an external id, in any case."""
    link_id: str = ""
    """Profiles that were made known after a scan of this link."""
    attributes: tuple[AttributeFilter, ...] = ()
    descending: bool = True
    page: PageRequest = PageRequest()
    count: bool = False


class AttributeKey(Struct, frozen=True):
    """A key in use, and the type that most of its values have."""

    key: str
    type: AttributeType


class AttributeFigures(Struct, frozen=True, kw_only=True):
    """What is known of one key over an audience."""

    audience: int
    """Profiles there are."""
    total: int
    """Profiles that have the key."""
    usable: int
    """Those whose value is a number."""
    average: float = 0.0
    low: float = 0.0
    high: float = 0.0
