"""Idempotency-Key: the same request twice has one effect and one answer.

The answer is written in the transaction of its effect, so it holds over a crash between the commit
and the response. Requests that fail leave nothing, and may be sent again under the same key.
(draft-ietf-httpapi-idempotency-key-header)

An answer may show a new key or secret, the only time it is shown, so it is kept sealed under the pepper.
"""

import re
from hashlib import sha256

import msgspec
from msgspec import Struct

from waypost.control import limits
from waypost.control.core.keys import Peppers
from waypost.control.model.faults import Invalid, KeyReused
from waypost.control.model.webhooks.secrets import NONCE_BYTES, seal, sealing_key, unseal
from waypost.control.store import idempotency
from waypost.control.store.idempotency import KeptAnswer
from waypost.control.store.tx import Tx

_KEY = re.compile(rf"[\x21-\x7e]{{1,{limits.IDEMPOTENCY_KEY_CHARACTERS_MAX}}}\Z")
_PURPOSE = "kept answer"


class OnceKey(Struct, frozen=True):
    """A key as one caller used it for one operation, with the fingerprint of the request."""

    owner: str
    route: str
    key: str
    fingerprint: bytes


def once_key(
    header: str | None, *, owner: str, method: str, path: str, query: bytes, body: bytes
) -> OnceKey | None:
    """The key of a request, None without the header. Raises Invalid for one that is malformed."""
    if header is None:
        return None
    text = header.strip().removeprefix('"').removesuffix('"')
    if not _KEY.match(text):
        most = limits.IDEMPOTENCY_KEY_CHARACTERS_MAX
        raise InvalidIdempotencyKey("Idempotency-Key", f"has 1 to {most} printable ASCII characters")
    digest = sha256(query + b"\x00" + body).digest()
    return OnceKey(owner, f"{method} {path}", text, digest)


class InvalidIdempotencyKey(Invalid):
    """An Idempotency-Key that is none."""

    code = "idempotency_key_invalid"


async def replayed(tx: Tx, once: OnceKey, peppers: Peppers) -> KeptAnswer | None:
    """The answer that was given under this key, or None when this request is the first.

    Raises KeyReused when the key was used for another request, SecretUnreadable when the pepper it was
    sealed under is gone: the effect is there already and must not happen again.
    """
    kept = await idempotency.begin(tx, once.owner, once.route, once.key, once.fingerprint)
    if kept is not None and kept.created_ms <= tx.now_ms - limits.IDEMPOTENCY_KEPT_MS:
        await idempotency.remove(tx, once.owner, once.route, once.key)
        kept = await idempotency.begin(tx, once.owner, once.route, once.key, once.fingerprint)
    return _opened(kept, once, peppers)


async def known(tx: Tx, once: OnceKey, peppers: Peppers) -> KeptAnswer | None:
    """The same, without reserving the key. Raises the same."""
    kept = await idempotency.find(tx, once.owner, once.route, once.key)
    if kept is not None and kept.created_ms <= tx.now_ms - limits.IDEMPOTENCY_KEPT_MS:
        return None
    return _opened(kept, once, peppers)


def _opened(kept: KeptAnswer | None, once: OnceKey, peppers: Peppers) -> KeptAnswer | None:
    if kept is not None and kept.fingerprint != once.fingerprint:
        raise KeyReused
    if kept is None:
        return None
    keys = tuple(sealing_key(secret, _PURPOSE) for secret in peppers.secrets)
    return msgspec.structs.replace(kept, body=unseal(kept.body, place=_place(once), keys=keys).encode())


async def keep(tx: Tx, once: OnceKey, peppers: Peppers, *, status: int, etag: str, body: bytes) -> None:
    """Keep the answer with its effect; `body` is UTF-8."""
    key = sealing_key(peppers.secrets[0], _PURPOSE)
    sealed = seal(body.decode(), place=_place(once), key=key, nonce=tx.random_bytes(NONCE_BYTES))
    await idempotency.finish(tx, once.owner, once.route, once.key, status=status, etag=etag, body=sealed)


def _place(once: OnceKey) -> str:
    return f"{once.owner} {once.route} {once.key}"
