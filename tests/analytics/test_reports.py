"""Every report against a recount in plain Python over the same scans."""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from tests.analytics.counting import Bench
from tests.analytics.scans import BOT, BROWSER, DAY_MS, HOUR_MS, NOON_MS, identity, scan

from waypost.analytics.reports import conversions, scan_list, summary
from waypost.analytics.reports.breakdown import breakdown
from waypost.analytics.reports.refusal import Refused
from waypost.wire.conversion import ConversionsQuery
from waypost.wire.filters import Counts, Filter
from waypost.wire.queries import (
    BreakdownQuery,
    FunnelQuery,
    Granularity,
    SeriesQuery,
    SummaryQuery,
    UsageMonth,
    UsageQuery,
)
from waypost.wire.scan import Outcome, ScanV1, Source
from waypost.wire.scan_events import ScansQuery

MIDNIGHT_MS = NOON_MS // DAY_MS * DAY_MS
DAYS = 12
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.0 Mobile/15E148 Safari/604.1"
)
SPAN: dict[str, Any] = {
    "workspace_id": identity(1001),
    "from_ms": MIDNIGHT_MS,
    "to_ms": MIDNIGHT_MS + DAYS * DAY_MS,
}


def many(count: int, seed: int = 3) -> list[ScanV1]:
    """Scans of a small busy world; a visitor's number changes with the day, as it does at the edge."""
    chance = random.Random(seed)
    scans = []
    for _ in range(count):
        at_ms = MIDNIGHT_MS + chance.randrange(DAYS * DAY_MS)
        person = chance.randrange(40)
        day = at_ms // DAY_MS
        link = chance.choice([1, 1, 1, 2, 3, 4, 5])
        scans.append(
            scan(
                link,
                day * 1000 + person + 1 if person else 0,
                at_ms=at_ms,
                workspace=2 if link == 5 else 1,
                user_agent=chance.choice([BROWSER, IPHONE, IPHONE, BOT]),
                source=chance.choice([Source.LINK, Source.QR]),
                country=chance.choice(["DE", "FR", "", "US"]),
                city=chance.choice(["Berlin", "Paris", "O'Fallon"]),
                outcome=chance.choice([Outcome.REDIRECT] * 8 + [Outcome.EXPIRED]),
                referrer=chance.choice(["", "news.example"]),
                variant_id=chance.choice(["", "a", "b"]),
            )
        )
    return scans


def counted(scans: Iterable[ScanV1]) -> list[ScanV1]:
    return [
        each for each in scans if each.workspace_id == identity(1001) and each.outcome is Outcome.REDIRECT
    ]


def counts(scans: Iterable[ScanV1]) -> Counts:
    """The five figures, counted by hand."""
    seen = list(scans)
    people = [each for each in seen if each.user_agent != BOT]
    return Counts(
        total=len(seen),
        human=len(people),
        unique=len({each.visitor for each in people if each.visitor}),
        bot=len(seen) - len(people),
        qr=sum(each.source is Source.QR for each in people),
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, engine: str) -> tuple[Bench, list[ScanV1]]:
    """A store with scans of two workspaces."""
    bench = Bench(tmp_path_factory.mktemp("world"), engine)
    scans = many(3000)
    bench.count_scans(scans, at_once=400)
    return bench, scans


World = tuple[Bench, list[ScanV1]]


