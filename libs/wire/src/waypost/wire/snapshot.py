"""The snapshot file: every live record at one `ver`, sorted by key, sealed by a SHA-256.

    magic "WPSNAP1\\n" | u32 header length | header (msgpack) | records | 32-byte SHA-256 of all before

A record is u16 key length, u32 value length, u64 ver, key, value; integers are big-endian.
Writer and reader work on bytes that the caller moves, so that neither knows files or sockets.
"""

import struct
from collections.abc import Iterable, Iterator
from hashlib import sha256

import msgspec
from msgspec import Struct

from waypost.wire.codec import DECODE_ERRORS
from waypost.wire.limits import RECORD_VALUE_BYTES_MAX
from waypost.wire.record import SET_HASH_MODULUS, record_hash, set_hash_bytes

MAGIC = b"WPSNAP1\n"
_HEADER_LENGTH = struct.Struct(">I")
_RECORD_HEAD = struct.Struct(">HIQ")
_DIGEST_BYTES = 32
_HEADER_BYTES_MAX = 4096
_KEY_BYTES_MAX = 511


class SnapshotHeader(Struct, frozen=True):
    """What the snapshot claims to be. `stream_seq`: the links stream up to there is contained."""

    epoch: str
    ver: int
    stream_seq: int
    count: int
    set_hash: bytes


class SnapshotOpen(Struct, frozen=True):
    """An agent asks for a snapshot; `ver_min` is the oldest that would help it."""

    ver_min: int = 0


class SnapshotOffer(Struct, frozen=True):
    """Control's answer: which file to read, how long it is and what it holds."""

    name: str
    size_bytes: int
    header: SnapshotHeader


class SnapshotRead(Struct, frozen=True):
    """An agent asks for bytes of an offered file, at most SNAPSHOT_CHUNK_BYTES of them."""

    name: str
    offset: int


class SnapshotDamaged(ValueError):
    """The bytes are not a whole, unaltered snapshot; `reason` says what is wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_decode_header = msgspec.msgpack.Decoder(SnapshotHeader).decode
decode_open = msgspec.msgpack.Decoder(SnapshotOpen).decode
decode_offer = msgspec.msgpack.Decoder(SnapshotOffer).decode
decode_read = msgspec.msgpack.Decoder(SnapshotRead).decode


def write(header: SnapshotHeader, records: Iterable[tuple[bytes, int, bytes]]) -> Iterator[bytes]:
    """Yield the file piece by piece from records (key, ver, value) in ascending order of key.

    Raises ValueError when the records are out of order or do not add up to the header: a snapshot
    that lies must never be written.
    """
    digest = sha256()
    raw_header = msgspec.msgpack.encode(header)
    head = MAGIC + _HEADER_LENGTH.pack(len(raw_header)) + raw_header
    digest.update(head)
    yield head
    count, total, last_key = 0, 0, b""
    for key, ver, value in records:
        if key <= last_key:
            raise ValueError("snapshot records must be in ascending order of key")
        piece = _RECORD_HEAD.pack(len(key), len(value), ver) + key + value
        digest.update(piece)
        yield piece
        count, total, last_key = count + 1, total + record_hash(key, ver, value), key
    if count != header.count or set_hash_bytes(total) != header.set_hash:
        raise ValueError("snapshot records do not add up to the header")
    yield digest.digest()


class SnapshotReader:
    """Takes the file in chunks of any size and gives its records back; nothing is trusted before `finish`."""

    def __init__(self) -> None:
        self.header: SnapshotHeader | None = None
        self._buffer = bytearray()
        self._digest = sha256()
        self._count = 0
        self._total = 0
        self._last_key = b""

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, int, bytes]]:
        """Take the next bytes and yield the records (key, ver, value) they complete.

        Raises SnapshotDamaged on a wrong magic, an impossible length or keys out of order.
        """
        self._buffer += chunk
        position = 0 if self.header else self._read_header()
        if self.header is None:
            return
        view = bytes(self._buffer)
        while self._count < self.header.count and position + _RECORD_HEAD.size <= len(view):
            key_length, value_length, ver = _RECORD_HEAD.unpack_from(view, position)
            if not 0 < key_length <= _KEY_BYTES_MAX or value_length > RECORD_VALUE_BYTES_MAX:
                raise SnapshotDamaged("impossible record length")
            start = position + _RECORD_HEAD.size
            end = start + key_length + value_length
            if end > len(view):
                break
            key, value = view[start : start + key_length], view[start + key_length : end]
            if key <= self._last_key:
                raise SnapshotDamaged("records out of order")
            self._digest.update(view[position:end])
            self._count += 1
            self._total = (self._total + record_hash(key, ver, value)) % SET_HASH_MODULUS
            self._last_key = key
            position = end
            yield key, ver, value
        del self._buffer[:position]

    def finish(self) -> SnapshotHeader:
        """Return the header once the whole file was fed and every sum agrees; else raise SnapshotDamaged."""
        if self.header is None or self._count != self.header.count:
            raise SnapshotDamaged("cut short")
        if len(self._buffer) != _DIGEST_BYTES:
            raise SnapshotDamaged(
                "cut short" if len(self._buffer) < _DIGEST_BYTES else "bytes behind the end"
            )
        if bytes(self._buffer) != self._digest.digest():
            raise SnapshotDamaged("SHA-256 differs")
        if set_hash_bytes(self._total) != self.header.set_hash:
            raise SnapshotDamaged("set hash differs")
        return self.header

    def _read_header(self) -> int:
        """Read magic and header once they are complete; return the position behind them, else 0."""
        lead = len(MAGIC) + _HEADER_LENGTH.size
        if bytes(self._buffer[: len(MAGIC)]) != MAGIC[: len(self._buffer)]:
            raise SnapshotDamaged("not a snapshot")
        if len(self._buffer) < lead:
            return 0
        length = int.from_bytes(self._buffer[len(MAGIC) : lead], "big")
        if length > _HEADER_BYTES_MAX:
            raise SnapshotDamaged("impossible header length")
        if len(self._buffer) < lead + length:
            return 0
        try:
            self.header = _decode_header(bytes(self._buffer[lead : lead + length]))
        except DECODE_ERRORS as error:
            raise SnapshotDamaged("unreadable header") from error
        self._digest.update(self._buffer[: lead + length])
        return lead + length
