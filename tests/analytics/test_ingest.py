"""One step of the consumer on a real DuckDB file: exact, once, and never silently past a hole."""

from pathlib import Path

import duckdb
import pytest
from tests.analytics.counting import Bench, open_store
from tests.analytics.scans import BOT, BROWSER, DAY_MS, HOUR_MS, NOON_MS, batch, identity, scan

from waypost.analytics.limits import POISON_FAILURES
from waypost.analytics.store import totals
from waypost.analytics.store.commit import Commit, Cursor, StoreTrouble, StoreUnfit
from waypost.analytics.store.duckdb_store import DuckStore
from waypost.runtime.stream_reader import Message
from waypost.wire.scan import Outcome, ScanV1, Source
from waypost.wire.totals import LinkTotalsV1


def test_totals_human_unique_bot_and_qr(bench: Bench) -> None:
    """The five figures every list shows must each be right on their own."""
    bench.feed(
        batch(
            0,
            [
                scan(1, 1),
                scan(1, 1, at_ms=NOON_MS + 5, source=Source.QR),
                scan(1, 2, source=Source.QR),
                scan(1, 3, user_agent=BOT),
                scan(1, 4, method="HEAD"),
                scan(1, 0),
                scan(2, 1),
            ],
        )
    )
    assert bench.total(1) == LinkTotalsV1(identity(1), identity(1001), 6, 4, 2, 2, 2, NOON_MS + 5)
    assert bench.total(2) == LinkTotalsV1(identity(2), identity(1001), 1, 1, 1, 0, 0, NOON_MS)
    assert bench.total(3) is None


def test_unique_is_counted_per_day_over_commits(bench: Bench) -> None:
    """A visitor of an earlier commit is known; the same one tomorrow is new, as the salt is."""
    bench.feed(batch(0, [scan(1, 1)]))
    bench.feed(batch(1, [scan(1, 1, at_ms=NOON_MS + HOUR_MS), scan(1, 2)]))
    bench.feed(batch(3, [scan(1, 1, at_ms=NOON_MS + DAY_MS)]))
    bench.feed(batch(4, [scan(1, 2, at_ms=NOON_MS + 1)]))
    found = bench.total(1)
    assert found is not None
    assert (found.human, found.unique) == (5, 3)


def test_visitors_with_the_highest_numbers_are_told_apart(bench: Bench) -> None:
    """A visitor is any 64 bits, and half of all are too high for a signed number."""
    highest = 2**64 - 1
    visitors = [highest, highest - 1, 2**63, 2**63 - 1, highest]
    assert bench.feed(batch(0, [scan(1, each) for each in visitors[:3]])).applied == 3
    assert bench.feed(batch(3, [scan(1, each) for each in visitors[3:]])).applied == 2
    found = bench.total(1)
    assert found is not None
    assert (found.human, found.unique) == (5, 4)


def test_a_bot_before_the_person_does_not_take_the_person_away(bench: Bench) -> None:
    """The first scan of a visitor may be a prefetch; the visit after it is the unique one."""
    bench.feed(batch(0, [scan(1, 1, purpose="prefetch"), scan(1, 1)]))
    found = bench.total(1)
    assert found is not None
    assert (found.human, found.unique, found.bot) == (1, 1, 1)


def test_steps_inside_a_visit_and_closed_links_are_kept_and_not_counted(bench: Bench) -> None:
    """A password form and a click inside a page are no scans of their own."""
    outcomes = [Outcome.PASSWORD, Outcome.PAGE_CLICK, Outcome.EXPIRED, Outcome.PAGE]
    bench.feed(batch(0, [scan(1, 1, outcome=outcome) for outcome in outcomes]))
    found = bench.total(1)
    assert found is not None
    assert (found.total, bench.count("scans")) == (1, 4)


def test_twice_the_same_batch_counts_once(bench: Bench) -> None:
    """The broker forgets what it saw; our ledger does not."""
    payload = batch(0, [scan(1, n) for n in range(1, 6)])
    assert bench.feed(payload, payload).applied == 5
    assert bench.feed(payload).applied == 0
    found = bench.total(1)
    assert found is not None
    assert (found.human, bench.count("scans")) == (5, 5)


