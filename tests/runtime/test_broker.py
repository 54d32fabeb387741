"""The broker connection against a real nats-server that is killed, emptied and made again."""

import asyncio
import contextlib

import nats.errors
import pytest
from tests.broker_process import BrokerProcess
from tests.fault.broker_proxy import BrokerProxy

from waypost.runtime.broker import (
    Broker,
    BrokerRefused,
    BrokerUnavailable,
    BrokerUnfit,
    StreamConfig,
    StreamFull,
    WrongLastSequence,
)
from waypost.runtime.stream_reader import Message, StreamReader

STREAM = StreamConfig("SCANS", ("scans.v1.*",), max_age_s=3600, max_bytes=1_000_000, max_message_bytes=65536)


async def read_until(reader: StreamReader, count: int, *, deadline_s: float = 20.0) -> list[Message]:
    """Fetch until so many messages came, over every trouble of the broker."""
    messages: list[Message] = []
    async with asyncio.timeout(deadline_s):
        while len(messages) < count:
            try:
                messages += await reader.fetch(timeout_s=0.5)
            except (BrokerUnavailable, BrokerRefused):
                await asyncio.sleep(0.05)
    return messages


async def publish_until_stored(broker: Broker, subject: str, payload: bytes, message_id: str) -> int:
    """Publish over every trouble of the broker and return the sequence."""
    async with asyncio.timeout(20):
        while True:
            try:
                return (await broker.publish(subject, payload, message_id=message_id, timeout_s=0.5)).seq
            except BrokerUnavailable:
                await asyncio.sleep(0.05)


async def test_publish_is_acknowledged_and_the_same_id_is_stored_once(broker: Broker) -> None:
    """A retry inside the window must not double a batch."""
    await broker.ensure_stream(STREAM)
    first = await broker.publish("scans.v1.a", b"x", message_id="a.1")
    again = await broker.publish("scans.v1.a", b"x", message_id="a.1")
    assert (first.seq, first.duplicate, again.seq, again.duplicate) == (1, False, 1, True)


@pytest.mark.parametrize("then", [None, nats.errors.NoRespondersError()])
async def test_a_cancelled_task_ends_though_the_client_swallows_it(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, then: nats.errors.Error | None
) -> None:
    """nats-py's flush does, also when what it was for fails afterwards; an agent that was told to stop went on until
    it was killed."""
    flushing = asyncio.Event()

    async def swallowing(*_: object, **__: object) -> None:
        flushing.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        if then is not None:
            raise then

    async def for_ever() -> None:
        while True:
            with contextlib.suppress(BrokerUnavailable):
                await broker.broadcast("any", b"")

    monkeypatch.setattr(broker._client, "publish", swallowing)
    task = asyncio.create_task(for_ever())
    await flushing.wait()
    task.cancel()
    async with asyncio.timeout(20):
        await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


async def test_wrong_expected_sequence_is_a_typed_error(broker: Broker) -> None:
    """Fencing rests on this answer."""
    await broker.ensure_stream(STREAM)
    await broker.publish("scans.v1.a", b"x", expected_last_subject_sequence=0)
    with pytest.raises(WrongLastSequence):
        await broker.publish("scans.v1.a", b"y", expected_last_subject_sequence=0)
    stored = await broker.last_message("SCANS", "scans.v1.a")
    assert stored is not None
    assert stored.data == b"x"
    assert await broker.last_message("SCANS", "scans.v1.b") is None


async def test_full_stream_refuses_and_keeps_what_it_has(broker: Broker) -> None:
    """Old scans must never be evicted for new ones."""
    await broker.ensure_stream(StreamConfig("SCANS", ("scans.v1.*",), 3600, 4096, 2048))

    async def fill() -> None:
        for _ in range(10):
            await broker.publish("scans.v1.a", b"x" * 1000)

    with pytest.raises(StreamFull):
        await fill()
    assert (await broker.stream_state("SCANS")).first_seq == 1


async def test_unknown_stream_and_unserved_subject_are_told_apart(broker: Broker) -> None:
    """The one is a refusal, the other an absence."""
    with pytest.raises(BrokerRefused):
        await broker.stream_state("NOPE")
    with pytest.raises(BrokerUnavailable):
        await broker.request("nobody.home", b"")


