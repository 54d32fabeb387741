"""What answers without a token: the name of the API, and the scopes there are."""

from typing import Any

from litestar import Response, get
from msgspec import Struct

from waypost.control.dialects.linkbreakers.asked import base_url, gives, shown
from waypost.control.dialects.linkbreakers.mapping.tokens import catalogue
from waypost.control.dialects.linkbreakers.schemas.tokens import ScopesAnswer
from waypost.control.surface.call import Call, Caller


class Entry(Struct, frozen=True, kw_only=True):
    """Where a caller that knows nothing begins."""

    name: str
    version: str
    documentation: str
    openapi: str


@get("/", scope="", **gives(Entry, "Entry"))
async def entry(call: Caller) -> Response[Any]:
    """The name and version of the API, and where it is described."""
    return _entry(call)


@get("/v1", scope="", **gives(Entry, "Entry"))
async def versioned_entry(call: Caller) -> Response[Any]:
    """The same, below the version."""
    return _entry(call)


def _entry(call: Call) -> Response[Any]:
    base = base_url(call)
    return shown(
        call,
        Entry(
            name="Linkbreakers API on Waypost",
            version="v1",
            documentation=f"{base}/openapi.json",
            openapi=f"{base}/openapi.json",
        ),
    )


@get("/v1/api-scopes", scope="", **gives(ScopesAnswer, "Tokens"))
async def list_api_scopes(call: Caller) -> Response[Any]:
    """Every scope that a token may carry."""
    return shown(call, ScopesAnswer(scopes=catalogue()))


HANDLERS = [entry, versioned_entry, list_api_scopes]
