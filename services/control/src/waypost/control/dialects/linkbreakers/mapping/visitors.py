"""Visitors in the vendor's words: `$email` and its like are members, every other key is an attribute."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from waypost.control.core.visitors import date_ms, number_of
from waypost.control.dialects.linkbreakers.mapping.analytics import percent
from waypost.control.dialects.linkbreakers.mapping.events import device_id, event_id, to_device, written
from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.schemas.devices import DeviceOut
from waypost.control.dialects.linkbreakers.schemas.links import LinkOut
from waypost.control.dialects.linkbreakers.schemas.visitors import (
    AttributeDistribution,
    AttributeFilterIn,
    AttributeMetric,
    AttributePoint,
    VisitorAttribute,
    VisitorEvent,
    VisitorInput,
    VisitorLink,
    VisitorOut,
)
from waypost.control.dialects.linkbreakers.spelling import snake, timestamp
from waypost.control.model.faults import Invalid
from waypost.control.model.visitors import (
    Attribute,
    AttributeFigures,
    AttributeFilter,
    AttributeTest,
    VisitorView,
    Visits,
    WriteVisitor,
)
from waypost.wire.ids import to_text
from waypost.wire.scan_events import ScanEventV1

MEMBERS = {
    "$email": "email",
    "$phone": "phone",
    "$first_name": "first_name",
    "$last_name": "last_name",
    "$external_id": "external_id",
}
"""Keys that stand for members, in snake_case; the client writes `$firstName`."""

_OPERATORS: dict[str, tuple[AttributeTest, str]] = {
    "STRING_EQUALS": ("is", ""),
    "STRING_NOT_EQUALS": ("is_not", ""),
    "STRING_CONTAINS": ("contains", ""),
    "STRING_NOT_CONTAINS": ("contains_not", ""),
    "STRING_STARTS_WITH": ("starts_with", ""),
    "STRING_ENDS_WITH": ("ends_with", ""),
    "STRING_IS_EMPTY": ("empty", ""),
    "STRING_IS_NOT_EMPTY": ("not_empty", ""),
    "NUMBER_EQUALS": ("is", "number"),
    "NUMBER_NOT_EQUALS": ("is_not", "number"),
    "NUMBER_GREATER_THAN": ("more_than", "number"),
    "NUMBER_LESS_THAN": ("less_than", "number"),
    "NUMBER_GREATER_OR_EQUAL": ("at_least", "number"),
    "NUMBER_LESS_OR_EQUAL": ("at_most", "number"),
    "DATE_EQUALS": ("is", "date"),
    "DATE_BEFORE": ("less_than", "date"),
    "DATE_AFTER": ("more_than", "date"),
    "DATE_BEFORE_OR_EQUAL": ("at_most", "date"),
    "DATE_AFTER_OR_EQUAL": ("at_least", "date"),
    "BOOLEAN_IS_TRUE": ("is", "true"),
    "BOOLEAN_IS_FALSE": ("is", "false"),
    "EXISTS": ("exists", ""),
    "NOT_EXISTS": ("exists_not", ""),
}
_PREFIX = "VISITOR_ATTRIBUTE_FILTER_OPERATOR_"

COLUMNS = (
    "Visitor ID", "Email", "Phone", "First name", "Last name", "Visits", "Devices", "QR codes", "First seen",
    "Last changed", "Attributes",
)  # fmt: skip


def member_of(key: str) -> str:
    """The member that a reserved key stands for, or the key itself. Raises Invalid for an unknown one."""
    if not key.startswith("$"):
        return key
    name = MEMBERS.get(snake(key))
    if name is None:
        raise Invalid("visitor.data", f"there is no reserved key `{key[:64]}`")
    return name


def to_write(sent: VisitorInput) -> WriteVisitor:
    """The command of what was sent. Raises Invalid."""
    members: dict[str, str] = {}
    attributes = {}
    for key, value in (sent.data or {}).items():
        if not key.startswith("$"):
            attributes[key] = value
        elif value is None or isinstance(value, str):
            members[member_of(key)] = value or ""
        else:
            raise Invalid("visitor.data", f"`{key[:64]}` must be text")
    return WriteVisitor(**members, attributes=attributes)


def to_filter(sent: AttributeFilterIn, index: int) -> AttributeFilter:
    """One test. Raises Invalid naming it."""
    field = f"attribute_filters[{index}]"
    found = _OPERATORS.get(sent.operator.removeprefix(_PREFIX))
    if found is None:
        raise Invalid(f"{field}.operator", f"is none of {', '.join(_PREFIX + name for name in _OPERATORS)}")
    test, kind = found
    value = sent.value or ""
    if sent.key.startswith("$") and kind:
        raise Invalid(f"{field}.operator", "reserved keys are text")
    if kind in ("true", "false"):
        return AttributeFilter(key=sent.key, test=test, value=kind)
    number = None
    if kind:
        number = number_of(value) if kind == "number" else date_ms(value)
        if number is None:
            raise Invalid(f"{field}.value", f"is not a {kind}")
    return AttributeFilter(
        key=member_of(sent.key), test=test, value=value, number=number, of_dates=kind == "date"
    )


def to_visitor(view: VisitorView, visits: Visits | None = None) -> VisitorOut:
    """A profile, with its counts where they were asked for."""
    visitor = view.visitor
    out = VisitorOut(
        id=visitor.id,
        workspace_id=visitor.workspace_id,
        email=visitor.email,
        phone=visitor.phone,
        first_name=visitor.first_name,
        last_name=visitor.last_name,
        attributes=[to_attribute(each) for each in view.attributes],
        created_at=at(visitor.created_ms),
        updated_at=at(visitor.updated_ms),
    )
    if visits is None:
        return out
    return msgspec.structs.replace(
        out, visit_count=visits.scans, device_count=visits.devices, qrcode_count=visits.codes
    )


def to_attribute(attribute: Attribute) -> VisitorAttribute:
    """One fact; its typed member is there only when the value is of the type."""
    out = VisitorAttribute(key=attribute.key, type=type_of(attribute.type), value=attribute.value)
    if attribute.number is None:
        return out
    if attribute.type == "boolean":
        return msgspec.structs.replace(out, bool_value=bool(attribute.number))
    if attribute.type == "date":
        when = datetime.fromtimestamp(attribute.number / 1000, UTC)
        return msgspec.structs.replace(out, date_value=when)
    return msgspec.structs.replace(out, number_value=attribute.number)


def type_of(native: str) -> str:
    """A type in the vendor's words."""
    return f"VISITOR_ATTRIBUTE_TYPE_{native.upper()}"


