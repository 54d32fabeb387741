"""The desk where questions are answered: decodes a request, has it answered in a thread, encodes the reply."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args

from waypost.analytics.consumer import Consumer, RunInStore
from waypost.analytics.ingest import Ingest
from waypost.analytics.reports import conversions, scan_list, summary
from waypost.analytics.reports.breakdown import breakdown
from waypost.analytics.reports.experiments import experiment_report
from waypost.analytics.reports.export import Windows, export
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.refusal import Refused
from waypost.analytics.store import totals
from waypost.analytics.store.commands import Commands
from waypost.analytics.store.commit import StoreTrouble
from waypost.analytics.store.scan_store import ScanStore
from waypost.runtime.broker import Broker
from waypost.wire.codec import DECODE_ERRORS, decode_query, encode
from waypost.wire.conversion import ConversionsQuery
from waypost.wire.limits import QUERY_LINK_IDS_MAX
from waypost.wire.queries import (
    UNAVAILABLE,
    AcceptGapQuery,
    BreakdownQuery,
    Command,
    ExperimentQuery,
    FunnelQuery,
    HeldSpool,
    LinkTotalsQuery,
    Query,
    QueryError,
    Reply,
    SeriesQuery,
    StatusAnswer,
    StatusQuery,
    SummaryQuery,
    UsageQuery,
)
from waypost.wire.scan_events import ExportQuery, ScansQuery
from waypost.wire.subjects import SCANS_STREAM
from waypost.wire.totals import LinkTotalsV1

_COMMANDS = get_args(Command)


def _link_totals(reader: Reader, query: LinkTotalsQuery) -> list[LinkTotalsV1]:
    if len(query.link_ids) > QUERY_LINK_IDS_MAX:
        raise Refused("too_many", f"at most {QUERY_LINK_IDS_MAX} link ids", "link_ids")
    return totals.of_links(reader, query.link_ids)


_ANSWERS: dict[type, Callable[[Reader, Any], Any]] = {
    LinkTotalsQuery: _link_totals,
    SummaryQuery: summary.summary,
    SeriesQuery: summary.series,
    BreakdownQuery: breakdown,
    ScansQuery: scan_list.page,
    ConversionsQuery: conversions.page,
    ExperimentQuery: experiment_report,
    FunnelQuery: summary.funnel,
    UsageQuery: summary.usage,
}


class Desk:
    """Answers queries side by side with ingestion: each with a cursor and a thread of its own. Commands run
    where the store is written, between two commits."""

    def __init__(
        self,
        broker: Broker,
        store: ScanStore,
        ingest: Ingest,
        consumer: Consumer,
        commands: Commands,
        run: RunInStore,
        readers: ThreadPoolExecutor,
        windows: Windows,
    ) -> None:
        self._broker = broker
        self._store = store
        self._ingest = ingest
        self._consumer = consumer
        self._commands = commands
        self._run = run
        self._readers = readers
        self._windows = windows

    async def answer(self, payload: bytes) -> bytes:
        """The reply to one request; a bad request is told what is wrong with it."""
        try:
            query = decode_query(payload)
        except DECODE_ERRORS as error:
            return encode(Reply(error=QueryError("bad_query", str(error))))
        try:
            return encode(Reply(answer=await self._answer(query)))
        except Refused as refused:
            return encode(Reply(error=refused.error))
        except StoreTrouble as error:
            return encode(Reply(error=QueryError(UNAVAILABLE, str(error))))

    async def _answer(self, query: Query) -> Any:
        if isinstance(query, _COMMANDS):
            return await self._run(self._commands.carry_out, query)
        match query:
            case StatusQuery():
                return await self._status()
            case AcceptGapQuery():
                gap = await self._consumer.accept_gap(query.node, query.epoch)
                if gap is None:
                    raise Refused("not_held", "this spool is not held at a gap", "node")
                return HeldSpool(gap.node, gap.epoch, gap.expected, gap.found)
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    def _read(self, query: Query) -> Any:
        with self._store.reader() as reader:
            if isinstance(query, ExportQuery):
                return export(reader, query, self._windows)
            return _ANSWERS[type(query)](reader, query)

    async def _status(self) -> StatusAnswer:
        state = await self._broker.stream_state(SCANS_STREAM)
        loop = asyncio.get_running_loop()
        scans, quarantined = await loop.run_in_executor(self._readers, self._store.counts)
        held = tuple(HeldSpool(gap.node, gap.epoch, gap.expected, gap.found) for gap in self._ingest.gaps)
        seq = self._ingest.cursor.seq
        return StatusAnswer(scans, seq, max(0, state.last_seq - seq), quarantined, held)
