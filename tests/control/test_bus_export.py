"""Exports as the API fetches them: one chunk ahead, and honest about what did not come."""

import asyncio

import pytest

from waypost.control.bus import Bus
from waypost.control.model.faults import Unavailable
from waypost.wire.codec import decode_query, encode
from waypost.wire.packing import pack
from waypost.wire.queries import UNAVAILABLE, QueryError, Reply
from waypost.wire.scan_events import ExportChunk, ExportQuery

QUERY = ExportQuery(workspace_id=bytes(16), from_ms=0, to_ms=1, format="ndjson")


class Answers(Bus):
    """A line to an analytics that answers so, by where the export stands; nothing where it says nothing."""

    def __init__(self, answers: dict[int, Reply]) -> None:
        super().__init__("", "test")
        self._answers = answers
        self.asked = asyncio.Event()
        """Somebody waits for what does not come."""
        self.given_up = False

    async def request(self, subject: str, payload: bytes) -> bytes:
        query = decode_query(payload)
        assert isinstance(query, ExportQuery)
        assert query.packed
        if query.after in self._answers:
            return encode(self._answers[query.after])
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.given_up = True
            raise
        raise AssertionError("nobody ends this wait otherwise")


def chunk(text: bytes, cursor: int, size: int | None = None) -> Reply:
    packed = ExportChunk(pack(text), 1, cursor, len(text) if size is None else size)
    return Reply(answer=packed)  # type: ignore[arg-type]  # encoded as the desk encodes it


async def test_the_next_chunk_is_asked_for_while_one_is_used() -> None:
    """Whoever leaves in the middle leaves nothing behind that waits."""
    line = Answers({-1: chunk(b"one\n", 1)})
    chunks = line.export(QUERY)
    assert (await anext(chunks)).data == b"one\n"
    await line.asked.wait()
    await chunks.aclose()
    await asyncio.sleep(0)
    assert line.given_up


async def test_a_failure_in_the_middle_comes_after_what_was_there() -> None:
    """A client keeps what it has, and sees that it is not everything."""
    line = Answers({-1: chunk(b"one\n", 1), 1: Reply(error=QueryError(UNAVAILABLE, "the disk is full"))})
    chunks = line.export(QUERY)
    assert (await anext(chunks)).data == b"one\n"
    with pytest.raises(Unavailable):
        await anext(chunks)


async def test_a_chunk_that_does_not_open_is_a_failure_like_others() -> None:
    """Nothing is handed on that is not what was sent."""
    with pytest.raises(Unavailable):
        await anext(Answers({-1: chunk(b"one\n", 1, size=99)}).export(QUERY))
