"""Exports of both stores: every scan once, the same in every form, whatever happens on the way."""

import csv
import io
import json
import random
from collections import Counter
from typing import Any, Literal
from uuid import UUID

import msgspec
import pytest
from tests.analytics.counting import Bench
from tests.analytics.scans import BOT, BROWSER, DAY_MS, NOON_MS, identity, scan

from waypost.analytics.limits import EXPORT_BYTES_MAX
from waypost.analytics.reports.export import export
from waypost.wire.packing import lines_of
from waypost.wire.scan import Outcome, ScanV1
from waypost.wire.scan_events import ExportQuery

SPAN: dict[str, Any] = {"workspace_id": identity(1001), "from_ms": 0, "to_ms": NOON_MS + DAY_MS}
World = tuple[Bench, list[ScanV1]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, engine: str) -> World:
    """A store with scans of two workspaces, and those of the first that count."""
    bench, chance = Bench(tmp_path_factory.mktemp("world"), engine), random.Random(3)
    scans = [
        scan(
            chance.randrange(1, 5),
            chance.randrange(400),
            at_ms=NOON_MS - chance.randrange(DAY_MS),
            workspace=chance.choice([1, 1, 1, 2]),
            user_agent=chance.choice([BROWSER, BROWSER, BOT]),
            city=chance.choice(["Berlin", "Paris", "O'Fallon"]),
            outcome=chance.choice([Outcome.REDIRECT] * 8 + [Outcome.EXPIRED]),
        )
        for _ in range(2_000)
    ]
    bench.count_scans(scans)
    return bench, [
        each for each in scans if each.workspace_id == identity(1001) and each.outcome is Outcome.REDIRECT
    ]


def exported(bench: Bench, query: ExportQuery) -> bytes:
    data, after, windows = b"", -1, bench.windows()
    with bench.reader() as reader:
        while True:
            chunk = export(reader, msgspec.structs.replace(query, after=after), windows)
            assert len(chunk.data) <= EXPORT_BYTES_MAX
            data += lines_of(chunk)
            if chunk.cursor < 0:
                return data
            after = chunk.cursor


def test_export_as_csv_and_ndjson_holds_every_scan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export that stops early or repeats is worse than none."""
    bench, scans = world
    monkeypatch.setattr("waypost.analytics.reports.export.EXPORT_WINDOW_ROWS", 500)
    monkeypatch.setattr("waypost.analytics.reports.export.EXPORT_BYTES_MAX", 50_000)
    rows = list(csv.DictReader(io.StringIO(exported(bench, ExportQuery(**SPAN)).decode())))
    lines = [json.loads(line) for line in exported(bench, ExportQuery(**SPAN, format="ndjson")).splitlines()]
    assert len(rows) == len(lines) == len(scans)
    assert [row["Event ID"] for row in rows] == [line["id"] for line in lines]
    assert rows[0]["Scanned at"].endswith("Z")
    assert Counter(row["City"] for row in rows) == Counter(each.city for each in scans)
    assert Counter(line["verdict"] == "bot" for line in lines) == Counter(
        each.user_agent == BOT for each in scans
    )


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_packed_export_says_the_same(
    world: World, form: Literal["csv", "ndjson"], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who can open packed chunks gets them, cut smaller where they pack badly; who cannot gets none."""
    bench, _ = world
    monkeypatch.setattr("waypost.analytics.reports.export.EXPORT_WINDOW_ROWS", 500)
    plain = exported(bench, ExportQuery(**SPAN, format=form))
    monkeypatch.setattr("waypost.analytics.reports.export.EXPORT_BYTES_MAX", 4_000)
    monkeypatch.setattr("waypost.analytics.reports.export.EXPORT_TEXT_BYTES_MAX", 40_000)
    query = ExportQuery(**SPAN, format=form, packed=True)
    assert exported(bench, query) == plain
    with bench.reader() as reader:
        chunk = export(reader, query, bench.windows())
    assert len(chunk.data) <= 4_000 < chunk.size <= 40_000


def test_an_export_goes_on_wherever_it_stood(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that was started anew knows nothing of the exports that run, and none of them may notice."""
    bench, _ = world
    monkeypatch.setattr("waypost.analytics.reports.export.EXPORT_WINDOW_ROWS", 500)
    monkeypatch.setattr("waypost.analytics.reports.export.EXPORT_BYTES_MAX", 200_000)
    query, data = ExportQuery(**SPAN), b""
    whole = exported(bench, query)
    with bench.reader() as reader:
        while True:
            chunk = export(reader, query, bench.windows())
            data += chunk.data
            if chunk.cursor < 0:
                break
            query = msgspec.structs.replace(query, after=chunk.cursor)
    assert data == whole


@pytest.mark.parametrize("count", [1, 2])
def test_few_scans_are_exported_as_many_are(bench: Bench, count: int) -> None:
    """The first export of a new link holds a scan or two that are alike in nearly everything."""
    bench.count_scans([scan(1, number + 1) for number in range(count)])
    everything: dict[str, Any] = {"workspace_id": identity(1001), "from_ms": 0, "to_ms": 2 * NOON_MS}
    lines = [
        json.loads(line) for line in exported(bench, ExportQuery(**everything, format="ndjson")).splitlines()
    ]
    assert [(line["id"], line["verdict"], line["source"], line["outcome"]) for line in lines] == [
        (str(number + 1), "human", "link", "redirect") for number in range(count)
    ]
    rows = list(csv.DictReader(io.StringIO(exported(bench, ExportQuery(**everything)).decode())))
    assert [row["Link ID"] for row in rows] == [str(UUID(bytes=identity(1)))] * count


def test_export_is_safe_to_open_in_a_spreadsheet(bench: Bench) -> None:
    """A visitor chooses the referrer and the parameters; none of it may become a formula."""
    evil = ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", "\r=1", "\x00=1", 'a"b,c', "line\nbreak"]
    bench.count_scans([scan(1, 1, city=text, utm=("", "", text, "", "")) for text in evil])
    raw = exported(bench, ExportQuery(workspace_id=identity(1001), from_ms=0, to_ms=2 * NOON_MS))
    assert raw.count(b"\r\n") == raw.count(b"\n") == len(evil) + 1
    rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
    cells = [row[name] for row in rows for name in ("City", "UTM campaign")]
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r\0"]
    assert rows[0]["City"] == "'=1+1"
    assert rows[7]["City"] == 'a"b,c'


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_an_export_of_nothing_has_no_lines(bench: Bench, form: Literal["csv", "ndjson"]) -> None:
    """A new workspace exports too; its spreadsheet has headings."""
    assert exported(bench, ExportQuery(**SPAN, format=form)).count(b"\n") == (form == "csv")
