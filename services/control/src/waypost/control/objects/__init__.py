"""Where the bytes of assets are: a directory, or any S3 API."""

from collections.abc import Mapping
from typing import Protocol


class Objects(Protocol):
    """A store of small files by key. Keys are relative paths of plain ASCII."""

    async def read(self, key: str, bytes_max: int) -> bytes | None:
        """A whole file; None when there is none. Raises TooLarge, Unavailable."""

    async def write(self, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Put a file, over the one that was there. `headers` are kept beside it where the store can."""

    async def remove(self, key: str) -> None:
        """Remove a file, if it is there. Raises Unavailable."""

    def upload_url(self, key: str, headers: Mapping[str, str], now_ms: int, expires_s: int) -> str:
        """Where a client PUTs a file with these headers; empty when it goes through control."""
