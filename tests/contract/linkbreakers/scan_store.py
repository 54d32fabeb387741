"""A scan store in this process that the dialect asks instead of analytics behind the broker."""

from typing import Any, get_args

from msgspec import Raw
from tests.analytics.counting import Bench
from tests.analytics.scans import BOT, BROWSER
from tests.contract.world import START_MS, World

from waypost.analytics.desk import _ANSWERS
from waypost.analytics.reports.refusal import Refused
from waypost.control.bus import Bus
from waypost.wire.codec import decode_query, encode
from waypost.wire.ids import to_bytes, uuid7
from waypost.wire.queries import Command, Reply
from waypost.wire.scan import ScanV1, Source

MINUTE_MS = 60_000
PERSON = b"visitor1"
ROBOT = b"a robot!"
CLICK_ID = uuid7(START_MS, bytes(10)).bytes


class StoreBus(Bus):
    """Asks a scan store in this process what control would ask over the broker."""

    def __init__(self, bench: Bench) -> None:
        super().__init__("", "test")
        self._bench = bench

    async def request(self, subject: str, payload: bytes) -> bytes:
        """Answer as the desk of analytics does."""
        query = decode_query(payload)
        try:
            if isinstance(query, get_args(Command)):
                return encode(Reply(answer=Raw(encode(self._bench.commands.carry_out(query)))))
            with self._bench.reader() as reader:
                return encode(Reply(answer=Raw(encode(_ANSWERS[type(query)](reader, query)))))
        except Refused as refused:
            return encode(Reply(error=refused.error))


def scan(world: World, link_id: str, **members: Any) -> ScanV1:
    """One scan of a link by a person in Lyon, now."""
    known: dict[str, Any] = {
        "at_ms": world.now_ms,
        "link_id": to_bytes(link_id),
        "workspace_id": to_bytes(world.workspace_id),
        "country": "FR",
        "city": "Lyon",
        "language": "fr",
        "visitor": PERSON,
        "user_agent": BROWSER,
    }
    return ScanV1(**{**known, **members})


def count_visits(world: World, bench: Bench, link_id: str) -> None:
    """Let one person scan a link twice, the second time with a click id, and a robot click it."""
    now_ms = world.now_ms
    bench.count_scans(
        [
            scan(world, link_id, source=Source.QR),
            scan(world, link_id, source=Source.QR, at_ms=now_ms + MINUTE_MS, click_id=CLICK_ID),
            scan(world, link_id, visitor=ROBOT, user_agent=BOT, at_ms=now_ms + 2 * MINUTE_MS),
        ]
    )
    world.now_ms += 3 * MINUTE_MS
    world.control.bus = StoreBus(bench)
