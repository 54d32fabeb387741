"""The desk where questions are answered: decodes a request, asks the store in a thread, encodes the reply."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
from msgspec import Raw

from waypost.analytics.consumer import Consumer
from waypost.analytics.ingest import Ingest
from waypost.analytics.limits import QUERIES_AT_ONCE_MAX
from waypost.analytics.store import reports, totals
from waypost.analytics.store.commit import StoreTrouble
from waypost.analytics.store.duckdb_store import DuckStore
from waypost.runtime.broker import Broker
from waypost.wire.codec import DECODE_ERRORS, decode_query, encode
from waypost.wire.limits import QUERY_LINK_IDS_MAX
from waypost.wire.queries import (
    AcceptGapQuery,
    HeldSpool,
    LinkTotalsQuery,
    Query,
    QueryError,
    Reply,
    StatusAnswer,
    StatusQuery,
    SummaryQuery,
)
from waypost.wire.subjects import SCANS_STREAM


class Refused(Exception):
    """A question that gets no answer, and why."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.error = QueryError(code, message, field)


class Desk:
    """Answers queries side by side with ingestion: each with a cursor and a thread of its own."""

    def __init__(self, broker: Broker, store: DuckStore, ingest: Ingest, consumer: Consumer) -> None:
        self._broker = broker
        self._store = store
        self._ingest = ingest
        self._consumer = consumer
        self._threads = ThreadPoolExecutor(QUERIES_AT_ONCE_MAX, thread_name_prefix="query")

    async def answer(self, payload: bytes) -> bytes:
        """The reply to one request; a bad request is told what is wrong with it."""
        try:
            query = decode_query(payload)
        except DECODE_ERRORS as error:
            return encode(Reply(error=QueryError("bad_query", str(error))))
        try:
            return encode(Reply(answer=Raw(encode(await self._answer(query)))))
        except Refused as refused:
            return encode(Reply(error=refused.error))
        except (duckdb.IOException, duckdb.OutOfMemoryException, StoreTrouble) as error:
            return encode(Reply(error=QueryError("unavailable", str(error).split("\n", maxsplit=1)[0])))

    def close(self) -> None:
        """Take no more questions."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _answer(self, query: Query) -> Any:
        match query:
            case StatusQuery():
                return await self._status()
            case AcceptGapQuery():
                gap = await self._consumer.accept_gap(query.node, query.epoch)
                if gap is None:
                    raise Refused("not_held", "this spool is not held at a gap", "node")
                return HeldSpool(gap.node, gap.epoch, gap.expected, gap.found)
        _check(query)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, query)

    def _read(self, query: LinkTotalsQuery | SummaryQuery) -> Any:
        with self._store.connection.cursor() as cursor:
            if isinstance(query, LinkTotalsQuery):
                return totals.of_links(cursor, query.link_ids)
            return reports.summary(cursor, query)

    async def _status(self) -> StatusAnswer:
        state = await self._broker.stream_state(SCANS_STREAM)
        loop = asyncio.get_running_loop()
        scans, quarantined = await loop.run_in_executor(self._threads, self._store.counts)
        held = tuple(HeldSpool(gap.node, gap.epoch, gap.expected, gap.found) for gap in self._ingest.gaps)
        seq = self._ingest.cursor.seq
        return StatusAnswer(scans, seq, max(0, state.last_seq - seq), quarantined, held)


def _check(query: LinkTotalsQuery | SummaryQuery) -> None:
    if len(query.link_ids) > QUERY_LINK_IDS_MAX:
        raise Refused("too_many", f"at most {QUERY_LINK_IDS_MAX} link ids", "link_ids")
    if isinstance(query, SummaryQuery) and query.to_ms < query.from_ms:
        raise Refused("bad_range", "to_ms lies before from_ms", "to_ms")
