"""The connection to NATS: requests with our own timeouts, acknowledged publishing, streams.

nats-py's asynchronous publishing, key-value watches and ordered consumers lose messages or wait
for ever when a broker fails, so only its plain publish, subscribe and request are used here, with
no hidden buffer: while the broker is away everything fails at once and the caller keeps its data.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import nats.errors
from msgspec import Struct
from nats.aio.client import Client
from nats.aio.msg import Msg

from waypost.runtime.logs import Log

SERVER_VERSION_MIN = (2, 15, 1)
"""Older servers ignore `sync_interval: always` in one path and have known remote crashes."""

REQUEST_TIMEOUT_S = 3.0
SUBSCRIBE_TIMEOUT_S = 2
_PING_INTERVAL_S = 5
_RECONNECT_WAIT_S = 0.25
_WRONG_LAST_SEQUENCE = 10071
_STREAM_NOT_FOUND = 10059
_NO_MESSAGE_FOUND = 10037
_STREAM_FULL = frozenset({10077, 10122})

_log = Log(__name__)
T = TypeVar("T")


class BrokerError(Exception):
    """Something the broker did not do."""


class BrokerUnavailable(BrokerError):
    """No answer: the broker is away, or nobody serves the subject. Try again later."""


class BrokerRefused(BrokerError):
    """The broker answered with an error: its code and its words."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"{description} ({code})")
        self.code = code
        self.description = description


class WrongLastSequence(BrokerRefused):
    """Somebody else wrote to the subject, or our own earlier attempt arrived after all."""


class StreamFull(BrokerRefused):
    """The stream takes no more until it is read or grown; keep the data."""


class BrokerUnfit(BrokerError):
    """This broker must not be used: one sentence says why."""


class PubAck(Struct, frozen=True):
    """The broker stored a message."""

    stream: str
    seq: int
    duplicate: bool = False


class StreamState(Struct, frozen=True):
    """Where a stream stands. `created` changes when it was deleted and made again."""

    created: str
    first_seq: int
    last_seq: int
    messages: int


class StoredMessage(Struct, frozen=True):
    """A message as the stream holds it."""

    seq: int
    subject: str
    data: bytes
    message_id: str = ""


class StreamConfig(Struct, frozen=True):
    """A stream that must exist. Every stream is on disk and refuses new messages when full."""

    name: str
    subjects: tuple[str, ...]
    max_age_s: int
    max_bytes: int
    max_message_bytes: int
    duplicate_window_s: int = 600
    replicas: int = 1
    discard_new: bool = True


Handler = Callable[[bytes], Awaitable[bytes | None]]
"""Takes a request or a broadcast; what it returns is the reply, None says nothing."""


