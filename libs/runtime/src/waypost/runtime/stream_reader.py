"""Reading a stream by sequence: a pull loop whose position belongs to the caller's database.

The consumer at the broker is a throw-away: it has no acknowledgements and is made anew, from the
caller's own position, after every trouble. So nothing the broker forgets can be missed.
"""

import asyncio
import secrets

import msgspec
from msgspec import Struct
from nats.aio.msg import Msg

from waypost.runtime.broker import Broker, BrokerRefused, BrokerUnavailable

PULL_EXPIRES_S = 5.0
_GRACE_S = 1.0
_INACTIVE_S = 30
_SEQUENCE_TOKEN = 5
_DELIVERY_TOKEN = 6
"""`$JS.ACK.<stream>.<consumer>.<times delivered>.<stream seq>.<consumer seq>.…`: where the two sequences stand. The
consumer counts what it sends without gaps; so one that is missing was lost on the way."""


class Message(Struct, frozen=True):
    """One message of the stream."""

    seq: int
    subject: str
    data: bytes


class StreamReader:
    """Delivers the messages behind a sequence, in order.

    A gap in sequences between two messages means the broker no longer has those in between; the
    caller sees it in `seq`. The caller compares `stream_state` itself to learn of a stream that was
    made again, because a consumer that starts beyond the end gives no error.
    """

    def __init__(
        self, broker: Broker, stream: str, after_seq: int, *, batch: int = 64, subject: str = ""
    ) -> None:
        self._broker = broker
        self._stream = stream
        self._subject = subject
        self._batch = batch
        self._position = after_seq
        self._consumer = ""
        self._generation = -1
        self._inbox = ""
        self._queue: asyncio.Queue[Msg] = asyncio.Queue()
        self._wanted = 0
        self._delivered = 0
        """How many messages this consumer brought."""

    def seek(self, after_seq: int) -> None:
        """Go on behind another sequence; what was asked for already is thrown away."""
        self._position = after_seq
        self._consumer = ""

    async def fetch(self, *, timeout_s: float = 1.0) -> list[Message]:
        """Return what is there, at least one message, or [] when none came within the timeout.

        Raises BrokerUnavailable or BrokerRefused; the next call starts again from the position.
        """
        try:
            return await self._fetch(timeout_s)
        except (BrokerUnavailable, BrokerRefused):
            self._consumer = ""
            raise

    async def _fetch(self, timeout_s: float) -> list[Message]:
        if not self._consumer or self._generation != self._broker.generation:
            await self._start()
        messages: list[Message] = []
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not messages and self._consumer:
            if self._wanted <= 0:
                await self._pull()
            remaining = deadline - asyncio.get_running_loop().time()
            if remaining <= 0 or self._generation != self._broker.generation:
                return messages
            try:
                async with asyncio.timeout(remaining):
                    first = await self._queue.get()
            except TimeoutError:
                self._check_overdue()
                return messages
            self._take(first, messages)
            while len(messages) < self._batch and not self._queue.empty():
                self._take(self._queue.get_nowait(), messages)
        return messages

    async def _start(self) -> None:
        """Make a consumer behind the position. Old inbox messages cannot reach the new inbox."""
        generation = self._broker.generation
        if not self._inbox or self._generation != generation:
            self._inbox, self._queue = await self._broker.subscribe_inbox()
        name = f"r{secrets.token_hex(8)}"
        config: dict[str, object] = {
            "name": name,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": self._position + 1,
            "ack_policy": "none",
            "replay_policy": "instant",
            "inactive_threshold": _INACTIVE_S * 1_000_000_000,
            "mem_storage": True,
            "num_replicas": 1,
        }
        if self._subject:
            config["filter_subject"] = self._subject
        body = msgspec.json.encode({"stream_name": self._stream, "config": config})
        await self._broker.api(f"CONSUMER.CREATE.{self._stream}.{name}", body)
        while not self._queue.empty():
            self._queue.get_nowait()
        self._consumer, self._generation, self._wanted, self._delivered = name, generation, 0, 0

    async def _pull(self) -> None:
        body = msgspec.json.encode({"batch": self._batch, "expires": int(PULL_EXPIRES_S * 1_000_000_000)})
        self._wanted = self._batch
        self._expires_at = asyncio.get_running_loop().time() + PULL_EXPIRES_S + _GRACE_S
        await self._broker.send_pull(
            f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}", body, self._inbox
        )

    def _check_overdue(self) -> None:
        """A pull that was neither filled nor ended in time was lost with its consumer."""
        if self._wanted > 0 and asyncio.get_running_loop().time() > self._expires_at:
            self._consumer = ""

    def _take(self, message: Msg, messages: list[Message]) -> None:
        status = (message.headers or {}).get("Status")
        if status is not None:
            # 404 and 408: nothing there until the pull ended. 409: the consumer is gone. Any other: ask anew.
            self._wanted = 0
            if status == "409":
                self._consumer = ""
            return
        tokens = message.reply.split(".")
        if len(tokens) <= _DELIVERY_TOKEN or tokens[3] != self._consumer:
            return  # left over from an earlier consumer
        self._delivered += 1
        if int(tokens[_DELIVERY_TOKEN]) != self._delivered:
            # The connection broke in a message; on the next one the broker went on behind it, unasked.
            self._consumer = ""
            return
        seq = int(tokens[_SEQUENCE_TOKEN])
        if seq <= self._position:
            return
        self._position = seq
        self._wanted -= 1
        messages.append(Message(seq, message.subject, bytes(message.data)))