@pytest.mark.parametrize(
    ("links", "filters", "keep"),
    [
        ((), (), lambda s: True),
        ((1,), (), lambda s: s.link_id == identity(1)),
        ((2, 3, 77), (), lambda s: s.link_id in {identity(2), identity(3)}),
        ((), (Filter("country", ("DE", "FR")),), lambda s: s.country in {"DE", "FR"}),
        ((), (Filter("country", ("DE",), exclude=True),), lambda s: s.country != "DE"),
        (
            (),
            (Filter("os", ("iOS",)), Filter("city", ("O'Fallon",))),
            lambda s: s.user_agent == IPHONE and s.city == "O'Fallon",
        ),
        (
            (),
            (Filter("source", ("qr",)), Filter("verdict", ("bot",))),
            lambda s: s.source is Source.QR and s.user_agent == BOT,
        ),
        (
            (),
            (Filter("link", (str(UUID(bytes=identity(3))),), exclude=True),),
            lambda s: s.link_id != identity(3),
        ),
        ((), (Filter("hour_of_day", ("7",)),), lambda s: s.at_ms // HOUR_MS % 24 == 7),
        (
            (),
            (Filter("weekday", ("6", "7")),),
            lambda s: datetime.fromtimestamp(s.at_ms / 1000, ZoneInfo("UTC")).isoweekday() > 5,
        ),
    ],
)
def test_summary_equals_a_recount(
    world: World, links: tuple[int, ...], filters: tuple[Filter, ...], keep: Callable[[ScanV1], bool]
) -> None:
    """With rollups or without, filtered or not: the same scans."""
    bench, scans = world
    query = SummaryQuery(**SPAN, link_ids=tuple(map(identity, links)), filters=filters)
    with bench.reader() as reader:
        answer = summary.summary(reader, query)
    expected = counts(filter(keep, counted(scans)))
    assert (answer.total, answer.human, answer.unique, answer.bot, answer.qr) == (
        expected.total, expected.human, expected.unique, expected.bot, expected.qr,
    )  # fmt: skip


def test_summary_compares_with_the_range_before(world: World) -> None:
    """A trend is two counts of equal length."""
    bench, scans = world
    middle = MIDNIGHT_MS + 6 * DAY_MS
    query = SummaryQuery(workspace_id=identity(1001), from_ms=middle, to_ms=middle + 2 * DAY_MS, compare=True)
    with bench.reader() as reader:
        answer = summary.summary(reader, query)
    before = [each for each in counted(scans) if middle - 2 * DAY_MS <= each.at_ms < middle]
    assert answer.previous == counts(before)
    assert answer.links == 4


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("granularity", ["hour", "day", "week", "month"])
def test_series_equals_a_recount_in_any_zone(world: World, granularity: Granularity, zone: str) -> None:
    """Every scan stands in its own local step, none is lost between steps, empty ones are there."""
    bench, scans = world
    query = SeriesQuery(**SPAN, granularity=granularity, zone=zone)
    with bench.reader() as reader:
        points = summary.series(reader, query)
    ends = [*[point.start_ms for point in points[1:]], query.to_ms]
    for point, end_ms in zip(points, ends, strict=True):
        inside = [each for each in counted(scans) if point.start_ms <= each.at_ms < end_ms]
        assert point.counts == counts(inside)
    if granularity == "day" and zone == "UTC":
        assert len(points) == DAYS


@pytest.mark.parametrize("settle", [False, True])
def test_settled_days_answer_the_same(bench: Bench, settle: bool) -> None:
    """Days counted for good must not change an answer, whatever the range cuts off of them."""
    scans = many(1500, seed=9)
    bench.count_scans(scans)
    if settle:
        bench.settle(MIDNIGHT_MS + 9 * DAY_MS)
        assert bench.count("settled") == 8
    for from_ms, to_ms in [(0, DAYS * DAY_MS), (5 * HOUR_MS, 7 * DAY_MS + 9 * HOUR_MS), (1, DAY_MS - 1)]:
        query = SummaryQuery(
            workspace_id=identity(1001), from_ms=MIDNIGHT_MS + from_ms, to_ms=MIDNIGHT_MS + to_ms
        )
        with bench.reader() as reader:
            answer = summary.summary(reader, query)
        inside = counts(each for each in counted(scans) if query.from_ms <= each.at_ms < query.to_ms)
        assert (answer.total, answer.human, answer.unique) == (inside.total, inside.human, inside.unique)


def test_links_are_counted_in_the_range_and_not_in_its_hours(bench: Bench) -> None:
    """A quarter of an hour in which nothing was scanned has no links either."""
    bench.count_scans([scan(1, 1, at_ms=NOON_MS + 5), scan(2, 1, at_ms=NOON_MS + HOUR_MS // 2)])
    query = SummaryQuery(workspace_id=identity(1001), from_ms=NOON_MS + 9, to_ms=NOON_MS + HOUR_MS)
    with bench.reader() as reader:
        answer = summary.summary(reader, query)
    assert (answer.total, answer.links) == (1, 1)


def test_late_scans_open_a_settled_day_again(bench: Bench) -> None:
    """An edge that was cut off for a day must still be counted right."""
    bench.count_scans([scan(1, 1), scan(1, 2)])
    day = NOON_MS // DAY_MS
    prepared = bench.store.prepare_day(day)
    bench.count_scans([scan(2, 3)])
    assert not bench.store.finish_day(prepared)
    assert bench.store.finish_day(bench.store.prepare_day(day))
    bench.count_scans([scan(2, 4)])
    assert bench.store.open_days(NOON_MS + 3 * DAY_MS) == [day]
    assert bench.store.finish_day(bench.store.prepare_day(day))
    query = SummaryQuery(workspace_id=identity(1001), from_ms=MIDNIGHT_MS, to_ms=MIDNIGHT_MS + DAY_MS)
    with bench.reader() as reader:
        assert summary.summary(reader, query).unique == 4


@pytest.mark.parametrize(
    ("dimension", "value_of"),
    [
        ("country", lambda s: s.country),
        ("link", lambda s: str(UUID(bytes=s.link_id))),
        ("os", lambda s: {BROWSER: "Windows", IPHONE: "iOS", BOT: ""}[s.user_agent]),
        ("source", lambda s: "qr" if s.source else "link"),
        ("verdict", lambda s: "bot" if s.user_agent == BOT else "human"),
        ("hour_of_day", lambda s: str(s.at_ms // HOUR_MS % 24)),
    ],
)
def test_breakdown_equals_a_recount(world: World, dimension: str, value_of: Callable[[ScanV1], str]) -> None:
    """Each value's five figures, the largest first, and the figures of everything."""
    bench, scans = world
    with bench.reader() as reader:
        answer = breakdown(reader, BreakdownQuery(**SPAN, dimensions=(dimension,)))
    values = {value_of(each) for each in counted(scans)}
    assert {row.values[0]: row.counts for row in answer.rows} == {
        value: counts(each for each in counted(scans) if value_of(each) == value) for value in values
    }
    assert [row.counts.human for row in answer.rows] == sorted(
        (row.counts.human for row in answer.rows), reverse=True
    )
    assert (answer.overall, answer.rows_total) == (counts(counted(scans)), len(values))


def test_repeated_visits_are_told_as_duplicates_and_count_as_people(world: World) -> None:
    """Who reloads a page is still a person; whoever wants first visits only can see which ones repeat."""
    bench, scans = world
    people = [each for each in counted(scans) if each.user_agent != BOT]
    seen: set[tuple[bytes, bytes]] = set()
    expected: Counter[str] = Counter()
    for each in people:
        key = (each.link_id, each.visitor)
        expected["duplicate" if each.visitor and key in seen else "human"] += 1
        seen.add(key)
    human = Filter("verdict", ("human",))
    with bench.reader() as reader:
        rows = breakdown(reader, BreakdownQuery(**SPAN, dimensions=("reason",), filters=(human,))).rows
        listed = scan_list.page(
            reader, ScansQuery(**SPAN, limit=500, filters=(Filter("reason", ("duplicate",)),))
        )
        counted_alone = summary.summary(
            reader, SummaryQuery(**SPAN, filters=(Filter("reason", ("duplicate",)),))
        )
    assert {row.values[0]: row.counts.human for row in rows} == expected
    assert counted_alone.human == counted_alone.total == expected["duplicate"] > 0
    assert all(
        (each.verdict, each.reason, each.repeat) == ("human", "duplicate", True) for each in listed.scans
    )


def test_a_first_and_a_repeated_visit_are_those_of_people(bench: Bench) -> None:
    """A robot comes neither for the first time nor again: nobody tells it apart."""
    bench.count_scans([scan(1, 1), scan(1, 1), scan(1, 2, user_agent=BOT), scan(1, 0)])
    whole = BreakdownQuery(**SPAN, dimensions=("visit",))
    with bench.reader() as reader:
        found = {row.values[0]: row.counts.total for row in breakdown(reader, whole).rows}
    assert found == {"first": 1, "returning": 1, "unknown": 2}


def test_codes_of_countries_are_found_however_they_are_written(world: World) -> None:
    """Rules do not mind the case of a country, and neither do reports."""
    bench, _ = world
    with bench.reader() as reader:
        one, other = (
            summary.summary(reader, SummaryQuery(**SPAN, filters=(Filter("country", (code,)),)))
            for code in ("DE", "de")
        )
    assert one == other
    assert one.total > 0


def test_breakdown_by_several_dimensions_in_pages(world: World) -> None:
    """Pages of a long table fit together without a gap or a repeat."""
    bench, scans = world
    expected = Counter((each.country, each.city) for each in counted(scans) if each.referrer)
    found: dict[tuple[str, ...], int] = {}
    with bench.reader() as reader:
        for offset in range(0, 15, 5):
            query = BreakdownQuery(
                **SPAN,
                dimensions=("country", "city"),
                filters=(Filter("referrer", ("",), exclude=True),),
                order="total",
                limit=5,
                offset=offset,
            )
            for row in breakdown(reader, query).rows:
                assert row.values not in found
                found[row.values] = row.counts.total
    assert found == dict(expected)


@pytest.mark.parametrize("filters", [(), (Filter("country", ("DE",)),)])
def test_a_workspace_without_scans_breaks_down_to_nothing(world: World, filters: tuple[Filter, ...]) -> None:
    """A new workspace may ask about a link that was another's."""
    bench, _ = world
    query = BreakdownQuery(
        **(SPAN | {"workspace_id": identity(1999)}),
        link_ids=(identity(1),),
        dimensions=("city", "os"),
        filters=filters,
    )
    with bench.reader() as reader:
        answer = breakdown(reader, query)
    assert (answer.rows, answer.overall, answer.rows_total) == ((), Counts(), 0)


@pytest.mark.parametrize(
    ("dimensions", "filters"),
    [
        (("city",), (Filter("country", ("DE",)), Filter("os", ("iOS",)))),
        (("link", "browser", "country"), ()),
        (("visitor", "hour_of_day"), (Filter("verdict", ("bot",), exclude=True),)),
        (("reason", "visit"), ()),
        (("domain",), (Filter("country", ("nowhere",)),)),
        (("country", "browser"), (Filter("os", ("iOS",), exclude=True), Filter("device", ("desktop",)))),
        (("device",), (Filter("os", ("none",)),)),
        (("outcome",), (Filter("outcome", ("expired", "redirect")),)),
    ],
)
def test_links_of_few_scans_break_down_as_those_of_many(
    world: World, monkeypatch: pytest.MonkeyPatch, dimensions: tuple[str, ...], filters: tuple[Filter, ...]
) -> None:
    """What is counted in memory, page by page and in every order, is what the store counts."""
    bench, _ = world
    query = BreakdownQuery(
        **SPAN, link_ids=(identity(1), identity(3)), dimensions=dimensions, filters=filters, limit=2
    )
    asked = [
        msgspec.structs.replace(query, order=order, offset=offset)
        for order, offset in [("total", 0), ("human", 1), ("unique", 0), ("bot", 1), ("qr", 0)]
    ]
    with bench.reader() as reader:
        of_few = [breakdown(reader, each) for each in asked]
        monkeypatch.setattr("waypost.analytics.reports.link_scans.TALLIED_SCANS_MAX", -1)
        of_many = [breakdown(reader, each) for each in asked]
    assert of_few == of_many


def test_scans_are_listed_newest_first_in_pages_and_tailed_from_anywhere(world: World) -> None:
    """Nothing twice, nothing missing, whatever the size of a page."""
    bench, scans = world
    mine = counted(scans)
    listed: list[int] = []
    cursor = 0
    with bench.reader() as reader:
        while True:
            answer = scan_list.page(reader, ScansQuery(**SPAN, before=cursor, limit=300))
            listed += [each.id for each in answer.scans]
            cursor = answer.cursor
            if not cursor:
                break
        assert len(listed) == len(mine)
        assert listed == sorted(set(listed), reverse=True)
        tail = scan_list.page(reader, ScansQuery(**SPAN, after=listed[10], limit=500))
        assert [each.id for each in tail.scans] == sorted(listed[:10])
        assert scan_list.page(reader, ScansQuery(**SPAN, after=listed[0], limit=5)).cursor == listed[0]
        newest = scan_list.page(reader, ScansQuery(**SPAN, limit=1)).scans[0]
    original = scans[newest.id - 1]
    assert (newest.at_ms, newest.link_id, newest.city) == (original.at_ms, original.link_id, original.city)
    assert newest.visitor == original.visitor.hex()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (
            SummaryQuery(workspace_id=identity(1), from_ms=0, to_ms=1, filters=(Filter("colour", ("x",)),)),
            "filter",
        ),
        (
            SummaryQuery(workspace_id=identity(1), from_ms=0, to_ms=1, filters=(Filter("verdict", ("x",)),)),
            "filter",
        ),
        (
            SummaryQuery(workspace_id=identity(1), from_ms=0, to_ms=1, filters=(Filter("city", ()),)),
            "filter",
        ),
        (
            SummaryQuery(
                workspace_id=identity(1), from_ms=0, to_ms=1, filters=(Filter("link", ("1;drop",)),)
            ),
            "filter",
        ),
        *(
            (SummaryQuery(workspace_id=identity(1), from_ms=0, to_ms=1, filters=(Filter(*time),)), "filter")
            for time in (
                ("weekday", ("0",)),
                ("weekday", ("²",)),
                ("hour_of_day", ("24",)),
                ("hour_of_day", ("",)),
            )
        ),
        (SummaryQuery(workspace_id=identity(1), from_ms=5, to_ms=1), "end"),
        (SummaryQuery(workspace_id=identity(1), from_ms=0, to_ms=1, zone="x"), "zone"),
    ],
)
def test_bad_questions_name_the_field(bench: Bench, query: SummaryQuery, field: str) -> None:
    """The caller's mistake, in the caller's words."""
    with bench.reader() as reader, pytest.raises(Refused) as caught:
        summary.summary(reader, query)
    assert caught.value.error.field == field


def test_text_of_a_filter_is_never_sql(world: World) -> None:
    """A quote in a city name is a city name."""
    bench, _ = world
    with bench.reader() as reader:
        answer = summary.summary(reader, SummaryQuery(**SPAN, filters=(Filter("city", ("' OR 1=1 --",)),)))
    assert answer.total == 0


@pytest.mark.parametrize("nothing", [{"workspace_id": identity(2002)}, {"link_ids": (identity(99),)}])
def test_filters_find_nothing_where_nothing_was_scanned(world: World, nothing: dict[str, Any]) -> None:
    """A new workspace and a new link have no scans, and their owners filter all the same."""
    bench, _ = world
    asked: dict[str, Any] = {
        **SPAN,
        **nothing,
        "filters": (Filter("country", ("DE",)), Filter("os", ("iOS",), exclude=True)),
    }
    with bench.reader() as reader:
        assert summary.summary(reader, SummaryQuery(**asked, compare=True)).previous == Counts()
        assert {each.counts for each in summary.series(reader, SeriesQuery(**asked))} == {Counts()}
        answer = breakdown(reader, BreakdownQuery(**asked, dimensions=("city", "os"), conversions=True))
        assert (answer.rows, answer.overall) == ((), Counts())
        assert summary.funnel(reader, FunnelQuery(**asked)).total == 0
        assert scan_list.page(reader, ScansQuery(**asked)).scans == ()
        assert conversions.page(reader, ConversionsQuery(**asked, customer_id="x")).conversions == ()


def test_usage_is_counted_per_month(world: World) -> None:
    """What a plan is charged by."""
    bench, scans = world
    with bench.reader() as reader:
        months = summary.usage(reader, UsageQuery(identity(1001)))
    assert months == [UsageMonth(2025 * 12 + 9, counts(counted(scans)).human)]
