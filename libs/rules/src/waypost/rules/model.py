"""The language: rules, their conditions and targets, the facts of a visit, and the decision.

In JSON and on the wire a condition is told apart by its member `attr`, a target by its member `kind`.
Members that have their default value are left out, and an unknown member is an error: a rule that
says more than this version understands must not be read as if it said less.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Literal, TypeAlias, get_args

from msgspec import Struct

AttributeOperator: TypeAlias = Literal[
    "is", "contains", "starts_with", "ends_with", "less_than", "at_most", "at_least", "more_than", "exists"
]
UtmName: TypeAlias = Literal["source", "medium", "campaign", "term", "content", "id"]


class ConditionBase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every condition has: `negate` turns it round, also for a visitor whose fact is unknown."""

    need: ClassVar[str] = ""
    """The fact an edge must find out first, one of `NEEDS`; empty when the instant is enough."""

    negate: bool = False


class SetCondition(ConditionBase, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Holds when the visit's fact `fact` is one of `values`; an unknown fact is none of them."""

    fact: ClassVar[str] = ""

    values: tuple[str, ...]


class Country(SetCondition, frozen=True, tag_field="attr", tag="country"):
    """ISO 3166-1 alpha-2 codes, and XK for Kosovo."""

    need = fact = "country"


class Region(SetCondition, frozen=True, tag_field="attr", tag="region"):
    """ISO 3166-2 codes such as `US-CA`."""

    need = fact = "region"


class City(SetCondition, frozen=True, tag_field="attr", tag="city"):
    """City names in English; case does not matter."""

    need = fact = "city"


class Continent(SetCondition, frozen=True, tag_field="attr", tag="continent"):
    """AF, AN, AS, EU, NA, OC, SA."""

    need = fact = "continent"


class Os(SetCondition, frozen=True, tag_field="attr", tag="os"):
    """iOS, Android, Windows, Mac, Linux, ChromeOS."""

    need = "agent"
    fact = "os"


class Device(SetCondition, frozen=True, tag_field="attr", tag="device"):
    """mobile, tablet, desktop, bot; `unknown` is a value here and also stands for no fact at all."""

    need = "device"
    fact = "device"


class Browser(SetCondition, frozen=True, tag_field="attr", tag="browser"):
    """Browser family names; case does not matter."""

    need = "agent"
    fact = "browser"


class Brand(SetCondition, frozen=True, tag_field="attr", tag="brand"):
    """Makers of devices; case does not matter."""

    need = "device"
    fact = "brand"


class Actor(SetCondition, frozen=True, tag_field="attr", tag="actor"):
    """human, bot, agent (software that acts for a person)."""

    need = "device"
    fact = "actor"


class Source(SetCondition, frozen=True, tag_field="attr", tag="source"):
    """qr for a scanned code, link for a click."""

    need = fact = "source"


class Language(SetCondition, frozen=True, tag_field="attr", tag="language"):
    """Language ranges; `pt` covers `pt-BR`, not the other way round (RFC 4647 §3.3.1)."""

    need = fact = "language"


class Referrer(SetCondition, frozen=True, tag_field="attr", tag="referrer"):
    """Hosts; each covers itself and all its subdomains. No values: any referrer at all."""

    need = "referrer"
    fact = "referrer_host"

    values: tuple[str, ...] = ()


class Ip(SetCondition, frozen=True, tag_field="attr", tag="ip"):
    """Addresses and CIDR networks, IPv4 and IPv6."""

    need = fact = "ip"


class VisitType(SetCondition, frozen=True, tag_field="attr", tag="visit"):
    """first, returning."""

    need = fact = "returning"


class Query(ConditionBase, frozen=True, tag_field="attr", tag="query"):
    """A parameter of the request's query has one of `values`, exactly. No values: it is there."""

    need = "query"

    name: str
    values: tuple[str, ...] = ()


class Utm(ConditionBase, frozen=True, tag_field="attr", tag="utm"):
    """The request's `utm_<name>` has one of `values`, exactly. No values: it is there."""

    need = "query"

    name: UtmName
    values: tuple[str, ...] = ()


class Window(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Half-open `[start_minute, end_minute)` of the local day, on the wall clock of `zone`.

    A start after the end runs past midnight and belongs, with its weekday, to the day it starts on.
    Start equal to end is the whole day. Days count from 0 = Sunday; no days means every day.
    """

    start_minute: int = 0
    end_minute: int = 0
    days: tuple[int, ...] = ()
    zone: str = "UTC"


class Time(ConditionBase, frozen=True, tag_field="attr", tag="time"):
    """The instant of the visit lies in one of `windows`."""

    windows: tuple[Window, ...]


class DateRange(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Calendar days from `first` to `last`, both included; an absent end is open."""

    first: date | None = None
    last: date | None = None


class Day(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One calendar day, in every year or in one `year`."""

    month: int
    day: int
    year: int | None = None


class Date(ConditionBase, frozen=True, tag_field="attr", tag="date"):
    """The local date in `zone` is one of these. Negative days count from the month's end: -1 is the last."""

    ranges: tuple[DateRange, ...] = ()
    days_of_month: tuple[int, ...] = ()
    days: tuple[Day, ...] = ()
    zone: str = "UTC"


class CountRange(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Counts from `first` to `last`, both included; no `last` is open."""

    first: int = 0
    last: int | None = None


class ScanCount(ConditionBase, frozen=True, tag_field="attr", tag="scan_count"):
    """How often the link was used before this visit lies in one of `ranges`."""

    need = "scan_count"

    ranges: tuple[CountRange, ...]


class Attribute(ConditionBase, frozen=True, tag_field="attr", tag="visitor"):
    """A known visitor's attribute `key` compared with `values`; one value that fits is enough.

    Text compares without case. The four order operators take one value and compare numbers when it is
    a number, else text, which is right for ISO 8601 dates. `exists` takes no value.
    """

    need = "attributes"

    key: str
    op: AttributeOperator
    values: tuple[str, ...] = ()


Condition: TypeAlias = (
    Country
    | Region
    | City
    | Continent
    | Os
    | Device
    | Browser
    | Brand
    | Actor
    | Source
    | Language
    | Referrer
    | Ip
    | VisitType
    | Query
    | Utm
    | Time
    | Date
    | ScanCount
    | Attribute
)

NEEDS: frozenset[str] = frozenset(kind.need for kind in get_args(Condition)) - {""} | {"seed"}
"""All that `Ruleset.needs` can hold: country, region, city, continent, language, referrer, query, source, ip,
returning, scan_count, attributes, seed, agent, which stands for os and browser, and device, which stands for
device, brand and actor: the two differ in what it takes to find them out.
"""


class Url(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="url"):
    """One destination."""

    url: str


class Variant(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One destination of a split and its weight against the others; the id travels with the scan."""

    id: str
    url: str
    weight: int = 1


class Split(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="split"
):
    """Several destinations; weights need not add up to anything."""

    variants: tuple[Variant, ...]


class Page(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag="page",
):
    """A page instead of a destination: its type, and its content in the form that this type defines.

    Both are opaque here. Edges get the content beside the rules, as they get the link's own page.
    """

    template_type: str
    content: dict[str, Any] = {}


Target: TypeAlias = Url | Split | Page


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """When all of `when` holds, `share` percent of these visitors go to `then`; the rest go on.

    The rule counts from `starts_ms` until just before `ends_ms` (Unix milliseconds; 0 is open). `password` says
    whether the link's password is asked for first; it is opaque here, and edges get it beside the rules.
    """

    id: str
    name: str = ""
    enabled: bool = True
    when: tuple[Condition, ...] = ()
    share: float = 100.0
    starts_ms: int = 0
    ends_ms: int = 0
    password: bool | None = None
    then: Target


class Visit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one visit, given as values. Empty text and None mean unknown.

    Codes and names have the spelling of `waypost.rules.vocabulary`; `region` is a whole ISO 3166-2 code;
    `language` is the tag the visitor likes best; `query` is decoded; `scan_count` counts the visits
    before this one; `seed` is random and as sticky as the edge's cookie.
    """

    at_ms: int
    country: str = ""
    region: str = ""
    city: str = ""
    continent: str = ""
    os: str = ""
    device: str = ""
    browser: str = ""
    brand: str = ""
    actor: str = ""
    language: str = ""
    referrer_host: str = ""
    query: tuple[tuple[str, str], ...] = ()
    source: str = ""
    ip: str = ""
    returning: bool | None = None
    scan_count: int | None = None
    attributes: Mapping[str, str | int | float | bool] = {}
    seed: bytes = b""


class Decision(Struct, frozen=True, cache_hash=True):
    """Where to go and who said so; both ids are empty when no rule matched. A rule that leads to a page gives
    no URL: the page is known by the rule's id."""

    rule_id: str
    variant_id: str
    url: str