class Broker:
    """One connection, shared by everything in a process. Reconnects for ever."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self.name = name
        self.generation = 0
        """Counts connections; whoever relies on the broker's memory starts anew when it moves."""
        self._next_connection = asyncio.Event()
        """Set by the next reconnect, which puts a new one in its place."""
        self._under_way: set[asyncio.Timeout] = set()
        """One for each request that waits for its reply."""

    @classmethod
    async def connect(cls, url: str, name: str) -> "Broker":
        """Connect, waiting for as long as the broker is away. Cancel to give up."""
        client = Client()
        broker = cls(client, name)
        last_error = ""

        async def on_error(error: Exception) -> None:
            nonlocal last_error
            # One line per change of state, not one per attempt.
            if (text := repr(error)) != last_error:
                last_error = text
                _log.warning("broker_trouble", error=text)

        async def on_reconnect() -> None:
            nonlocal last_error
            last_error = ""
            broker.generation += 1
            broker._next_connection.set()
            broker._next_connection = asyncio.Event()
            _log.info("broker_reconnected")

        async def on_disconnect() -> None:
            broker._end_requests()
            if not client.is_closed:  # we did not hang up ourselves
                _log.warning("broker_lost")

        await client.connect(
            url,
            name=name,
            error_cb=on_error,
            reconnected_cb=on_reconnect,
            disconnected_cb=on_disconnect,
            max_reconnect_attempts=-1,
            reconnect_time_wait=_RECONNECT_WAIT_S,  # type: ignore[arg-type]  # annotated int, used as seconds
            ping_interval=_PING_INTERVAL_S,
            max_outstanding_pings=2,
            pending_size=0,
            # One inbox prefix per broker user, so that permissions keep users out of each other's replies.
            inbox_prefix=f"_INBOX_{urlsplit(url).username or name}",
        )
        return broker

    @property
    def is_connected(self) -> bool:
        """Whether a message could be sent right now."""
        return bool(self._client.is_connected)

    async def wait_for_connection_after(self, generation: int, *, timeout_s: float) -> None:
        """Wait for a later connection than that one, or until the time is over. The caller tries again then."""
        if generation != self.generation:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._next_connection.wait()

    async def close(self) -> None:
        """Close the connection; pending requests fail."""
        await self._client.close()

    def check_version(self) -> None:
        """Raise BrokerUnfit when the server is older than SERVER_VERSION_MIN."""
        found = self._client.connected_server_version
        numbers = (found.major, found.minor, found.patch)
        if numbers < SERVER_VERSION_MIN:
            needed = ".".join(map(str, SERVER_VERSION_MIN))
            text = ".".join(map(str, numbers))
            raise BrokerUnfit(f"nats-server {text} is too old, {needed} or newer is needed")

    async def broadcast(self, subject: str, payload: bytes) -> None:
        """Send without storing and without waiting; raises BrokerUnavailable when not connected."""
        try:
            await _heed(self._client.publish(subject, payload))
        except (nats.errors.Error, OSError) as error:
            raise BrokerUnavailable(str(error) or repr(error)) from error

    async def request(
        self,
        subject: str,
        payload: bytes,
        *,
        timeout_s: float = REQUEST_TIMEOUT_S,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        """Send a request and return the reply's bytes.

        Raises BrokerUnavailable when none comes in time, and at once when the connection is lost: its reply
        cannot come any more, and who waits for it would be late on the next one.
        """
        lost = asyncio.timeout(None)
        try:
            async with lost:
                self._under_way.add(lost)
                message = await _heed(
                    self._client.request(subject, payload, timeout=timeout_s, headers=headers)
                )
        except (nats.errors.Error, OSError) as error:
            why = "the connection was lost" if lost.expired() else str(error) or repr(error)
            raise BrokerUnavailable(f"{subject}: {why}") from error
        finally:
            self._under_way.discard(lost)
        return bytes(message.data)

    def _end_requests(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for lost in self._under_way:
            if not lost.expired():
                lost.reschedule(now_s)

    async def serve(self, subject: str, handler: Handler, *, queue: str = "", at_once: int = 1) -> None:
        """Answer requests (or listen to broadcasts) on a subject; with a queue, one member answers each.

        So many handlers run `at_once`; one keeps the order of what came. Returns once the broker sends requests
        here, or does not say so in time.
        A handler that raises ends up in the log and sends nothing: the asker's timeout tells it.
        """

        async def answer(message: Msg) -> None:
            try:
                reply = await handler(bytes(message.data))
            except Exception as error:  # noqa: BLE001 - a bad request must not end the subscription
                _log.error("handler_failed", cause=error, subject=subject)
                return
            if reply is not None and message.reply:
                try:
                    await self._client.publish(message.reply, reply)
                except (nats.errors.Error, OSError) as error:
                    _log.warning("reply_failed", subject=subject, error=repr(error))

        running: set[asyncio.Task[None]] = set()
        free = asyncio.Semaphore(at_once)

        def done(task: asyncio.Task[None]) -> None:
            running.discard(task)
            free.release()

        async def answer_beside_others(message: Msg) -> None:
            await free.acquire()
            task = asyncio.create_task(answer(message))
            running.add(task)
            task.add_done_callback(done)

        callback = answer if at_once == 1 else answer_beside_others
        await _heed(self._client.subscribe(subject, queue=queue, cb=callback))
        try:
            # Once the broker answers the second, it knows the subscription and whoever asks is heard: nats-py lets
            # a ping overtake what waits to be sent, but all of that is sent while the first is under way.
            await _heed(self._client.flush(SUBSCRIBE_TIMEOUT_S))
            await _heed(self._client.flush(SUBSCRIBE_TIMEOUT_S))
        except (nats.errors.Error, OSError) as error:
            # It is away; the client subscribes again when it is back.
            _log.warning("subscription_not_confirmed", subject=subject, error=repr(error))

    async def subscribe_inbox(self) -> tuple[str, "asyncio.Queue[Msg]"]:
        """Subscribe to a fresh inbox and return its name and the queue its messages arrive in."""
        queue: asyncio.Queue[Msg] = asyncio.Queue()

        async def on_message(message: Msg) -> None:
            queue.put_nowait(message)

        inbox = self._client.new_inbox()
        await _heed(self._client.subscribe(inbox, cb=on_message))
        return inbox, queue

    async def send_pull(self, subject: str, payload: bytes, reply: str) -> None:
        """Ask for messages to be sent to `reply`; raises BrokerUnavailable when not connected."""
        try:
            await _heed(self._client.publish(subject, payload, reply=reply))
        except (nats.errors.Error, OSError) as error:
            raise BrokerUnavailable(str(error) or repr(error)) from error

    async def publish(
        self,
        subject: str,
        payload: bytes,
        *,
        message_id: str = "",
        expected_last_subject_sequence: int | None = None,
        timeout_s: float = REQUEST_TIMEOUT_S,
    ) -> PubAck:
        """Store one message in the stream of its subject and wait until it is on disk.

        Raises WrongLastSequence, StreamFull, BrokerRefused or BrokerUnavailable; after the last the
        message may or may not be stored.
        """
        headers: dict[str, str] = {}
        if message_id:
            headers["Nats-Msg-Id"] = message_id
        if expected_last_subject_sequence is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(expected_last_subject_sequence)
        raw = await self.request(subject, payload, timeout_s=timeout_s, headers=headers or None)
        answer = _decode_ack(raw)
        _raise_for(answer.error)
        if answer.stream is None or answer.seq is None:
            raise BrokerRefused(0, f"not an acknowledgement: {raw[:80]!r}")
        return PubAck(answer.stream, answer.seq, bool(answer.duplicate))

    async def ensure_stream(self, config: StreamConfig) -> StreamState:
        """Create the stream or bring it to this configuration; return where it stands."""
        wanted = {
            "name": config.name,
            "subjects": list(config.subjects),
            "retention": "limits",
            "storage": "file",
            "discard": "new" if config.discard_new else "old",
            "max_age": config.max_age_s * 1_000_000_000,
            "max_bytes": config.max_bytes,
            "max_msg_size": config.max_message_bytes,
            "duplicate_window": config.duplicate_window_s * 1_000_000_000,
            "num_replicas": config.replicas,
            "deny_delete": False,
            "allow_direct": False,
        }
        body = msgspec.json.encode(wanted)
        try:
            await self.stream_state(config.name)
            answer = await self.api(f"STREAM.UPDATE.{config.name}", body)
        except BrokerRefused as refused:
            if refused.code != _STREAM_NOT_FOUND:
                raise
            answer = await self.api(f"STREAM.CREATE.{config.name}", body)
        return _state(answer)

    async def stream_state(self, stream: str) -> StreamState:
        """Where a stream stands. Raises BrokerRefused when there is none of that name."""
        return _state(await self.api(f"STREAM.INFO.{stream}", b""))

    async def last_message(self, stream: str, subject: str) -> StoredMessage | None:
        """The newest stored message of a subject, or None."""
        try:
            answer = await self.api(
                f"STREAM.MSG.GET.{stream}", msgspec.json.encode({"last_by_subj": subject})
            )
        except BrokerRefused as refused:
            if refused.code == _NO_MESSAGE_FOUND:
                return None
            raise
        message = msgspec.convert(answer["message"], _ApiMessage)
        return StoredMessage(message.seq, message.subject, message.data, _message_id(message.hdrs))

    async def api(self, name: str, body: bytes) -> dict[str, Any]:
        """One request to the JetStream API; raises the typed error of its answer."""
        raw = await self.request(f"$JS.API.{name}", body)
        answer: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any])
        error = answer.get("error")
        if error is not None:
            _raise_for(msgspec.convert(error, _ApiError))
        return answer


