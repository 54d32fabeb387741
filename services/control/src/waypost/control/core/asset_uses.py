"""Where an asset is shown (pages and their drafts, rules, previews), and letting it follow a replaced file."""

from typing import Any

import msgspec

from waypost.control.core import links
from waypost.control.model.access import Actor
from waypost.control.model.assets import Asset
from waypost.control.model.links import Json, Preview, UpdateLink
from waypost.control.store import bio_pages
from waypost.control.store import links as stored_links
from waypost.control.store.tx import Tx
from waypost.rules import Rule

_SHOWING: dict[str, Any] = {"content": Json, "rules": tuple[Rule, ...], "preview": Preview}
"""Members of links, and their types."""


async def follow(tx: Tx, actor: Actor, before: Asset, after: Asset) -> None:
    """Let everything that shows the file of `before` show that of `after`. Raises what `links.update_link` does."""
    old, new = f"{before.file}/{before.name}", f"{after.file}/{after.name}"
    # A key that reaches few links may still replace a file; what shows it must not be left with a gap.
    whole = msgspec.structs.replace(actor, domain_id=None, own_links_only=False)
    for link in await stored_links.naming(tx, actor.workspace_id, old):
        changed: dict[str, Any] = {}
        for name, kind in _SHOWING.items():
            value = getattr(link, name)
            moved = _moved(value, kind, old, new) if value else value
            if moved != value:
                changed[name] = moved
        await links.update_link(tx, whole, link.id, UpdateLink(**changed), webhooks=False)
    for link_id, draft in await bio_pages.drafts_naming(tx, actor.workspace_id, old):
        await bio_pages.put_draft(tx, link_id, _moved(draft, Json, old, new))


def _moved(value: object, kind: Any, old: str, new: str) -> Any:
    """A value with one address for another, wherever in it that stands."""
    return msgspec.json.decode(msgspec.json.encode(value).replace(old.encode(), new.encode()), type=kind)
