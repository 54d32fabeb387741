"""Workspaces: reading and changing one's own; making and moving others is the operator's."""

import re
from typing import Any
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control import limits
from waypost.control.core import workspace_end
from waypost.control.core.announce import announce
from waypost.control.core.keys import Peppers, store_key
from waypost.control.core.names import checked_name
from waypost.control.core.record_change import record_change
from waypost.control.core.workspace_record import publish_workspaces
from waypost.control.model import keys as key_text
from waypost.control.model.access import ALL_SCOPES, Actor, system_actor
from waypost.control.model.faults import Invalid, OutOfReach
from waypost.control.model.keys import CreateKey, MintedKey
from waypost.control.model.page import Page, PageRequest
from waypost.control.model.workspaces import Workspace
from waypost.control.store import workspaces
from waypost.control.store.tx import Tx

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?\Z")


class UpdateWorkspace(Struct, frozen=True, kw_only=True):
    """Change the members that are set. `plan` and `suspended` are the operator's."""

    name: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    plan: str | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET
    """Only False: bring a deleted one back. The operator's."""
    settings: dict[str, Any] | UnsetType = UNSET
    """What dialects keep of a workspace; bounded like a link's extras."""


async def get_workspace(tx: Tx, actor: Actor) -> Workspace:
    """The actor's workspace."""
    return await workspaces.get(tx, actor.workspace_id)


async def update_workspace(tx: Tx, actor: Actor, command: UpdateWorkspace) -> Workspace:
    """Change the actor's own workspace. Raises Invalid; OutOfReach for what is the operator's."""
    if any(each is not UNSET for each in (command.plan, command.suspended, command.deleted)):
        await require_operator(tx, actor)
    return await _update(tx, actor, await workspaces.get(tx, actor.workspace_id), command)


async def create_workspace(
    tx: Tx, actor: Actor, peppers: Peppers, *, slug: str, name: str, plan: str = ""
) -> tuple[Workspace, MintedKey]:
    """Make a workspace and its first key. The operator's. Raises OutOfReach, Invalid, NameTaken."""
    await require_operator(tx, actor)
    if not _SLUG.match(slug):
        raise Invalid("slug", "has 1 to 48 letters a to z, digits and dashes")
    chosen = plan or tx.installation.default_plan
    _check_plan(tx, chosen)
    workspace = Workspace(
        id=tx.new_id(),
        slug=slug,
        name=checked_name(name),
        plan=chosen,
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
    )
    await workspaces.insert(tx, workspace)
    owner = system_actor(workspace.id, actor.name)
    await record_change(tx, owner, "workspace.create", workspace.id, None, workspace)
    await publish_workspaces(tx, [workspace])
    text = key_text.new_text("waypost", tx.random_bytes)
    command = CreateKey(name="first", scopes=(ALL_SCOPES,))
    return workspace, await store_key(tx, owner, peppers, command, text)


async def list_workspaces(tx: Tx, actor: Actor, wanted: PageRequest) -> Page[Workspace]:
    """All workspaces. The operator's. Raises OutOfReach."""
    await require_operator(tx, actor)
    return await workspaces.page(tx, wanted)


async def update_any_workspace(
    tx: Tx, actor: Actor, workspace_id: str, command: UpdateWorkspace
) -> Workspace:
    """Change any workspace. The operator's. Raises OutOfReach, WorkspaceNotFound, Invalid."""
    await require_operator(tx, actor)
    before = await workspaces.get(tx, workspace_id)
    if command.deleted is not UNSET:
        if command.deleted:
            raise Invalid("deleted", "can only be false; a workspace is deleted by its owner")
        before = await workspace_end.reopen(tx, actor, before)
    return await _update(tx, actor, before, command)


async def require_operator(tx: Tx, actor: Actor) -> None:
    """Raise OutOfReach unless the actor holds every scope in the installation's first workspace."""
    first = await workspaces.first(tx)
    if first is None or first.id != actor.workspace_id or ALL_SCOPES not in actor.scopes:
        raise OutOfReach("its own workspace")


async def _update(tx: Tx, actor: Actor, before: Workspace, command: UpdateWorkspace) -> Workspace:
    after = before
    if command.name is not UNSET:
        after = msgspec.structs.replace(after, name=checked_name(command.name))
    if command.timezone is not UNSET:
        if command.timezone not in available_timezones():
            raise Invalid("timezone", "is not a zone of the IANA database")
        after = msgspec.structs.replace(after, timezone=command.timezone)
    if command.settings is not UNSET:
        if len(msgspec.json.encode(command.settings)) > limits.EXTRAS_BYTES_MAX:
            raise Invalid("settings", f"more than {limits.EXTRAS_BYTES_MAX} bytes")
        after = msgspec.structs.replace(after, settings=command.settings)
    if command.plan is not UNSET:
        _check_plan(tx, command.plan)
        after = msgspec.structs.replace(after, plan=command.plan)
    if command.suspended is not UNSET:
        after = msgspec.structs.replace(after, suspended=command.suspended)
    after = msgspec.structs.replace(after, updated_ms=tx.now_ms, version=before.version + 1)
    await workspaces.save(tx, after)
    await record_change(tx, actor, "workspace.update", after.id, before, after)
    if after.plan != before.plan:
        data = {"before": before.plan, "after": after.plan}
        announce(tx, "workspace.plan_changed", after.id, data)
    await publish_workspaces(tx, [after])
    return after


def _check_plan(tx: Tx, name: str) -> None:
    known = [plan.name for plan in tx.installation.plans]
    if name not in known:
        raise Invalid("plan", f"is none of {', '.join(known)}")
