"""`routing_rules` down into the native language and back up. Pure.

Rules sort by (priority, place in the array). Beside the native rules a note is kept of how each one was
written (`extras.xqr.rules` of the link), so that what comes back is what was sent: explicit defaults,
spellings of times, priorities. A note counts only while it still lowers to the very rule it belongs to;
whoever changes a rule elsewhere is believed, and the rule comes back in normal form.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.mapping_values import ms_to_time, time_to_ms, web_url
from waypost.control.dialects.xqr.schemas_links import Conditions, Hour, Hours, RoutingRule
from waypost.control.model.faults import Invalid
from waypost.control.model.links import Json
from waypost.rules.model import Condition, Country, Device, Rule, Time, Url, Window
from waypost.rules.vocabulary import COUNTRIES

_DAY_MINUTES = 24 * 60


class Note(Struct, frozen=True, omit_defaults=True):
    """How a rule was written: in the order of the array, beside the id of its native rule."""

    id: str
    priority: int = 0
    conditions: Json = {}


class Lowered(Struct, frozen=True):
    """Native rules in the order they are asked, and what to keep beside them."""

    rules: tuple[Rule, ...]
    notes: tuple[Note, ...]


def lower(written: Sequence[RoutingRule], zone: str) -> Lowered:
    """Native rules for a workspace in a time zone. Raises Invalid naming the member."""
    ids: set[str] = set()
    lowered: list[tuple[int, Rule]] = []
    notes: list[Note] = []
    for index, rule in enumerate(written):
        rule_id = _free_id(rule, ids)
        lowered.append((rule.priority, _lower_one(f"routing_rules[{index}]", rule_id, rule, zone)))
        notes.append(Note(rule_id, rule.priority, msgspec.to_builtins(rule.conditions)))
    lowered.sort(key=lambda each: each[0])  # stable: ties keep the order of the array
    return Lowered(tuple(rule for _, rule in lowered), _bounded(notes))


def lift(rules: Sequence[Rule], notes: Sequence[Note], zone: str) -> list[RoutingRule]:
    """What xQR can say of native rules; the others are left out."""
    sayable = {rule.id: conditions for rule in rules if (conditions := _lift_one(rule, zone)) is not None}
    urls = {rule.id: rule.then.url for rule in rules if isinstance(rule.then, Url)}
    order = [rule.id for rule in rules if rule.id in sayable]
    if order != [note.id for note in sorted(notes, key=lambda note: note.priority)]:
        # Somebody else has been here: the native order counts, and gives the priorities.
        notes = [Note(rule_id, place) for place, rule_id in enumerate(order, start=1)]
    by_id = {rule.id: rule for rule in rules}
    lifted = []
    for note in notes:
        kept = _kept(note, by_id[note.id], urls[note.id], zone)
        lifted.append(
            kept
            or RoutingRule(destination=urls[note.id], priority=note.priority, conditions=sayable[note.id])
        )
    return lifted


def is_sayable(rule: Rule, zone: str) -> bool:
    """Whether xQR can express a native rule."""
    return _lift_one(rule, zone) is not None


def _bounded(notes: list[Note]) -> tuple[Note, ...]:
    if len(msgspec.json.encode(notes)) <= limits.RULE_NOTES_BYTES_MAX:
        return tuple(notes)
    return tuple(Note(note.id, note.priority) for note in notes)


def _free_id(rule: RoutingRule, taken: set[str]) -> str:
    # From what the rule says, not from where it stands: re-ordering keeps the counts of its scans.
    said = msgspec.json.encode((rule.destination, rule.conditions), order="sorted")
    base = f"xqr-{blake2b(said, digest_size=6).hexdigest()}"
    number, rule_id = 1, base
    while rule_id in taken:
        number += 1
        rule_id = f"{base}-{number}"
    taken.add(rule_id)
    return rule_id


def _lower_one(path: str, rule_id: str, rule: RoutingRule, zone: str) -> Rule:
    conditions = rule.conditions
    share = conditions.percentage
    expires = conditions.expires_at
    return Rule(
        id=rule_id,
        when=tuple(_lower_conditions(f"{path}.conditions", conditions, zone)),
        share=100.0 if share is UNSET or share is None else float(share),
        ends_ms=0 if expires is UNSET else time_to_ms(f"{path}.conditions.expires_at", expires),
        then=Url(web_url(f"{path}.destination", rule.destination)),
    )


def _lower_conditions(path: str, conditions: Conditions, zone: str) -> Iterator[Condition]:
    if conditions.countries:
        codes = tuple(code.upper() for code in conditions.countries)
        for index, code in enumerate(codes):
            if code not in COUNTRIES:
                raise Invalid(f"{path}.countries[{index}]", f"there is no country `{code}`")
        yield Country(values=codes, negate=conditions.country_mode == "exclude")
    if conditions.device_types:
        yield Device(values=tuple(conditions.device_types))
    if conditions.hours:
        start = _minute(f"{path}.hours.start", conditions.hours.start)
        end = _minute(f"{path}.hours.end", conditions.hours.end)
        yield Time(windows=(Window(start_minute=start % _DAY_MINUTES, end_minute=end, zone=zone),))


def _minute(field: str, hour: Hour) -> int:
    if isinstance(hour, int):
        return hour * 60
    hours, _, minutes = hour.partition(":")
    minute = int(hours) * 60 + int(minutes)
    if minute > _DAY_MINUTES:
        raise Invalid(field, "lies behind 24:00")
    return minute


def _lift_one(rule: Rule, zone: str) -> Conditions | None:
    """The conditions of a rule in normal form, None when xQR cannot say them."""
    if not isinstance(rule.then, Url) or not rule.enabled or rule.starts_ms or rule.name:
        return None
    if rule.password is not None:
        return None
    values: dict[str, Any] = {}
    for condition in rule.when:
        lifted = _lift_condition(condition, zone)
        if lifted is None or not lifted.keys().isdisjoint(values):
            return None
        values |= lifted
    if rule.share != 100:
        values["percentage"] = int(rule.share) if rule.share.is_integer() else rule.share
    if rule.ends_ms:
        at = ms_to_time(rule.ends_ms)
        assert at is not None, "a rule that ends has an end"
        values["expires_at"] = at.isoformat().replace("+00:00", "Z")
    return Conditions(**values)


def _lift_condition(condition: Condition, zone: str) -> dict[str, Any] | None:
    match condition:
        case Country(values=values, negate=negate) if values:
            return {"countries": list(values), "country_mode": "exclude" if negate else "include"}
        case Device(values=values, negate=False) if values and {*values} <= {"mobile", "tablet", "desktop"}:
            return {"device_types": list(values)}
        case Time(windows=(Window(days=(), zone=found) as window,), negate=False) if found == zone:
            return {"hours": Hours(_hour(window.start_minute), _hour(window.end_minute))}
    return None


def _hour(minute: int) -> Hour:
    hours, minutes = divmod(minute, 60)
    return f"{hours:02}:{minutes:02}" if minutes else hours


def _kept(note: Note, rule: Rule, url: str, zone: str) -> RoutingRule | None:
    """The rule as it was written, if the note still tells of this very rule."""
    try:
        conditions = msgspec.convert(note.conditions, Conditions)
        written = RoutingRule(destination=url, priority=note.priority, conditions=conditions)
        same = _lower_one("", note.id, written, zone) == rule
    except (msgspec.ValidationError, Invalid):
        return None  # written by another version; the rule itself says enough
    return written if same else None
