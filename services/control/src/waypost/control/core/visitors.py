"""Visitors: who came, as far as the customer says so; and forgetting them.

Whoever may write visitors but not read them (a key that stands in a web page) can only add: what is kept
stays, and no answer tells more than was sent.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET

from waypost.control import limits
from waypost.control.core.record_change import record_change
from waypost.control.model.access import Actor
from waypost.control.model.faults import Invalid, OutOfReach, QuotaReached
from waypost.control.model.page import Page
from waypost.control.model.visitors import (
    FIELDS,
    Attribute,
    AttributeInput,
    Identified,
    Identify,
    Mark,
    Visitor,
    VisitorFilter,
    VisitorNotFound,
    VisitorView,
    WriteVisitor,
)
from waypost.control.store import visitors
from waypost.control.store.tx import Tx

MARK = re.compile(r"[0-9a-f]{16}([0-9a-f]{16})?\Z")
"""A visitor's number of a day, or a click id, without dashes."""

_EMAIL = re.compile(r"[^@\s\x00-\x20]{1,64}@[^@\s\x00-\x20]{1,189}\Z")
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .:-]*\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\S+)?\Z")
_UNSENDABLE = re.compile(r"[\x00\ud800-\udfff]")


async def identify(tx: Tx, actor: Actor, command: Identify) -> Identified:
    """Tie a scan to a profile, which is made when neither the scan nor the identity is known.

    When both are known and differ, the one of the identity takes the other in. Raises Invalid naming
    the member, QuotaReached.
    """
    given = _checked(command.visitor)
    known_as = mark_of(command.known_as)
    email, external_id = given.get("email", ""), given.get("external_id", "")
    if not (known_as or email or external_id):
        raise Invalid("known_as", "a click id, an e-mail address or an external id is needed")
    scanned = await _by_scan(tx, actor, known_as, command.scan.visitor)
    named = await visitors.by_identity(tx, actor.workspace_id, email=email, external_id=external_id)
    current = named or scanned
    if named and scanned and named.id != scanned.id and (_is_nameless(scanned) or _reads(actor)):
        await visitors.move(tx, scanned.id, named.id)
    is_new = current is None
    visitor = current or await _create(tx, actor)
    keep = command.set_once or (not is_new and not _reads(actor))
    view = await _write(tx, actor, visitor, given, command.visitor.attributes, keep=keep)
    marks = [
        Mark(
            workspace_id=actor.workspace_id,
            mark=mark,
            visitor_id=visitor.id,
            link_id=command.scan.link_id,
            created_ms=tx.now_ms,
        )
        for mark in dict.fromkeys((known_as, command.scan.visitor))
        if mark
    ]
    await visitors.put_marks(tx, marks)
    await visitors.drop_oldest_marks(tx, visitor.id, limits.MARKS_PER_VISITOR_MAX)
    if not _reads(actor):
        return Identified(_only(view, given, command.visitor.attributes), is_new)
    return Identified((await visitors.views(tx, [view.visitor]))[0], is_new)


async def get_visitor(tx: Tx, actor: Actor, visitor_id: str) -> VisitorView:
    """One profile. Raises VisitorNotFound."""
    found = await visitors.rows.get(tx, actor.workspace_id, visitor_id)
    return (await visitors.views(tx, [found]))[0]


async def list_visitors(tx: Tx, actor: Actor, wanted: VisitorFilter) -> Page[VisitorView]:
    """A page of profiles. Raises InvalidCursor, Invalid for too many filters."""
    if len(wanted.attributes) > limits.ATTRIBUTE_FILTERS_MAX:
        raise Invalid("attribute_filters", f"at most {limits.ATTRIBUTE_FILTERS_MAX}")
    page = await visitors.find(tx, actor.workspace_id, wanted)
    return Page(tuple(await visitors.views(tx, page.items)), page.next_cursor, page.total)


