"""Scans of links that are kept in memory: an answer is the same with and without them, whatever happens meanwhile.
(ClickHouse keeps none.)"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.analytics.counting import Bench
from tests.analytics.scans import BOT, BROWSER, DAY_MS, NOON_MS, identity, scan

from waypost.analytics.reports.breakdown import breakdown
from waypost.analytics.reports.kept_scans import KeptScans
from waypost.analytics.store import duckdb_reader, kept_links
from waypost.analytics.verdict import Judge
from waypost.facts.robots import RobotReader
from waypost.wire.filters import Filter
from waypost.wire.queries import BreakdownAnswer, BreakdownQuery
from waypost.wire.scan import ScanV1, Source
from waypost.wire.upkeep import EraseLink, EraseVisitor, Reclassify, SetRetention

WORKSPACE = identity(1001)
FIRST_DAY_MS = NOON_MS - 20 * DAY_MS
LARGE = 2**63 + 5
QUESTIONS: Sequence[tuple[tuple[str, ...], tuple[Filter, ...]]] = [
    (("city",), (Filter("country", ("DE",)), Filter("os", ("Windows",)))),
    (("city", "verdict"), (Filter("country", ("DE", "FR"), exclude=True),)),
    (("visitor", "reason"), (Filter("visitor", (f"{LARGE:016x}", f"{6:016x}")),)),
    (("visit", "hour_of_day"), (Filter("hour_of_day", ("12", "23"), exclude=True),)),
    (("link", "source"), (Filter("link", (str(UUID(bytes=identity(1))),)),)),
    (("outcome", "browser"), (Filter("outcome", ("redirect",)), Filter("source", ("qr",)))),
]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A store that keeps links in memory."""
    return Bench(tmp_path)


def some(count: int) -> list[ScanV1]:
    """Scans of three links over 20 days, a visitor each of whom every third is told apart by a large number."""
    return [
        scan(
            n % 3 + 1,
            n + (LARGE - 9 if n % 2 else 0),
            at_ms=FIRST_DAY_MS + n % 20 * DAY_MS + n % 5 * 3_600_000,
            user_agent=BOT if n % 7 == 0 else BROWSER,
            source=Source.QR if n % 4 == 0 else Source.LINK,
            country=("DE", "FR", "US")[n // 3 % 3],
            city=("Berlin", "", "Paris", "Austin")[n % 4],
        )
        for n in range(count)
    ]


def answers(bench: Bench) -> list[BreakdownAnswer]:
    """What one link and two of them are broken down to, over all days and a part of them."""
    found = []
    with bench.reader() as reader:
        for links in ((1,), (1, 2)):
            for days in (30, 10):
                for dimensions, filters in QUESTIONS:
                    query = BreakdownQuery(
                        workspace_id=WORKSPACE,
                        from_ms=NOON_MS - days * DAY_MS,
                        to_ms=NOON_MS + DAY_MS,
                        link_ids=tuple(map(identity, links)),
                        dimensions=dimensions,
                        filters=filters,
                    )
                    found.append(breakdown(reader, query))
    return found


def read_from_the_store(bench: Bench) -> list[BreakdownAnswer]:
    """The same without what is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb_reader.DuckReader, "kept", lambda *_: None)
        return answers(bench)


def test_links_break_down_the_same_from_memory(bench: Bench) -> None:
    """Also when scans came since, and when they were put in order."""
    bench.count_scans(some(120))
    expected = read_from_the_store(bench)
    assert sum(bool(each.rows) for each in expected) > 20
    assert answers(bench) == expected
    assert answers(bench) == expected
    bench.count_scans(some(40))
    expected = read_from_the_store(bench)
    assert answers(bench) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("waypost.analytics.store.clustering.PIECE_SCANS", 10)
        assert bench.store.order_block()
    assert answers(bench) == expected


def test_a_question_asked_again_reads_newer_scans_only(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or nothing would be won."""
    bench.count_scans(some(60))
    expected = answers(bench)
    asked: list[str] = []
    arrays = duckdb_reader.DuckReader.arrays

    def noted(reader: duckdb_reader.DuckReader, sql: str, texts: Mapping[str, str]) -> Mapping[str, Any]:
        asked.append(sql)
        return arrays(reader, sql, texts)

    monkeypatch.setattr(duckdb_reader.DuckReader, "arrays", noted)
    assert answers(bench) == expected
    assert not [sql for sql in asked if "FROM scans" in sql]
    bench.count_scans(some(10))
    answers(bench)
    of_scans = [sql for sql in asked if "FROM scans" in sql]
    assert len(of_scans) == len(expected)
    assert all("AND id >= 61 " in sql for sql in of_scans)
    asked.clear()
    monkeypatch.setattr(kept_links, "KEPT_LINKS_BEHIND_MAX", 9)
    answers(bench)
    assert not [sql for sql in asked if "FROM scans" in sql], "too many are newer: all were read anew"


def erase_visitor(bench: Bench) -> None:
    bench.commands.carry_out(EraseVisitor(WORKSPACE, f"{LARGE:016x}"))
    bench.commands.carry_out(EraseVisitor(WORKSPACE, f"{6:016x}"))


def erase_link(bench: Bench) -> None:
    bench.commands.carry_out(EraseLink(WORKSPACE, identity(1)))


def reclassify(bench: Bench) -> None:
    assert bench.commands.carry_out(Reclassify()).rows > 0


def forget(bench: Bench) -> None:
    bench.commands.carry_out(SetRetention(WORKSPACE, 10))
    bench.settle(NOON_MS + DAY_MS)
    assert bench.store.forget_old(NOON_MS) > 0


ALTERATIONS = (erase_visitor, erase_link, reclassify, forget)


class OldJudge(Judge):
    """The lists of yesterday: everybody is a person."""

    def __call__(self, facts: tuple[str, str, str, int]) -> tuple[int, str]:
        return 0, "human"


@pytest.mark.parametrize("alter", ALTERATIONS)
def test_what_is_altered_is_seen_at_once(bench: Bench, alter: Callable[[Bench], None]) -> None:
    """What was erased must not be told by an answer that was kept."""
    bench.ingest._judge = OldJudge(RobotReader())
    bench.count_scans(some(120))
    before = answers(bench)
    alter(bench)
    after = answers(bench)
    assert after == read_from_the_store(bench)
    assert after != before


@pytest.mark.parametrize("alter", ALTERATIONS)
@pytest.mark.parametrize("moment", ["while the link is read", "before newer scans are read"])
def test_what_is_altered_while_a_question_reads_is_not_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, alter: Callable[[Bench], None], moment: str
) -> None:
    """A question that began before may answer from before, but neither mix nor keep what it read."""
    bench.ingest._judge = OldJudge(RobotReader())
    bench.count_scans(some(120))
    method = "table"
    if moment == "before newer scans are read":
        answers(bench)
        bench.count_scans(some(30))
        method = "arrays"
    read = getattr(duckdb_reader.DuckReader, method)
    pending = [alter]

    def read_then_alter(reader: duckdb_reader.DuckReader, sql: str, texts: Mapping[str, str]) -> Any:
        found = read(reader, sql, texts)
        if pending and "FROM scans" in sql:
            pending.pop()(bench)
        return found

    monkeypatch.setattr(duckdb_reader.DuckReader, method, read_then_alter)
    found = answers(bench)
    assert not pending
    assert found == read_from_the_store(bench)
    assert answers(bench) == found