def test_overlapping_batch_adds_only_its_new_end(bench: Bench) -> None:
    """After a restart an agent cuts its batches elsewhere."""
    bench.feed(batch(0, [scan(1, n) for n in range(1, 6)]))
    assert bench.feed(batch(3, [scan(2, n) for n in range(4, 9)])).applied == 3
    found = bench.total(2)
    assert found is not None
    assert found.human == 3


def test_a_message_that_fits_only_in_part_is_counted_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full commits cut messages in two: the cursor stays before such a message, the ledger within it."""
    monkeypatch.setattr("waypost.analytics.ingest.COMMIT_SCANS_MAX", 6)
    scans = [scan(n, n) for n in range(1, 13)]
    messages = [Message(n + 1, "s", batch(n * 4, scans[n * 4 : n * 4 + 4])) for n in range(3)]
    first = bench.ingest.apply(messages)
    assert (first.applied, first.cursor.seq, list(first.left)) == (6, 1, messages[1:])
    again = bench.opened_again()
    second = again.ingest.apply(messages[1:])
    assert (second.applied, second.cursor.seq, list(second.left)) == (6, 3, [])
    assert again.count("scans") == again.count("link_totals") == 12
    assert again.ingest.gaps == []


def test_gap_holds_the_spool_and_asks_to_read_again_once(bench: Bench) -> None:
    """Scans behind a hole wait; reading again finds what only we had missed, and happens once per hole."""
    bench.feed(batch(0, [scan(1, 1)]))
    assert bench.feed(batch(3, [scan(1, 4)])).reread
    # Whoever goes on from here, after a kill or a broken connection too, begins at the start.
    assert bench.store.state().cursor.seq == 0
    assert not bench.feed(batch(3, [scan(1, 4)])).reread
    assert bench.store.state().cursor.seq == bench.seq
    assert [(gap.expected, gap.found) for gap in bench.ingest.gaps] == [(1, 3)]
    assert bench.feed(batch(0, [scan(9, 9)], node="edge-1")).applied == 1
    assert bench.count("scans") == 2


def test_filling_the_gap_asks_to_read_what_was_held(bench: Bench) -> None:
    """The held batch stands in the stream behind the cursor: it must be fetched again."""
    bench.feed(batch(0, [scan(1, 1)]))
    held = batch(3, [scan(1, 4)])
    bench.feed(held)
    assert bench.feed(batch(1, [scan(1, 2), scan(1, 3)])).reread
    assert bench.store.state().cursor.seq == 0
    assert bench.feed(held).applied == 1
    assert bench.ingest.gaps == []
    assert bench.count("scans") == 4


def test_gap_survives_a_restart_and_can_be_accepted(bench: Bench) -> None:
    """An alarm that a restart forgets would be a silent loss."""
    bench.feed(batch(0, [scan(1, 1)]))
    held = batch(3, [scan(1, 4)])
    bench.feed(held)
    again = bench.opened_again()
    assert [(gap.expected, gap.found) for gap in again.ingest.gaps] == [(1, 3)]
    assert again.ingest.accept_gap("edge-9", 7) is None
    gap = again.ingest.accept_gap("edge-0", 7)
    assert gap is not None
    assert again.store.state().cursor.seq == 0
    assert again.feed(held).applied == 1
    assert again.opened_again().store.state().next_offsets == {("edge-0", 7): 4}


def test_bad_scan_and_bad_message_go_to_quarantine_with_their_bytes(bench: Bench) -> None:
    """What cannot be counted is kept for a person to look at, and the rest goes on."""
    broken = scan(1, 1, at_ms=5)
    assert bench.feed(batch(0, [scan(1, 1), broken, scan(1, 2)]), b"\xc1not msgpack").applied == 2
    rows = bench.rows("SELECT node, scan_offset, raw FROM quarantine ORDER BY seq, scan_offset")
    assert [(row[0], row[1]) for row in rows] == [("edge-0", 1), ("", -1)]
    assert rows[1][2] == b"\xc1not msgpack"
    assert bench.feed(batch(3, [scan(1, 3)])).applied == 1


def test_poison_batch_is_set_aside_after_its_chances_and_the_others_count(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message that always fails must not stop the service for ever, nor drag down its neighbours."""
    store, ingest, store_it = bench.store, bench.ingest, bench.store.apply

    def picky(commit: Commit) -> None:
        """Refuse commits that hold scans of link 13, as a fault of our own would."""
        if identity(13) in commit.scans["link_id"].to_pylist():
            raise duckdb.ConversionException("refused")
        store_it(commit)

    monkeypatch.setattr(store, "apply", picky)
    messages = [
        Message(1, "s", batch(0, [scan(1, 1)])),
        Message(2, "s", batch(1, [scan(13, 1), scan(13, 2)])),
        Message(3, "s", batch(3, [scan(1, 2)])),
    ]
    for attempt in range(1, POISON_FAILURES):
        with pytest.raises(StoreTrouble):
            ingest.apply(messages)
        assert ingest.cursor.seq == 1, attempt
    ingest.apply(messages)
    assert ingest.cursor.seq == 3
    assert store.counts() == (2, 1)
    with store.reader() as reader:
        assert totals.of_links(reader, [identity(1)])[0].human == 2


