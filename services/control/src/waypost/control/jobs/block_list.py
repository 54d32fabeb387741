"""The block list: read again when its file changes, then every link is judged by it."""

import asyncio
from pathlib import Path

import msgspec

from waypost.control import limits
from waypost.control.core.safety import block_listed, read_block_list
from waypost.control.store import links
from waypost.control.store.database import Database
from waypost.runtime.logs import Log

_LOOK_S = 2.0
_LINKS_AT_ONCE = 500
_log = Log(__name__)


class BlockList:
    """Keeps the installation's blocked hosts as the file says. Only the worker also goes over the links."""

    def __init__(self, database: Database, file: Path | None, *, judge_links: bool) -> None:
        self._database = database
        self._file = file
        self._judge_links = judge_links
        self._seen: tuple[int, int] | None = None

    async def run(self) -> None:
        """Watch the file for ever."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_S)

    async def look(self) -> None:
        """Read the file when it changed, and judge the links by it."""
        if self._file is None:
            return
        try:
            found = self._file.stat()
        except OSError as error:
            if self._seen is not None:
                _log.warning("block_list_unreadable", reason=str(error))
                self._seen = None
            return
        if self._seen == (found.st_mtime_ns, found.st_size):
            return
        text = await asyncio.to_thread(_read, self._file)
        hosts = read_block_list(text)
        database = self._database
        database.installation = msgspec.structs.replace(database.installation, blocked_hosts=hosts)
        self._seen = (found.st_mtime_ns, found.st_size)
        _log.info("block_list_read", hosts=len(hosts))
        if self._judge_links:
            await self.judge()

    async def judge(self) -> int:
        """Block every living link that leads to a listed host; return how many."""
        after, count = "", 0
        while True:
            async with self._database.read() as tx:
                part = await links.living_after(tx, after, _LINKS_AT_ONCE)
            if not part:
                return count
            async with self._database.write() as tx:
                count += await block_listed(tx, part)
            after = part[-1].id


def _read(file: Path) -> str:
    with file.open("rb") as handle:
        return handle.read(limits.BLOCK_LIST_BYTES_MAX).decode("utf-8", "replace")