async def update_visitor(tx: Tx, actor: Actor, visitor_id: str, command: WriteVisitor) -> VisitorView:
    """Change a profile. Raises VisitorNotFound, Invalid, NameTaken, OutOfReach."""
    require_reading(actor)
    before = await visitors.rows.get(tx, actor.workspace_id, visitor_id)
    given = _checked(command)
    await _write(tx, actor, before, given, command.attributes, keep=False)
    return await get_visitor(tx, actor, visitor_id)


async def remove_attribute(tx: Tx, actor: Actor, visitor_id: str, key: str) -> bool:
    """Forget one attribute; whether there was one. Raises VisitorNotFound, OutOfReach."""
    require_reading(actor)
    visitor = await visitors.rows.get(tx, actor.workspace_id, visitor_id)
    if key in FIELDS:
        had = bool(getattr(visitor, key))
        await _write(tx, actor, visitor, {key: ""}, {}, keep=False)
        return had
    return bool(await visitors.remove_attributes(tx, visitor.id, [key]))


async def delete_visitor(tx: Tx, actor: Actor, visitor_id: str) -> VisitorView:
    """Forget a profile, its attributes and what tied scans to it. Raises VisitorNotFound, OutOfReach.

    The caller has analytics forget the scans under the view's marks.
    """
    require_reading(actor)
    view = await get_visitor(tx, actor, visitor_id)
    await visitors.rows.remove(tx, visitor_id)
    # What was forgotten must not live on in the log: only that it was.
    await record_change(tx, actor, "visitor.delete", visitor_id, None, None)
    return view


def mark_of(text: str) -> str:
    """A click id or a visitor's number as it is kept; "" for none. Raises Invalid for anything else."""
    mark = text.strip().lower().replace("-", "")
    if mark and not MARK.match(mark):
        raise Invalid("known_as", "is neither a click id nor a visitor's id")
    return mark


async def _by_scan(tx: Tx, actor: Actor, known_as: str, number: str) -> Visitor | None:
    """The profile that a scan is tied to, or whose own id it is."""
    found = await visitors.by_marks(tx, actor.workspace_id, [mark for mark in (known_as, number) if mark])
    if found:
        return found.get(known_as) or found[number]
    if len(known_as) == 32:
        dashed = "-".join((known_as[:8], known_as[8:12], known_as[12:16], known_as[16:20], known_as[20:]))
        try:
            return await visitors.rows.get(tx, actor.workspace_id, dashed)
        except VisitorNotFound:
            return None
    return None


async def _create(tx: Tx, actor: Actor) -> Visitor:
    if await visitors.rows.count(tx, actor.workspace_id) >= limits.VISITORS_PER_WORKSPACE_MAX:
        raise QuotaReached("visitors", limits.VISITORS_PER_WORKSPACE_MAX)
    visitor = Visitor(
        id=tx.new_id(), workspace_id=actor.workspace_id, created_ms=tx.now_ms, updated_ms=tx.now_ms
    )
    await visitors.insert(tx, visitor)
    return visitor


async def _write(
    tx: Tx,
    actor: Actor,
    before: Visitor,
    given: Mapping[str, str],
    values: Mapping[str, AttributeInput],
    *,
    keep: bool,
) -> VisitorView:
    """Write members and attributes; with `keep`, only those that are not known yet."""
    known = (await visitors.views(tx, [before]))[0]
    kept_keys = {attribute.key for attribute in known.attributes} if keep else set()
    fields = {name: value for name, value in given.items() if not (keep and getattr(before, name))}
    for name in ("email", "external_id"):
        if fields.get(name):
            other = await visitors.by_identity(
                tx, actor.workspace_id, **{"email": "", "external_id": "", name: fields[name]}
            )
            if other is not None and other.id != before.id:
                raise Invalid(name, "belongs to another visitor")
    after = msgspec.structs.replace(before, **fields, updated_ms=tx.now_ms)
    await visitors.rows.save(tx, after)
    gone = [key for key, value in values.items() if value is None and key not in kept_keys]
    new = [
        _attribute(key, value, tx.now_ms)
        for key, value in values.items()
        if value is not None and key not in kept_keys
    ]
    await visitors.remove_attributes(tx, after.id, gone)
    await visitors.put_attributes(tx, after, new)
    view = (await visitors.views(tx, [after]))[0]
    if len(view.attributes) > limits.ATTRIBUTES_PER_VISITOR_MAX:
        raise Invalid("attributes", f"a visitor has at most {limits.ATTRIBUTES_PER_VISITOR_MAX}")
    return view


