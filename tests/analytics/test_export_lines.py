"""Lines of an export against the csv and json modules, for whatever texts visitors send."""

import csv
import io
import json
from random import Random

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.analytics.reports.export_lines import Lines, csv_lines, ndjson_lines

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


def whole(lines: Lines) -> str:
    return lines.text(len(lines)).decode()


@settings(deadline=None)
@given(TEXTS)
def test_json_lines_say_what_the_rows_say(texts: list[str]) -> None:
    """A program that reads an export must get the very texts that were stored."""
    found = [json.loads(line) for line in whole(ndjson_lines(table(texts))).split("\n")[:-1]]
    assert found == [{**row, "id": str(row["id"])} for row in table(texts).to_pylist()]


@settings(deadline=None)
@given(TEXTS)
def test_csv_lines_hold_one_harmless_cell_per_text(texts: list[str]) -> None:
    """No text may break out of its cell, nor be calculated by the program that opens the file."""
    said = whole(csv_lines(table(texts)))
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
    found = [json.loads(line) for line in whole(ndjson_lines(rows)).split("\n")[:-1]]
    assert found == [{**row, "id": str(row["id"])} for row in rows.to_pylist()]


@given(st.lists(st.sampled_from(["", "00ff", "2026-01-31T12:00:00.000Z", "9"]), min_size=1))
def test_texts_made_here_are_written_like_all_others(texts: list[str]) -> None:
    """What is known to be harmless is not looked at, and must come out the same."""
    rows = table(texts)
    made = rows.rename_columns(["id", "scanned_at", "visitor_id", "flag"])
    assert whole(csv_lines(made)) == whole(csv_lines(rows))
    said = whole(ndjson_lines(made)).replace("scanned_at", "same").replace("visitor_id", "text")
    assert said == whole(ndjson_lines(rows))


@given(TEXTS, st.randoms(use_true_random=False))
def test_lines_come_by_id_whatever_the_order_of_the_rows(texts: list[str], chance: Random) -> None:
    """A database gives rows in any order, and an export goes on behind the last id that it sent."""
    rows = table(texts)
    places = list(range(len(texts)))
    chance.shuffle(places)
    for write in (csv_lines, ndjson_lines):
        mixed = write(rows.take(places))
        assert whole(mixed) == whole(write(rows))
        assert mixed.ids.tolist() == list(range(len(texts)))


@settings(deadline=None)
@given(TEXTS, st.integers(1, 60))
def test_cuts_fall_between_lines(texts: list[str], bytes_max: int) -> None:
    """Chunks put together again are the export, and no line is in two of them."""
    lines = csv_lines(table(texts))
    rest, joined, ids = lines, b"", []
    while len(rest):
        count = rest.first(bytes_max)
        part = rest.text(count)
        assert len(part) <= bytes_max or count == 1
        ids += rest.ids[:count].tolist()
        joined += part
        rest = rest.behind(count)
    assert joined.decode() == whole(lines)
    assert ids == list(range(len(texts)))
