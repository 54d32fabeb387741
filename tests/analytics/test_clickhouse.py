"""What a store without transactions must prove by itself: a commit is true as a whole, once, for one writer."""

import itertools
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import OperationalError
from tests.analytics import clickhouse
from tests.analytics.counting import AGENTS, ROBOTS, Bench
from tests.analytics.scans import BOT, BROWSER, DAY_MS, NOON_MS, batch, identity, scan
from tests.control.outgoing.authority import Authority
from urllib3.exceptions import ProtocolError

from waypost.analytics.ingest import Ingest
from waypost.analytics.store import totals
from waypost.analytics.store.clickhouse_schema import GENERATION_BITS
from waypost.analytics.store.clickhouse_server import Server, connected
from waypost.analytics.store.clickhouse_store import ClickStore
from waypost.analytics.store.commit import Cursor, StoreTrouble, StoreUnfit
from waypost.analytics.verdict import Judge
from waypost.runtime.stream_reader import Message
from waypost.wire.scan import ScanV1
from waypost.wire.totals import LinkTotalsV1
from waypost.wire.upkeep import RebuildRollups, Watch

EACH = 40
WRITES = 10
"""More than any of these commits needs."""


class FragileServer(Server):
    """Loses its connection at chosen writes: before the rows arrive, or before they are acknowledged."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.writes = 0
        self.failing: dict[int, bool] = {}
        """Write to whether its rows arrive."""

    def put(self, table: str, rows: pa.Table) -> None:
        """Append rows, unless this is a write that fails."""
        self.writes += 1
        arrives = self.failing.pop(self.writes, None)
        if arrives is not False:
            super().put(table, rows)
        if arrives is not None:
            raise StoreTrouble("the connection was lost")


def fragile(directory: Path) -> tuple[FragileServer, ClickStore]:
    server = clickhouse.server(clickhouse.database(directory))
    found = FragileServer(server._client)
    return found, ClickStore(found, AGENTS, directory / "spill", memory_mb=128, threads=1)


def payloads(count: int) -> list[bytes]:
    """Messages of one spool: repeated visitors, robots, few links that are new now and then, two days."""
    scans: list[ScanV1] = [
        scan(
            (n % 3 + 1) + n // 97,
            n % 7 + 1 + n // 50,
            at_ms=NOON_MS + n % 2 * DAY_MS,
            user_agent=BOT if n % 5 == 0 else f"{BROWSER} {n // 30}",
        )
        for n in range(count * EACH)
    ]
    return [batch(first, scans[first : first + EACH]) for first in range(0, count * EACH, EACH)]


def apply(ingest: Ingest, message: Message) -> int:
    """Apply a message as the consumer does: after trouble it asks the store where it stands, and goes on from
    there. Returns how often there was trouble."""
    troubles = 0
    while ingest.cursor.seq < message.seq:
        try:
            if troubles:
                ingest.reload()
            if ingest.cursor.seq < message.seq:
                ingest.apply([message])
        except StoreTrouble:
            troubles += 1
    return troubles


def figures(store: ClickStore) -> list[object]:
    """Everything that is counted, without the numbers of commits."""
    with store.reader() as reader:
        found: list[object] = [
            reader.rows(f"SELECT * FROM ({query}) ORDER BY ALL", {})
            for query in (
                "SELECT id, link, visitor, verdict, first FROM scans",
                "SELECT hour, link, sum(total), sum(human), sum(uniques), sum(bot) FROM link_hours GROUP BY hour, link",
                "SELECT link, total, human, uniques, bot, qr, last_ms FROM link_totals",
                "SELECT workspace, month, human FROM workspace_months",
                "SELECT link, link_id FROM links",
                # Texts that are new in one message are numbered in any order.
                "SELECT s.id, a.user_agent FROM scans AS s JOIN agents AS a ON a.agent = s.agent",
                "SELECT user_agent FROM agents",
            )
        ]
    waiting = Counter(event.kind for event in store.waiting_events())
    return [*found, waiting, store.counts(), store.state().next_offsets]


def test_every_lost_acknowledgement_leaves_the_counts_exact(tmp_path: Path) -> None:
    """A commit is many requests; any of them may be lost, or done without our hearing of it, and so may those
    with which the store is opened again afterwards."""
    messages = [Message(seq, "s", payload) for seq, payload in enumerate(payloads(2 * WRITES), 1)]
    server, store = fragile(tmp_path / "fragile")
    store.set_watch(Watch(link_ids=(identity(2),)))
    ingest = Ingest(store, Judge(ROBOTS))
    troubles = []
    for message, (at, arrives) in zip(messages, itertools.product(range(WRITES), (False, True)), strict=True):
        server.failing = {server.writes + 1 + at: arrives}
        if at % 2:  # and again, when the store opens: its claim, or its first commit
            server.failing[server.writes + 2 + at + at % 4 // 2] = arrives
        troubles.append(apply(ingest, message))
    server.failing = {}
    assert min(troubles[: 2 * 7]) > 0
    assert max(troubles) == 2
    whole = Bench(tmp_path / "whole", "clickhouse")
    assert isinstance(whole.store, ClickStore)
    whole.commands.carry_out(Watch(link_ids=(identity(2),)))
    for message in messages:
        whole.ingest.apply([message])
    assert figures(store) == figures(whole.store)
    assert store.rebuild(repair=False) == 0


def test_the_newer_of_two_writers_counts_and_the_older_one_stops(tmp_path: Path) -> None:
    """No file lock keeps two processes apart here; the counts must be exact all the same."""
    older = Bench(tmp_path, "clickhouse")
    older.feed(batch(0, [scan(1, 1), scan(1, 2)]))
    newer = Bench(tmp_path, "clickhouse")
    for _ in range(2):  # not even by trying again
        with pytest.raises(StoreUnfit, match="another process"):
            older.feed(batch(2, [scan(1, 3)]))
    with pytest.raises(StoreUnfit, match="another process"):
        older.ingest.reload()
    assert newer.feed(batch(2, [scan(1, 3), scan(1, 4)])).applied == 2
    assert newer.total(1) == LinkTotalsV1(identity(1), identity(1001), 4, 4, 4, 0, 0, NOON_MS)
    assert newer.count("scans") == 4
    assert newer.commands.carry_out(RebuildRollups()).rows == 0


def test_what_a_dead_writer_sends_late_is_never_counted_and_deleted_by_the_next(tmp_path: Path) -> None:
    """A request may still be under way in the server when its sender is long dead and replaced."""
    first = Bench(tmp_path, "clickhouse")
    first.feed(batch(0, [scan(1, 1)]))
    second = first.opened_again()
    server = clickhouse.server(clickhouse.database(tmp_path / "analytics"))
    late = (1 << GENERATION_BITS) + 2
    for log in ("scans_log", "hours_log", "totals_log", "commits"):
        newest = f"SELECT * REPLACE ({late} AS commit) FROM {log} ORDER BY {log}.commit DESC LIMIT 1"
        server.run(f"INSERT INTO {log} {newest}")
    assert second.count("scans") == second.rows("SELECT sum(total) FROM link_hours")[0][0] == 1
    assert second.feed(batch(1, [scan(1, 2)])).applied == 1
    third = second.opened_again()
    assert third.ingest.cursor == Cursor("", second.seq)
    found = third.total(1)
    assert found is not None
    assert (found.total, third.count("scans")) == (2, 2)


def test_a_claim_that_somebody_else_made_too_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim of a process that was killed may arrive beside that of its successor."""
    server, store = fragile(tmp_path)
    put, late = server.put, [True]

    def put_beside_another(table: str, rows: pa.Table) -> None:
        put(table, rows)
        if table == "writers" and late.pop():
            put(table, rows.set_column(1, "token", pa.array(["of the dead"])))
            late.append(False)

    monkeypatch.setattr(server, "put", put_beside_another)
    again = ClickStore(server, AGENTS, tmp_path / "spill", memory_mb=128, threads=1)
    assert server.rows("SELECT generation FROM writers ORDER BY generation") == [(1,), (2,), (2,), (3,)]
    assert apply(Ingest(again, Judge(ROBOTS)), Message(1, "s", payloads(1)[0])) == 0
    with pytest.raises(StoreUnfit):
        store.set_watch(Watch())


