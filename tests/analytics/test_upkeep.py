"""What is done to scans after they were counted: judged again, rebuilt, forgotten, erased, announced."""

import itertools
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from tests.analytics.counting import Bench
from tests.analytics.scans import BOT, BROWSER, DAY_MS, HOUR_MS, NOON_MS, identity, scan

from waypost.analytics.reports import breakdown, summary
from waypost.analytics.reports.refusal import Refused
from waypost.analytics.verdict import Judge
from waypost.facts.robots import RobotReader
from waypost.wire.event import ScannedV1, ThresholdV1
from waypost.wire.filters import Counts
from waypost.wire.queries import (
    BreakdownAnswer,
    BreakdownQuery,
    Granularity,
    SeriesPoint,
    SeriesQuery,
    SummaryAnswer,
    SummaryQuery,
)
from waypost.wire.scan import Outcome, ScanV1
from waypost.wire.upkeep import (
    Changed,
    EraseLink,
    EraseVisitor,
    QuotaNearV1,
    RebuildRollups,
    Reclassify,
    SetRetention,
    SetThresholds,
    Watch,
)

WORKSPACE = identity(1001)
MIDNIGHT_MS = NOON_MS // DAY_MS * DAY_MS


class OldJudge(Judge):
    """The lists of yesterday: everybody is a person."""

    def __call__(self, facts: tuple[str, str, str, int]) -> tuple[int, str]:
        return 0, "human"


def summary_of(bench: Bench, days: int = 30, *links: int) -> SummaryAnswer:
    """The figures of the workspace around the days of the test."""
    query = SummaryQuery(
        workspace_id=WORKSPACE,
        from_ms=MIDNIGHT_MS - days * DAY_MS,
        to_ms=MIDNIGHT_MS + days * DAY_MS,
        link_ids=tuple(map(identity, links)),
    )
    with bench.reader() as reader:
        return summary.summary(reader, query)


def test_history_is_judged_again_and_counted_anew(bench: Bench) -> None:
    """When the lists learn of a robot, what it did last month must not stay a success."""
    bench.ingest._judge = OldJudge(RobotReader())
    bench.count_scans(
        [scan(1, 1, user_agent=BOT), scan(1, 2), scan(1, 2), scan(1, 3, method="HEAD"), scan(2, 4)]
    )
    before = bench.total(1)
    assert before is not None
    assert (before.human, before.unique, before.bot) == (4, 3, 0)
    bench.settle(NOON_MS + 3 * DAY_MS)
    assert bench.commands.carry_out(Reclassify()) == Changed(2)
    after = bench.total(1)
    assert after is not None
    assert (after.total, after.human, after.unique, after.bot) == (4, 2, 1, 2)
    assert (summary_of(bench).human, summary_of(bench).unique) == (3, 2)
    assert bench.commands.carry_out(Reclassify()) == Changed(0)
    assert bench.commands.carry_out(RebuildRollups()) == Changed(0)
    page = bench.store.unannounced()
    assert page is not None
    assert {each.link_id for each in bench.store.changed_totals(page).totals} == {identity(1), identity(2)}


def test_rollups_rebuilt_from_scans_equal_the_live_ones(bench: Bench) -> None:
    """Live rollups are only believable because they can be made again and compared."""
    scans = [
        scan(n % 5 + 1, n % 17, at_ms=NOON_MS + n * 7_000_000, user_agent=BOT if n % 4 == 0 else BROWSER)
        for n in range(800)
    ]
    bench.count_scans(scans, at_once=60)
    bench.settle(NOON_MS + 20 * DAY_MS)
    tables = ("link_hours", "link_totals", "workspace_months")
    columns = {
        "link_hours": "hour, workspace, link",
        "link_totals": "link",
        "workspace_months": "workspace, month",
    }

    def live() -> dict[str, list[tuple[object, ...]]]:
        found = {}
        for table in tables:
            sums = (
                "sum(human)"
                if table == "workspace_months"
                else "sum(total), sum(human), sum(uniques), sum(bot), sum(qr)"
            )
            query = f"SELECT {columns[table]}, {sums} FROM {table} GROUP BY ALL ORDER BY {columns[table]}"
            found[table] = bench.rows(query)
        return found

    before = live()
    assert bench.commands.carry_out(RebuildRollups()) == Changed(0)
    bench.store.rebuild(repair=True, always=True)
    assert live() == before


def test_damaged_rollup_is_found_and_repaired(bench: Bench) -> None:
    """A comparison that cannot fail compares nothing."""
    bench.count_scans([scan(1, n) for n in range(1, 40)])
    bench.damage("link_hours", "human = human + 5")
    assert bench.commands.carry_out(RebuildRollups()).rows > 0
    assert bench.commands.carry_out(RebuildRollups(repair=True)).rows > 0
    assert bench.commands.carry_out(RebuildRollups()) == Changed(0)
    found = bench.total(1)
    assert found is not None
    assert found.human == 39


def test_a_file_with_larger_row_groups_is_written_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of an older version keeps what it holds, and its last row group may be larger than one is now."""
    monkeypatch.setattr("waypost.analytics.store.schema.ROW_GROUP_SCANS", 8_192)
    bench = Bench(tmp_path)
    bench.count_scans([scan(number % 7, number + 1) for number in range(3_000)], at_once=3_000)
    monkeypatch.setattr("waypost.analytics.store.schema.ROW_GROUP_SCANS", 2_048)
    bench = bench.opened_again()
    bench.offset = 3_000
    bench.count_scans([scan(number % 7, number + 1) for number in range(3_000, 6_000)], at_once=3_000)
    assert bench.opened_again().rows("SELECT count(*), count(DISTINCT visitor) FROM scans") == [
        (6_000, 6_000)
    ]


def test_scans_put_in_order_are_the_same_scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing every scan anew is only worth it when not one is lost, doubled or changed. (ClickHouse orders by
    itself.)"""
    bench = Bench(tmp_path)
    monkeypatch.setattr("waypost.analytics.store.clustering.PIECE_SCANS", 10)
    bench.count_scans([scan(7 - n % 7, n % 9, at_ms=MIDNIGHT_MS + n) for n in range(100)], at_once=30)
    before = stored_scans(bench)
    assert [bench.store.order_block() for _ in range(4)] == [True, True, True, False]
    assert stored_scans(bench) == before
    rows = bench.store.connection.execute(
        "SELECT id, link FROM scans WHERE id <= 90 ORDER BY rowid"
    ).fetchall()
    blocks = [[link for number, link in rows if low < number <= low + 30] for low in (0, 30, 60)]
    assert blocks == [sorted(block) for block in blocks]
    assert bench.commands.carry_out(RebuildRollups()) == Changed(0)
    bench.store.close()
    again = Bench(bench.directory)
    assert again.store.order_block() is False
    again.offset = 100
    again.count_scans([scan(1, 1)] * 20)
    assert again.store.order_block() is True
    assert again.count("scans") == 120


