"""The query string: both spellings, lists repeated or with commas, times as clients write them, pages."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.spelling import snake
from waypost.control.model.faults import Invalid, InvalidCursor
from waypost.control.model.page import PageRequest

_COLONLESS_ZONE = re.compile(r"([+-]\d{2})(\d{2})\Z")
_SIGNATURE_BYTES = 8


class Query:
    """The parameters of a request. The last value of a repeated scalar counts, camelCase before snake_case."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        humps: dict[str, list[str]] = {}
        for name, value in pairs:
            target = self._values if name == snake(name) else humps
            target.setdefault(snake(name), []).append(value)
        self._lists = {
            name: [*self._values.get(name, ()), *humps.get(name, ())] for name in {*self._values, *humps}
        }
        self._values |= humps

    def text(self, name: str) -> str:
        """One value, "" when it was not sent."""
        return self._values.get(name, [""])[-1].strip()

    def many(self, name: str) -> list[str]:
        """All values of a list, in order, each once."""
        values = (part.strip() for value in self._lists.get(name, ()) for part in value.split(","))
        return list(dict.fromkeys(value for value in values if value))

    def included(self) -> frozenset[str]:
        """The relations to send along, in snake_case; unknown ones do no harm."""
        return frozenset(snake(name) for name in self.many("include"))

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """One of an enumeration. Raises Invalid for a word that is not in it."""
        value = self.text(name)
        if not value or value.endswith("_UNSPECIFIED"):
            return default
        if value not in choices:
            raise Invalid(name, f"is none of {', '.join(choices)}")
        return value

    def time_ms(self, name: str) -> int:
        """A time in Unix milliseconds, 0 when it was not sent. Raises Invalid."""
        return time_ms(name, self.text(name)) if self.text(name) else 0

    def page_items(self, default: int = limits.PAGE_ITEMS_DEFAULT, most: int = limits.PAGE_ITEMS_MAX) -> int:
        """How many items are wanted: clamped above, refused below one. Raises Invalid."""
        text = self.text("page_size")
        if not text:
            return default
        if not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) < 1:
            raise Invalid("page_size", "must be a whole number from 1")
        return min(int(text), most)

    def page(self, pager: "Pager") -> PageRequest:
        """The page that is wanted. Raises Invalid, InvalidCursor."""
        token = self.text("page_token") or self.text("cursor")
        return PageRequest(limit=self.page_items(), after=pager.open(token) if token else "")


class Pager:
    """Writes and reads page tokens: the core's cursor, signed for one caller's one question."""

    def __init__(self, secret: bytes, *question: str) -> None:
        self._secret = secret
        self._question = "\x1f".join(question).encode()

    def seal(self, cursor: str) -> str:
        """The token of a cursor; "" at the end of a list."""
        if not cursor:
            return ""
        return base64.urlsafe_b64encode(self._sign(cursor.encode()) + cursor.encode()).rstrip(b"=").decode()

    def open(self, token: str) -> str:
        """The cursor in a token. Raises InvalidCursor for one of another question, or of nobody."""
        if len(token) > limits.PAGE_TOKEN_CHARACTERS_MAX:
            raise InvalidCursor("cursor", "too long")
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidCursor("cursor", "is not a token of this list") from error
        signature, cursor = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(cursor)):
            raise InvalidCursor("cursor", "belongs to another list or query")
        return cursor.decode()

    def _sign(self, cursor: bytes) -> bytes:
        text = b"\x1e".join((self._question, cursor))
        return hmac.new(self._secret, text, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def time_ms(field: str, text: str) -> int:
    """RFC 3339, or the same with `+0000` for the zone, as Unix milliseconds. Raises Invalid."""
    # A `+` that a client left bare in a query string arrives as a space.
    written = text.replace(" ", "+") if "T" in text else text
    try:
        at = datetime.fromisoformat(_COLONLESS_ZONE.sub(r"\1:\2", written))
    except ValueError as error:
        raise Invalid(field, "is not an RFC 3339 time") from error
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)
