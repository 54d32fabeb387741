"""What control makes of analytics' answers."""

import pytest

from waypost.control.bus import Bus
from waypost.control.model.faults import Invalid, Unavailable
from waypost.runtime.broker import Broker
from waypost.wire.codec import encode
from waypost.wire.queries import QueryError, Reply, StatusAnswer, StatusQuery
from waypost.wire.subjects import ANALYTICS_QUERY


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (QueryError("unavailable", "no space left on device"), Unavailable),
        (QueryError("bad_range", "the range ends before it begins", "end"), Invalid),
    ],
)
async def test_a_full_disk_of_analytics_is_nobodys_mistake(
    broker: Broker, error: QueryError, fault: type[Exception]
) -> None:
    """Who is told of a mistake does not try again, and a sale that was refused is dropped."""

    async def answer(_: bytes) -> bytes:
        return encode(Reply(error=error))

    await broker.serve(ANALYTICS_QUERY, answer)
    with pytest.raises(fault):
        await Bus.over(broker).ask(StatusQuery(), StatusAnswer)