def test_an_alteration_that_fails_leaves_right_answers(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it lasts nothing is kept, and what was undone is there again."""
    bench.count_scans(some(60))
    expected = answers(bench)

    def fail(*_: object) -> int:
        kept = bench.store._kept_links
        with bench.reader() as reader:
            assert kept.scans(reader, "link = 1", ["visitor"]) is None
        raise RuntimeError

    monkeypatch.setattr("waypost.analytics.store.upkeep.erase_visitor", fail)
    with pytest.raises(RuntimeError):
        erase_visitor(bench)
    assert answers(bench) == expected
    with bench.reader() as reader:
        assert isinstance(reader.kept("link = 1", ["visitor"]), KeptScans)


def test_links_that_were_not_asked_about_lately_give_up_their_place(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded by bytes, and links of too many scans are not read again and again."""
    bench.count_scans(some(120))
    kept = bench.store._kept_links
    with bench.reader() as reader:
        for link in (1, 2, 3):
            kept.scans(reader, f"link = {link}", ["visitor", "city"])
        monkeypatch.setattr(kept_links, "KEPT_LINKS_BYTES_MAX", kept._bytes_used - 1)
        kept.scans(reader, "link = 1", ["visitor", "country"])
        assert list(kept._kept) == ["link = 3", "link = 1"]
        assert kept._bytes_used == sum(each.bytes_used for each in kept._kept.values())
        monkeypatch.setattr(kept_links, "TALLIED_SCANS_MAX", 30)
        monkeypatch.setattr(kept_links, "KEPT_LINKS_BYTES_MAX", 2**20)
        assert kept.scans(reader, "link = 2", ["visitor"]) is None
        monkeypatch.setattr(duckdb_reader.DuckReader, "table", None)
        assert kept.scans(reader, "link = 2", ["visitor"]) is None
    assert list(kept._kept) == ["link = 3", "link = 1", "link = 2"]
