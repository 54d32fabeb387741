"""Writing down what was done: once for every write of every noun, in its transaction."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from waypost.control.model.access import Actor
from waypost.control.model.changes import Change, diff_of
from waypost.control.store import changes
from waypost.control.store.tx import Tx


def change_of(
    tx: Tx, actor: Actor, action: str, subject_id: str, before: Struct | None, after: Struct | None
) -> Change:
    """The change between two states of a thing; `action` is `<kind>.<verb>`."""
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
        diff=diff_of(before, after),
    )


async def record_change(
    tx: Tx, actor: Actor, action: str, subject_id: str, before: Struct | None, after: Struct | None
) -> None:
    """Write one change down."""
    await changes.rows.insert(tx, change_of(tx, actor, action, subject_id, before, after))


async def record_changes(tx: Tx, made: Sequence[Change]) -> None:
    """Write many changes down at once."""
    columns = Change.__struct_fields__
    values: list[dict[str, Any]] = [{name: getattr(each, name) for name in columns} for each in made]
    await tx.run_many(changes.changes.insert(), values)
