"""Replacing the file of an asset for a request: the public copy first, then the exchange, then the old file goes."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from litestar import Response

from waypost.control.core import asset_replace
from waypost.control.core.asset_files import discard
from waypost.control.core.assets import get_asset
from waypost.control.model.assets import Asset, Kept
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call

BodyT = TypeVar("BodyT")


async def _nothing_more(_tx: Tx, _asset: Asset) -> None:
    """Where nothing else depends on the file."""


async def replace_file(
    call: Call,
    replacement: Asset,
    kept: Kept,
    render: Callable[[Asset], BodyT],
    also: Callable[[Tx, Asset], Awaitable[None]] = _nothing_more,
) -> Response[BodyT]:
    """Put a judged replacement in the place of what it replaces and answer with the asset. `also` runs in the
    same transaction.

    Raises AssetNotFound, QuotaReached, AssetMoved, Unavailable.
    """
    control = call.control
    seen = await call.read(lambda tx: get_asset(tx, call.actor, replacement.replaces))
    if seen.published_ms:
        await control.assets.copy_ahead(replacement)
    gone: list[Asset] = []

    async def work(tx: Tx) -> Asset:
        done = await asset_replace.replace(tx, call.actor, seen, replacement, kept)
        await also(tx, done.asset)
        gone.append(done.old)
        return done.asset

    answer = await call.write(work, render)
    for old in gone:
        await discard(control.database, control.assets.objects, old)
    return answer
