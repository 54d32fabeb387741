"""The end of workspaces: closed at once everywhere, brought back while they are there, removed without a trace."""

from typing import Any

import httpx
import pytest
from msgspec import Raw
from sqlalchemy import select
from tests.control.clock import Clock
from tests.control.conftest import ApiClient
from tests.control.test_assets import photograph, uploaded
from tests.control.test_links import make
from tests.control.test_plans import told

from waypost.control import limits
from waypost.control.bus import Bus
from waypost.control.jobs.workspace_removal import WorkspaceRemoval
from waypost.control.model.access import system_actor
from waypost.control.model.faults import Unavailable
from waypost.control.store import replication
from waypost.control.store.database import Database
from waypost.control.store.schema import metadata
from waypost.control.surface.control import Control
from waypost.wire.codec import decode_query, encode
from waypost.wire.link import WorkspaceV1
from waypost.wire.queries import Reply
from waypost.wire.upkeep import Changed, EraseLink


class ForgettingBus(Bus):
    """Analytics that forgets links, or is away."""

    def __init__(self) -> None:
        super().__init__("", "test")
        self.forgotten: list[bytes] = []
        self.is_away = False

    async def request(self, subject: str, payload: bytes) -> bytes:
        """Answer as analytics does."""
        query = decode_query(payload)
        assert isinstance(query, EraseLink)
        if self.is_away:
            raise Unavailable("Analytics")
        self.forgotten.append(query.link_id)
        return encode(Reply(answer=Raw(encode(Changed(1)))))


@pytest.fixture
def bus() -> ForgettingBus:
    """Analytics."""
    return ForgettingBus()


@pytest.fixture
def removal(control: Control, bus: ForgettingBus) -> WorkspaceRemoval:
    """The job."""
    return WorkspaceRemoval(control.database, control.assets.objects, bus)


async def tenant_of(client: httpx.AsyncClient, api_client: ApiClient) -> tuple[str, httpx.AsyncClient]:
    """A second workspace: its id, and a client of it."""
    made = (await client.post("/v1/workspaces", json={"slug": "shop", "name": "The Shop"})).json()
    return made["workspace"]["id"], await api_client(text=made["key"])


async def rows_of(database: Database, workspace_id: str) -> dict[str, int]:
    """How many rows of a workspace there are, by table."""
    found = {}
    async with database.read() as tx:
        for table in metadata.sorted_tables:
            column = table.c.id if table.name == "workspaces" else table.c.get("workspace_id")
            if column is not None and (rows := await tx.rows(select(column).where(column == workspace_id))):
                found[str(table.name)] = len(rows)
    return found


async def records_of(database: Database) -> int:
    """How many records the edges hold."""
    async with database.read() as tx:
        return sum([len(part) async for part in replication.live_records(tx)])


