"""A Waypost in this process for contract tests: real SQLite, a clock that tests move, one key for all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
from tests.control.schema import put_current_schema

from waypost.control.bus import Bus
from waypost.control.core import bootstrap, keys
from waypost.control.core.keys import Peppers
from waypost.control.dialects.base.rates import Limiter
from waypost.control.dialects.dialect import Dialect, application
from waypost.control.model.access import ALL_SCOPES, Actor, system_actor
from waypost.control.model.installation import Installation
from waypost.control.model.keys import CreateKey, Key
from waypost.control.model.plans import Plan
from waypost.control.objects.local import LocalObjects
from waypost.control.store import workspaces
from waypost.control.store.database import open_database
from waypost.control.surface.control import Control

START_MS = 1_770_000_000_000
ADMIN_KEY = "admin-key-of-the-contract-tests"
PUBLIC_URL = "https://go.example"


class World:
    """The control plane, the hand of its clock, and clients of its dialects."""

    def __init__(self, control: Control, workspace_id: str) -> None:
        self.control = control
        self.workspace_id = workspace_id
        self.now_ms = START_MS
        self.limiter = Limiter()

    def tick(self) -> int:
        """The time; no two readings are the same, so that what is made later is newer."""
        self.now_ms += 1
        return self.now_ms

    @property
    def actor(self) -> Actor:
        """Somebody who may do everything."""
        return system_actor(self.workspace_id, "test")

    def use_plan(self, plan: Plan) -> None:
        """Let this be the only plan there is."""
        database = self.control.database
        database.installation = msgspec.structs.replace(database.installation, plans=(plan,))

    def client(self, dialect: Dialect, key: str = ADMIN_KEY) -> httpx.AsyncClient:
        """A client as a vendor's user has it: base URL without prefix, the key as bearer; no key when empty."""
        transport = httpx.ASGITransport(
            application(dialect, self.control, self.limiter),  # type: ignore[arg-type]  # Litestar types ASGI stricter
            raise_app_exceptions=False,
        )
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.AsyncClient(transport=transport, base_url="https://api.example", headers=headers)

    async def add_key(
        self, text: str, *scopes: str, expires_ms: int = 0, workspace_id: str | None = None
    ) -> Key:
        """Keep a key of this text, with every scope unless some are named."""
        command = CreateKey(
            name="test", scopes=scopes or (ALL_SCOPES,), format="given", expires_ms=expires_ms
        )
        actor = system_actor(workspace_id or self.workspace_id, "test")
        async with self.control.database.write() as tx:
            return (await keys.store_key(tx, actor, self.control.peppers, command, text)).key


@asynccontextmanager
async def new_world(directory: Path) -> AsyncIterator[World]:
    """Open a world whose files live in a directory."""
    hand: list[World] = []
    await put_current_schema(directory / "control.db")
    database = await open_database(
        "",
        directory / "control.db",
        installation=Installation(public_url=PUBLIC_URL),
        clock=lambda: hand[0].tick() if hand else START_MS,
    )
    try:
        objects = LocalObjects(directory / "assets")
        peppers = Peppers((b"pepper-of-the-contract-tests",))
        control = Control(database, peppers, Bus("", "contract-tests"), objects)
        async with database.write() as tx:
            await bootstrap.initialise(tx)
            await bootstrap.ensure_admin_key(tx, control.peppers, ADMIN_KEY)
            workspace = await workspaces.first(tx)
        assert workspace is not None
        hand.append(World(control, workspace.id))
        yield hand[0]
    finally:
        await database.close()
