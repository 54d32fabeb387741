"""The real processes: clean ends, clear refusals, and nothing acknowledged is lost to SIGKILL."""

import asyncio
import os
import random
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from tests.broker_process import BrokerProcess
from tests.control.processes import SERVICE, ControlProcess

from waypost.runtime.broker import Broker, BrokerUnavailable
from waypost.runtime.stream_reader import StreamReader
from waypost.wire import codec, snapshot, subjects
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.record import HeartbeatV1, RecordV1, record_hash, set_hash_bytes
from waypost.wire.slug import link_key
from waypost.wire.snapshot import SnapshotOpen, SnapshotRead, SnapshotReader

IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
KILLS = 100 if IS_LONG else 5
RELAY_KILLS = 50 if IS_LONG else 6
pytestmark = [pytest.mark.system, *([pytest.mark.timeout(1800)] if IS_LONG else [])]
PATIENT_WORKER = (str(Path(__file__).with_name("patient_worker.py")),)
HEADERS = {"Authorization": "Bearer an-admin-key-for-tests"}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ControlProcess]:
    """The API process without a broker."""
    process = ControlProcess("api", tmp_path / "data")
    process.start()
    yield process
    process.kill()


@pytest.fixture
def plane(
    request: pytest.FixtureRequest, tmp_path: Path, broker_process: BrokerProcess
) -> Iterator[tuple[ControlProcess, ControlProcess]]:
    """The API and the worker with a broker; the parameter is another program than that of the service."""
    program = getattr(request, "param", SERVICE)
    processes = [
        ControlProcess(role, tmp_path / "data", program=program, WAYPOST_NATS_URL=broker_process.url)
        for role in ("api", "worker")
    ]
    for process in processes:
        process.start()
    yield processes[0], processes[1]
    for process in processes:
        process.kill()


@pytest.fixture
async def http(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the installation's own key."""
    async with httpx.AsyncClient(headers=HEADERS, timeout=10, trust_env=False) as client:
        yield client


def test_api_ends_cleanly_when_told_to(api: ControlProcess) -> None:
    """A supervisor must tell a clean end from a crash."""
    assert api.stop() == 0


def test_port_in_use_gives_one_clear_line(tmp_path: Path) -> None:
    """Whoever starts it twice must read why it does not start."""
    process = ControlProcess("api", tmp_path / "data")
    with socket.create_server(("127.0.0.1", process.port)), pytest.raises(RuntimeError, match="in use"):
        process.start()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WAYPOST_DATABASE_URL", "mysql://x/y"),
        ("WAYPOST_PUBLIC_URL", "go.example"),
        ("WAYPOST_ADMIN_KEY", "short"),
        ("WAYPOST_FALLBACK_URL", "javascript:alert(1)"),
    ],
)
def test_bad_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    """The line must say which setting to mend."""
    with pytest.raises(RuntimeError, match=name):
        ControlProcess("api", tmp_path / "data", **{name: value}).start()


def test_secrets_are_files_of_their_owner_only(tmp_path: Path) -> None:
    """The generated key and the pepper must not be readable by others, and survive a restart."""
    process = ControlProcess("api", tmp_path / "data", WAYPOST_ADMIN_KEY="")
    process.start()
    key = (tmp_path / "data" / "admin.key").read_text().strip()
    for file in (tmp_path / "data" / "admin.key", tmp_path / "data" / "control" / "pepper"):
        assert file.stat().st_mode & 0o777 == 0o600
    assert process.stop() == 0
    process.start()
    answer = httpx.get(f"{process.url}/v1/links", headers={"Authorization": f"Bearer {key}"}, trust_env=False)
    process.kill()
    assert answer.status_code == 200
    assert key not in process.log.read_text()


