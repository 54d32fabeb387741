"""Workspace tokens: make (shown once), list, read, change, revoke."""

from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from waypost.control.core import keys
from waypost.control.dialects.linkbreakers.asked import case_of, gives, nothing, shown, takes
from waypost.control.dialects.linkbreakers.mapping.tokens import (
    KEY_TYPES,
    PUBLISHABLE,
    to_native,
    to_token,
)
from waypost.control.dialects.linkbreakers.schemas.tokens import (
    TokenAnswer,
    TokenCreate,
    TokenPatch,
    TokensAnswer,
)
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.model.faults import Invalid, KeyNotFound
from waypost.control.model.keys import CreateKey, Key, MintedKey, UpdateKey
from waypost.control.store import keys as stored
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

TAG = "Tokens"
PATH = "/v1/workspace-tokens"
_UNNAMED = "API token"


@post(PATH, scope="keys:write", **takes(TokenCreate, TokenAnswer, TAG))
async def create_token(call: Caller, data: JSONBody[TokenCreate]) -> Response[Any]:
    """Make a token. Its text is in this answer and nowhere else."""
    case = case_of(call)
    command = _to_create(data)

    async def work(tx: Tx) -> MintedKey:
        return await keys.create_key(tx, call.actor, call.control.peppers, command)

    def render(minted: MintedKey) -> Any:
        return spell(TokenAnswer(token=to_token(minted.key), access_token=minted.text), case)

    return await call.write(work, render)


@get(PATH, scope="keys:read", **gives(TokensAnswer, TAG))
async def list_tokens(call: Caller) -> Response[Any]:
    """The tokens in force, with when they were last used."""
    found = await call.read(lambda tx: keys.list_keys(tx, call.actor))
    tokens = [to_token(key) for key in found if not key.revoked_ms]
    return shown(call, TokensAnswer(tokens=tokens, total_count=len(tokens)))


@get(PATH + "/{token_id:str}", scope="keys:read", **gives(TokenAnswer, TAG))
async def get_token(call: Caller, token_id: FromPath[str]) -> Response[Any]:
    """One token."""

    async def work(tx: Tx) -> Key:
        return await _in_force(tx, call.actor.workspace_id, token_id)

    return shown(call, TokenAnswer(token=to_token(await call.read(work))))


@patch(PATH + "/{token_id:str}", scope="keys:write", **takes(TokenPatch, TokenAnswer, TAG))
async def update_token(call: Caller, token_id: FromPath[str], data: JSONBody[TokenPatch]) -> Response[Any]:
    """Another name or other scopes; the text stays."""
    case = case_of(call)
    command = _to_update(data)

    async def work(tx: Tx) -> Key:
        await _in_force(tx, call.actor.workspace_id, token_id)
        return await keys.update_key(tx, call.actor, token_id, command)

    return await call.write(work, lambda key: spell(TokenAnswer(token=to_token(key)), case))


@delete(PATH + "/{token_id:str}", scope="keys:write", status_code=200, tags=[TAG])
async def delete_token(call: Caller, token_id: FromPath[str]) -> Response[Any]:
    """Revoke a token at once."""

    async def work(tx: Tx) -> Key:
        await _in_force(tx, call.actor.workspace_id, token_id)
        return await keys.revoke_key(tx, call.actor, token_id)

    return await call.write(work, nothing)


async def _in_force(tx: Tx, workspace_id: str, token_id: str) -> Key:
    key = await stored.get(tx, workspace_id, token_id)
    if key.revoked_ms:
        raise KeyNotFound(token_id)
    return key


def _to_create(data: TokenCreate) -> CreateKey:
    if data.key_type not in KEY_TYPES:
        raise Invalid("key_type", f"is none of {', '.join(KEY_TYPES)}")
    name = _UNNAMED if data.name is UNSET else data.name
    scopes = [] if data.scopes is UNSET or data.scopes is None else data.scopes
    if data.key_type.endswith("PUBLISHABLE"):
        if scopes:
            raise Invalid("scopes", "a publishable token takes none")
        return CreateKey(name=name, scopes=PUBLISHABLE, format="linkbreakers")
    return CreateKey(name=name, scopes=to_native(scopes), format="linkbreakers")


def _to_update(data: TokenPatch) -> UpdateKey:
    if data.full_access and data.scopes:
        raise Invalid("scopes", "cannot come with full_access")
    command = UpdateKey(name=data.name)
    if data.full_access:
        return msgspec.structs.replace(command, scopes=to_native([]))
    if data.scopes is not UNSET and data.scopes:
        return msgspec.structs.replace(command, scopes=to_native(data.scopes))
    return command


HANDLERS = [create_token, list_tokens, get_token, update_token, delete_token]
