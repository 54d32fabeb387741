"""`/api/keys`, outside of v1: keys listed, made, revoked.

The vendor wants its dashboard's session token here. There is none in this API, so a key that holds
`keys:write` stands for it; the keys made here do not hold it, as the vendor's do not.
"""

from typing import Annotated

from litestar import Response, delete, get, post
from litestar.params import JSONBody, PathParameter

from waypost.control.core import keys
from waypost.control.dialects.qrsbd import limits
from waypost.control.dialects.qrsbd.schemas import Success
from waypost.control.dialects.qrsbd.schemas_keys import KeyCreate, KeyOut, MintedOut, Revoked
from waypost.control.dialects.qrsbd.values import always_time, ms_to_time
from waypost.control.model.faults import KeyNotFound, WorkspaceNotFound
from waypost.control.model.keys import CreateKey, Key, MintedKey
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

PATH = "/api/keys"
TAGS = ["API keys"]
NAME = "API key"
SCOPES = ("links:read", "links:write", "domains:read", "domains:write")
"""What all of `/api/v1` needs."""


def to_key(key: Key) -> KeyOut:
    """A key as QRs.bd shows it."""
    return KeyOut(
        id=key.id,
        name=key.name,
        key_prefix=key.shown[: limits.KEY_PREFIX_CHARACTERS],
        created_at=always_time(key.created_ms),
        last_used_at=ms_to_time(key.last_used_ms),
    )


def to_minted(minted: MintedKey) -> MintedOut:
    """A new key with its text."""
    shown = to_key(minted.key)
    return MintedOut(
        id=shown.id,
        name=shown.name,
        key_prefix=shown.key_prefix,
        created_at=shown.created_at,
        last_used_at=shown.last_used_at,
        key=minted.text,
    )


@get(PATH, scope="keys:write", operation_id="listKeys", tags=TAGS)
async def list_keys(call: Caller) -> Success[list[KeyOut]]:
    """The keys in force, newest first."""
    now_ms = call.now_ms
    found = await call.read(lambda tx: keys.list_keys(tx, call.actor))
    return Success([to_key(key) for key in found if _in_force(key, now_ms)])


@post(PATH, scope="keys:write", operation_id="createKey", tags=TAGS, status_code=201)
async def create_key(call: Caller, data: JSONBody[KeyCreate | None] = None) -> Response[Success[MintedOut]]:
    """Make a key; its text is in this answer only."""
    wanted = data or KeyCreate()
    if wanted.workspace_id is not None and wanted.workspace_id != call.actor.workspace_id:
        raise WorkspaceNotFound(wanted.workspace_id)
    command = CreateKey(name=(wanted.name or "").strip() or NAME, scopes=SCOPES, format="qrsbd")
    return await call.write(
        lambda tx: keys.create_key(tx, call.actor, call.control.peppers, command),
        lambda minted: Success(to_minted(minted)),
        status=201,
    )


@delete(f"{PATH}/{{key_id:str}}", scope="keys:write", operation_id="revokeKey", tags=TAGS, status_code=200)
async def revoke_key(
    call: Caller, key_id: Annotated[str, PathParameter(description="A UUID.", max_length=64)]
) -> Response[Success[Revoked]]:
    """Revoke a key at once. A key that is not in force is an unknown one."""

    async def work(tx: Tx) -> Key:
        found = await keys.list_keys(tx, call.actor)
        if not any(key.id == key_id and _in_force(key, tx.now_ms) for key in found):
            raise KeyNotFound(key_id)
        return await keys.revoke_key(tx, call.actor, key_id)

    return await call.write(work, lambda key: Success(Revoked(id=key.id)))


def _in_force(key: Key, now_ms: int) -> bool:
    return not key.revoked_ms and not 0 < key.expires_ms <= now_ms


HANDLERS = [list_keys, create_key, revoke_key]
