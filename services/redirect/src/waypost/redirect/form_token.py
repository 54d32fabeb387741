"""The token in a form: when the page was made, signed, so that nobody answers a form that was not read.

It is signed with the salt of the day, which all edges share, so any edge takes what another one showed.
It says nothing about the visitor.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import blake2b

from waypost.redirect.day_salts import DaySalts

_MAC_BYTES = 18
_MS_DIGITS_MAX = 15


class FormTokens:
    """Makes and reads tokens. One is good while the salt of its day is known: until the day after."""

    def __init__(self, salts: DaySalts) -> None:
        self._salts = salts

    def issue(self, link_id: bytes, now_ms: int) -> str:
        """A token for a page that is made now."""
        return f"{now_ms}.{_mac(self._salts.of(now_ms), link_id, now_ms)}"

    def issued_ms(self, token: str, link_id: bytes) -> int | None:
        """When the page with this token was made; None for a token that is not ours, of another link, or too old."""
        moment, _, mac = token.partition(".")
        if not (moment.isascii() and moment.isdigit()) or len(moment) > _MS_DIGITS_MAX:
            return None
        salt = self._salts.known(int(moment))
        if salt is None or not mac.isascii():
            return None
        return int(moment) if hmac.compare_digest(mac, _mac(salt, link_id, int(moment))) else None


def _mac(salt: bytes, link_id: bytes, at_ms: int) -> str:
    digest = blake2b(b"form|%b|%d" % (link_id, at_ms), digest_size=_MAC_BYTES, key=salt).digest()
    return urlsafe_b64encode(digest).decode()
