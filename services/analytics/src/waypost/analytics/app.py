"""Wiring: one thread owns the store's writing, one pool answers questions, tasks tie them to the broker."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from waypost.analytics.announcer import Announcer
from waypost.analytics.caretaker import Caretaker
from waypost.analytics.consumer import Consumer
from waypost.analytics.desk import Desk
from waypost.analytics.ingest import Ingest
from waypost.analytics.limits import (
    COLLECTOR_THRESHOLDS,
    EXPORT_WINDOWS_AT_ONCE_MAX,
    QUERIES_AT_ONCE_MAX,
    SCANS_STREAM_AGE_S,
    TOTALS_STREAM_AGE_S,
    TOTALS_STREAM_BYTES_MAX,
)
from waypost.analytics.reports.export import Window, Windows
from waypost.analytics.reports.reader import Reader
from waypost.analytics.settings import AnalyticsSettings
from waypost.analytics.store.commands import Commands
from waypost.analytics.store.duckdb_store import DuckStore
from waypost.analytics.store.scan_store import ScanStore
from waypost.analytics.verdict import Judge
from waypost.facts.agent import AgentReader
from waypost.facts.robots import RobotReader
from waypost.runtime import readiness
from waypost.runtime.broker import Broker, StreamConfig
from waypost.runtime.logs import Log
from waypost.wire import subjects
from waypost.wire.limits import MESSAGE_BYTES_MAX

_log = Log(__name__)
_TOTALS_STREAM = StreamConfig(
    subjects.TOTALS_STREAM,
    (subjects.TOTALS_SUBJECT,),
    TOTALS_STREAM_AGE_S,
    TOTALS_STREAM_BYTES_MAX,
    MESSAGE_BYTES_MAX,
    discard_new=False,
)


def scans_stream(megabytes: int) -> StreamConfig:
    """The stream of scans: limits retention, full means refuse, never evict."""
    return StreamConfig(
        subjects.SCANS_STREAM,
        (subjects.SCANS_SUBJECTS,),
        SCANS_STREAM_AGE_S,
        megabytes * 1024 * 1024,
        MESSAGE_BYTES_MAX,
    )


def open_store(settings: AnalyticsSettings, agents: AgentReader) -> ScanStore:
    """The store that the settings name. Raises StoreUnfit or SettingError."""
    if url := settings.clickhouse_url:
        # Its client is loaded by those who have a server; starting is quicker without it.
        from waypost.analytics.store.clickhouse_server import connected
        from waypost.analytics.store.clickhouse_store import ClickStore

        return ClickStore(
            connected(url),
            agents,
            Path(settings.data_dir) / "analytics" / "spill",
            memory_mb=settings.analytics_memory_mb,
            threads=settings.analytics_threads,
        )
    return DuckStore(
        settings.duckdb_path,
        agents,
        memory_mb=settings.analytics_memory_mb,
        threads=settings.analytics_threads,
    )


async def serve(settings: AnalyticsSettings, ready_descriptor: int | None) -> None:
    """Count scans and answer questions until SIGTERM or SIGINT. Raises whatever ends the service."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    robots = RobotReader()
    store = open_store(settings, AgentReader(robots))
    # The store is closed when its thread has done its last work.
    with contextlib.closing(store), ThreadPoolExecutor(1, thread_name_prefix="store") as thread:
        connecting = asyncio.create_task(Broker.connect(settings.nats_url, "analytics"))
        if not await _unless(stopping, connecting):
            return
        broker = connecting.result()
        try:
            broker.check_version()
            await _work(settings, broker, store, Judge(robots), thread, stopping, ready_descriptor)
        finally:
            await broker.close()


async def _work(
    settings: AnalyticsSettings,
    broker: Broker,
    store: ScanStore,
    judge: Judge,
    thread: ThreadPoolExecutor,
    stopping: asyncio.Event,
    ready_descriptor: int | None,
) -> None:
    loop = asyncio.get_running_loop()

    def in_store(function: Callable[..., object], *values: object) -> "asyncio.Future[object]":
        return loop.run_in_executor(thread, function, *values)

    readers = ThreadPoolExecutor(QUERIES_AT_ONCE_MAX, thread_name_prefix="query")
    # Threads of their own: a question that waits for a window must not take the place of its making.
    exporters = ThreadPoolExecutor(EXPORT_WINDOWS_AT_ONCE_MAX, thread_name_prefix="export")
    windows = Windows(lambda make: exporters.submit(_with_reader, store, make))
    ingest = Ingest(store, judge)
    consumer = Consumer(broker, scans_stream(settings.scans_stream_mb), ingest, in_store)
    announcer = Announcer(broker, _TOTALS_STREAM, store, in_store)
    caretaker = Caretaker(broker, store, in_store, readers, is_catching_up=lambda: consumer.is_catching_up)
    desk = Desk(broker, store, ingest, consumer, Commands(store, judge), in_store, readers, windows)
    tasks = [asyncio.create_task(each.run()) for each in (consumer, announcer, caretaker)]
    stop = asyncio.create_task(stopping.wait())
    try:
        attached = asyncio.create_task(_all_set(consumer.attached, announcer.attached))
        await asyncio.wait([attached, stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
        if attached.done():
            await broker.serve(
                subjects.ANALYTICS_QUERY, desk.answer, queue="analytics", at_once=QUERIES_AT_ONCE_MAX
            )
            await broker.serve(subjects.ANALYTICS_REPUBLISH, announcer.republish)
            readiness.announce(ready_descriptor)
            _log.info("ready", cursor=ingest.cursor.seq, scans=store.counts()[0])
        attached.cancel()
        await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for pool in (readers, exporters):  # questions may wait for exporters, never the other way round
            pool.shutdown(wait=True, cancel_futures=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome.exceptions[0] if isinstance(outcome, ExceptionGroup) else outcome
    _log.info("stopped", cursor=ingest.cursor.seq)


def _with_reader(store: ScanStore, make: Callable[[Reader], Window]) -> Window:
    with store.reader() as reader:
        return make(reader)


async def _all_set(*events: asyncio.Event) -> None:
    for event in events:
        await event.wait()


async def _unless(stopping: asyncio.Event, task: "asyncio.Task[Broker]") -> bool:
    """Wait for a task or for the signal to stop; True when the task finished."""
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait([stop, task], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if task.done():
        return True
    task.cancel()
    return False
