"""R15: the agent is killed at random moments of a long replay; records and position never part."""

import asyncio
import os
import random
import time

import pytest
from msgspec import Struct
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import FakeControl, key_of, link_value
from tests.redirect.link_store import stored_records

from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica import Replica
from waypost.redirect.store_format import Applied, Signals, unpack_value
from waypost.wire.record import record_hash, set_hash_bytes

pytestmark = [pytest.mark.system, pytest.mark.fault, pytest.mark.timeout(1200)]

IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
SEED = int(os.environ.get("WAYPOST_FAULT_SEED", "20261128"))
EDITS = 100_000 if IS_LONG else 12_000
KILLS = 100 if IS_LONG else 6
EDITS_PER_MESSAGE = 10
SLUGS = 1_000
KILL_WITHIN_S = 0.02
DEADLINE_S = 60.0


class Standing(Struct, frozen=True):
    """How many live records there are at a version, and their set hash."""

    count: int
    set_hash: bytes


async def publish_edits(control: FakeControl, randomness: random.Random) -> dict[int, Standing]:
    """Publish them all; where control stood after each message, by version."""
    history = {control.ver: Standing(len(control.live), control.set_hash())}
    for number in range(0, EDITS, EDITS_PER_MESSAGE):
        slugs = [f"s{slug}" for slug in randomness.sample(range(SLUGS), EDITS_PER_MESSAGE)]
        target = f"https://example.com/{number}"
        values = {
            key_of(slug): None if randomness.random() < 0.1 else link_value(slug, target) for slug in slugs
        }
        await control.publish(control.change(values))
        history[control.ver] = Standing(len(control.live), control.set_hash())
    return history


def wait_for_version(replica: Replica, ver: int) -> None:
    """Until the agent has come so far."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        replica.refresh()
        applied = replica.applied()
        if applied is not None and applied.ver >= ver:
            return
        assert time.monotonic() < deadline, f"{applied}, not {ver}"
        time.sleep(0.001)


def read_store(replica: Replica) -> tuple[Applied, Standing]:
    """Where the store says it stands, and what its records, read one by one, add up to."""
    replica.refresh()
    replica._renew(replica._opened)  # type: ignore[arg-type]  # it is open: the agent had brought a store
    applied, total, count = replica.applied(), 0, 0
    assert applied is not None
    assert replica._opened is not None
    for key, raw in stored_records(replica._opened.transaction):
        stored = unpack_value(key, raw)
        total += record_hash(key, stored.ver, stored.value)
        count += 1
    return applied, Standing(count, set_hash_bytes(total))


async def test_a_killed_agent_leaves_records_and_version_together(
    edge_host: EdgeHost, control: FakeControl
) -> None:
    """After any kill the store is what control had at that version, so the tail goes on without a snapshot."""
    randomness = random.Random(SEED)
    print("seed", SEED)
    await control.put(s0="https://example.com/")
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.kill, "agent")
    first = control.ver
    history = await publish_edits(control, randomness)
    paths = EdgePaths(edge_host.directory)
    signals = Signals(paths.signals)
    replica = Replica(paths.links, signals)
    seen = []
    for kill in range(KILLS):
        await asyncio.to_thread(edge_host.start_agent)
        goal = first + EDITS * kill // KILLS + 1
        await asyncio.to_thread(wait_for_version, replica, goal)
        await asyncio.sleep(randomness.uniform(0, KILL_WITHIN_S))
        await asyncio.to_thread(edge_host.kill, "agent")
        applied, standing = await asyncio.to_thread(read_store, replica)
        assert Standing(applied.count, applied.set_hash) == standing == history[applied.ver]
        seen.append(applied.ver)
    print("killed at versions", seen)
    assert seen == sorted(seen)
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(wait_for_version, replica, control.ver)
    assert (await asyncio.to_thread(read_store, replica))[1] == history[control.ver]
    assert control.opened == 1
    replica.close()
    signals.close()
