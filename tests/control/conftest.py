"""Fixtures of control: a control plane on a fresh database, and clients with keys of any scope."""

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from tests.control.clock import Clock
from tests.control.postgres import PostgresCluster, cluster_or_reason
from tests.control.schema import put_current_schema

from waypost.control.app import asgi
from waypost.control.bus import Bus
from waypost.control.core import bootstrap, keys
from waypost.control.core.keys import Peppers
from waypost.control.model.access import Actor, system_actor
from waypost.control.model.installation import Installation
from waypost.control.model.keys import CreateKey
from waypost.control.model.workspaces import Workspace
from waypost.control.objects.local import LocalObjects
from waypost.control.store import workspaces
from waypost.control.store.database import Database, open_database
from waypost.control.surface.control import Control

PEPPERS = Peppers((b"pepper of the tests",))
ApiClient = Callable[..., Awaitable[httpx.AsyncClient]]

DATABASES = ["sqlite", "postgres"] if os.environ.get("WAYPOST_TEST_POSTGRES", "1") != "0" else ["sqlite"]


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> PostgresCluster:
    """A private PostgreSQL, started when the first test wants it."""
    cluster = cluster_or_reason(tmp_path_factory.mktemp("postgres"))
    if isinstance(cluster, str):
        pytest.skip(cluster)
    return cluster


@pytest.fixture
def clock() -> Clock:
    """The time the database reads; tests move it."""
    return Clock()


@pytest.fixture
def installation() -> Installation:
    """What the operator decided; a test overrides this fixture to decide otherwise."""
    return Installation(public_url="https://go.example")


@pytest.fixture
def database_url() -> str:
    """Empty for SQLite. `tests/control/test_postgres.py` overrides this."""
    return ""


@pytest.fixture
async def database(
    tmp_path: Path, clock: Clock, installation: Installation, database_url: str
) -> AsyncIterator[Database]:
    """A fresh, migrated, initialised database."""
    file = tmp_path / "control.db"
    if not database_url:
        await put_current_schema(file)
    opened = await open_database(database_url, file, installation=installation, clock=clock)
    async with opened.write() as tx:
        await bootstrap.initialise(tx)
    yield opened
    await opened.close()


@pytest.fixture
async def actor(database: Database) -> Actor:
    """The first workspace's own actor, with every right."""
    async with database.read() as tx:
        workspace = await workspaces.first(tx)
    assert workspace is not None
    return system_actor(workspace.id, "test")


@pytest.fixture
async def stranger(database: Database) -> Actor:
    """The actor of a second workspace."""
    async with database.write() as tx:
        workspace = Workspace(
            id=tx.new_id(), slug="other", name="Other", created_ms=tx.now_ms, updated_ms=tx.now_ms
        )
        await workspaces.insert(tx, workspace)
    return system_actor(workspace.id, "stranger")


@pytest.fixture
async def control(database: Database, tmp_path: Path) -> Control:
    """The control plane in this process, without a broker."""
    return Control(database, PEPPERS, Bus("", "test"), LocalObjects(tmp_path / "assets"))


@pytest.fixture
async def api_client(control: Control, actor: Actor) -> AsyncIterator[ApiClient]:
    """Makes clients: `await api_client("links:read")` has a key with exactly these scopes."""
    application = asgi(control)
    opened: list[httpx.AsyncClient] = []

    async def make(*scopes: str, actor: Actor = actor, text: str | None = None) -> httpx.AsyncClient:
        if text is None:
            command = CreateKey(name=secrets.token_hex(4), scopes=scopes or ("*",))
            async with control.database.write() as tx:
                text = (await keys.create_key(tx, actor, PEPPERS, command)).text
        transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {text}"} if text else {}
        client = httpx.AsyncClient(transport=transport, base_url="http://control", headers=headers)
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture
async def client(api_client: ApiClient) -> httpx.AsyncClient:
    """A client whose key may do everything."""
    return await api_client("*")
