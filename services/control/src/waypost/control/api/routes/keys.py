"""API keys: mint, list, change, rotate, revoke."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from waypost.control import limits
from waypost.control.api.mapping import to_ms
from waypost.control.api.routes.including import Show, ToDomain
from waypost.control.api.routes.parameters import Id, nothing
from waypost.control.api.schemas.includes import KeyList, KeyWithIncluded
from waypost.control.api.schemas.organisation import (
    KeyBody,
    KeyCreate,
    KeyMade,
    KeyOut,
    KeyRotate,
    to_command,
    to_key,
    to_key_made,
)
from waypost.control.core import keys
from waypost.control.core.includes import refers_to_domain
from waypost.control.model.faults import Invalid
from waypost.control.model.keys import CreateKey, UpdateKey
from waypost.control.store import keys as stored_keys
from waypost.control.surface.call import Caller

TAGS = ["Keys"]
_SHOW = Show(KeyWithIncluded, to_key, refers_to_domain)


@post("/v1/keys", scope="keys:write", operation_id="createKey", tags=TAGS, status_code=201)
async def create_key(call: Caller, data: JSONBody[KeyCreate]) -> Response[KeyMade]:
    """Mint a key. Its text is in this answer and nowhere else; no key grants more than its maker has."""
    command = CreateKey(
        name=data.name,
        scopes=tuple(data.scopes),
        format=data.format,
        domain_id=data.domain_id or call.actor.domain_id,
        own_links_only=data.own_links_only or call.actor.own_links_only,
        member_id=data.member_id or "",
        expires_ms=to_ms(data.expires_at),
    )
    peppers = call.control.peppers
    return await call.write(
        lambda tx: keys.create_key(tx, call.actor, peppers, command), to_key_made, status=201
    )


@get("/v1/keys", scope="keys:read", operation_id="listKeys", tags=TAGS)
async def list_keys(call: Caller, include: ToDomain = None) -> KeyList:
    """List the keys of the workspace, newest first, revoked ones too."""
    _, data = await _SHOW.all(call, lambda tx: keys.list_keys(tx, call.actor), lambda found: found, include)
    return KeyList(data=data)


@get("/v1/keys/{key_id:str}", scope="keys:read", operation_id="getKey", tags=TAGS)
async def get_key(call: Caller, key_id: Id, include: ToDomain = None) -> KeyWithIncluded:
    """Read one key, without its text."""
    workspace_id = call.actor.workspace_id
    return (await _SHOW.one(call, lambda tx: stored_keys.get(tx, workspace_id, key_id), include))[1]


@patch("/v1/keys/{key_id:str}", scope="keys:write", operation_id="updateKey", tags=TAGS)
async def update_key(call: Caller, key_id: Id, data: JSONBody[KeyBody]) -> Response[KeyOut]:
    """Change what a key is called or may do."""
    command = to_command(data, UpdateKey, expires_ms=0)
    return await call.write(lambda tx: keys.update_key(tx, call.actor, key_id, command), to_key)


@post(
    "/v1/keys/{key_id:str}/rotate", scope="keys:write", operation_id="rotateKey", tags=TAGS, status_code=201
)
async def rotate_key(call: Caller, key_id: Id, data: JSONBody[KeyRotate | None] = None) -> Response[KeyMade]:
    """Mint a successor with the same rights; the old key ends after the overlap."""
    overlap_ms = (data or KeyRotate()).overlap_s * 1000
    if not 0 <= overlap_ms <= limits.KEY_OVERLAP_MS_MAX:
        raise Invalid("overlap_s", f"must lie between 0 and {limits.KEY_OVERLAP_MS_MAX // 1000}")
    peppers = call.control.peppers
    return await call.write(
        lambda tx: keys.rotate_key(tx, call.actor, peppers, key_id, overlap_ms), to_key_made, status=201
    )


@delete("/v1/keys/{key_id:str}", scope="keys:write", operation_id="revokeKey", tags=TAGS)
async def revoke_key(call: Caller, key_id: Id) -> Response[None]:
    """Revoke a key at once."""
    return await call.write(lambda tx: keys.revoke_key(tx, call.actor, key_id), nothing, status=204)


HANDLERS = [create_key, list_keys, get_key, update_key, rotate_key, revoke_key]