def test_hours_put_in_order_count_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chart of one link reads few rows then, and must show what it showed before; also of a day that is opened
    again, and after all was counted anew."""
    monkeypatch.setattr("waypost.analytics.store.clustering.PIECE_SCANS", 10)
    bench = Bench(tmp_path)
    scans = [
        scan(7 - n % 7, n % 9 + 1, at_ms=MIDNIGHT_MS + n % 16 * DAY_MS + n % 3 * HOUR_MS) for n in range(320)
    ]
    bench.count_scans(scans)
    query = "SELECT hour, workspace, link, sum(total), sum(uniques) FROM link_hours GROUP BY ALL ORDER BY ALL"
    before = bench.rows(query)
    bench.settle(MIDNIGHT_MS + 20 * DAY_MS)
    assert bench.rows(query) == before
    end = bench.rows("SELECT up_to_day FROM ordered_hours")[0][0]
    assert end > MIDNIGHT_MS // DAY_MS + 4
    blocks = bench.store.connection.execute(
        f"SELECT link FROM link_hours WHERE hour < {end * 24} ORDER BY rowid"
    ).fetchall()
    turns = sum(link < last for (last,), (link,) in itertools.pairwise(blocks))
    assert turns < 4, "days stand one after the other"
    bench.count_scans([scan(3, 100, at_ms=MIDNIGHT_MS + 1)])
    bench.settle(MIDNIGHT_MS + 20 * DAY_MS)
    assert sum(row[3] for row in bench.rows(query)) == 321
    assert bench.commands.carry_out(RebuildRollups()) == Changed(0)
    bench.store.rebuild(repair=True, always=True)
    after = bench.rows(query)
    bench.settle(MIDNIGHT_MS + 20 * DAY_MS)
    assert bench.rows(query) == after
    assert bench.rows("SELECT up_to_day FROM ordered_hours") == [(end,)]


def stored_scans(bench: Bench) -> list[tuple[object, ...]]:
    """Every row of the store, by id."""
    return list(bench.store.connection.execute("SELECT * FROM scans ORDER BY id").fetchall())


def test_retention_forgets_scans_and_keeps_every_count(bench: Bench) -> None:
    """Data that is gone cannot leak; a number that vanished would be a lie about last year."""
    old = NOON_MS - 20 * DAY_MS
    bench.count_scans([scan(n % 2 + 1, n, at_ms=old) for n in range(1, 21)])
    bench.count_scans([scan(1, 100 + n) for n in range(5)])
    bench.count_scans([scan(7, 1, at_ms=old, workspace=2)])
    before, both = summary_of(bench), summary_of(bench, 30, 1, 2)
    bench.commands.carry_out(SetRetention(WORKSPACE, 10))
    now_ms = NOON_MS + DAY_MS
    assert bench.store.forget_old(now_ms) == 0
    bench.settle(now_ms)
    assert bench.store.forget_old(now_ms) == 20
    assert bench.count("scans") == 6
    assert summary_of(bench) == before
    assert summary_of(bench, 30, 1, 2) == both
    assert bench.commands.carry_out(RebuildRollups()) == Changed(0)
    bench.store.rebuild(repair=True, always=True)
    assert summary_of(bench).human == before.human
    bench.settle(now_ms)
    assert summary_of(bench) == before
    assert bench.store.forget_old(now_ms) == 0
    with pytest.raises(Refused):
        bench.commands.carry_out(SetRetention(WORKSPACE, -1))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("links", [(), (1,), (1, 2)])
def test_charts_and_top_links_stay_when_scans_are_forgotten(
    bench: Bench, links: tuple[int, ...], zone: str
) -> None:
    """Who keeps scans for a week still wants last month's chart, whatever its steps and however its range lies."""
    visits = [
        scan(
            n % 3 + 1,
            (NOON_MS - n * 3 * HOUR_MS) // DAY_MS * 10 + n % 4 + 1,  # another number each day
            at_ms=NOON_MS - n * 3 * HOUR_MS,
            user_agent=BOT if n % 5 == 0 else BROWSER,
        )
        for n in range(240)
    ]
    bench.count_scans(visits)
    span: dict[str, Any] = {
        "workspace_id": WORKSPACE,
        "from_ms": NOON_MS // HOUR_MS * HOUR_MS - 30 * DAY_MS,
        "to_ms": NOON_MS // HOUR_MS * HOUR_MS + HOUR_MS,
        "link_ids": tuple(map(identity, links)),
    }

    def charts() -> list[list[SeriesPoint]]:
        with bench.reader() as reader:
            return [
                summary.series(reader, SeriesQuery(**span, granularity=each, zone=zone))
                for each in get_args(Granularity)
            ]

    def top() -> BreakdownAnswer:
        with bench.reader() as reader:
            return breakdown.breakdown(reader, BreakdownQuery(**span, dimensions=("link",)))

    charts_before, top_before = charts(), top()
    bench.commands.carry_out(SetRetention(WORKSPACE, 7))
    bench.settle(NOON_MS + DAY_MS)
    assert bench.store.forget_old(NOON_MS + DAY_MS) > 50
    charts_after = charts()
    for before, after in zip(charts_before, charts_after, strict=True):
        assert [uncounted(each) for each in after] == [uncounted(each) for each in before]
    people = [sum(each.counts.unique for each in chart) for chart in charts_after]
    assert people[0] >= people[1] > 0  # in an hour of its own, who comes back counts again
    for number in (
        2,
        3,
    ):  # a day of New York holds visits of two days of UTC, so who comes back counts in both
        expected = sum(each.counts.unique for each in charts_before[number])
        assert people[number] == pytest.approx(expected, rel=0.1)
    top_after = top()
    assert [row.values for row in top_after.rows] == [row.values for row in top_before.rows]
    assert [row.counts.total for row in top_after.rows] == [row.counts.total for row in top_before.rows]
    assert top_after.overall.human == top_before.overall.human
    if zone == "UTC":
        days = zip(charts_before[1], charts_after[1], strict=True)
        assert all(after.counts == before.counts for before, after in list(days)[1:])


def uncounted(point: SeriesPoint) -> tuple[int, Counts]:
    """A step of a chart without its unique visitors."""
    return point.start_ms, msgspec.structs.replace(point.counts, unique=0)


