"""What steps save about who went through them, as attributes of a profile. Pure.

A visitor has no profile before a customer says who came with an `lbid`. The scan that had it tells which way they went,
so what the steps on that way save is known then, and not before.
"""

import re
from datetime import UTC, datetime
from typing import Any

from waypost.control import limits
from waypost.control.core.visitors import number_of
from waypost.control.dialects.linkbreakers.limits import CAPTURES_PER_STEP_MAX
from waypost.control.dialects.linkbreakers.workflow.ways import Lowered, Passed
from waypost.control.model.faults import Invalid
from waypost.control.model.links import Link
from waypost.control.model.visitors import AttributeInput, SeenScan

_ONCE = "ATTRIBUTE_WRITE_MODE_SET_ONCE"
_NUMBER, _BOOLEAN = "VISITOR_ATTRIBUTE_TYPE_NUMBER", "VISITOR_ATTRIBUTE_TYPE_BOOLEAN"
_KEY = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9_.-]{{0,{limits.ATTRIBUTE_KEY_CHARACTERS_MAX - 1}}}\Z")
_TEMPLATE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")

Attributes = dict[str, AttributeInput]


def captured(found: Lowered, link: Link, scan: SeenScan) -> tuple[Attributes, Attributes]:
    """What the steps save on the way that a scan took: what overwrites, and what only fills gaps."""
    latest: Attributes = {}
    first: Attributes = {}
    for passed in _passed(found, scan.rule_id):
        for write in writes_of(passed.step.capture or {}):
            key, value = str(write.get("key") or ""), _value(write, passed, link, scan)
            if not _KEY.match(key) or value in (None, ""):
                continue
            if write.get("mode") == _ONCE:
                first.setdefault(key, value)
            else:
                latest[key] = value
    return latest, first


def writes_of(capture: dict[str, Any]) -> list[dict[str, Any]]:
    """What a step is to save. Raises Invalid for what is no list of a few objects."""
    writes = capture.get("writes") or []
    if not isinstance(writes, list) or not all(isinstance(each, dict) for each in writes):
        raise Invalid("attribute_capture.writes", "must be a list of objects")
    if len(writes) > CAPTURES_PER_STEP_MAX:
        raise Invalid("attribute_capture.writes", f"has at most {CAPTURES_PER_STEP_MAX} values")
    return writes


def _passed(found: Lowered, rule_id: str) -> tuple[Passed, ...]:
    if not rule_id:
        return found.passed
    return next((each.passed for each in found.drawn if each.rule.id == rule_id), ())


def _value(write: dict[str, Any], passed: Passed, link: Link, scan: SeenScan) -> AttributeInput:
    """A value with its templates filled in, as its type; nothing where it is none of that type."""
    at = datetime.fromtimestamp(scan.at_ms / 1000, UTC).isoformat(timespec="seconds")
    known = {"now": at, "link.name": link.title, "choice.id": passed.exit_id}
    known["choice.label"] = dict(passed.step.exits()).get(passed.exit_id, "")
    known |= {f"link.metadata.{name}": text for name, text in link.metadata.items()}
    text = _TEMPLATE.sub(lambda name: known.get(name[1], ""), str(write.get("value") or "")).strip()
    text = text[: limits.ATTRIBUTE_VALUE_CHARACTERS_MAX]
    if write.get("type") == _BOOLEAN:
        return {"true": True, "false": False}.get(text.lower())
    if write.get("type") == _NUMBER:
        number = number_of(text)
        return int(number) if number is not None and number.is_integer() else number
    return text
