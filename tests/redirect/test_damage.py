"""R16: flipped bytes in the link store are answered with 503 and mended; they never lead anybody anywhere."""

import asyncio
import os
import random
import re
import time
from pathlib import Path

import lmdb
import pytest
from tests.redirect.edge_host import EdgeHost, Reply
from tests.redirect.fake_control import FakeControl, key_of
from tests.redirect.link_store import stored_under

from waypost.redirect.limits import RETRY_AFTER_S
from waypost.redirect.store_format import APPLIED_KEY, current_store

pytestmark = [pytest.mark.system, pytest.mark.fault, pytest.mark.timeout(600)]

IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
SEED = int(os.environ.get("WAYPOST_FAULT_SEED", "20261128"))
LINKS = 100_000 if IS_LONG else 3_000
DAMAGED = 1_000
LINKS_PER_MESSAGE = 500
REPAIR_S = 60.0


async def put_links(control: FakeControl) -> None:
    """Many links, each to a place of its own."""
    for first in range(0, LINKS, LINKS_PER_MESSAGE):
        await control.put(
            **{f"s{number}": target_of(number) for number in range(first, first + LINKS_PER_MESSAGE)}
        )


def target_of(number: int) -> str:
    """Where a link leads."""
    return f"https://example.com/{number}"


def data_file(host: EdgeHost) -> Path:
    """The file of the store in force."""
    store = current_store(host.directory / "redirect" / "links")
    assert store is not None
    return store / "data.mdb"


def stored_values(host: EdgeHost, keys: list[bytes]) -> list[bytes]:
    """What lies under these keys. Only while the agent does not run: it is another writer's file."""
    with (
        lmdb.open(str(data_file(host).parent), map_size=1 << 30) as environment,
        environment.begin() as transaction,
    ):
        return [stored_under(transaction, key) for key in keys]


def flip_in_file(host: EdgeHost, values: list[bytes], randomness: random.Random) -> None:
    """Flip one byte of each of these values where it lies in the file, as a bad disk would: no LMDB is asked."""
    content = data_file(host).read_bytes()
    with data_file(host).open("r+b") as file:
        for value in values:
            places = [found.start() for found in re.finditer(re.escape(value), content)]
            assert places
            at, mask = randomness.randrange(len(value)), randomness.randrange(1, 256)
            for place in places:  # free pages may hold an older copy of it
                file.seek(place + at)
                file.write(bytes([content[place + at] ^ mask]))


def metric(host: EdgeHost, name: str) -> float:
    """One figure of the agent's page, over all workers."""
    found = re.findall(
        rf"^waypost_edge_{name}(?:{{[^}}]*}})? (\S+)$", host.admin("/metrics")[1], re.MULTILINE
    )
    return sum(map(float, found))


def wait_for_metric(host: EdgeHost, name: str, *, count: int) -> None:
    """Until a figure has grown so far; the agent reads what its workers counted every now and then."""
    deadline = time.monotonic() + REPAIR_S
    while (seen := metric(host, name)) < count:
        assert time.monotonic() < deadline, f"{name} is {seen}"
        time.sleep(0.05)


def wait_for_resync(host: EdgeHost, *, count: int) -> None:
    """Until the agent has fetched so many snapshots."""
    wait_for_metric(host, "resyncs_total", count=count)


def is_right_or_refused(reply: Reply, number: int) -> bool:
    """A damaged record may cost its visitor a moment, never lead to another place."""
    if reply.status == 503:
        return (reply.getheader("Retry-After"), reply.getheader("Location")) == (str(RETRY_AFTER_S), None)
    return (reply.status, reply.getheader("Location")) == (302, target_of(number))


async def test_a_flipped_byte_in_any_value_is_refused_told_and_mended(
    edge_host: EdgeHost, control: FakeControl
) -> None:
    """A thousand values, each with one byte changed anywhere in it."""
    randomness = random.Random(SEED)
    print("seed", SEED)
    await put_links(control)
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.stop, "agent")
    victims = randomness.sample(range(LINKS), DAMAGED)
    values = await asyncio.to_thread(stored_values, edge_host, [key_of(f"s{number}") for number in victims])
    await asyncio.to_thread(flip_in_file, edge_host, values, randomness)
    await asyncio.to_thread(edge_host.start_worker)

    def ask(numbers: list[int]) -> list[Reply]:
        return [edge_host.get(f"/s{number}") for number in numbers]

    for number, reply in zip(victims, await asyncio.to_thread(ask, victims), strict=True):
        assert reply.status == 503
        assert is_right_or_refused(reply, number)
    whole = sorted(set(range(LINKS)) - set(victims))[:100]
    assert [reply.getheader("Location") for reply in await asyncio.to_thread(ask, whole)] == [
        target_of(number) for number in whole
    ]

    began_s = time.monotonic()
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(wait_for_metric, edge_host, "values_damaged_total", count=DAMAGED)
    assert await asyncio.to_thread(metric, edge_host, "values_damaged_total") == DAMAGED
    await asyncio.to_thread(wait_for_resync, edge_host, count=1)
    print(f"{LINKS} links mended after {time.monotonic() - began_s:.1f} s")
    assert [reply.getheader("Location") for reply in await asyncio.to_thread(ask, victims)] == [
        target_of(number) for number in victims
    ]
    assert '"event":"resync"' in edge_host.log("agent")


async def test_damage_under_a_running_edge_is_mended_whether_it_is_asked_for_or_not(
    edge_host: EdgeHost, control: FakeControl
) -> None:
    """One value is met by a visitor; the other by nobody but the agent's slow reading of everything."""
    randomness = random.Random(SEED)
    await put_links(control)
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.stop, "agent")
    asked, untouched = await asyncio.to_thread(stored_values, edge_host, [key_of("s1"), key_of("s2")])
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.start_worker)
    await asyncio.to_thread(flip_in_file, edge_host, [asked], randomness)
    assert is_right_or_refused(await asyncio.to_thread(edge_host.get, "/s1"), 1)
    await asyncio.to_thread(wait_for_resync, edge_host, count=1)
    await asyncio.to_thread(edge_host.wait_for_location, "/s1", target_of(1))
    await asyncio.to_thread(flip_in_file, edge_host, [untouched], randomness)
    await asyncio.to_thread(wait_for_resync, edge_host, count=2)
    await asyncio.to_thread(edge_host.wait_for_location, "/s2", target_of(2))


async def test_a_store_whose_position_is_damaged_is_fetched_anew(
    edge_host: EdgeHost, control: FakeControl
) -> None:
    """The agent must not refuse to start over the very damage it is there to mend."""
    await control.put(a="https://example.com/a")
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.stop, "agent")
    (value,) = await asyncio.to_thread(stored_values, edge_host, [APPLIED_KEY])
    await asyncio.to_thread(flip_in_file, edge_host, [value], random.Random(SEED))
    await asyncio.to_thread(edge_host.start_worker)
    assert (await asyncio.to_thread(edge_host.get, "/a")).getheader("Location") == "https://example.com/a"
    await control.put(a="https://example.com/b")
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.wait_for_location, "/a", "https://example.com/b")
    data_file(edge_host).write_bytes(b"no store at all")
    await asyncio.to_thread(edge_host.stop, "agent")
    await asyncio.to_thread(edge_host.start_agent)
    await control.put(a="https://example.com/c")
    await asyncio.to_thread(edge_host.wait_for_location, "/a", "https://example.com/c")
