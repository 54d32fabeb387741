"""Where the bytes of assets are: a directory, or any S3 API."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct


class Reading(Struct, frozen=True):
    """A file that is being read, piece by piece. `version` is another one when the file was written anew."""

    size_bytes: int
    version: str
    pieces: AsyncIterator[bytes]


class Objects(Protocol):
    """A store of files by key. Keys are relative paths of plain ASCII.

    `read` and `write` hold a whole file in memory; the others a piece of it, however large it is.
    """

    async def read(self, key: str, bytes_max: int) -> bytes | None:
        """A whole file; None when there is none. Raises TooLarge, Unavailable."""

    async def write(self, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Put a file, over the one that was there. `headers` are kept beside it where the store can."""

    def opened(self, key: str) -> AbstractAsyncContextManager[Reading | None]:
        """A file to be read; None when there is none. Raises Unavailable."""

    async def copy(self, key: str, to: str, headers: Mapping[str, str], version: str = "") -> bool:
        """Put a copy of a file elsewhere; False when there is none, or no more the one of this version.

        Raises Unavailable.
        """

    async def receive(
        self, key: str, pieces: AsyncIterator[bytes], bytes_max: int, headers: Mapping[str, str]
    ) -> int:
        """Put a file as it arrives; return its size. Raises TooLarge, Unavailable; then, and when the
        stream breaks off, what was there before stays.
        """

    async def remove(self, key: str) -> None:
        """Remove a file, if it is there. Raises Unavailable."""

    def upload_url(self, key: str, headers: Mapping[str, str], now_ms: int, expires_s: int) -> str:
        """Where a client PUTs a file with these headers; empty when it goes through control."""
