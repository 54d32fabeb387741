"""Assets in a directory. The edge of the same machine reads the published ones from it."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO

from waypost.control.model.faults import TooLarge, Unavailable
from waypost.control.objects import Reading
from waypost.runtime.logs import Log

_BUFFER_BYTES = 1024 * 1024
"""How much of a file is in memory while it passes through."""
_DRAFT = ".part"
_log = Log(__name__)


class LocalObjects:
    """Files below a root. What is being written has a name of its own until it is whole."""

    def __init__(self, root: Path) -> None:
        self.root = root

    async def read(self, key: str, bytes_max: int) -> bytes | None:
        """A whole file; None when there is none. Raises TooLarge."""
        return await asyncio.to_thread(self._read, key, bytes_max)

    async def write(self, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Put a file. Its headers follow from its name when it is served."""
        await asyncio.to_thread(self._write, key, body)

    @asynccontextmanager
    async def opened(self, key: str) -> AsyncIterator[Reading | None]:
        """A file to be read; one that is written meanwhile is another file, and this one stays as it is."""
        try:
            file = await asyncio.to_thread((self.root / key).open, "rb")
        except FileNotFoundError:
            yield None
            return
        with file:
            yield Reading(os.fstat(file.fileno()).st_size, _version(file), _pieces(file))

    async def copy(self, key: str, to: str, headers: Mapping[str, str], version: str = "") -> bool:
        """Put a copy of a file elsewhere; False when there is none, or no more the one of this version."""
        return await asyncio.to_thread(self._copy, key, to, version)

    async def remove(self, key: str) -> None:
        """Remove a file, and its directory when that was the last one in it."""
        await asyncio.to_thread(self._remove, key)

    def upload_url(self, key: str, headers: Mapping[str, str], now_ms: int, expires_s: int) -> str:
        """Empty: uploads come through control."""
        return ""

    async def receive(
        self, key: str, pieces: AsyncIterator[bytes], bytes_max: int, headers: Mapping[str, str]
    ) -> int:
        """Put a file as it arrives; return its size. Raises TooLarge, Unavailable; then, and when the
        stream breaks off, what was there before stays.
        """
        draft = self._draft(key)
        size, waiting = 0, bytearray()
        try:
            async for piece in pieces:
                size += len(piece)
                if size > bytes_max:
                    raise TooLarge("bytes", bytes_max)
                waiting += piece
                if len(waiting) >= _BUFFER_BYTES:
                    await asyncio.to_thread(_append, draft, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(_append, draft, bytes(waiting))
            await asyncio.to_thread(_settle, draft, self.root / key)
        finally:
            draft.unlink(missing_ok=True)
        return size

    async def clear_up(self, before_s: float) -> None:
        """Remove what was being written before a time (Unix seconds) and never finished."""
        await asyncio.to_thread(self._clear_up, before_s)

    def _clear_up(self, before_s: float) -> None:
        for draft in self.root.rglob(f".*{_DRAFT}"):
            with contextlib.suppress(FileNotFoundError):  # finished in this moment
                if draft.stat().st_mtime < before_s:
                    draft.unlink()

    def _read(self, key: str, bytes_max: int) -> bytes | None:
        try:
            with (self.root / key).open("rb") as file:
                body = file.read(bytes_max + 1)
        except FileNotFoundError:
            return None
        if len(body) > bytes_max:
            raise TooLarge("bytes", bytes_max)
        return body

    def _write(self, key: str, body: bytes) -> None:
        draft = self._draft(key)
        try:
            _append(draft, body)
            _settle(draft, self.root / key)
        finally:
            draft.unlink(missing_ok=True)

    def _copy(self, key: str, to: str, version: str) -> bool:
        try:
            source = (self.root / key).open("rb")
        except FileNotFoundError:
            return False
        with source:
            if version and version != _version(source):
                return False
            draft = self._draft(to)
            try:
                with _disk(), draft.open("wb") as target:
                    shutil.copyfileobj(source, target, _BUFFER_BYTES)
                    target.flush()
                    os.fsync(target.fileno())
                _settle(draft, self.root / to)
            finally:
                draft.unlink(missing_ok=True)
        return True

    def _remove(self, key: str) -> None:
        file = self.root / key
        file.unlink(missing_ok=True)
        if key.count("/") > 1:
            with contextlib.suppress(OSError):  # another file is there, or on its way
                file.parent.rmdir()

    def _draft(self, key: str) -> Path:
        file = self.root / key
        with _disk():
            file.parent.mkdir(parents=True, exist_ok=True)
        return file.with_name(f".{os.urandom(8).hex()}{_DRAFT}")


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _BUFFER_BYTES):
        yield piece


def _version(file: BinaryIO) -> str:
    status = os.fstat(file.fileno())
    return f"{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"


def _append(file: Path, body: bytes) -> None:
    with _disk(), file.open("ab") as opened:
        opened.write(body)
        opened.flush()
        os.fsync(opened.fileno())


def _settle(draft: Path, file: Path) -> None:
    """Give a whole file its name, and bring the name to the disk too."""
    with _disk():
        draft.replace(file)
        directory = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


@contextmanager
def _disk() -> Iterator[None]:
    """A disk that is full or gone is a store that is away; its own words are for the operator."""
    try:
        yield
    except OSError as error:
        _log.error("asset_not_written", cause=error)
        raise Unavailable("The store of assets") from error
