"""Ids as CodeQR writes them: a prefix and the UUID in base62, both ways. Pure."""

import re
from uuid import UUID

from waypost.control.model.keys import BASE62

LINK, TAG, FOLDER, DOMAIN = "link", "tag", "fold", "dom"
USER, PROJECT, WEBHOOK, EXTERNAL = "user", "proj", "wh", "ext"
CUSTOMER, EVENT, CODE = "cus", "evt", "qr"
_CHARACTERS = 22
"""62^22 is the first power above 2^128."""
_CUID = re.compile(r"c[a-z0-9]{24}\Z")
_BASE62 = re.compile(r"[0-9A-Za-z]+\Z")
_PREFIXED = re.compile(r"[a-z]{2,4}_([0-9A-Za-z]{22})\Z")


def shown(prefix: str, native: str) -> str:
    """`link_…` of a UUID; an id that is no UUID stays as it is behind the prefix."""
    try:
        number = UUID(native).int
    except ValueError:
        return f"{prefix}_{native}"
    digits = ""
    for _ in range(_CHARACTERS):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return f"{prefix}_{digits}"


def native(prefix: str, text: str) -> str:
    """The UUID behind a shown id; a UUID stays itself, anything else too, and is found nowhere."""
    match = _PREFIXED.match(text)
    if match is None or not text.startswith(f"{prefix}_"):
        return text.lower() if _is_uuid(text) else text.removeprefix(f"{prefix}_")
    number = 0
    for character in match[1]:
        number = number * 62 + BASE62.index(character)
    return str(UUID(int=number)) if number < 1 << 128 else text


def looks_like_one(prefix: str, text: str) -> bool:
    """Whether a text can only be meant as an id, not as a name."""
    if _is_uuid(text) or _CUID.match(text):
        return True
    return text.startswith(f"{prefix}_") and _BASE62.match(text.removeprefix(f"{prefix}_")) is not None


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
