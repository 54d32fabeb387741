"""R39: nothing from which a person can be found again reaches a disk, whichever store counts; erasing erases."""

import ipaddress
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from tests.analytics.clickhouse_front import FrontProcess
from tests.system.machine import Machine
from tests.system.visitors import AGENT

from waypost.analytics.store.clickhouse_server import connected

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
DEADLINE_S = 60.0
V4 = [ipaddress.IPv4Address(0x2D_17_00_00 + n * 251 + 1024) for n in range(250)]
V6 = [ipaddress.IPv6Address((0x2A0E_97C1 << 96) + n * 0x1_0000_0001) for n in range(1, 251)]
ADDRESSES = [*V4, *V6]
"""Each begins like no other text: `45.23.` or `2a0e:97c1:`."""

TEXT = re.compile(rb"(?i)(?<![\d.])45\.23\.\d{1,3}\.\d{1,3}|2a0e:97c1:[0-9a-f:]+|2a0e97c1[0-9a-f]{24}")
PACKED_V6 = re.compile(rb"(?s)\x2a\x0e\x97\xc1.{12}|.{12}\xc1\x97\x0e\x2a")
PACKED_V4 = re.compile(rb"(?s)\x2d\x17(?=(..))|(?=(..)\x17\x2d)")
HOSTS = {address.packed[2:] for address in V4}
CHANCE = 6
"""How much oftener than by chance four given bytes may stand somewhere; a leak would show all 250 of them."""

LINKS = ("kept", "erased")


def leaks(held: bytes) -> list[bytes]:
    """The marked addresses that are found: as text with or without the length of a network, in hexadecimal digits, as
    bytes in either order. Four bytes occur by chance, and are told when there are too many."""
    found = [*TEXT.findall(held), *PACKED_V6.findall(held)]
    hosts = [forward or backward[::-1] for forward, backward in PACKED_V4.findall(held)]
    packed = [host for host in hosts if host in HOSTS]
    by_chance = 2 * len(HOSTS) * len(held) / 2**32
    return found + (packed if len(packed) > CHANCE * (1 + by_chance) else [])


def rows_of(tables: Iterator[list[tuple[Any, ...]]]) -> bytes:
    """Rows of a store, which compresses what it writes, as they are read."""
    cells = (cell for rows in tables for row in rows for cell in row)
    return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells)


def in_duckdb(machine: Machine) -> bytes:
    """Every row of the embedded store."""
    with duckdb.connect(str(machine.data_dir / "analytics" / "analytics.duckdb"), read_only=True) as store:
        names = [name for (name,) in store.execute("SHOW TABLES").fetchall()]
        assert "scans" in names
        return rows_of(store.execute(f'SELECT * FROM "{name}"').fetchall() for name in names)


def in_clickhouse(url: str) -> bytes:
    """Every row of the server's database."""
    server = connected(url)
    names = [name for (name,) in server.rows("SHOW TABLES")]
    assert "scans_log" in names
    return rows_of(server.rows(f"SELECT * FROM {name}") for name in names)


def visit(machine: Machine) -> None:
    """Every address follows one link, and twenty of them another one."""
    with httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}, trust_env=False) as visitor:
        deadline = time.monotonic() + DEADLINE_S
        while any(visitor.head(f"/{slug}").status_code != 302 for slug in LINKS):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for number, address in enumerate(ADDRESSES):
            for slug in LINKS if number % 25 == 0 else LINKS[:1]:
                answer = visitor.get(f"/{slug}", headers={"X-Forwarded-For": str(address)})
                assert answer.status_code == 302


def count_and_erase(machine: Machine, ids: dict[str, str]) -> None:
    """All were told apart, so their addresses were read; then a link and a visitor are erased."""
    kept, erased = ({"link_id": ids[slug]} for slug in LINKS)
    with machine.api() as api:

        def counted(link: dict[str, str], figure: str = "unique") -> int:
            answer = api.get("/v1/analytics/summary", params=link)
            return int(answer.json()[figure]) if answer.status_code == 200 else -1

        deadline = time.monotonic() + DEADLINE_S
        while (counted(kept), counted(erased)) != (len(ADDRESSES), len(ADDRESSES) // 25):
            assert time.monotonic() < deadline, (counted(kept), counted(erased))
            time.sleep(0.1)
        assert api.delete(f"/v1/links/{ids['erased']}/scans").status_code == 204
        assert counted(erased) == 0
        assert api.get("/v1/events", params=erased).json()["data"] == []
        person = api.get("/v1/events", params={**kept, "limit": 1}).json()["data"][0]["visitor_id"]
        scans_of_person = {"filter": f"visitor:{person}"}
        assert len(api.get("/v1/events", params=scans_of_person).json()["data"]) == 1
        assert api.delete(f"/v1/visitors/{person}").status_code == 204
        assert api.get("/v1/events", params=scans_of_person).json()["data"] == []
        assert counted(kept, "human") == len(ADDRESSES)


def test_marked_addresses_are_nowhere_and_salts_where_they_belong(tmp_path: Path) -> None:
    """Five hundred visitors through edge, broker and both stores, none of whom can be found afterwards; planted ones
    are."""
    machine = Machine(tmp_path, WAYPOST_TRUSTED_PROXIES="127.0.0.1/32")
    server = FrontProcess(tmp_path / "clickhouse")
    try:
        machine.start()
        with machine.api() as api:
            made = {slug: {"slug": slug, "target_url": "https://example.com/"} for slug in LINKS}
            ids = {slug: str(api.post("/v1/links", json=made[slug]).json()["id"]) for slug in LINKS}
        visit(machine)
        count_and_erase(machine, ids)
        machine.stop("analytics")
        rows = in_duckdb(machine)
        # Another store counts the same stream from its beginning.
        server.start()
        machine.settings["WAYPOST_ANALYTICS_URL"] = server.url
        machine.start("analytics")
        count_and_erase(machine, ids)
        machine.stop("analytics")
        rows += in_clickhouse(server.url)
    finally:
        machine.stop()
        server.stop()
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    held = b"\n".join([*files.values(), rows])
    assert leaks(held) == []
    for planted in (
        f"x{V4[3]}/32".encode(),
        f"{V6[3]}/128".encode(),
        V6[3].packed,
        V6[3].packed.hex().encode(),
    ):
        assert len(leaks(held + planted)) == 1
    assert len(leaks(held + b"".join(address.packed for address in V4))) >= len(V4)

    with sqlite3.connect(machine.data_dir / "control" / "control.db") as control:
        salts = [salt for (salt,) in control.execute("SELECT salt FROM salts")]
    control.close()
    assert len(salts) > 1
    where = {
        str(path.relative_to(machine.data_dir))
        for path, data in files.items()
        if any(s in data for s in salts)
    }
    assert {name.split(".db")[0] for name in where} == {"control/control", "redirect/salts"}
