"""Writing down what was done: once for every write of every noun, in its transaction."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from waypost.control.model.access import Actor
from waypost.control.model.changes import Change, diff_of
from waypost.control.store import changes
from waypost.control.store.tx import Tx


def change_of(
    tx: Tx,
    actor: Actor,
    action: str,
    subject_id: str,
    before: Struct | None,
    after: Struct | None,
    more: Mapping[str, tuple[Any, Any]] | None = None,
) -> Change:
    """The change between two states of a thing; `action` is `<kind>.<verb>`.

    `more` adds members that are kept elsewhere, such as a link's tags.
    """
    shown = after if after is not None else before
    return Change(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        created_ms=tx.now_ms,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        action=action,
        kind=action.partition(".")[0],
        subject_id=subject_id,
        version=int(getattr(shown, "version", 0)),
        diff={**diff_of(before, after), **(more or {})},
    )


async def record_change(
    tx: Tx,
    actor: Actor,
    action: str,
    subject_id: str,
    before: Struct | None,
    after: Struct | None,
    more: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Write one change down."""
    await changes.rows.insert(tx, change_of(tx, actor, action, subject_id, before, after, more))
