"""R12: an edge that a network cuts off without a word, in a network namespace: no reset, packets just end."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.redirect.fake_control import FakeControl
from tests.redirect.test_follower import following, is_current, until

from waypost.runtime.broker import Broker

pytestmark = [pytest.mark.system, pytest.mark.fault, pytest.mark.timeout(600)]
CUTS = 10 if os.environ.get("WAYPOST_FAULT") == "full" else 1
SERVER = Path(sys.executable).with_name("nats-server")
PORT = 4222
EDGE, CONTROL = "198.18", "198.19"
"""Two cables into the namespace, so that one can be cut (addresses for tests of networks, RFC 2544)."""


def ip(*words: str) -> None:
    """Change the network."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Place:
    """A namespace with a broker, at the end of two cables."""

    def __init__(self) -> None:
        number = os.getpid()
        self.name = f"waypost{number}"
        self.subnet = f"{number // 64 % 256}.{number % 64 * 4}"
        self._process: subprocess.Popen[bytes] | None = None

    def address(self, cable: str, end: int) -> str:
        """Of one end of a cable: 1 here, 2 in the namespace."""
        high, low = self.subnet.split(".")
        return f"{cable}.{high}.{int(low) + end}"

    def open(self) -> None:
        """Lay the cables."""
        ip("netns", "add", self.name)
        for cable, here in ((EDGE, "e"), (CONTROL, "c")):
            ends = f"{here}{os.getpid()}a", f"{here}{os.getpid()}b"
            ip("link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
            ip("link", "set", ends[1], "netns", self.name)
            ip("addr", "add", f"{self.address(cable, 1)}/30", "dev", ends[0])
            ip("link", "set", ends[0], "up")
            ip("-n", self.name, "addr", "add", f"{self.address(cable, 2)}/30", "dev", ends[1])
            ip("-n", self.name, "link", "set", ends[1], "up")

    def plug(self, state: str) -> None:
        """Set the far end of the edge's cable `up` or `down`: nobody here is told."""
        ip("-n", self.name, "link", "set", f"e{os.getpid()}b", state)

    def serve(self, directory: Path) -> None:
        """Start the broker in there."""
        directory.mkdir()
        config = directory / "nats.conf"
        store = json.dumps(str(directory / "store"))
        config.write_text(
            f"listen: 0.0.0.0:{PORT}\njetstream {{ store_dir: {store}, sync_interval: always }}\n"
        )
        log = (directory / "log").open("ab")
        words = ["ip", "netns", "exec", self.name, str(SERVER), "-c", str(config)]
        self._process = subprocess.Popen(words, stdout=log, stderr=log)
        log.close()

    def close(self) -> None:
        """Take all of it away; the cables go with the namespace."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
        ip("netns", "del", self.name)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A broker behind a cable."""
    if shutil.which("ip") is None:
        pytest.skip("needs `ip` (iproute2)")
    made = Place()
    try:
        made.open()
    except subprocess.CalledProcessError:
        subprocess.run(["ip", "netns", "del", made.name], capture_output=True, check=False)
        pytest.skip("needs a network namespace of its own, which only root may make here")
    try:
        made.serve(tmp_path / "nats")
        yield made
    finally:
        made.close()


async def test_edits_made_while_an_edge_was_cut_off_arrive_when_it_is_back(
    tmp_path: Path, place: Place
) -> None:
    """The time from the whole cable until the edge has them is printed."""
    near, far = place.address(CONTROL, 2), place.address(EDGE, 2)
    control_broker = await Broker.connect(f"nats://{near}:{PORT}", "control")
    edge_broker = await Broker.connect(f"nats://{far}:{PORT}", "edge")
    control = FakeControl(control_broker)
    await control.start()
    slowest_s = 0.0
    async with following(edge_broker, tmp_path) as edge:
        await control.put(a="https://example.com/before")
        await until(lambda: is_current(edge, control))
        for cut in range(CUTS):
            known = edge.version("a")
            place.plug("down")
            await control.put(a=f"https://example.com/{cut}", b=f"https://example.com/{cut}")
            await until(lambda: not edge_broker.is_connected, deadline_s=60)
            assert edge.version("a") == known
            place.plug("up")
            whole_s = time.monotonic()
            await until(lambda: is_current(edge, control), deadline_s=60)
            slowest_s = max(slowest_s, time.monotonic() - whole_s)
        assert edge.follower.resyncs == 1
    print(f"slowest of {CUTS}: {slowest_s:.2f} s after the cable was whole")
    await control.stop()
    await asyncio.gather(control_broker.close(), edge_broker.close())
