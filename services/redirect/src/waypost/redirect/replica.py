"""The worker's view of the link store: read only, shared pages, one held read transaction.

A transaction that is held for ever would keep the writer from reusing pages, so it is renewed when the
agent's signal says that something changed, and at least every READ_TRANSACTION_MAX_S.
"""

import time
from collections.abc import Callable
from pathlib import Path

import lmdb
from msgspec import Struct

from waypost.redirect.limits import (
    READ_TRANSACTION_MAX_S,
    READY_DOMAINS_MAX,
    REPLICA_MAP_BYTES,
    REPLICA_READERS_MAX,
)
from waypost.redirect.store_format import (
    APPLIED_KEY,
    Applied,
    Signals,
    ValueDamaged,
    current_store,
    unpack_applied,
)
from waypost.redirect.store_keys import DOMAIN_END, link_start
from waypost.runtime.logs import Log
from waypost.wire.slug import LINK_KIND

_log = Log(__name__)


class StoreMissing(Exception):
    """There is no link store yet: the agent has not brought the first snapshot."""


class _Open(Struct):
    environment: lmdb.Environment
    transaction: lmdb.Transaction
    renew_at_s: float
    link_starts: dict[bytes, bytes]
    """What the keys of links begin with, by domain: a store never changes the number of a domain."""


class Replica:
    """Looks records up. Single-threaded."""

    def __init__(self, directory: Path, signals: Signals) -> None:
        self._directory = directory
        self._signals = signals.values
        self._seen_records = -1
        self._seen_store = -1
        self._opened: _Open | None = None
        self.generation = 0
        """Moves whenever an earlier look-up may give another answer now."""

    def refresh(self) -> int:
        """Follow the agent's signals; return the generation. Call it before look-ups of one request."""
        records, store = self._signals[Signals.RECORDS], self._signals[Signals.STORE]
        if store != self._seen_store or self._opened is None:
            self._reopen(store)
        elif records != self._seen_records:
            self._renew(self._opened)
        else:
            return self.generation
        self._seen_records = records
        self.generation += 1
        return self.generation

    def tick(self) -> None:
        """Let go of old pages; the worker calls this on a timer."""
        if self._opened is not None and time.monotonic() >= self._opened.renew_at_s:
            self._renew(self._opened)

    def get(self, key: bytes) -> bytes | None:
        """The stored bytes under a record's key, still to be checked by `value_of`; None when there is none.

        Raises StoreMissing, and ValueDamaged when the store itself is damaged.
        """
        opened = self._opened
        if opened is None:
            raise StoreMissing
        try:
            if not key.startswith(LINK_KIND):
                return opened.transaction.get(key)  # type: ignore[return-value]  # bytes, as buffers=False
            start = self.link_start(key[len(LINK_KIND) : DOMAIN_END])
            if start is None:
                return None
            return opened.transaction.get(start + key[DOMAIN_END:])  # type: ignore[return-value]  # as above
        except lmdb.CorruptedError as error:
            raise ValueDamaged(key) from error

    def link_start(self, domain_id: bytes) -> bytes | None:
        """What the stored keys of a domain's links begin with, for `finder`; None while it has no link.

        Holds until the generation moves. Raises as `get` does.
        """
        opened = self._opened
        if opened is None:
            raise StoreMissing
        start = opened.link_starts.get(domain_id)
        if start is None:
            try:
                start = link_start(opened.transaction, domain_id)
            except lmdb.CorruptedError as error:
                raise ValueDamaged(domain_id) from error
            if start is not None and len(opened.link_starts) < READY_DOMAINS_MAX:
                opened.link_starts[domain_id] = start
        return start

    def finder(self) -> Callable[[bytes], bytes | None]:
        """LMDB's own look-up by stored key, good for one turn of the event loop: the transaction is renewed
        between turns. It raises lmdb.Error, and StoreMissing.
        """
        opened = self._opened
        return self.get if opened is None else opened.transaction.get  # type: ignore[return-value]  # as in `get`

    def applied(self) -> Applied | None:
        """Where the store stands; None before the first one."""
        if self._opened is None:
            return None
        raw = self._opened.transaction.get(APPLIED_KEY)
        return None if raw is None else unpack_applied(bytes(raw))

    def close(self) -> None:
        """Let go of the store."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.transaction.abort()
            opened.environment.close()

    def _renew(self, opened: _Open) -> None:
        opened.transaction.abort()
        opened.transaction = opened.environment.begin(buffers=False)
        opened.renew_at_s = time.monotonic() + READ_TRANSACTION_MAX_S

    def _reopen(self, store_signal: int) -> None:
        store = current_store(self._directory)
        if store is None:
            return
        try:
            environment = open_for_reading(store)
        except lmdb.Error as error:
            # It was replaced while it was being opened, or it cannot be read: what is open goes on serving.
            _log.error("store_not_opened", store=store.name, error=str(error))
            return
        self.close()
        self._opened = _Open(
            environment, environment.begin(buffers=False), time.monotonic() + READ_TRANSACTION_MAX_S, {}
        )
        self._seen_store = store_signal
        _log.info("store_opened", store=store.name)


def open_for_reading(store: Path) -> lmdb.Environment:
    """Open a store as workers do. Raises lmdb.Error when it cannot be."""
    return lmdb.open(
        str(store),
        readonly=True,
        create=False,
        map_size=REPLICA_MAP_BYTES,
        max_readers=REPLICA_READERS_MAX,
        readahead=False,
    )
