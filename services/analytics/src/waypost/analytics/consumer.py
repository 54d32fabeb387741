"""The loop that keeps the store up with the stream: fetch while the last commit is being written.

It survives a broker that goes away, a stream that was deleted and made again, one that lost its end,
and a full disk; it never passes over scans that did not come.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from waypost.analytics.ingest import Ingest, Progress
from waypost.analytics.ledger import Gap
from waypost.analytics.limits import (
    COMMIT_AGE_S,
    COMMIT_BYTES_MAX,
    COMMIT_MESSAGES_MAX,
    FETCH_MESSAGES,
    RETRY_WAIT_MAX_S,
    RETRY_WAIT_S,
)
from waypost.analytics.store.commit import Cursor, StoreTrouble
from waypost.runtime.broker import Broker, BrokerRefused, BrokerUnavailable, StreamConfig
from waypost.runtime.logs import Log
from waypost.runtime.stream_reader import Message, StreamReader
from waypost.wire.subjects import SCANS_STREAM

_log = Log(__name__)

RunInStore = Callable[..., "asyncio.Future[Any]"]
"""Runs a function in the one thread that owns the store."""


class Consumer:
    """Reads SCANS from the cursor that the store keeps, for as long as its task lives."""

    def __init__(self, broker: Broker, stream: StreamConfig, ingest: Ingest, run: RunInStore) -> None:
        self._broker = broker
        self._stream = stream
        self._ingest = ingest
        self._run = run
        self._giving_up: list[tuple[str, int, asyncio.Future[Gap | None]]] = []
        self._reader = StreamReader(broker, SCANS_STREAM, ingest.cursor.seq, batch=FETCH_MESSAGES)
        self._generation = -1
        self.attached = asyncio.Event()
        """Set once the stream was found and compared with the cursor."""
        self.is_catching_up = False
        """Whether commits are full, because many scans wait in the stream."""

    async def run(self) -> None:
        """Consume until cancelled; a commit that is under way is finished first."""
        wait_s = RETRY_WAIT_S
        while True:
            try:
                await self._follow()
            except (BrokerUnavailable, BrokerRefused, StoreTrouble) as trouble:
                _log.warning("consumer_waits", error=str(trouble), wait_s=wait_s)
                self._generation = -1
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, RETRY_WAIT_MAX_S)
            else:
                wait_s = RETRY_WAIT_S

    async def accept_gap(self, node: str, epoch: int) -> Gap | None:
        """Give up the scans that a held spool lacks, between two commits; None when it is not held."""
        answer: asyncio.Future[Gap | None] = asyncio.get_running_loop().create_future()
        self._giving_up.append((node, epoch, answer))
        return await answer

    async def _follow(self) -> None:
        """Compare stream and cursor after every new connection, then take what comes."""
        if self._generation != self._broker.generation:
            generation = self._broker.generation
            await self._attach()
            self._generation = generation
        committing: asyncio.Future[Progress] | None = None
        left: Sequence[Message] = ()
        try:
            while self._generation == self._broker.generation:
                messages = await self._gather(committing, COMMIT_MESSAGES_MAX - len(left))
                if committing is not None:
                    progress = await committing
                    committing, left = None, progress.left
                    if progress.reread:
                        self._reread()
                        left = ()
                        continue
                    messages = [*left, *messages]
                if self._giving_up:
                    await self._give_up()
                    left = ()
                    continue
                if messages:
                    committing = self._run(self._ingest.apply, messages)
        finally:
            if committing is not None:
                await asyncio.wait([committing])
                # Its outcome stands in the store; the reader starts anew from there.
                if (error := committing.exception()) is not None and not isinstance(error, StoreTrouble):
                    raise error
                self._generation = -1

    async def _gather(self, committing: "asyncio.Future[Progress] | None", wanted: int) -> Sequence[Message]:
        """Messages for one commit: what came within COMMIT_AGE_S, or until the last commit is written."""
        messages: list[Message] = []
        size = 0
        loop = asyncio.get_running_loop()
        deadline = loop.time() + COMMIT_AGE_S
        while len(messages) < wanted and size < COMMIT_BYTES_MAX:
            writing = committing is not None and not committing.done()
            remaining = deadline - loop.time()
            if remaining <= 0 and not writing:
                break
            for message in await self._reader.fetch(timeout_s=max(remaining, 0.02)):
                messages.append(message)
                size += len(message.data)
        self.is_catching_up = len(messages) >= wanted or size >= COMMIT_BYTES_MAX
        return messages

    async def _attach(self) -> None:
        """Find the stream and make sure the cursor means something in it."""
        state = await self._broker.ensure_stream(self._stream)
        await self._run(self._ingest.reload)
        cursor = self._ingest.cursor
        if cursor.created != state.created:
            if cursor.created:
                _log.error("stream_made_again", old=cursor.created, new=state.created, cursor=cursor.seq)
            await self._run(self._ingest.moved_to, Cursor(state.created, 0))
        elif state.last_seq < cursor.seq:
            _log.error("stream_lost_its_end", last_seq=state.last_seq, cursor=cursor.seq)
            await self._run(self._ingest.moved_to, Cursor(state.created, state.last_seq))
        self._reader.seek(self._ingest.cursor.seq)
        self.attached.set()

    async def _give_up(self) -> None:
        while self._giving_up:
            node, epoch, answer = self._giving_up.pop()
            try:
                gap = await self._run(self._ingest.accept_gap, node, epoch)
            except StoreTrouble as trouble:
                if not answer.done():
                    answer.set_exception(trouble)
                raise
            if not answer.done():
                answer.set_result(gap)
        self._reread()

    def _reread(self) -> None:
        """Read on from the stored cursor, which is the start of the stream: the ledger leaves out what was applied."""
        _log.warning("stream_read_again", cursor=self._ingest.cursor.seq)
        self._reader.seek(self._ingest.cursor.seq)