def _checked(command: WriteVisitor) -> dict[str, str]:
    """The members that were given, as they are kept. Raises Invalid."""
    given = {}
    for name in FIELDS:
        value = getattr(command, name)
        if value is UNSET:
            continue
        text = value.strip()
        if len(text) > limits.ATTRIBUTE_VALUE_CHARACTERS_MAX or _UNSENDABLE.search(text):
            raise Invalid(
                name, f"more than {limits.ATTRIBUTE_VALUE_CHARACTERS_MAX} characters, or unreadable"
            )
        given[name] = text.lower() if name == "email" else text
    if given.get("email") and not _EMAIL.match(given["email"]):
        raise Invalid("email", "is not an address")
    for key in command.attributes:
        if len(key) > limits.ATTRIBUTE_KEY_CHARACTERS_MAX or not _KEY.match(key):
            raise Invalid(f"attributes.{key[:64]}", "has letters, digits, spaces, `_`, `.`, `:` and `-`")
    return given


def _attribute(key: str, value: AttributeInput, now_ms: int) -> Attribute:
    """A value with its type. Raises Invalid for text that is too long."""
    field = f"attributes.{key}"
    if isinstance(value, bool):
        return Attribute(
            key=key, type="boolean", value=str(value).lower(), number=float(value), recorded_ms=now_ms
        )
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise Invalid(field, "is not a number that can be kept")
        return Attribute(key=key, type="number", value=str(value), number=float(value), recorded_ms=now_ms)
    text = str(value)
    if len(text) > limits.ATTRIBUTE_VALUE_CHARACTERS_MAX or _UNSENDABLE.search(text):
        raise Invalid(field, f"more than {limits.ATTRIBUTE_VALUE_CHARACTERS_MAX} characters, or unreadable")
    at_ms = date_ms(text)
    if at_ms is not None:
        return Attribute(key=key, type="date", value=text, number=float(at_ms), recorded_ms=now_ms)
    return Attribute(key=key, type="string", value=text, number=number_of(text), recorded_ms=now_ms)


def date_ms(text: str) -> int | None:
    """Unix milliseconds of an ISO 8601 date or time; None for other text."""
    if not _DATE.match(text):
        return None
    try:
        at = datetime.fromisoformat(text)
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def number_of(text: str) -> float | None:
    """The number that text is; None for other text."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _only(view: VisitorView, given: Mapping[str, str], values: Mapping[str, Any]) -> VisitorView:
    """A profile with no more than was sent."""
    hidden = {name: given.get(name, "") for name in FIELDS}
    shown = msgspec.structs.replace(view.visitor, **hidden)
    attributes = tuple(
        attribute
        for attribute in view.attributes
        if attribute.key in values
        and attribute == _attribute(attribute.key, values[attribute.key], attribute.recorded_ms)
    )
    return VisitorView(visitor=shown, attributes=attributes)


def _is_nameless(visitor: Visitor) -> bool:
    return not (visitor.email or visitor.external_id)


def _reads(actor: Actor) -> bool:
    return actor.may("visitors:read")


def require_reading(actor: Actor) -> None:
    """Raise OutOfReach for a key that may only add."""
    if not _reads(actor):
        raise OutOfReach("adding what it knows of visitors")
