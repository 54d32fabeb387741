"""Password links: the cookie that says a password was given, and how often it may be guessed.

The cookie is bound to the link and to the version of its password, so changing the password locks
everybody out again. It holds no secret and nothing about the visitor.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from waypost.redirect.shared_table import SharedTable
from waypost.redirect.window import Window

COOKIE_NAME = "wp_unlock"
UNLOCKED_S = 15 * 60
TRIES_PER_CLIENT_MAX = 5
TRIES_PER_CLIENT_WINDOW_S = 60
TRIES_PER_LINK_MAX = 100
TRIES_PER_LINK_WINDOW_S = 3600
LINK_PAUSE_S = 15 * 60
_MAC_BYTES = 24


def sign(key: bytes, link_id: bytes, password_version: int, now_s: int) -> str:
    """The cookie's value for a visitor who gave the password at this second."""
    until_s = now_s + UNLOCKED_S
    return f"{until_s}.{_mac(key, link_id, password_version, until_s)}"


def is_unlocked(key: bytes, value: str, link_id: bytes, password_version: int, now_s: int) -> bool:
    """Whether a cookie's value is ours, for this link and password, and still good."""
    until, _, mac = value.partition(".")
    if not (until.isascii() and until.isdigit()) or len(until) > 12 or int(until) < now_s:
        return False
    return hmac.compare_digest(mac.encode(), _mac(key, link_id, password_version, int(until)).encode())


def _mac(key: bytes, link_id: bytes, password_version: int, until_s: int) -> str:
    text = b"%b|%d|%d" % (link_id, password_version, until_s)
    return urlsafe_b64encode(hmac.new(key, text, sha256).digest()[:_MAC_BYTES]).decode()


class Guesses:
    """Limits guessing, over all workers of this host. Windows are fixed; times are Unix seconds."""

    def __init__(self, table: SharedTable) -> None:
        self._table = table

    def wait_s(self, link_id: bytes, client: bytes, now_s: int) -> int:
        """Count one try; 0 when it may be made, else the seconds until the next may be."""
        by_client = b"client" + link_id + client
        by_link = b"link" + link_id
        per_link = Window(TRIES_PER_LINK_WINDOW_S, TRIES_PER_LINK_MAX, LINK_PAUSE_S)
        per_client = Window(TRIES_PER_CLIENT_WINDOW_S, TRIES_PER_CLIENT_MAX)
        with self._table.locked():
            return max(
                per_link.spend(self._table, by_link, now_s), per_client.spend(self._table, by_client, now_s)
            )
