"""API keys: their text, what is kept of it, and the commands."""

import re
import zlib
from collections.abc import Callable
from typing import Literal, TypeAlias, TypeGuard, assert_never, get_args

from msgspec import UNSET, Struct, UnsetType

TokenFormat: TypeAlias = Literal["jwt", "linkbreakers"]
OpaqueFormat: TypeAlias = Literal["waypost", "trimlink", "codeqr", "qrsbd", "xqr", "sandbox", "given"]
KeyFormat: TypeAlias = TokenFormat | OpaqueFormat

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM_CHARACTERS = 6
_WAYPOST_KEY = re.compile(r"way_([0-9A-Za-z]{8})_([0-9A-Za-z]{32})_([0-9A-Za-z]{6})\Z")


class Key(Struct, frozen=True, kw_only=True):
    """One stored key. The text itself is nowhere; `digest` is its HMAC under the pepper."""

    id: str
    workspace_id: str
    name: str
    shown: str
    """The first characters, or the last of a token, to tell keys apart."""
    digest: str
    scopes: tuple[str, ...]
    format: KeyFormat = "waypost"
    domain_id: str | None = None
    own_links_only: bool = False
    created_ms: int
    created_by: str = ""
    member_id: str = ""
    """Whose key this is: it may no more than they may, and ends with them. Empty for the workspace's own."""
    expires_ms: int = 0
    revoked_ms: int = 0
    last_used_ms: int = 0


class CreateKey(Struct, frozen=True, kw_only=True):
    """Mint a key. Empty scopes are refused; `*` is everything."""

    name: str
    scopes: tuple[str, ...]
    format: KeyFormat = "waypost"
    domain_id: str | None = None
    own_links_only: bool = False
    member_id: str = ""
    expires_ms: int = 0


class UpdateKey(Struct, frozen=True, kw_only=True):
    """Change what a key is called or may do; its text stays."""

    name: str | UnsetType = UNSET
    scopes: tuple[str, ...] | UnsetType = UNSET
    expires_ms: int | UnsetType = UNSET


class MintedKey(Struct, frozen=True, kw_only=True):
    """A key and, this once, its text."""

    key: Key
    text: str


def base62(raw: bytes, characters: int) -> str:
    """Write so many base62 characters from random bytes; each byte pair gives one character.

    Sixteen bits over 62 values leave a bias below 0.1 %, far from mattering at 190 bits.
    """
    return "".join(
        BASE62[int.from_bytes(raw[index * 2 : index * 2 + 2], "big") % 62] for index in range(characters)
    )


def checksum(body: str) -> str:
    """CRC-32 of a key's body as six base62 characters; lets scanners and servers drop typos offline."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM_CHARACTERS):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits


def waypost_key(public: str, secret: str) -> str:
    """Join the parts of a native key."""
    body = f"way_{public}_{secret}"
    return f"{body}_{checksum(body)}"


def is_opaque(format: KeyFormat) -> TypeGuard[OpaqueFormat]:  # noqa: A002 - the contract's word
    """Whether keys of a format are random text; the others are signed tokens."""
    return format in get_args(OpaqueFormat)


def new_text(format: OpaqueFormat, random_bytes: Callable[[int], bytes]) -> str:  # noqa: A002 - the contract's word
    """A fresh key in the form that a client expects; all forms hold at least 160 random bits.

    The forms are those of the vendors' documents, see `contracts`, part 1.6. Tokens are in `key_jwt`.
    """
    match format:
        case "trimlink":
            return f"tk_live_{base62(random_bytes(64), 32)}"
        case "codeqr":
            return f"codeqr_{base62(random_bytes(64), 32)}"
        case "qrsbd":
            return f"qrbd_{base62(random_bytes(64), 32)}"
        case "xqr":
            return f"xqr_pk_{random_bytes(4).hex()}.{random_bytes(32).hex()}"
        case "sandbox":
            return f"lb_test_{base62(random_bytes(64), 32)}"
        case "waypost" | "given":
            return waypost_key(base62(random_bytes(16), 8), base62(random_bytes(64), 32))
    assert_never(format)


def is_plausible(text: str) -> bool:
    """False for a native key whose checksum is wrong; such a key needs no query."""
    if not text.startswith("way_"):
        return True
    match = _WAYPOST_KEY.match(text)
    return match is not None and checksum(text.rsplit("_", 1)[0]) == match[3]
