"""Nothing that names a person reaches the disk of analytics: not the store, not its log, not the broker."""

import asyncio
import ipaddress
import secrets
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import pytest
from tests.analytics.scans import scan
from tests.analytics.service_process import AnalyticsProcess, settled, ship
from tests.broker_process import BrokerProcess

from waypost.runtime.broker import Broker
from waypost.wire.scan import ScanV1

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
ADDRESSES = [str(ipaddress.ip_address(0x2D_17_00_00 + n * 7919)) for n in range(250)] + [
    str(ipaddress.ip_address((0x2A0E_97C1 << 96) + n * 0x1_0000_0001)) for n in range(1, 251)
]


CHANCE = 5
"""Four given bytes stand somewhere in a few megabytes now and then; a leak would show all 250 of them."""


def texts(address: str) -> Iterator[bytes]:
    """An address as text, short and long; of IPv6 also its sixteen bytes in both orders."""
    parsed = ipaddress.ip_address(address)
    yield address.encode()
    yield parsed.exploded.encode()
    if parsed.version == 6:
        yield parsed.packed
        yield parsed.packed[::-1]


def on_disk(directory: Path) -> bytes:
    """Everything below a directory."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert any(path.suffix == ".duckdb" for path in files)
    return b"\n".join(path.read_bytes() for path in files)


async def test_no_marked_address_is_on_disk(
    tmp_path: Path, broker_process: BrokerProcess, broker: Broker
) -> None:
    """R39: five hundred visitors, none of whose addresses can be found afterwards; a planted one is found."""
    service = AnalyticsProcess(tmp_path / "var", broker_process.url)
    await asyncio.to_thread(service.start)
    salt = secrets.token_bytes(32)
    scans: list[ScanV1] = []
    for number, address in enumerate(ADDRESSES):
        visitor = blake2b(address.encode(), key=salt, digest_size=8).digest()
        scans.append(scan(number % 7 + 1, int.from_bytes(visitor, "big"), city="Berlin"))
    await ship(broker, 0, scans)
    await settled(broker, len(scans))
    assert await asyncio.to_thread(service.stop) == 0
    held = await asyncio.to_thread(on_disk, tmp_path)
    assert [address for address in ADDRESSES if any(form in held for form in texts(address))] == []
    four = [ipaddress.ip_address(address).packed for address in ADDRESSES if "." in address]
    assert sum(each in held or each[::-1] in held for each in four) <= CHANCE
    planted = held + ADDRESSES[3].encode() + b"".join(four)
    assert any(form in planted for form in texts(ADDRESSES[3]))
    assert sum(each in planted for each in four) > CHANCE
