"""Lines of an export against the csv and json modules, for whatever texts visitors send."""

import csv
import io
import json
from random import Random

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.analytics.reports.export_lines import Lines, Rows, csv_rows, ndjson_rows

TEXTS = st.lists(st.text(max_size=8) | st.sampled_from(["=1", "", '"', "a,b", "\r\n", "+\t"]), min_size=1)


def table(texts: list[str]) -> pa.Table:
    """Numbers, a constant, the texts and truth values: every kind of column there is."""
    rows = len(texts)
    return pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "same": pa.array(["x"] * rows),
            "text": pa.array(texts, pa.string()),
            "flag": pa.array([number % 2 == 0 for number in range(rows)]),
        }
    )


def every(rows: Rows) -> Lines:
    return rows.lines(0, len(rows))


def whole(rows: Rows) -> str:
    return bytes(every(rows).text(len(rows))).decode()


@settings(deadline=None)
@given(TEXTS)
def test_json_lines_say_what_the_rows_say(texts: list[str]) -> None:
    """A program that reads an export must get the very texts that were stored."""
    found = [json.loads(line) for line in whole(ndjson_rows(table(texts))).split("\n")[:-1]]
    assert found == [{**row, "id": str(row["id"])} for row in table(texts).to_pylist()]


@settings(deadline=None)
@given(TEXTS)
def test_csv_lines_hold_one_harmless_cell_per_text(texts: list[str]) -> None:
    """No text may break out of its cell, nor be calculated by the program that opens the file."""
    said = whole(csv_rows(table(texts)))
    rows = list(csv.reader(io.StringIO(said, newline="")))
    assert [row[:2] + row[3:] for row in rows] == [
        [str(number), "x", "true" if number % 2 == 0 else "false"] for number in range(len(texts))
    ]
    assert said.count("\n") == said.count("\r\n") == len(texts)
    for text, row in zip(texts, rows, strict=True):
        clean = "".join(" " if ord(letter) < 32 or ord(letter) == 127 else letter for letter in text)
        assert row[2] == ("'" if clean[:1] in tuple("=+-@") else "") + clean


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(0, 3)), min_size=1))
def test_codes_become_their_words_whichever_of_them_occur(codes: list[tuple[int, int, int]]) -> None:
    """Few scans use few of the words there are; the others must not come between a row's cells."""
    columns = [
        pa.DictionaryArray.from_arrays(pa.array([row[place] for row in codes]), words)
        for place, words in enumerate((["a", "b", "c", "d", "e", "f"], ["x", "y"], ["1", "2", "3", "4"]))
    ]
    rows = pa.table({"id": range(len(codes)), "kind": columns[0], "source": columns[1], "way": columns[2]})
    found = [json.loads(line) for line in whole(ndjson_rows(rows)).split("\n")[:-1]]
    assert found == [{**row, "id": str(row["id"])} for row in rows.to_pylist()]


@given(st.lists(st.sampled_from(["", "00ff", "2026-01-31T12:00:00.000Z", "9"]), min_size=1))
def test_texts_made_here_are_written_like_all_others(texts: list[str]) -> None:
    """What is known to be harmless is not looked at, and must come out the same; nobody is null in JSON."""
    rows = table(texts)
    made = rows.rename_columns(["id", "scanned_at", "visitor_id", "flag"])
    assert whole(csv_rows(made)) == whole(csv_rows(rows))
    said = whole(ndjson_rows(made)).replace("scanned_at", "same").replace("visitor_id", "text")
    said = said.replace('"text":null', '"text":""')
    assert said == whole(ndjson_rows(rows))


@given(TEXTS, st.randoms(use_true_random=False))
def test_lines_come_by_id_whatever_the_order_of_the_rows(texts: list[str], chance: Random) -> None:
    """A database gives rows in any order, and an export goes on behind the last id that it sent."""
    rows = table(texts)
    places = list(range(len(texts)))
    chance.shuffle(places)
    for write in (csv_rows, ndjson_rows):
        mixed = write(rows.take(places))
        assert whole(mixed) == whole(write(rows))
        assert mixed.ids.tolist() == list(range(len(texts)))


@settings(deadline=None)
@given(TEXTS, st.integers(1, 60))
def test_cuts_fall_between_lines(texts: list[str], bytes_max: int) -> None:
    """Chunks put together again are the export, and no line is in two of them."""
    rows = csv_rows(table(texts))
    joined = b""
    ids: list[int] = []
    while len(ids) < len(rows):
        rest = rows.lines(len(ids), len(rows))
        count = rest.first(bytes_max)
        part = rest.text(count)
        assert len(part) <= bytes_max or count == 1
        ids += rest.ids[:count].tolist()
        joined += part
    assert joined.decode() == whole(rows)
    assert ids == list(range(len(texts)))


@given(TEXTS, st.integers(1, 9))
def test_lines_are_the_same_however_many_are_written_at_once(texts: list[str], at_once: int) -> None:
    """What is written for one chunk must not show where the chunk begins."""
    rows = ndjson_rows(table(texts))
    parts = [rows.lines(first, first + at_once) for first in range(0, len(rows), at_once)]
    assert b"".join(part.text(len(part)) for part in parts).decode() == whole(rows)
    assert [number for part in parts for number in part.ids.tolist()] == list(range(len(texts)))