def test_erased_link_leaves_nothing_and_its_zeros_are_announced(bench: Bench) -> None:
    """Deleting the visits of a link means that no figure still speaks of them."""
    bench.count_scans([scan(1, 1), scan(1, 2), scan(2, 1)])
    bench.settle(NOON_MS + 3 * DAY_MS)
    page = bench.store.unannounced()
    assert page is not None
    bench.store.mark_announced(page)
    assert bench.commands.carry_out(EraseLink(WORKSPACE, identity(1))) == Changed(2)
    assert bench.commands.carry_out(EraseLink(identity(9), identity(2))) == Changed(0)
    assert (bench.count("scans"), summary_of(bench).human, summary_of(bench).unique) == (1, 1, 1)
    page = bench.store.unannounced()
    assert page is not None
    assert [(each.link_id, each.total) for each in bench.store.changed_totals(page).totals] == [
        (identity(1), 0)
    ]
    bench.count_scans([scan(1, 1)])
    found = bench.total(1)
    assert found is not None
    assert (found.human, found.unique) == (1, 1)


def test_erased_visitor_is_gone_and_counts_stay(bench: Bench) -> None:
    """A person may ask to be forgotten; the link's owner keeps the number."""
    bench.count_scans([scan(1, 0xABC, city="Berlin", referrer="mail.example"), scan(1, 2, city="Paris")])
    before = summary_of(bench, 30, 1)
    assert bench.commands.carry_out(EraseVisitor(WORKSPACE, f"{0xABC:016x}")) == Changed(1)
    rows = bench.rows("SELECT visitor, city, referrer FROM scans ORDER BY id")
    assert rows == [(0, "", ""), (2, "Paris", "")]
    assert summary_of(bench, 30, 1) == before
    for text in ("", "xyz", "0" * 16):
        with pytest.raises(Refused, match="hexadecimal"):
            bench.commands.carry_out(EraseVisitor(WORKSPACE, text))


def events(bench: Bench, kind: str) -> list[bytes]:
    return [event.payload for event in bench.store.waiting_events() if event.kind == kind]


def test_thresholds_are_announced_once_when_they_are_passed(bench: Bench) -> None:
    """A hundred is announced at the hundredth scan of a person, not again at the next, not for robots."""
    bench.commands.carry_out(SetThresholds(WORKSPACE, (3,), identity(1)))
    bench.commands.carry_out(SetThresholds(WORKSPACE, (12,)))
    bench.count_scans([scan(1, n, user_agent=BOT) for n in range(1, 20)])
    assert events(bench, "link.threshold") == []
    bench.count_scans([scan(1, n) for n in range(1, 10)])
    bench.count_scans([scan(1, n) for n in range(10, 13)])
    bench.count_scans([scan(1, 99)])
    reached = [msgspec.msgpack.decode(each, type=ThresholdV1) for each in events(bench, "link.threshold")]
    assert sorted(each.threshold for each in reached) == [1, 3, 10]
    assert {each.link_id for each in reached} == {identity(1)}
    month = [msgspec.msgpack.decode(each, type=QuotaNearV1) for each in events(bench, "workspace.quota_near")]
    assert [(each.threshold, each.human, each.month) for each in month] == [(12, 12, 2025 * 12 + 9)]
    assert bench.store.waiting_events()[-1].number == len(bench.store.waiting_events())
    bench.store.forget_events(2)
    assert len(bench.store.waiting_events()) == 2


def test_watched_links_are_announced_scan_by_scan(bench: Bench) -> None:
    """Webhooks hear of people on the links they asked for, and of nothing else."""
    bench.commands.carry_out(Watch((identity(1002),), (identity(1),)))
    scans: list[ScanV1] = [
        scan(1, 1, city="Berlin"),
        scan(1, 2, user_agent=BOT),
        scan(1, 3, outcome=Outcome.EXPIRED),
        scan(2, 4),
        scan(5, 5, workspace=2),
    ]
    bench.count_scans(scans)
    batches = [msgspec.msgpack.decode(each, type=ScannedV1) for each in events(bench, "link.scanned")]
    found = [each for batch in batches for each in batch.scans]
    assert [(each.id, each.link_id, each.city, each.os) for each in found] == [
        ("1", identity(1), "Berlin", "Windows"),
        ("5", identity(5), "", "Windows"),
    ]
    assert found[1].workspace_id == identity(1002)
    bench.commands.carry_out(Watch())
    bench.count_scans([scan(1, 9)])
    assert len(events(bench, "link.scanned")) == 1
    with pytest.raises(Refused):
        bench.commands.carry_out(Watch(link_ids=(identity(1),) * 10_001))


def test_watch_list_survives_a_restart(bench: Bench) -> None:
    """Control says it once; a restart of ours must not silence webhooks."""
    bench.commands.carry_out(Watch((), (identity(1),)))
    again = bench.opened_again()
    again.count_scans([scan(1, 1)])
    assert len(events(again, "link.scanned")) == 1
