"""Under which keys records lie in a link store: in a link's, a number stands for the id of its domain.

Sixteen bytes that are the same for all links of a domain would make every key more than twice as long, the
pages in which keys are sought twice as many, and every look-up in a large store slower. A store numbers its
domains as it meets them and keeps the numbers; another store may give others.

    link      "l" | number | slug        number: one byte up to 239, else how many follow and those, big-endian
    number    NUL "domain" | domain id   a stored value: the number as it stands in keys
    others    as control wrote them
"""

from collections.abc import Iterable

import lmdb

from waypost.redirect.store_format import ValueDamaged, pack_value, value_of
from waypost.wire.slug import LINK_KIND

DOMAIN_END = len(LINK_KIND) + 16
"""Where in a link's record key its slug begins."""

_NUMBER = b"\x00domain"
_LONG_FROM = 240
_NO_DOMAIN = b"\x00"
"""In place of a number: the record key is too short to have a domain, and is kept as it came."""


def number_bytes(number: int) -> bytes:
    """A domain's number as it stands in keys: it sorts as numbers do, and none is the beginning of another."""
    if number < _LONG_FROM:
        return bytes((number,))
    size = (number.bit_length() + 7) // 8
    return bytes((_LONG_FROM + size - 1,)) + number.to_bytes(size, "big")


def number_key(domain_id: bytes) -> bytes:
    """Where a store keeps the number of a domain."""
    return _NUMBER + domain_id


def link_start(transaction: lmdb.Transaction, domain_id: bytes) -> bytes | None:
    """What the keys of a domain's links begin with; None while it has none. Raises ValueDamaged."""
    key = number_key(domain_id)
    raw = transaction.get(key)
    number = None if raw is None else value_of(key, bytes(raw))
    return None if number is None else LINK_KIND + number


class StoreKeys:
    """The keys of one store, for its writer."""

    def __init__(self) -> None:
        self._number_of: dict[bytes, bytes] = {}
        self._domain_of: dict[bytes, bytes] = {}

    @classmethod
    def read(cls, transaction: lmdb.Transaction) -> "StoreKeys":
        """Read the numbers that a store has given. Raises ValueDamaged."""
        keys = cls()
        with transaction.cursor() as cursor:
            found = cursor.set_range(_NUMBER)
            while found and (key := bytes(cursor.key())).startswith(_NUMBER):
                keys._learn(key[len(_NUMBER) :], value_of(key, bytes(cursor.value())) or b"")
                found = cursor.next()
        return keys

    def unknown(self, keys: Iterable[bytes]) -> list[bytes]:
        """The domains of these records that have no number yet, each once, in their order."""
        domains = (key[len(LINK_KIND) : DOMAIN_END] for key in keys if _has_domain(key))
        return [domain for domain in dict.fromkeys(domains) if domain not in self._number_of]

    def give(self, transaction: lmdb.Transaction, domain_id: bytes) -> None:
        """Give a domain the next number. A transaction that does this must do nothing that could fail later."""
        key, number = number_key(domain_id), number_bytes(len(self._number_of) + 1)
        transaction.put(key, pack_value(key, 0, 0, number))
        self._learn(domain_id, number)

    def stored(self, key: bytes) -> bytes:
        """The stored key of a record, whose domain has a number."""
        if not key.startswith(LINK_KIND):
            return key
        if not _has_domain(key):
            return LINK_KIND + _NO_DOMAIN + key[len(LINK_KIND) :]
        return LINK_KIND + self._number_of[key[len(LINK_KIND) : DOMAIN_END]] + key[DOMAIN_END:]

    def record(self, stored: bytes) -> bytes:
        """Undo `stored`. Raises ValueDamaged for a key that this writer never made."""
        if not stored.startswith(LINK_KIND):
            return stored
        first = stored[1:2]
        if first == _NO_DOMAIN:
            return LINK_KIND + stored[2:]
        end = 2 if first < bytes((_LONG_FROM,)) else 3 + first[0] - _LONG_FROM
        domain_id = self._domain_of.get(stored[1:end])
        if domain_id is None:
            raise ValueDamaged(stored)
        return LINK_KIND + domain_id + stored[end:]

    def _learn(self, domain_id: bytes, number: bytes) -> None:
        self._number_of[domain_id] = number
        self._domain_of[number] = domain_id


def _has_domain(key: bytes) -> bool:
    return key.startswith(LINK_KIND) and len(key) >= DOMAIN_END