async def read_slugs(api: ControlProcess, http: httpx.AsyncClient) -> dict[str, str]:
    """The slug of each link, read page by page: a call for each link would reach the limit of calls a minute."""
    slugs: dict[str, str] = {}
    query: dict[str, str] = {"limit": "100"}
    while True:
        answer = await http.get(f"{api.url}/v1/links", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        slugs |= {link["id"]: link["slug"] for link in page["data"]}
        if page["next_cursor"] is None:
            return slugs
        query["cursor"] = page["next_cursor"]


@pytest.mark.fault
async def test_every_acknowledged_write_survives_sigkill(
    api: ControlProcess, http: httpx.AsyncClient
) -> None:
    """What was answered with 2xx is true afterwards, and the database is whole."""
    acknowledged: dict[str, str] = {}
    chance = random.Random(4)

    async def write(number: int) -> None:
        slug = f"s{number}"
        try:
            answer = await http.post(
                f"{api.url}/v1/links", json={"target_url": f"https://example.com/{number}", "slug": slug}
            )
        except httpx.TransportError:
            return
        assert answer.status_code == 201, answer.text
        acknowledged[answer.json()["id"]] = slug

    number = 0
    for _ in range(KILLS):
        enough = len(acknowledged) + chance.randint(5, 40)
        writers: set[asyncio.Task[None]] = set()
        while len(acknowledged) < enough:
            writers.add(asyncio.create_task(write(number)))
            number += 1
            await asyncio.sleep(0.01)
        api.kill()
        await asyncio.gather(*writers)
        api.start()
    assert acknowledged.items() <= (await read_slugs(api, http)).items()
    api.stop()
    database = sqlite3.connect(api.directory / "control" / "control.db")
    assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    versions = [row[0] for row in database.execute("select ver from outbox order by ver")]
    links = database.execute("select count(*) from links").fetchone()[0]
    database.close()
    assert versions == list(range(1, links + 1))


async def read_records(broker: Broker, epoch: str, count: int) -> list[RecordV1]:
    """Read so many records of an epoch from the stream."""
    reader = StreamReader(broker, subjects.LINKS_STREAM, 0)
    records: list[RecordV1] = []
    async with asyncio.timeout(120):
        while len(records) < count:
            try:
                messages = await reader.fetch(timeout_s=0.5)
            except BrokerUnavailable:
                await asyncio.sleep(0.1)
                continue
            for message in messages:
                batch = codec.decode_record_batch(message.data)
                if batch.epoch == epoch:
                    records.extend(batch.records)
    return records


async def next_beat(broker: Broker) -> HeartbeatV1:
    """Wait for a heartbeat."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(payload: bytes) -> None:
        heard.put_nowait(payload)

    await broker.serve(subjects.HEARTBEAT, listen)
    return codec.decode_heartbeat(await asyncio.wait_for(heard.get(), 15))


@pytest.mark.parametrize("plane", [PATIENT_WORKER], ids=["patient"], indirect=True)
async def test_change_reaches_the_stream_because_the_worker_is_woken(
    plane: tuple[ControlProcess, ControlProcess], broker: Broker, http: httpx.AsyncClient
) -> None:
    """An edit is live at the edges because the worker is woken: this one looks by itself once an hour."""
    api, _worker = plane
    beat = await next_beat(broker)
    while (await http.get(f"{api.url}/readyz")).json()["degraded"]:
        await asyncio.sleep(0.05)
    for number in range(20):
        await http.post(
            f"{api.url}/v1/links", json={"target_url": "https://example.com", "slug": f"s{number}"}
        )
        records = await read_records(broker, beat.epoch, number + 1)
        assert records[-1].key == link_key(DEFAULT_DOMAIN_ID, f"s{number}")
    assert sorted(beat.salts) == list(range(min(beat.salts), min(beat.salts) + 4))


@pytest.mark.fault
async def test_relay_neither_loses_nor_repeats_over_kills(
    plane: tuple[ControlProcess, ControlProcess],
    broker_process: BrokerProcess,
    broker: Broker,
    http: httpx.AsyncClient,
) -> None:
    """Every committed change is in the stream once, in order, whatever is killed."""
    api, worker = plane
    beat = await next_beat(broker)
    made = 0
    for step in range(RELAY_KILLS):
        for _ in range(15):
            answer = await http.post(f"{api.url}/v1/links", json={"target_url": "https://example.com/a"})
            assert answer.status_code == 201
            made += 1
        if step % 2:
            worker.kill()
            worker.start()
        else:
            broker_process.kill()
            broker_process.start()
    records = await read_records(broker, beat.epoch, made)
    assert [record.ver for record in records] == list(range(1, made + 1))


async def test_snapshot_holds_what_the_heartbeat_says(
    plane: tuple[ControlProcess, ControlProcess], broker: Broker, http: httpx.AsyncClient
) -> None:
    """A new edge that loads it agrees with every other edge."""
    api, _worker = plane
    for number in range(30):
        body = {"target_url": "https://example.com", "slug": f"s{number}"}
        link = (await http.post(f"{api.url}/v1/links", json=body)).json()
        if number % 3 == 0:
            await http.delete(f"{api.url}/v1/links/{link['id']}")
    offer = snapshot.decode_offer(
        await broker.request(subjects.SNAPSHOT_OPEN, codec.encode(SnapshotOpen(40)), timeout_s=10)
    )
    reader, offset, total, count = SnapshotReader(), 0, 0, 0
    while offset < offer.size_bytes:
        wanted = codec.encode(SnapshotRead(offer.name, offset))
        piece = await broker.request(subjects.SNAPSHOT_READ, wanted, timeout_s=10)
        for key, ver, value in reader.feed(piece):
            total += record_hash(key, ver, value)
            count += 1
        offset += len(piece)
    header = reader.finish()
    beat = await next_beat(broker)
    assert (
        (header.epoch, header.ver, header.count) == (beat.epoch, beat.ver, beat.count) == (beat.epoch, 40, 20)
    )
    assert set_hash_bytes(total) == header.set_hash == beat.set_hash


@pytest.mark.fault
async def test_restored_database_begins_a_new_epoch(
    plane: tuple[ControlProcess, ControlProcess], broker: Broker, http: httpx.AsyncClient
) -> None:
    """A backup from yesterday must not be taken for the continuation of today."""
    api, worker = plane
    before = await next_beat(broker)
    file = api.directory / "control" / "control.db"
    backup = sqlite3.connect(file)
    backup.execute(f"vacuum into '{api.directory / 'backup.db'}'")
    backup.close()
    for _ in range(5):
        await http.post(f"{api.url}/v1/links", json={"target_url": "https://example.com"})
    await read_records(broker, before.epoch, 5)
    worker.stop()
    api.stop()
    for old in file.parent.glob("control.db*"):
        old.unlink()
    (api.directory / "backup.db").rename(file)
    api.start()
    worker.start()
    await http.post(f"{api.url}/v1/links", json={"target_url": "https://example.com/after"})
    async with asyncio.timeout(20):
        after = await next_beat(broker)
        while after.epoch == before.epoch or after.ver == 0:
            after = await next_beat(broker)
    assert after.epoch > before.epoch
    assert after.ver == 1
