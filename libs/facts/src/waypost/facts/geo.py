"""Address → place, from a mounted MMDB file or, without one, from the registry table that pip installs.

A mounted file is copied and the copy is mapped into memory. That costs one copy per (re)load and buys that
nobody can pull the pages from under a running look-up: a file truncated in place while mapped would kill
the process by SIGBUS.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import iptocc
import msgspec

from waypost.facts.limits import GEO_FILE_BYTES_MAX
from waypost.facts.place import NOWHERE, Place, place_of_country, place_of_record

if TYPE_CHECKING:
    from maxminddb import Reader

_PROBES = ("1.1.1.1", "193.0.6.139", "255.255.255.255")
_Signature = tuple[int, int, int]


class GeoSource(msgspec.Struct, frozen=True):
    """What answers look-ups now; for logs, metrics and readiness.

    `problem` is empty, or one sentence saying why the configured file is not (or not any more) the one that
    answers.
    """

    kind: Literal["file", "registry"]
    path: str = ""
    database_type: str = ""
    build_epoch_s: int = 0
    problem: str = ""


class GeoFileRefused(Exception):
    """A geo file that cannot be used; `reason` is one sentence, `path` the file."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class GeoReader:
    """Looks addresses up. Opened once; `lookup` does no I/O and never raises.

    The owner logs `source` after construction and whenever `reload_if_changed` answers True.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Open `path` (any MMDB); None, missing or broken: countries from the registry table, and `source`
        says why.
        """
        self._path = path
        self._signature: _Signature | None = None
        self._database: Reader | None = None
        self._faults: tuple[type[Exception], ...] = (ValueError, TypeError)
        """What a look-up may raise."""
        self.source = GeoSource("registry", database_type="RIR delegations")
        if path is not None:
            self.reload_if_changed()

    def lookup(self, ip: str) -> Place:
        """The place of an address in text form; `NOWHERE` for private, unknown or malformed ones."""
        try:
            if self._database is not None:
                return place_of_record(self._database.get(ip))
            country = iptocc.country_code(ip)
            return place_of_country(country) if country else NOWHERE
        except self._faults:
            # Not an address, not even UTF-8, IPv6 in an IPv4 file, or a torn record: nobody is refused.
            return NOWHERE

    def reload_if_changed(self) -> bool:
        """Swap in the file when it has changed since last looked at. Blocking; call it in a thread, every
        few seconds.

        Returns True when `source` changed: a new file answers, or the file is missing or refused (then
        whatever answered before goes on answering). The same broken file is reported once, not at every
        call.
        """
        if self._path is None:
            return False
        signature = _signature(self._path)
        if signature == self._signature and (signature is not None or self.source.problem):
            return False
        try:
            database = _open_copy(self._path, signature)
        except GeoFileRefused as refused:
            before, self._signature = self.source, signature
            self.source = msgspec.structs.replace(before, problem=refused.reason)
            return self.source != before
        from maxminddb import InvalidDatabaseError

        self._faults = (ValueError, TypeError, InvalidDatabaseError)
        metadata = database.metadata()
        # The replaced reader is not closed, as a look-up in another thread may hold it; it goes with its last
        # reference.
        self._database, self._signature = database, signature
        self.source = GeoSource("file", str(self._path), metadata.database_type, metadata.build_epoch)
        return True


def _signature(path: Path) -> _Signature | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _open_copy(path: Path, signature: _Signature | None) -> "Reader":
    import maxminddb  # here and not above: most installations have no file, and a start that need not wait for it

    if signature is None:
        raise GeoFileRefused(path, f"the geo file {path} is missing or not readable")
    if signature[1] > GEO_FILE_BYTES_MAX:
        raise GeoFileRefused(path, f"the geo file {path} is larger than {GEO_FILE_BYTES_MAX} bytes")
    try:
        descriptor, copy = tempfile.mkstemp(suffix=".mmdb")
        os.close(descriptor)
        try:
            shutil.copyfile(path, copy)
            if _signature(path) != signature:
                raise GeoFileRefused(path, f"the geo file {path} is being written; it is tried again")
            database = maxminddb.open_database(copy, maxminddb.MODE_AUTO)
        finally:
            os.unlink(copy)  # the mapping keeps the pages; the name is not needed
        for probe in _PROBES:
            database.get(probe)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as fault:
        raise GeoFileRefused(path, f"the geo file {path} cannot be used: {fault}") from fault
    return database
