"""How a slug becomes a key, the same in control (which stores) and at the edge (which looks up)."""

import unicodedata

from waypost.wire.limits import HOST_CHARACTERS_MAX, SLUG_BYTES_MAX

LINK_KIND = b"l"
DOMAIN_KIND = b"d"
WORKSPACE_KIND = b"w"

_DOMAIN_ID_BYTES = 16


class KeyTooLong(ValueError):
    """A slug or host that no stored record can have."""


def fold(slug: str) -> str:
    """The form in which slugs are compared: NFC, case folded, no slash at either end.

    Idempotent. Two slugs are the same link exactly when their folds are equal (on a domain whose
    case mode says so; `exact` keeps the case).
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", slug).casefold()).strip("/")


def exact(slug: str) -> str:
    """The form in which slugs are compared on a domain that tells upper from lower case."""
    return unicodedata.normalize("NFC", slug).strip("/")


def link_key(domain_id: bytes, slug: str) -> bytes:
    """The record key of a link, from the 16-byte id of its domain and its folded or exact slug.

    Raises KeyTooLong when the slug has more than SLUG_BYTES_MAX bytes in UTF-8.
    """
    raw = slug.encode("utf-8", "surrogatepass")
    if len(raw) > SLUG_BYTES_MAX or len(domain_id) != _DOMAIN_ID_BYTES:
        raise KeyTooLong(slug)
    return LINK_KIND + domain_id + raw


def domain_key(host: str) -> bytes:
    """The record key of a domain, from its host in lower-case ASCII; "" is the default domain."""
    if len(host) > HOST_CHARACTERS_MAX:
        raise KeyTooLong(host)
    return DOMAIN_KIND + host.encode("ascii")


def workspace_key(workspace_id: bytes) -> bytes:
    """The record key of a workspace's state at the edge."""
    return WORKSPACE_KIND + workspace_id
