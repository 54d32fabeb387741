"""API keys: minting, recognising, and the installation's own key."""

import hmac
from collections.abc import Sequence
from hashlib import sha256

from msgspec import Struct

from waypost.control import limits
from waypost.control.model import keys as key_text
from waypost.control.model.access import ALL_SCOPES, SCOPES, Actor
from waypost.control.model.faults import Invalid, KeyExpired, KeyMissing, KeyRevoked, KeyUnknown
from waypost.control.model.keys import CreateKey, Key, MintedKey
from waypost.control.store import keys
from waypost.control.store.tx import Tx

_SHOWN_CHARACTERS = 12
_SECRET_CHARACTERS = 32
_PUBLIC_CHARACTERS = 8
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
    digests = peppers.digests(text)
    key = await keys.by_digest(tx, digests)
    if key is None or not any(hmac.compare_digest(key.digest, digest) for digest in digests):
        raise KeyUnknown
    if key.revoked_ms and key.revoked_ms <= tx.now_ms:
        raise KeyRevoked
    if key.expires_ms and key.expires_ms <= tx.now_ms:
        raise KeyExpired
    return Actor(
        workspace_id=key.workspace_id,
        kind="key",
        id=key.id,
        name=key.name,
        scopes=frozenset(key.scopes),
        domain_id=key.domain_id,
        own_links_only=key.own_links_only,
    )


async def create_key(tx: Tx, actor: Actor, peppers: Peppers, command: CreateKey) -> MintedKey:
    """Mint a key in the actor's workspace; nobody hands out more than they have. Raises Invalid."""
    check_scopes(actor, command.scopes)
    if not command.name.strip() or len(command.name) > limits.NAME_CHARACTERS_MAX:
        raise Invalid("name", f"has 1 to {limits.NAME_CHARACTERS_MAX} characters")
    public = key_text.base62(tx.random_bytes(_PUBLIC_CHARACTERS * 2), _PUBLIC_CHARACTERS)
    secret = key_text.base62(tx.random_bytes(_SECRET_CHARACTERS * 2), _SECRET_CHARACTERS)
    return await store_key(tx, actor, peppers, command, key_text.waypost_key(public, secret))


async def store_key(tx: Tx, actor: Actor, peppers: Peppers, command: CreateKey, text: str) -> MintedKey:
    """Keep a key whose text somebody already made."""
    key = Key(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        name=command.name.strip(),
        shown=text[:_SHOWN_CHARACTERS],
        digest=peppers.digests(text)[0],
        scopes=command.scopes,
        format=command.format,
        domain_id=command.domain_id,
        own_links_only=command.own_links_only,
        created_ms=tx.now_ms,
        created_by=actor.id,
        expires_ms=command.expires_ms,
    )
    await keys.insert(tx, key)
    return MintedKey(key=key, text=text)


def check_scopes(actor: Actor, scopes: Sequence[str]) -> None:
    """Raise Invalid for scopes that do not exist or that the actor does not hold."""
    if not scopes or len(scopes) > limits.SCOPES_PER_KEY_MAX:
        raise Invalid("scopes", f"must be 1 to {limits.SCOPES_PER_KEY_MAX}")
    for scope in scopes:
        if scope not in SCOPES:
            raise Invalid("scopes", f"there is no scope `{scope}`")
        if not actor.may(scope) or (scope == ALL_SCOPES and ALL_SCOPES not in actor.scopes):
            raise Invalid("scopes", f"you do not hold `{scope}` yourself")
