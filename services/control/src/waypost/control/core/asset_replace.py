"""Another file for an asset: it keeps its id, and whatever shows it shows the new file from the next visit on.

The two rows exchange their files, so nothing changes under an address that browsers keep for a year; the
row of the replacement then holds the old file and is deleted with it.
"""

import msgspec
from msgspec import Struct

from waypost.control.core import asset_uses
from waypost.control.core.assets import with_file
from waypost.control.core.quotas import check_storage
from waypost.control.core.record_change import record_change
from waypost.control.model.access import Actor
from waypost.control.model.assets import Asset, AssetMoved, Kept
from waypost.control.store import assets
from waypost.control.store.tx import Tx


class Replaced(Struct, frozen=True):
    """The asset with its new file, and the row that holds the old one: `asset_files.discard` it."""

    asset: Asset
    old: Asset


async def replace(tx: Tx, actor: Actor, seen: Asset, replacement: Asset, kept: Kept) -> Replaced:
    """Give an asset the judged file of its replacement. `seen` is the asset for which `copy_ahead` was done.

    Raises AssetNotFound, QuotaReached, AssetMoved when it was published or replaced since.
    """
    before = await assets.get(tx, actor.workspace_id, replacement.replaces)
    carrier = await assets.get(tx, actor.workspace_id, replacement.id)
    if before.file != seen.file or bool(before.published_ms) != bool(seen.published_ms):
        raise AssetMoved
    await check_storage(tx, actor, kept.size_bytes - carrier.size_bytes - before.size_bytes)
    after = msgspec.structs.replace(
        with_file(before, kept, tx.now_ms),
        file_id=carrier.file_id or carrier.id,
        filename=carrier.filename,
        content_type=carrier.content_type,
    )
    old = msgspec.structs.replace(
        carrier,
        file_id=before.file_id or before.id,
        filename=before.filename,
        content_type=before.content_type,
        state="deleted",
        updated_ms=tx.now_ms,
    )
    await assets.rows.save(tx, after)
    await assets.rows.save(tx, old)
    await record_change(tx, actor, "asset.replace", after.id, before, after)
    await asset_uses.follow(tx, actor, before, after)
    return Replaced(after, old)
