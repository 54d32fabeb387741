"""How the link store lies on disk, for the agent that writes it and the workers that read it.

    links/<name>/            one LMDB each; `current` names the one in force, and its format
    signals                  u64 counters in shared memory: what changed, so that workers look again

A stored value is `u8 flags | u64 ver | value | u32 crc32`; the checksum covers the record's key and all
before it. In little-endian and behind what it covers, it makes the checksum of the whole one fixed number,
so that checking is a single pass without a copy.
"""

import mmap
import os
import struct
from pathlib import Path
from zlib import crc32

import msgspec
from msgspec import Struct

APPLIED_KEY = b"\x00applied"
"""Where the store stands; every other key is a record's."""

REFUSED = 1
"""Flags of a record that came over the bus but must not be served; what others say, `plain_link` knows."""

STORE_FORMAT = 2
"""Another number in `current` is another format: such a store is never opened, and fetched anew."""

HEAD = struct.Struct(">BQ")
CHECKSUM_BYTES = 4
WHOLE = crc32(crc32(b"").to_bytes(CHECKSUM_BYTES, "little"))
"""`crc32(raw, crc32(key))` of every stored value that is what was written."""

_CURRENT = "current"
_SIGNAL_COUNT = 4


class Applied(Struct, frozen=True):
    """Where a store stands, written in the transaction that brings it there.

    `stream_created` tells a links stream that was made again from the one that was read before.
    """

    epoch: str
    ver: int
    stream_seq: int
    stream_created: str
    count: int
    set_hash: bytes


class Stored(Struct, frozen=True, gc=False):
    """One record as the store holds it."""

    ver: int
    flags: int
    value: bytes


class ValueDamaged(Exception):
    """A stored value is not what was written; `key` is its key."""

    def __init__(self, key: bytes) -> None:
        super().__init__(f"damaged value under key {key!r}")
        self.key = key


def pack_value(key: bytes, ver: int, flags: int, value: bytes) -> bytes:
    """A record's value as stored."""
    checked = HEAD.pack(flags, ver) + value
    return checked + crc32(checked, crc32(key)).to_bytes(CHECKSUM_BYTES, "little")


def value_of(key: bytes, raw: bytes) -> bytes | None:
    """The value that may be served, None for a refused record. Raises ValueDamaged; for the hot path."""
    if crc32(raw, crc32(key)) != WHOLE or len(raw) < HEAD.size + CHECKSUM_BYTES:
        raise ValueDamaged(key)
    return None if raw[0] == REFUSED else raw[HEAD.size : -CHECKSUM_BYTES]


def unpack_value(key: bytes, raw: bytes) -> Stored:
    """Undo `pack_value`. Raises ValueDamaged when any bit of key or value differs."""
    if crc32(raw, crc32(key)) != WHOLE or len(raw) < HEAD.size + CHECKSUM_BYTES:
        raise ValueDamaged(key)
    flags, ver = HEAD.unpack_from(raw)
    return Stored(ver, flags, raw[HEAD.size : -CHECKSUM_BYTES])


def pack_applied(applied: Applied) -> bytes:
    """The value under APPLIED_KEY."""
    return pack_value(APPLIED_KEY, 0, 0, msgspec.msgpack.encode(applied))


def unpack_applied(raw: bytes) -> Applied:
    """Undo `pack_applied`. Raises ValueDamaged."""
    try:
        return msgspec.msgpack.decode(unpack_value(APPLIED_KEY, raw).value, type=Applied)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueDamaged(APPLIED_KEY) from error


def current_store(directory: Path) -> Path | None:
    """The store in force; None before the first one, and for one of another format."""
    try:
        written = (directory / _CURRENT).read_text()
    except FileNotFoundError:
        return None
    store_format, _, name = written.strip().partition(" ")
    store = directory / name
    return store if store_format == str(STORE_FORMAT) and name and store.is_dir() else None


def make_current(directory: Path, store: Path) -> None:
    """Put a store in force, atomically and durably."""
    draft = directory / f"{_CURRENT}.new"
    with draft.open("w") as file:
        file.write(f"{STORE_FORMAT} {store.name}")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(directory / _CURRENT)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Signals:
    """Counters that the agent moves and the workers watch; reading one costs no system call."""

    RECORDS = 0
    """Some record changed."""
    STORE = 1
    """Another store is in force."""
    SALTS = 2
    """The file of salts was written anew."""

    def __init__(self, path: Path) -> None:
        """Map the file, making it when it is not there."""
        size = _SIGNAL_COUNT * 8
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size < size:
                os.ftruncate(descriptor, size)
            self._map = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        self.values = memoryview(self._map).cast("Q")
        """Read these directly, by the indices above."""

    def move(self, index: int) -> None:
        """Tell the workers. Only the agent may."""
        self.values[index] = (self.values[index] + 1) % (1 << 64)

    def close(self) -> None:
        """Unmap the file."""
        self.values.release()
        self._map.close()
