"""The files of assets when something goes wrong: crashes, full disks, clients that leave, two at once."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.control.processes import ControlProcess
from tests.control.test_assets import PDF, announce, files, photograph, put, uploaded

from waypost.control.core import assets
from waypost.control.core.asset_files import sweep
from waypost.control.model.access import Actor
from waypost.control.model.assets import Asset
from waypost.control.model.faults import Unavailable
from waypost.control.objects import Reading
from waypost.control.objects.local import LocalObjects
from waypost.control.store import events
from waypost.control.store.database import Database
from waypost.control.surface.control import Control


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the files are."""
    return tmp_path / "assets"


async def test_what_a_crash_left_half_written_is_cleared_up(tmp_path: Path) -> None:
    """A killed process removes no draft of its own; what is still being written stays."""
    objects = LocalObjects(tmp_path)
    await objects.write("uploads/a", b"whole", {})
    old, new = tmp_path / "uploads" / ".1.part", tmp_path / "uploads" / ".2.part"
    for draft in (old, new):
        draft.write_bytes(b"half")
    os.utime(old, (1_000, 1_000))
    await objects.clear_up(2_000)
    assert files(tmp_path) == ["uploads/.2.part", "uploads/a"]


async def test_an_upload_that_breaks_off_changes_nothing(tmp_path: Path) -> None:
    """A connection that is cut must not leave half a file in the place of a whole one."""

    async def cut() -> AsyncIterator[bytes]:
        yield b"x" * (2 * 1024 * 1024)
        raise ConnectionError

    objects = LocalObjects(tmp_path)
    await objects.write("uploads/a", b"whole", {})
    with pytest.raises(ConnectionError):
        await objects.receive("uploads/a", cut(), 10 * 1024 * 1024, {})
    assert files(tmp_path) == ["uploads/a"]
    assert await objects.read("uploads/a", 100) == b"whole"


async def test_a_full_disk_is_said_to_be_away(client: httpx.AsyncClient, directory: Path) -> None:
    """503, which clients wait out; what was announced can be uploaded later."""
    started = await announce(client, "a.pdf", "application/pdf")
    os.symlink("/dev/full", directory)  # nothing can be made below a device
    answer = await put(client, started, PDF)
    assert (answer.status_code, answer.json()["code"], "retry-after" in answer.headers) == (
        503,
        "unavailable",
        True,
    )
    os.unlink(directory)
    assert (await put(client, started, PDF)).status_code == 200


def test_a_client_that_goes_away_leaves_nothing(tmp_path: Path) -> None:
    """Over a real connection that is cut in the middle: no file, no failure in the log, and the API goes on."""
    process = ControlProcess("api", tmp_path / "data")
    process.start()
    try:
        headers = {"Authorization": "Bearer an-admin-key-for-tests"}
        body = {"filename": "a.pdf", "content_type": "application/pdf"}
        started = httpx.post(f"{process.url}/v1/assets", json=body, headers=headers, trust_env=False).json()
        url = httpx.URL(started["upload"]["url"])
        with socket.create_connection(("127.0.0.1", int(process.url.rpartition(":")[2]))) as connection:
            head = f"PUT {url.raw_path.decode()} HTTP/1.1\r\nHost: x\r\nContent-Type: application/pdf\r\n"
            connection.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + b"x" * 500_000)
            directory = tmp_path / "data" / "assets"
            deadline = time.monotonic() + 20
            while not directory.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
        while files(directory) and time.monotonic() < deadline:
            time.sleep(0.02)
        path = f"{process.url}/v1/assets/{started['asset']['id']}/confirm"
        answer = httpx.post(path, headers=headers, trust_env=False)
        assert answer.json()["code"] == "upload_missing"
        assert files(directory) == []
    finally:
        process.kill()
    assert "request_failed" not in process.log.read_text()


class Hurried(LocalObjects):
    """A store in which a file is uploaded anew as soon as it was read."""

    @asynccontextmanager
    async def opened(self, key: str) -> AsyncIterator[Reading | None]:
        """As the real one, and then comes another file."""
        async with super().opened(key) as reading:
            yield reading
        await self.write(key, b"<script>", {})