async def test_reader_delivers_in_order_from_any_sequence(broker: Broker) -> None:
    """The position belongs to the reader's database, not to the broker."""
    await broker.ensure_stream(STREAM)
    for number in range(150):
        await broker.publish("scans.v1.a", b"%d" % number)
    reader = StreamReader(broker, "SCANS", 99, batch=20)
    messages = await read_until(reader, 51)
    assert [message.seq for message in messages] == list(range(100, 151))
    assert messages[0].data == b"99"
    assert await reader.fetch(timeout_s=0.05) == []
    reader.seek(148)
    assert [message.seq for message in await read_until(reader, 2)] == [149, 150]


async def test_reader_and_publisher_survive_kills_of_the_broker(
    broker_process: BrokerProcess, broker: Broker
) -> None:
    """Every acknowledged message is read once, in order, over three SIGKILLs."""
    await broker.ensure_stream(STREAM)
    reader = StreamReader(broker, "SCANS", 0)
    reading = asyncio.create_task(read_until(reader, 120, deadline_s=60))
    for number in range(120):
        if number in (30, 60, 90):
            broker_process.kill()
            broker_process.start()
        await publish_until_stored(broker, "scans.v1.a", b"%d" % number, f"a.{number}")
    assert [message.data for message in await reading] == [b"%d" % number for number in range(120)]


async def test_a_request_fails_as_soon_as_its_connection_is_lost(
    broker: Broker, broker_process: BrokerProcess
) -> None:
    """Waiting for a reply that cannot come made an edge late by the whole timeout after a restart (R12)."""
    asked = asyncio.Event()

    async def never(_: bytes) -> None:
        asked.set()

    await broker.serve("slow.one", never)
    generation = broker.generation
    asking = asyncio.create_task(broker.request("slow.one", b"", timeout_s=600))
    await asked.wait()
    await asyncio.to_thread(broker_process.kill)
    async with asyncio.timeout(20):
        with pytest.raises(BrokerUnavailable, match="the connection was lost"):
            await asking
        await asyncio.to_thread(broker_process.start)
        await broker.wait_for_connection_after(generation, timeout_s=600)
        assert broker.is_connected


async def test_an_old_server_is_refused_and_ours_is_not(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older servers lose acknowledged messages; the one in the lock must pass."""
    broker.check_version()
    monkeypatch.setattr("waypost.runtime.broker.SERVER_VERSION_MIN", (99, 0, 0))
    with pytest.raises(BrokerUnfit, match="too old"):
        broker.check_version()


async def test_request_reply_and_broadcast(broker: Broker) -> None:
    """Control asks analytics this way; agents hear heartbeats this way."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def answer(payload: bytes) -> bytes:
        return payload.upper()

    async def listen(payload: bytes) -> None:
        heard.put_nowait(payload)

    await broker.serve("ask", answer)
    await broker.serve("tell", listen)
    assert await broker.request("ask", b"abc") == b"ABC"
    await broker.broadcast("tell", b"now")
    assert await asyncio.wait_for(heard.get(), 5) == b"now"


async def test_who_serves_is_heard_by_others_at_once(broker: Broker, broker_process: BrokerProcess) -> None:
    """A service that says it is ready must not be missed by whoever asks next."""

    async def echo(payload: bytes) -> bytes:
        return payload

    asking = await Broker.connect(broker_process.url, "asking")
    try:
        for number in range(100):
            await broker.serve(f"echo.{number}", echo)
            assert await asking.request(f"echo.{number}", b"x") == b"x"
    finally:
        await asking.close()


async def test_a_message_that_breaks_off_is_read_again(broker: Broker, broker_process: BrokerProcess) -> None:
    """On a new connection the broker goes on behind the message that never arrived whole: it must be asked for."""
    deliveries = 0

    def third(line: bytes, _payload: bytes) -> bool:
        nonlocal deliveries
        deliveries += b"$JS.ACK." in line
        return b"$JS.ACK." in line and deliveries == 3

    proxy = BrokerProxy(lambda: broker_process.port, loses=lambda _line, _payload: False, cuts=third)
    await proxy.start()
    await broker.ensure_stream(STREAM)
    far = await Broker.connect(proxy.url, "far")
    reader = StreamReader(far, "SCANS", 0)
    assert await reader.fetch(timeout_s=0.1) == []  # from now on the broker sends whatever comes
    reading = asyncio.create_task(read_until(reader, 5))
    for number in range(5):
        await publish_until_stored(broker, "scans.v1.a", b"x", f"a.{number}")
        if number == 2:
            await far.wait_for_connection_after(0, timeout_s=20)
    assert [message.seq for message in await reading] == [1, 2, 3, 4, 5]
    assert proxy.cut == 1
    await far.close()
    await proxy.stop()
