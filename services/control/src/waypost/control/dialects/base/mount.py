"""Where dialects are found: under a prefix of their name, or on host names of their own."""

from collections.abc import Mapping

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send


class HostsUnreadable(ValueError):
    """The setting that maps host names to dialects cannot be used; the sentence says why."""


def read_hosts(text: str, names: frozenset[str]) -> dict[str, str]:
    """Read `api.old.example=xqr,other.example=codeqr` as host → dialect. Raises HostsUnreadable."""
    hosts: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        host, separator, name = (part.strip().lower() for part in entry.partition("="))
        if not separator or not host:
            raise HostsUnreadable(f"`{entry}` is not host=dialect")
        if name not in names:
            raise HostsUnreadable(f"there is no dialect `{name}`, only {', '.join(sorted(names))}")
        hosts[host] = name
    return hosts


class Mounts:
    """Sends a request to the dialect that its host or the first segment of its path names.

    Everything else, lifespan included, goes to `otherwise`. Behind a prefix the application sees the
    path without it; `root_path` says what was taken away.
    """

    def __init__(self, dialects: Mapping[str, ASGIApp], hosts: Mapping[str, str], otherwise: ASGIApp) -> None:
        self._dialects = dialects
        self._hosts = hosts
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == ScopeType.HTTP:
            if (name := self._hosts.get(_host_of(scope))) is not None:
                await self._dialects[name](scope, receive, send)
                return
            name, _, rest = scope["path"].removeprefix("/").partition("/")
            if (dialect := self._dialects.get(name)) is not None:
                await dialect(_below(scope, name, rest), receive, send)
                return
        await self._otherwise(scope, receive, send)


def _host_of(scope: Scope) -> str:
    for header, value in scope["headers"]:
        if header == b"host":
            return value.decode("latin-1").partition(":")[0].lower()
    return ""


def _below(scope: Scope, name: str, rest: str) -> Scope:
    inner = dict(scope)
    inner["path"] = f"/{rest}"
    inner["raw_path"] = scope["raw_path"].removeprefix(f"/{name}".encode()) or b"/"
    inner["mounted_at"] = f"/{name}"
    return inner  # type: ignore[return-value]  # a copy of a Scope is one, but dict() forgets that