def with_visits(
    out: VisitorOut, scans: Sequence[ScanEventV1], links: Mapping[str, LinkOut], included: frozenset[str]
) -> VisitorOut:
    """A visitor with the devices, events or links that were asked for."""
    relations: dict[str, object] = {}
    if "devices" in included:
        relations["devices"] = _devices(out.workspace_id, out.id, scans)
    if "events" in included:
        relations["events"] = [_event(out.workspace_id, scan) for scan in scans]
    if "links" in included:
        relations["links"] = _links(scans, links)
    return msgspec.structs.replace(out, **relations)


def to_csv(found: Sequence[VisitorOut]) -> str:
    """RFC 4180 with a header that people can read."""
    rows = (
        (
            each.id, each.email, each.phone, each.first_name, each.last_name, str(each.visit_count or 0),
            str(each.device_count or 0), str(each.qrcode_count or 0), timestamp(each.created_at),
            timestamp(each.updated_at), "; ".join(f"{fact.key}={fact.value}" for fact in each.attributes),
        )
        for each in found
    )  # fmt: skip
    return written(COLUMNS, rows)


def to_metric(figures: AttributeFigures) -> AttributeMetric:
    """Figures of a key."""
    return AttributeMetric(
        audience_count=figures.audience,
        total_count=figures.total,
        usable_count=figures.usable,
        coverage_rate=percent(figures.total, figures.audience),
        average_value=round(figures.average, 6),
        min_value=figures.low,
        max_value=figures.high,
    )


def to_distribution(spread: Sequence[tuple[str, int]], total: int) -> AttributeDistribution:
    """Values and their share of all visitors who have the key."""
    return AttributeDistribution(
        data=[
            AttributePoint(label=value, visitor_count=count, percentage=percent(count, total))
            for value, count in spread
        ],
        total=total,
    )


def _devices(workspace_id: str, visitor_id: str, scans: Sequence[ScanEventV1]) -> list[DeviceOut]:
    newest: dict[str, ScanEventV1] = {}
    for scan in scans:
        newest.setdefault(device_id(workspace_id, visitor_id, scan), scan)
    return [to_device(each, scan) for each, scan in newest.items()]


def _event(workspace_id: str, scan: ScanEventV1) -> VisitorEvent:
    return VisitorEvent(
        id=event_id(workspace_id, scan.id),
        link_id=to_text(scan.link_id),
        action="ACTION_SCAN" if scan.source == "qr" else "ACTION_CLICK",
        visit_type="VISIT_TYPE_RETURNING" if scan.repeat else "VISIT_TYPE_FIRST",
        scanned_at=at(scan.at_ms),
        created_at=at(scan.at_ms),
    )


def _links(scans: Sequence[ScanEventV1], links: Mapping[str, LinkOut]) -> list[VisitorLink]:
    visits: dict[str, list[int]] = {}
    for scan in scans:
        visits.setdefault(to_text(scan.link_id), []).append(scan.at_ms)
    return [
        VisitorLink(
            id=link.id,
            name=link.name,
            shortlink=link.shortlink,
            entrypoint=link.entrypoint,
            event_count=len(times),
            first_visited_at=at(min(times)),
            last_visited_at=at(max(times)),
        )
        for link_id, times in visits.items()
        if (link := links.get(link_id)) is not None
    ]