async def test_what_is_kept_is_what_was_judged(
    client: httpx.AsyncClient, control: Control, directory: Path
) -> None:
    """An address for uploads lives longer than the judging, so another file may come in the very moment."""
    control.assets.objects = Hurried(directory)
    started = await announce(client, "a.pdf", "application/pdf")
    await put(client, started, PDF)
    path = f"/v1/assets/{started['asset']['id']}"
    refused = await client.post(f"{path}/confirm")
    assert (refused.status_code, refused.json()["code"]) == (422, "upload_missing")
    assert (await client.get(path)).json()["status"] == "pending"
    assert not [name for name in files(directory) if name.startswith("kept/")]


class Failing(LocalObjects):
    """A store that is away while it is told to be."""

    is_away = False

    async def remove(self, key: str) -> None:
        """As the real one, or not at all."""
        if self.is_away:
            raise Unavailable("The store of assets")
        await super().remove(key)


async def test_what_cannot_be_removed_now_is_removed_later(
    client: httpx.AsyncClient, control: Control, directory: Path
) -> None:
    """A bucket that is away must not keep an asset alive: it is gone for everybody, and its files follow."""
    store = Failing(directory)
    control.assets.objects = store
    asset = await uploaded(client, "a.pdf", "application/pdf", PDF)
    await client.post(f"/v1/assets/{asset['id']}/publish")
    store.is_away = True
    assert (await client.delete(f"/v1/assets/{asset['id']}")).status_code == 204
    assert (await client.get(f"/v1/assets/{asset['id']}")).status_code == 404
    assert await sweep(control.database, store) == 0
    assert len(files(directory)) == 2
    store.is_away = False
    assert await sweep(control.database, store) == 1
    assert (files(directory), await sweep(control.database, store)) == ([], 0)


async def test_a_confirmation_that_died_half_way_is_done_again(
    client: httpx.AsyncClient,
    control: Control,
    database: Database,
    actor: Actor,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed after the file was kept and before the row said so: the upload is still there to be judged anew."""
    started = await announce(client, "me.png", "image/png")
    await put(client, started, photograph("PNG"))
    async with database.read() as tx:
        asset = await assets.get_asset(tx, actor, started["asset"]["id"])
    assert await control.assets.keep(asset) is not None
    assert [name.partition("/")[0] for name in files(directory)] == ["kept", "uploads"]
    late = control.assets.keep

    async def second(found: Asset) -> Any:
        """Comes to the upload when the first has taken it away."""
        monkeypatch.setattr(control.assets, "keep", late)
        assert (await client.post(f"/v1/assets/{found.id}/confirm")).status_code == 200
        return await late(found)

    monkeypatch.setattr(control.assets, "keep", second)
    answers = await asyncio.gather(*(client.post(f"/v1/assets/{asset.id}/confirm") for _ in range(3)))
    assert [answer.json()["status"] for answer in answers] == ["confirmed"] * 3
    assert [name.partition("/")[0] for name in files(directory)] == ["kept"]
    async with database.read() as tx:
        told = [event for event in await events.after(tx, 0, 50) if event.type == "asset.uploaded"]
    assert len(told) == 1


async def test_an_asset_that_is_deleted_while_it_is_published_is_not_public(
    client: httpx.AsyncClient, control: Control, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy that comes after the deletion would stay for ever, with nobody who could remove it."""
    asset = await uploaded(client, "a.pdf", "application/pdf", PDF)
    objects = control.assets.objects

    async def slow(key: str, to: str, headers: Mapping[str, str], version: str = "") -> bool:
        """A copy that was begun before the deletion, and is done after it."""
        body = await objects.read(key, 1 << 20) or b""
        await client.delete(f"/v1/assets/{asset['id']}")
        await objects.write(to, body, headers)
        return True

    monkeypatch.setattr(objects, "copy", slow)
    assert (await client.post(f"/v1/assets/{asset['id']}/publish")).status_code == 404
    assert files(directory) == []
