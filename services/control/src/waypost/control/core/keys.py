"""API keys: minting, recognising, and the installation's own key."""

import hmac
from collections.abc import Sequence
from hashlib import sha256

import msgspec
from msgspec import UNSET, Struct

from waypost.control import limits
from waypost.control.core.announce import announce
from waypost.control.core.names import checked_name
from waypost.control.core.quotas import check_quota
from waypost.control.core.record_change import record_change
from waypost.control.model import key_jwt
from waypost.control.model import keys as key_text
from waypost.control.model.access import ALL_SCOPES, SCOPES, Actor, narrowed
from waypost.control.model.faults import (
    InPast,
    Invalid,
    KeyExpired,
    KeyMissing,
    KeyRevoked,
    KeyUnknown,
    OutOfReach,
    WorkspaceSuspended,
)
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.keys import CreateKey, Key, MintedKey, UpdateKey
from waypost.control.store import domains, keys, members
from waypost.control.store.tx import Tx

_SHOWN_CHARACTERS = 12
_SHOWN_OF_TOKEN = 8
ADMIN_KEY_NAME = "admin"


class Peppers(Struct, frozen=True):
    """The server's secrets under which key digests are made: the current one first, then older ones."""

    secrets: tuple[bytes, ...]

    def digests(self, text: str) -> list[str]:
        """The HMAC-SHA-256 of a key's text under each pepper, in hexadecimal.

        Keys are looked up by this digest: whoever does not know the pepper cannot steer it, so the
        time of the look-up tells nothing about the key.
        """
        return [hmac.new(secret, text.encode(), sha256).hexdigest() for secret in self.secrets]


async def authenticate(tx: Tx, peppers: Peppers, text: str) -> Actor:
    """Who holds this key. Raises KeyMissing, KeyUnknown, KeyRevoked, KeyExpired."""
    if not text:
        raise KeyMissing
    if len(text) > limits.KEY_CHARACTERS_MAX or not key_text.is_plausible(text):
        raise KeyUnknown
    if key_jwt.is_forged(text, peppers.secrets):
        raise KeyUnknown
    digests = peppers.digests(text)
    found = await keys.holder(tx, digests)
    if found is None or not any(hmac.compare_digest(found.key.digest, digest) for digest in digests):
        raise KeyUnknown
    key = found.key
    if found.deleted or found.is_shut_out or (key.revoked_ms and key.revoked_ms <= tx.now_ms):
        raise KeyRevoked
    if key.expires_ms and key.expires_ms <= tx.now_ms:
        raise KeyExpired
    if found.suspended:
        raise WorkspaceSuspended
    return Actor(
        workspace_id=key.workspace_id,
        kind="key",
        id=key.id,
        name=key.name,
        scopes=narrowed(frozenset(key.scopes), found.role),
        member_id=key.member_id,
        domain_id=key.domain_id,
        own_links_only=key.own_links_only,
        plan=found.plan,
    )


async def create_key(tx: Tx, actor: Actor, peppers: Peppers, command: CreateKey) -> MintedKey:
    """Mint a key in the actor's workspace; nobody hands out more than they have. Raises Invalid, InPast."""
    check_scopes(actor, command.scopes)
    checked_name(command.name)
    if command.expires_ms and command.expires_ms <= tx.now_ms:
        raise InPast("expires_at", "lies in the past")
    if command.domain_id is not None and command.domain_id != DEFAULT_DOMAIN:
        await domains.get(tx, actor.workspace_id, command.domain_id)
    if command.member_id:
        await _check_owner(tx, actor, command.member_id)
    await check_quota(tx, actor, "keys")
    if key_text.is_opaque(command.format):
        text = key_text.new_text(command.format, tx.random_bytes)
        return await store_key(tx, actor, peppers, command, text)
    key_id = tx.new_id()
    claims = key_jwt.Claims(
        tid=key_id,
        wid=actor.workspace_id,
        iat=tx.now_ms // 1000,
        jti=tx.random_bytes(key_jwt.JTI_BYTES).hex(),
    )
    text = key_jwt.signed(claims, peppers.secrets[0])
    return await store_key(tx, actor, peppers, command, text, key_id=key_id)


