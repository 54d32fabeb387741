"""Where shipping goes on, for every state in which a broker can be found."""

import pytest

from waypost.redirect.frame import SegmentName
from waypost.redirect.shipping import Fenced, Remembered, Resume, message_id, resume
from waypost.redirect.spool_reader import Position, ScanRun
from waypost.runtime.broker import StoredMessage, StreamState

NODE = "edge-0"
SEGMENTS = [SegmentName(5, 0, 1), SegmentName(5, 100, 2), SegmentName(6, 0, 1)]
STREAM = StreamState("monday", 1, 50, 50)
REMEMBERED = Remembered(Position(5, 80), "monday", 40)


def newest(message_id: str, seq: int = 40) -> StoredMessage:
    """The broker's newest message of our subject."""
    return StoredMessage(seq, "scans.v1.edge-0", b"", message_id)


@pytest.mark.parametrize(
    ("stored", "stream", "remembered", "expected"),
    [
        pytest.param(
            newest("edge-0.5.40-79"), STREAM, REMEMBERED, Resume(Position(5, 80), 40), id="as remembered"
        ),
        pytest.param(
            newest("edge-0.5.80-89"),
            STREAM,
            REMEMBERED,
            Resume(Position(5, 90), 40),
            id="died before writing it down",
        ),
        pytest.param(
            newest("edge-0.5.0-39", 9),
            STREAM,
            REMEMBERED,
            Resume(Position(5, 40), 9, rewound=True),
            id="broker lost what it acknowledged",
        ),
        pytest.param(None, StreamState("monday", 1, 0, 0), None, Resume(Position(5, 0), 0), id="first start"),
        pytest.param(
            None,
            StreamState("tuesday", 1, 0, 0),
            REMEMBERED,
            Resume(Position(5, 0), 0, rewound=True),
            id="stream made again",
        ),
        pytest.param(
            None,
            StreamState("monday", 41, 90, 50),
            REMEMBERED,
            Resume(Position(5, 80), 0),
            id="all of ours aged out",
        ),
        pytest.param(
            newest("edge-0.3.0-9"),
            STREAM,
            None,
            Resume(Position(5, 0), 40),
            id="that epoch was shipped and removed",
        ),
    ],
)
def test_where_to_go_on(
    stored: StoredMessage | None, stream: StreamState, remembered: Remembered | None, expected: Resume
) -> None:
    """The broker's newest message decides; nothing is skipped and nothing is sent that it has."""
    assert resume(NODE, stored, stream, remembered, SEGMENTS) == expected


@pytest.mark.parametrize("foreign", ["edge-9.5.0-9", "edge-0.99.0-9", "", "nonsense"])
def test_another_writer_under_our_name_stops_us(foreign: str) -> None:
    """Two edges with one node id would give two scans one identity."""
    with pytest.raises(Fenced):
        resume(NODE, newest(foreign), STREAM, REMEMBERED, SEGMENTS)


def test_ids_name_the_scans_they_carry() -> None:
    """The id is how we recognise our own batch after a doubt."""
    assert message_id(NODE, ScanRun(5, 10, (b"a", b"b"))) == "edge-0.5.10-11"
