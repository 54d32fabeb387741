"""The salts of the days, as the agent keeps them for the workers of its host.

One small file, overwritten in place and synced, because what is written nowhere else is destroyed by
being overwritten. A day without a salt from control gets a random one of this edge's own.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from zlib import crc32

import msgspec

from waypost.redirect.limits import SALT_FILE_BYTES, SALTS_MAX


def merge(
    known: Mapping[int, bytes], offered: Mapping[int, bytes], today: int, own: bytes
) -> dict[int, bytes]:
    """The salts to keep: those offered, else those known, from yesterday on; `own` when today has none."""
    merged = {**known, **offered}
    kept = sorted(day for day in merged if day >= today - 1)[:SALTS_MAX]
    salts = {day: merged[day] for day in kept}
    salts.setdefault(today, own)
    return salts


class SaltFile:
    """The file, for its writer and its readers."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[int, bytes]:
        """The salts in the file; {} when there are none or they are just being written."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        length, checksum = int.from_bytes(raw[:4], "big"), raw[4:8]
        body = raw[8 : 8 + length]
        if len(body) != length or crc32(body).to_bytes(4, "big") != checksum:
            return {}
        return msgspec.msgpack.decode(body, type=dict[int, bytes])

    def write(self, salts: Mapping[int, bytes]) -> None:
        """Overwrite the file and bring it to the disk. Raises OSError."""
        body = msgspec.msgpack.encode(salts)
        raw = len(body).to_bytes(4, "big") + crc32(body).to_bytes(4, "big") + body
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, raw.ljust(SALT_FILE_BYTES, b"\x00"), 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