class _ApiError(Struct, frozen=True):
    code: int = 0
    err_code: int = 0
    description: str = ""


class _Ack(Struct, frozen=True):
    stream: str | None = None
    seq: int | None = None
    duplicate: bool | None = None
    error: _ApiError | None = None


class _ApiMessage(Struct, frozen=True):
    subject: str
    seq: int
    data: bytes = b""
    hdrs: bytes = b""


_decode_ack = msgspec.json.Decoder(_Ack).decode


def _raise_for(error: _ApiError | None) -> None:
    if error is None:
        return
    code = error.err_code or error.code
    if code == _WRONG_LAST_SEQUENCE:
        raise WrongLastSequence(code, error.description)
    if code in _STREAM_FULL:
        raise StreamFull(code, error.description)
    raise BrokerRefused(code, error.description)


def _state(answer: dict[str, Any]) -> StreamState:
    state = answer["state"]
    return StreamState(answer["created"], state["first_seq"], state["last_seq"], state["messages"])


def _message_id(headers: bytes) -> str:
    for line in headers.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "nats-msg-id":
            return value.strip()
    return ""


async def _heed(call: Coroutine[Any, Any, T]) -> T:
    """The result of a call of nats-py, or its failure, unless this task was cancelled meanwhile.

    Its flush keeps a cancellation to itself, and what was told to end would go on for ever.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        return await call
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError
