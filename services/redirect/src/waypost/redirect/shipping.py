"""How scans reach the broker exactly once in effect. Pure: what is known goes in, what to do comes out.

One message is in flight per node. Its id names the scans it holds, and it is accepted only behind the
message before it; so the newest message of our subject says exactly what the broker has.
"""

import re

from msgspec import Struct

from waypost.redirect.frame import SegmentName
from waypost.redirect.spool_reader import Position, ScanRun
from waypost.runtime.broker import StoredMessage, StreamState

_ID = re.compile(r"([A-Za-z0-9_-]+)\.(\d{1,20})\.(\d{1,20})-(\d{1,20})")


class Fenced(Exception):
    """Somebody else publishes under our node id; `message_id` is theirs."""

    def __init__(self, node: str, message_id: str) -> None:
        super().__init__(f"another edge publishes as {node}: {message_id!r}")
        self.node = node
        self.message_id = message_id


class Remembered(Struct, frozen=True):
    """What the agent wrote down after the last acknowledgement."""

    position: Position
    stream_created: str
    stream_seq: int


class Resume(Struct, frozen=True):
    """Where to go on, and the sequence that the next message must follow."""

    position: Position
    last_seq: int
    rewound: bool = False


def message_id(node: str, run: ScanRun) -> str:
    """`<node>.<epoch>.<first>-<last>`."""
    return f"{node}.{run.epoch}.{run.first}-{run.first + len(run.payloads) - 1}"


def resume(
    node: str,
    newest: StoredMessage | None,
    stream: StreamState,
    remembered: Remembered | None,
    segments: list[SegmentName],
) -> Resume:
    """Decide where to go on after a connection, a refusal or a start.

    The broker is believed over our own memory: when it has less than it acknowledged, we go back to what
    it has; when it has more (we died before writing it down), we go on behind that. Raises Fenced.
    """
    oldest = Position(segments[0].epoch, segments[0].first) if segments else Position(0, 0)
    if newest is None:
        aged_out = (
            remembered is not None
            and remembered.stream_created == stream.created
            and remembered.stream_seq < stream.first_seq
        )
        if remembered is not None and aged_out:
            return Resume(remembered.position, 0)
        rewound = remembered is not None and oldest < remembered.position
        return Resume(oldest, 0, rewound=rewound)
    found = _ID.fullmatch(newest.message_id)
    if found is None or found[1] != node:
        raise Fenced(node, newest.message_id)
    position = Position(int(found[2]), int(found[4]) + 1)
    known = {name.epoch for name in segments}
    if position.epoch not in known:
        if remembered is not None and remembered.position.epoch == position.epoch:
            known.add(position.epoch)
        elif segments and position < oldest:
            # Everything of that epoch was shipped and removed.
            return Resume(oldest, newest.seq)
        else:
            raise Fenced(node, newest.message_id)
    rewound = remembered is not None and position < remembered.position
    return Resume(position, newest.seq, rewound=rewound)