async def store_key(
    tx: Tx, actor: Actor, peppers: Peppers, command: CreateKey, text: str, *, key_id: str = ""
) -> MintedKey:
    """Keep a key whose text somebody already made."""
    key = Key(
        id=key_id or tx.new_id(),
        workspace_id=actor.workspace_id,
        name=command.name.strip(),
        # All tokens begin alike.
        shown=text[:_SHOWN_CHARACTERS] if key_text.is_opaque(command.format) else text[-_SHOWN_OF_TOKEN:],
        digest=peppers.digests(text)[0],
        scopes=command.scopes,
        format=command.format,
        domain_id=command.domain_id,
        own_links_only=command.own_links_only,
        created_ms=tx.now_ms,
        created_by=actor.id,
        # Whoever makes a key hands on their own standing, unless they may speak for others.
        member_id=command.member_id or actor.member_id,
        expires_ms=command.expires_ms,
    )
    await keys.insert(tx, key)
    await record_change(tx, actor, "key.create", key.id, None, key)
    announce(tx, "key.created", actor.workspace_id, _event_data(key))
    return MintedKey(key=key, text=text)


async def _check_owner(tx: Tx, actor: Actor, member_id: str) -> None:
    """Raise MemberNotFound, and OutOfReach for who makes keys for others without governing members."""
    await members.rows.get(tx, actor.workspace_id, member_id)
    if member_id != actor.member_id and not actor.may("members:write"):
        raise OutOfReach("keys of its own")


def _event_data(key: Key) -> dict[str, object]:
    return {"key": {"id": key.id, "name": key.name, "shown": key.shown, "scopes": list(key.scopes)}}


def check_scopes(actor: Actor, scopes: Sequence[str]) -> None:
    """Raise Invalid for scopes that do not exist or that the actor does not hold."""
    if not scopes or len(scopes) > limits.SCOPES_PER_KEY_MAX:
        raise Invalid("scopes", f"must be 1 to {limits.SCOPES_PER_KEY_MAX}")
    for scope in scopes:
        if scope not in SCOPES:
            raise Invalid("scopes", f"there is no scope `{scope}`")
        if not actor.may(scope) or (scope == ALL_SCOPES and ALL_SCOPES not in actor.scopes):
            raise Invalid("scopes", f"you do not hold `{scope}` yourself")


async def list_keys(tx: Tx, actor: Actor) -> list[Key]:
    """The keys of the actor's workspace, newest first."""
    return await keys.of_workspace(tx, actor.workspace_id, limits.KEYS_LISTED_MAX)


async def update_key(tx: Tx, actor: Actor, key_id: str, command: UpdateKey) -> Key:
    """Change what a key is called or may do. Raises KeyNotFound, Invalid."""
    before = await keys.get(tx, actor.workspace_id, key_id)
    after = before
    if command.name is not UNSET:
        after = msgspec.structs.replace(after, name=checked_name(command.name))
    if command.scopes is not UNSET:
        check_scopes(actor, command.scopes)
        after = msgspec.structs.replace(after, scopes=command.scopes)
    if command.expires_ms is not UNSET:
        after = msgspec.structs.replace(after, expires_ms=command.expires_ms)
    await keys.save(tx, after)
    await record_change(tx, actor, "key.update", key_id, before, after)
    return after


async def revoke_key(tx: Tx, actor: Actor, key_id: str) -> Key:
    """Withdraw a key at once; doing it again changes nothing. Raises KeyNotFound."""
    before = await keys.get(tx, actor.workspace_id, key_id)
    if before.revoked_ms:
        return before
    after = msgspec.structs.replace(before, revoked_ms=tx.now_ms)
    await keys.save(tx, after)
    await record_change(tx, actor, "key.revoke", key_id, before, after)
    announce(tx, "key.revoked", actor.workspace_id, _event_data(after))
    return after


async def revoke_keys_of(tx: Tx, actor: Actor, member_id: str) -> None:
    """Withdraw every key of a person."""
    for key in await keys.living_of_member(tx, actor.workspace_id, member_id):
        await revoke_key(tx, actor, key.id)


async def rotate_key(tx: Tx, actor: Actor, peppers: Peppers, key_id: str, overlap_ms: int) -> MintedKey:
    """Mint a successor with the same rights; the old key ends after the overlap.

    Raises KeyNotFound, and KeyRevoked or KeyExpired for a key that has ended.
    """
    old = await keys.get(tx, actor.workspace_id, key_id)
    if old.revoked_ms:
        raise KeyRevoked
    if old.expires_ms and old.expires_ms <= tx.now_ms:
        raise KeyExpired
    command = CreateKey(
        name=old.name,
        scopes=old.scopes,
        format="waypost" if old.format == "given" else old.format,
        domain_id=old.domain_id,
        own_links_only=old.own_links_only,
        member_id=old.member_id,
        expires_ms=old.expires_ms,
    )
    minted = await create_key(tx, actor, peppers, command)
    ends_ms = tx.now_ms + overlap_ms
    ended = msgspec.structs.replace(
        old, expires_ms=min(old.expires_ms, ends_ms) if old.expires_ms else ends_ms
    )
    await keys.save(tx, ended)
    await record_change(tx, actor, "key.rotate", key_id, old, ended)
    return minted