def test_failed_commit_leaves_nothing_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers given out for links of a failed commit must not be used without being stored."""

    def fail(commit: Commit) -> None:
        raise duckdb.IOException("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "_write_ledger", fail)
        with pytest.raises(StoreTrouble):
            bench.feed(batch(0, [scan(1, 1)]))
    assert (bench.count("scans"), bench.count("links"), bench.count("link_totals")) == (0, 0, 0)
    assert bench.feed(batch(0, [scan(1, 1)])).applied == 1
    found = bench.total(1)
    assert found is not None
    assert found.human == 1


def test_names_and_numbers_survive_a_restart(bench: Bench) -> None:
    """The second process must find the first one's links instead of numbering them anew."""
    bench.feed(batch(0, [scan(n, n) for n in range(1, 50)]))
    again = bench.opened_again()
    again.feed(batch(49, [scan(n, n) for n in range(40, 60)]))
    assert again.count("links") == 59
    assert again.count("agents") == 1
    found = again.total(45)
    assert found is not None
    assert (found.human, found.unique) == (2, 1)


def test_user_agents_are_kept_once_with_what_they_say(bench: Bench) -> None:
    """Devices are shown from here, and history is judged again from here."""
    bench.feed(batch(0, [scan(1, 1), scan(1, 2), scan(1, 3, user_agent=BOT)]))
    rows = bench.rows("SELECT os, browser, device, robot FROM agents ORDER BY agent")
    assert sorted(rows) == [("", "Googlebot", "bot", "Googlebot"), ("Windows", "Chrome", "desktop", "")]


def test_cursor_moves_with_the_scans(bench: Bench) -> None:
    """Cursor and counts are one transaction, or a crash counts twice or not at all."""
    bench.ingest.moved_to(Cursor("2026-01-01T00:00:00Z", 0))
    bench.feed(batch(0, [scan()]), batch(1, [scan()]))
    assert bench.opened_again().store.state().cursor == Cursor("2026-01-01T00:00:00Z", 2)


def test_a_store_of_another_version_or_a_broken_file_is_refused(tmp_path: Path) -> None:
    """Guessing at an unknown file would be the end of it."""
    (tmp_path / "analytics.duckdb").write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreUnfit):
        open_store(tmp_path)
    store = open_store(tmp_path, name="newer")
    assert isinstance(store, DuckStore)
    store.connection.execute("UPDATE state SET version = 99")
    store.close()
    with pytest.raises(StoreUnfit, match="99"):
        open_store(tmp_path, name="newer")


def test_rollups_equal_the_scans(bench: Bench) -> None:
    """Hours, totals and months are three sums of the same scans."""
    scans: list[ScanV1] = [
        scan(n % 7 + 1, n % 11, at_ms=NOON_MS + n * 613_000, user_agent=BOT if n % 5 == 0 else BROWSER)
        for n in range(3000)
    ]
    for start in range(0, 3000, 250):
        bench.feed(batch(start, scans[start : start + 250]))
    query = "SELECT sum(total), sum(human), sum(uniques), sum(bot), sum(qr) FROM {}"
    hours = bench.rows(query.format("link_hours"))
    sums = bench.rows(query.format("link_totals"))
    months = bench.rows("SELECT sum(human) FROM workspace_months")
    assert hours == sums
    people = [each for each in scans if each.user_agent != BOT]
    unique = {(each.link_id, each.visitor, each.at_ms // DAY_MS) for each in people if each.visitor}
    assert sums[0][:4] == (3000, len(people), len(unique), 600)
    assert months == [(len(people),)]