async def test_only_the_owner_deletes_a_workspace_and_says_which(
    client: httpx.AsyncClient, api_client: ApiClient
) -> None:
    """A slip must not close a shop; the operator's own workspace, which holds the installation's key, stays."""
    workspace_id, tenant = await tenant_of(client, api_client)
    assert (await tenant.delete("/v1/workspace")).status_code == 422
    wrong = await tenant.delete("/v1/workspace", params={"confirm": "shops"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "confirm")
    writer = await api_client("workspace:write", actor=system_actor(workspace_id, "test"))
    assert (await writer.delete("/v1/workspace", params={"confirm": "shop"})).status_code == 403
    assert (await client.delete("/v1/workspace", params={"confirm": "default"})).status_code == 403


async def test_a_deleted_workspace_is_closed_at_once_and_can_come_back(
    client: httpx.AsyncClient,
    api_client: ApiClient,
    database: Database,
    clock: Clock,
    removal: WorkspaceRemoval,
) -> None:
    """Keys open nothing, edges know; whoever deleted it by mistake has a month to say so."""
    workspace_id, tenant = await tenant_of(client, api_client)
    link = await make(tenant, slug="open")
    assert (await tenant.delete("/v1/workspace", params={"confirm": "The Shop"})).status_code == 204
    refused = await tenant.get(f"/v1/links/{link['id']}")
    assert (refused.status_code, refused.json()["code"]) == (401, "key_revoked")
    record = await told(database, workspace_id)
    assert isinstance(record, WorkspaceV1)
    assert record.suspended
    clock.advance(seconds=29 * 24 * 3600)
    await removal.look()
    back = await client.patch(f"/v1/workspaces/{workspace_id}", json={"deleted": False})
    assert (back.status_code, back.json()["deleted_at"], back.json()["expires_at"]) == (200, None, None)
    assert (await tenant.get(f"/v1/links/{link['id']}")).status_code == 200
    assert await told(database, workspace_id) is None


async def test_nothing_is_left_of_a_removed_workspace(
    client: httpx.AsyncClient,
    api_client: ApiClient,
    database: Database,
    clock: Clock,
    removal: WorkspaceRemoval,
    bus: ForgettingBus,
    control: Control,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Links, scans, files, people, keys, the log: and the edges forget it; what is others' stays."""
    monkeypatch.setattr(limits, "REMOVED_ROWS_AT_ONCE", 3)
    kept = await make(client, slug="kept")
    before = await records_of(database)
    workspace_id, tenant = await tenant_of(client, api_client)
    first = await make(tenant, slug="a", aliases=["b"], tags=["red"])
    await make(tenant, slug="c")
    await tenant.delete(f"/v1/links/{first['id']}")
    asset = await uploaded(tenant, "logo.jpeg", "image/jpeg", photograph())
    await tenant.post(f"/v1/assets/{asset['id']}/publish")
    bodies: dict[str, dict[str, Any]] = {
        "/v1/members": {"email": "ada@example.com", "role": "admin"},
        "/v1/folders": {"name": "f"},
        "/v1/visitors/identify": {"visitor": {"email": "a@example.com", "attributes": {"n": 1}}},
        "/v1/webhooks": {"url": "https://example.com/hook", "events": ["link.created"]},
        "/v1/qr/designs": {"name": "d"},
    }
    for path, body in bodies.items():
        assert (await tenant.post(path, json=body)).status_code in (200, 201), path
    await tenant.delete("/v1/workspace", params={"confirm": "shop"})
    clock.advance(seconds=30 * 24 * 3600 + 1)
    bus.is_away = True
    await removal.look()
    assert (await rows_of(database, workspace_id))["links"] == 2, "scans go first, so it waits"
    bus.is_away = False
    await removal.look()
    assert await rows_of(database, workspace_id) == {}
    assert len(bus.forgotten) == 2
    assert await records_of(database) == before
    assert not [file for file in control.assets.objects.root.rglob("*") if file.is_file()]  # type: ignore[attr-defined]  # a directory in these tests
    assert (await client.get(f"/v1/links/{kept['id']}")).status_code == 200
    await make(client, slug="a")


async def test_a_sandbox_is_a_workspace_of_its_own(
    client: httpx.AsyncClient,
    api_client: ApiClient,
    database: Database,
    clock: Clock,
    removal: WorkspaceRemoval,
) -> None:
    """Nothing of it reaches the real one; it makes no sandboxes; it goes when it is told or when its time is over."""
    linker = await api_client("keys:write", "keys:read", "links:write", "links:read")
    made = (await linker.post("/v1/sandboxes", json={"name": "Try"})).json()
    sandbox = await api_client(text=made["key"])
    link = await make(sandbox)
    assert (await client.get(f"/v1/links/{link['id']}")).status_code == 404
    assert (await sandbox.get("/v1/workspace")).status_code == 403, "the scopes of the key that made it"
    nested = await sandbox.post("/v1/sandboxes", json={})
    assert nested.status_code == 403
    listed = (await linker.get("/v1/sandboxes")).json()["data"]
    assert [(each["id"], each["name"]) for each in listed] == [(made["workspace"]["id"], "Try")]
    later = (await linker.post("/v1/sandboxes", json={})).json()["workspace"]["id"]
    assert (await linker.delete(f"/v1/sandboxes/{listed[0]['id']}")).status_code == 204
    assert (await linker.delete(f"/v1/sandboxes/{listed[0]['id']}")).status_code == 404
    assert (await sandbox.get(f"/v1/links/{link['id']}")).status_code == 401
    await removal.look()
    assert await rows_of(database, listed[0]["id"]) == {}
    clock.advance(seconds=31 * 24 * 3600)
    assert (await client.get("/v1/sandboxes")).json()["data"] == []
    await removal.look()
    assert await rows_of(database, later) == {}