def test_an_unfinished_commit_is_deleted_by_the_next_writer(tmp_path: Path) -> None:
    """Rows that are never shown would be read for ever."""
    server, store = fragile(tmp_path)
    ingest = Ingest(store, Judge(ROBOTS))
    ingest.apply([Message(1, "s", payloads(2)[0])])
    server.failing = {server.writes + 6: False}
    with pytest.raises(StoreTrouble):
        ingest.apply([Message(2, "s", payloads(2)[1])])
    stored = "SELECT count() FROM scans_log"
    assert server.rows(stored) == [(2 * EACH,)]
    assert store.counts() == (EACH, 0)
    ingest.reload()
    assert server.rows(stored) == [(EACH,)]
    assert ingest.cursor.seq == 1


def test_swept_tables_answer_the_same(tmp_path: Path) -> None:
    """Totals are written anew by each commit; deleting the old ones must not touch the newest."""
    bench = Bench(tmp_path, "clickhouse")
    store = bench.store
    assert isinstance(store, ClickStore)
    bench.commands.carry_out(Watch(link_ids=(identity(2),)))
    for first in range(0, 3 * EACH, EACH // 4):
        bench.count_scans(
            [
                scan(n % 3 + 1, n % 7 + 1, at_ms=NOON_MS + n % 2 * DAY_MS)
                for n in range(first, first + EACH // 4)
            ]
        )
    bench.settle(NOON_MS + 3 * DAY_MS)
    store.forget_events(store.waiting_events()[-1].number)
    before, announced = figures(store), store.unannounced()
    assert announced is not None
    changed = store.changed_totals(announced)
    assert not store.order_block()
    logs = "SELECT (SELECT count() FROM totals_log), (SELECT count() FROM hours_log), (SELECT count() FROM outbox_log)"
    server = clickhouse.server(clickhouse.database(tmp_path / "analytics"))
    (rows,) = server.rows(logs)
    store.sweep(wait=True)
    (left,) = server.rows(logs)
    assert (left[0], left[2]) == (3, 0)
    assert left[1] < rows[1]
    assert figures(store) == before
    assert store.changed_totals(announced) == changed
    again = bench.opened_again()
    assert isinstance(again.store, ClickStore)
    assert figures(again.store) == before
    assert again.commands.carry_out(RebuildRollups()).rows == 0
    with again.reader() as reader:
        assert len(totals.of_links(reader, [identity(n) for n in range(5)])) == 3


def test_a_server_that_is_too_old_or_of_another_version_is_refused(tmp_path: Path) -> None:
    """Guessing at an unknown database would be the end of it."""

    class Old:
        server_version = "23.8.2.7"

    with pytest.raises(StoreUnfit, match="too old"):
        Server(Old())
    server, store = fragile(tmp_path)
    server.run("ALTER TABLE commits UPDATE version = 99 WHERE true")
    store.close()
    with pytest.raises(StoreUnfit, match="99"):
        fragile(tmp_path)


@pytest.mark.parametrize(
    "error", [ProtocolError("broken"), pa.ArrowInvalid("no footer"), OperationalError("away")]
)
def test_an_answer_that_is_cut_off_is_trouble_and_not_the_end(error: Exception) -> None:
    """A server that dies while it answers must find the service waiting for it."""

    class Torn:
        server_version = "26.9.1.1"

        def set_client_setting(self, name: str, value: object) -> None:
            del name, value

        @contextmanager
        def query_arrow_stream(self, sql: str, *, use_strings: bool) -> Iterator[Iterator[pa.RecordBatch]]:
            del sql, use_strings

            def batches() -> Iterator[pa.RecordBatch]:
                yield pa.record_batch({"number": [1]})
                raise error

            yield batches()

        def query_arrow(self, *_: object, **__: object) -> pa.Table:
            raise error

    server = Server(Torn())
    with pytest.raises(StoreTrouble):
        list(server.batches("SELECT number"))
    with pytest.raises(StoreTrouble):
        server.rows("SELECT number")


def test_tls_is_spoken_and_a_certificate_of_nobody_is_refused(tmp_path: Path) -> None:
    """Whoever stands between the service and its server reads every visit."""
    context = Authority(tmp_path).server_context("localhost")
    with socket.create_server(("localhost", 0)) as listener:
        listener.settimeout(30)
        seen: list[Exception] = []

        def greet() -> None:
            for _ in range(2):  # the client tries once more
                connection, _ = listener.accept()
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError as error:
                    seen.append(error)

        greeter = threading.Thread(target=greet)
        greeter.start()
        with pytest.raises(StoreUnfit, match="certificate verify failed"):
            connected(f"clickhouses://waypost:secret@localhost:{listener.getsockname()[1]}/scans")
        greeter.join()
    assert isinstance(seen[0], ssl.SSLError)
