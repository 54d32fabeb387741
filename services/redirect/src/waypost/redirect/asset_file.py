"""Published files of the directory of assets, which control writes. Only the full lane opens them.

A page that shows pictures of ours so needs neither control nor its database. What the path does not say
(type, how long it may be cached, whether it opens in the page) is not needed: see `waypost.wire.assets`.
"""

import asyncio
import os
import stat
from pathlib import Path

from starlette.responses import FileResponse, Response

from waypost.wire.assets import PREFIX, PUBLIC_DIRECTORY, file_at, served_headers

_PREFIX = PREFIX.encode()


def is_asset(path: bytes) -> bool:
    """True for a raw path (or target) below the place of assets, whether there is a file or not."""
    return path.startswith(_PREFIX)


class AssetDirectory:
    """The published files below a directory. It need not be there."""

    def __init__(self, root: Path) -> None:
        self._root = root / PUBLIC_DIRECTORY

    async def response(self, path: bytes, if_none_match: str) -> Response | None:
        """The file at a raw path with its safe headers, ranges included; None when there is none."""
        found = file_at(path.decode("latin-1"))
        if found is None:
            return None
        asset_id, name = found
        file = self._root / asset_id / name
        status = await asyncio.to_thread(_status, file)
        if status is None:
            return None
        headers = served_headers(asset_id, name)
        if headers["etag"] in if_none_match:
            return Response(status_code=304, headers={key: headers[key] for key in ("etag", "cache-control")})
        return FileResponse(file, headers=headers, stat_result=status)


def _status(file: Path) -> os.stat_result | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None
