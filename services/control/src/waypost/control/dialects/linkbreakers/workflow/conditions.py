"""Options of conditions as conditions of the routing language."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from waypost.control.dialects.linkbreakers.workflow.graph import Json, Step
from waypost.control.dialects.linkbreakers.workflow.pages import field_name
from waypost.control.model.faults import Invalid
from waypost.rules import model as rules

Lowering: TypeAlias = Callable[[Json, str], rules.Condition]

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z|(24):(00)\Z")
_ACTORS = {"HUMAN": "human", "BOT": "bot", "AGENT": "agent"}
_DEVICES = {"MOBILE": "mobile", "TABLET": "tablet", "DESKTOP": "desktop", "UNKNOWN": "unknown"}
_PLATFORMS = {
    "IOS": "iOS",
    "ANDROID": "Android",
    "WINDOWS": "Windows",
    "MACOS": "Mac",
    "LINUX": "Linux",
    "CHROMEOS": "ChromeOS",
}
_BROWSERS = {
    "CHROME": "Chrome",
    "SAFARI": "Safari",
    "FIREFOX": "Firefox",
    "EDGE": "Edge",
    "OPERA": "Opera",
    "SAMSUNG_BROWSER": "Samsung",
}
_BRANDS = {
    "APPLE": "Apple",
    "SAMSUNG": "Samsung",
    "GOOGLE": "Google",
    "HUAWEI": "Huawei",
    "XIAOMI": "Xiaomi",
    "ONEPLUS": "OnePlus",
}
_VISITS = {"FIRST": "first", "RETURNING": "returning"}
_TESTS: dict[str, tuple[rules.AttributeOperator, bool]] = {
    "EQUALS": ("is", False),
    "NOT_EQUALS": ("is", True),
    "CONTAINS": ("contains", False),
    "NOT_CONTAINS": ("contains", True),
    "STARTS_WITH": ("starts_with", False),
    "ENDS_WITH": ("ends_with", False),
    "GREATER_THAN": ("more_than", False),
    "LESS_THAN": ("less_than", False),
    "GREATER_OR_EQUAL": ("at_least", False),
    "LESS_OR_EQUAL": ("at_most", False),
    "AFTER": ("more_than", False),
    "BEFORE": ("less_than", False),
    "AFTER_OR_EQUAL": ("at_least", False),
    "BEFORE_OR_EQUAL": ("at_most", False),
    "EXISTS": ("exists", False),
    "NOT_EXISTS": ("exists", True),
    "IS_NOT_EMPTY": ("more_than", False),
    "IS_EMPTY": ("more_than", True),
}
_WITHOUT_VALUE = frozenset({"EXISTS", "NOT_EXISTS", "IS_NOT_EMPTY", "IS_EMPTY"})
_TEST_PREFIX = re.compile(r"\A(VISITOR_(ATTRIBUTE_FILTER|DATA_CONDITION)_OPERATOR_)?((STRING|NUMBER|DATE)_)?")


def conditions_of(step: Step, zone: str) -> list[tuple[str, rules.Condition]]:
    """Each option of a condition with its exit, in order. Raises Invalid naming the member."""
    kind = step.what
    field = f"payload.{kind.member}.{kind.exits}"
    lower = _LOWERINGS[step.action.removesuffix("_CONDITION")]
    result = []
    for index, item in enumerate(step.payload.get(kind.exits, [])):
        try:
            result.append((str(item[kind.exit_id]), lower(item, zone)))
        except _Unfit as unfit:
            raise Invalid(f"{field}[{index}].{unfit.member}", unfit.why) from unfit
    return result


class _Unfit(ValueError):
    def __init__(self, member: str, why: str) -> None:
        super().__init__(why)
        self.member = member
        self.why = why


def _word(words: dict[str, str], prefix: str, item: Json) -> str:
    text = str(item.get("value") or "").removeprefix(prefix)
    if text not in words:
        raise _Unfit("value", f"is none of {', '.join(prefix + word for word in words)}")
    return words[text]


def _whole(item: Json, member: str, low: int, high: int) -> int:
    number = item.get(member)
    if not isinstance(number, int) or isinstance(number, bool) or not low <= number <= high:
        raise _Unfit(member, f"must be a whole number from {low} to {high}")
    return number


def _country(item: Json, zone: str) -> rules.Condition:
    code = str(item["countryCode"]).upper()
    if not re.match(r"[A-Z]{2}\Z", code):
        raise _Unfit("countryCode", "is not an ISO 3166-1 alpha-2 code")
    return rules.Country(values=(code,))


def _days_of_week(item: Json, zone: str) -> rules.Condition:
    days: Any = item.get("daysOfWeek")
    if (
        not isinstance(days, list)
        or not days
        or any(type(day) is not int or day not in range(7) for day in days)
    ):
        raise _Unfit("daysOfWeek", "must be days from 0 (Sunday) to 6")
    return rules.Time(windows=(rules.Window(days=tuple(sorted(set(days))), zone=zone),))


def _time_of_day(item: Json, zone: str) -> rules.Condition:
    minutes = []
    for member in ("startTime", "endTime"):
        found = _CLOCK.match(str(item.get(member) or ""))
        if not found:
            raise _Unfit(member, "is not a time as 09:30")
        minutes.append((int(found[1] or found[3]) * 60 + int(found[2] or found[4])) % (24 * 60))
    return rules.Time(windows=(rules.Window(minutes[0], minutes[1], (), zone),))


def _day_of_month(item: Json, zone: str) -> rules.Condition:
    if item.get("dayOfMonth") == -1:
        return rules.Date(days_of_month=(-1,), zone=zone)
    return rules.Date(days_of_month=(_whole(item, "dayOfMonth", 1, 31),), zone=zone)


def _specific_date(item: Json, zone: str) -> rules.Condition:
    year = _whole(item, "year", 1970, 2200) if item.get("year") else None
    day = rules.Day(_whole(item, "month", 1, 12), _whole(item, "day", 1, 31), year)
    return rules.Date(days=(day,), zone=zone)


def _actor(item: Json, zone: str) -> rules.Condition:
    prefix = "DEVICE_ACTOR_CONDITION_VALUE_"
    if str(item.get("value") or "").removeprefix(prefix) == "UNKNOWN":
        return rules.Actor(values=tuple(_ACTORS.values()), negate=True)
    return rules.Actor(values=(_word(_ACTORS, prefix, item),))


def _visitor_data(item: Json, zone: str) -> rules.Condition:
    key, name = field_name(str(item.get("attributeKey") or "")), str(item.get("operator") or "")
    if not key:
        raise _Unfit("attributeKey", "is required")
    value = str(item.get("comparisonValue") or "")
    if name.endswith(("_IS_TRUE", "_IS_FALSE")):
        return rules.Attribute(key=key, op="is", values=("true" if name.endswith("TRUE") else "false",))
    bare = _TEST_PREFIX.sub("", name, count=1)
    if bare not in _TESTS:
        raise _Unfit("operator", f"is none of {', '.join(_TESTS)}")
    test, negate = _TESTS[bare]
    if bare in _WITHOUT_VALUE:  # what is not empty comes after the empty text
        return rules.Attribute(key=key, op=test, values=() if test == "exists" else ("",), negate=negate)
    return rules.Attribute(key=key, op=test, values=(value,), negate=negate)


_LOWERINGS: dict[str, Lowering] = {
    "COUNTRY": _country,
    "DAY_OF_WEEK": _days_of_week,
    "TIME_OF_DAY": _time_of_day,
    "DAY_OF_MONTH": _day_of_month,
    "SPECIFIC_DATE": _specific_date,
    "DEVICE_TYPE": lambda item, _: rules.Device(
        values=(_word(_DEVICES, "DEVICE_TYPE_CONDITION_VALUE_", item),)
    ),
    "DEVICE_PLATFORM": lambda item, _: rules.Os(
        values=(_word(_PLATFORMS, "DEVICE_PLATFORM_CONDITION_VALUE_", item),)
    ),
    "DEVICE_BROWSER": lambda item, _: rules.Browser(
        values=(_word(_BROWSERS, "DEVICE_BROWSER_CONDITION_VALUE_", item),)
    ),
    "DEVICE_BRAND": lambda item, _: rules.Brand(
        values=(_word(_BRANDS, "DEVICE_BRAND_CONDITION_VALUE_", item),)
    ),
    "DEVICE_ACTOR": _actor,
    "VISIT_TYPE": lambda item, _: rules.VisitType(values=(_word(_VISITS, "VISIT_TYPE_", item),)),
    "VISITOR_DATA": _visitor_data,
}
