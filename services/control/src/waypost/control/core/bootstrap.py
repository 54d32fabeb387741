"""The first moments of a database: its epoch, the first workspace, the installation's own key."""

import msgspec

from waypost.control.core.keys import ADMIN_KEY_NAME, Peppers, store_key
from waypost.control.model.access import ALL_SCOPES, system_actor
from waypost.control.model.keys import CreateKey
from waypost.control.model.workspaces import Workspace
from waypost.control.store import keys, replication, workspaces
from waypost.control.store.tx import Tx

FIRST_WORKSPACE = "default"


def new_epoch(tx: Tx) -> str:
    """A name for an epoch; names of later epochs sort behind those of earlier ones."""
    return tx.new_id().replace("-", "")


async def initialise(tx: Tx) -> None:
    """Give a new database its epoch and first workspace; does nothing in one that has them."""
    await replication.initialise(tx, new_epoch(tx))
    if await workspaces.first(tx) is None:
        await workspaces.insert(
            tx,
            Workspace(
                id=tx.new_id(),
                slug=FIRST_WORKSPACE,
                name="Default",
                created_ms=tx.now_ms,
                updated_ms=tx.now_ms,
            ),
        )


async def ensure_admin_key(tx: Tx, peppers: Peppers, text: str) -> None:
    """Let this text, and no earlier one, be the key of the first workspace with every scope."""
    workspace = await workspaces.first(tx)
    if workspace is None:
        raise RuntimeError("the database was not initialised")
    actor = system_actor(workspace.id, ADMIN_KEY_NAME)
    current = await keys.by_digest(tx, peppers.digests(text))
    for key in await keys.admin_keys(tx, workspace.id):
        if (current is None or key.id != current.id) and not key.revoked_ms:
            await keys.save(tx, msgspec.structs.replace(key, revoked_ms=tx.now_ms))
    if current is None:
        command = CreateKey(name=ADMIN_KEY_NAME, scopes=(ALL_SCOPES,), format="given")
        await store_key(tx, actor, peppers, command, text)
    elif current.revoked_ms or current.expires_ms:
        await keys.save(tx, msgspec.structs.replace(current, revoked_ms=0, expires_ms=0))
