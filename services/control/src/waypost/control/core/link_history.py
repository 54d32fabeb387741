"""The past and the planned future of a link: roll back to a version, change at a time."""

from typing import Any

import msgspec

from waypost.control import limits
from waypost.control.core.links import reachable, update_link
from waypost.control.model.access import Actor, system_actor
from waypost.control.model.changes import Change
from waypost.control.model.faults import ChangeNotFound, Fault, Invalid, TooLarge
from waypost.control.model.jobs import ScheduledChange
from waypost.control.model.links import LinkView, UpdateLink
from waypost.control.model.page import Page, PageRequest
from waypost.control.store import changes, schedules
from waypost.control.store.tx import Tx

_UPDATABLE = frozenset(UpdateLink.__struct_fields__) - {"password", "tag_ids", "expiry_in_past"}


async def history(tx: Tx, actor: Actor, link_id: str, wanted: PageRequest) -> Page[Change]:
    """The changes of a link, newest first; of a deleted one too."""
    subject = changes.changes.c.subject_id == link_id
    return await changes.rows.page(tx, actor.workspace_id, wanted, subject)


async def roll_back(tx: Tx, actor: Actor, link_id: str, version: int) -> LinkView:
    """Bring a link back to what it was at a version, as a new change.

    Passwords stay as they are, since only whether one was set is known. Raises LinkNotFound,
    ChangeNotFound for a version that never was or is no longer kept, TooLarge, SlugTaken.
    """
    link = await reachable(tx, actor, link_id)
    if not 1 <= version < link.version:
        raise ChangeNotFound(str(version))
    if not await changes.is_kept(tx, actor.workspace_id, link_id, version):
        raise ChangeNotFound(str(version))
    most = limits.CHANGES_PER_ROLLBACK_MAX
    later = await changes.later_than(tx, actor.workspace_id, link_id, version, most + 1)
    if len(later) > most:
        raise TooLarge("changes to roll back at once", most)
    members: dict[str, Any] = {}
    for change in later:  # newest first, so that the oldest value has the last word
        members |= {name: before for name, (before, _after) in change.diff.items()}
    if (state := members.pop("state", None)) is not None:
        members["active"] = state == "active"
    kept = {name: value for name, value in members.items() if name in _UPDATABLE}
    if not kept:
        raise ChangeNotFound(str(version))
    return await update_link(tx, actor, link_id, msgspec.convert(kept, UpdateLink))


async def schedule(tx: Tx, actor: Actor, link_id: str, due_ms: int, command: UpdateLink) -> ScheduledChange:
    """Change a link at a time to come. Raises LinkNotFound, Invalid, TooLarge, and what the change would raise."""
    await reachable(tx, actor, link_id)
    if due_ms <= tx.now_ms:
        raise Invalid("at", "lies in the past")
    if await schedules.count_of_link(tx, link_id) >= limits.SCHEDULED_PER_LINK_MAX:
        raise TooLarge("planned changes of one link", limits.SCHEDULED_PER_LINK_MAX)
    await _try_out(tx, actor, link_id, command)
    planned = ScheduledChange(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        link_id=link_id,
        due_ms=due_ms,
        command=msgspec.to_builtins(command),
        created_ms=tx.now_ms,
        created_by=actor.id,
    )
    await schedules.rows.insert(tx, planned)
    return planned


async def planned_of(tx: Tx, actor: Actor, link_id: str) -> list[ScheduledChange]:
    """What is planned for a link, in order. Raises LinkNotFound."""
    await reachable(tx, actor, link_id)
    return await schedules.of_link(tx, link_id)


async def unschedule(tx: Tx, actor: Actor, link_id: str, change_id: str) -> None:
    """Drop a planned change. Raises LinkNotFound, ChangeNotFound."""
    await reachable(tx, actor, link_id)
    planned = await schedules.rows.get(tx, actor.workspace_id, change_id)
    if planned.link_id != link_id or planned.done_ms:
        raise ChangeNotFound(change_id)
    await schedules.rows.remove(tx, change_id)


async def carry_out(tx: Tx, planned: ScheduledChange) -> ScheduledChange:
    """Make a planned change now; what stops it is kept beside it."""
    actor = system_actor(planned.workspace_id, "schedule")
    failure = ""
    try:
        async with tx.savepoint():
            await update_link(tx, actor, planned.link_id, msgspec.convert(planned.command, UpdateLink))
    except Fault as fault:
        failure = str(fault)
    done = msgspec.structs.replace(planned, done_ms=tx.now_ms, failure=failure)
    await schedules.rows.save(tx, done)
    return done


class _Undo(Exception):
    """Ends the trial's savepoint."""


async def _try_out(tx: Tx, actor: Actor, link_id: str, command: UpdateLink) -> None:
    """Make the change and undo it, so that what cannot work is refused while somebody looks."""
    try:
        async with tx.savepoint():
            await update_link(tx, actor, link_id, command)
            raise _Undo
    except _Undo:
        return
