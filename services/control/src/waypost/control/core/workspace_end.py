"""The end of workspaces: deleting one, sandboxes that come and go, and removing what is over.

Deleting closes a workspace at once: its keys open nothing, and one record tells every edge that its links
lead nowhere. What is in it stays for a while, so that a mistake can be undone, and is then removed piece
by piece by a job (`jobs.workspace_removal`).
"""

import msgspec

from waypost.control import limits
from waypost.control.core.domains import archive_all
from waypost.control.core.keys import Peppers, store_key
from waypost.control.core.link_publish import withdraw
from waypost.control.core.names import checked_name
from waypost.control.core.record_change import record_change
from waypost.control.core.replicate import publish
from waypost.control.core.workspace_record import publish_workspaces
from waypost.control.model import keys as key_text
from waypost.control.model.access import ALL_SCOPES, Actor, system_actor
from waypost.control.model.faults import Invalid, OutOfReach, QuotaReached, WorkspaceNotFound
from waypost.control.model.keys import CreateKey, MintedKey, OpaqueFormat
from waypost.control.model.workspaces import Workspace
from waypost.control.store import domains, slugs, workspace_rows, workspaces
from waypost.control.store.tx import Tx
from waypost.wire.ids import to_bytes
from waypost.wire.slug import domain_key, workspace_key

_SLUG_DIGITS = 12


async def delete_workspace(tx: Tx, actor: Actor, confirm: str) -> Workspace:
    """Close the actor's own workspace; `confirm` is its slug or its name.

    Raises OutOfReach for an actor without every scope and for the installation's first workspace, Invalid.
    """
    before = await workspaces.get(tx, actor.workspace_id)
    first = await workspaces.first(tx)
    if ALL_SCOPES not in actor.scopes or actor.domain_id is not None or actor.own_links_only:
        raise OutOfReach("what needs every scope and the whole workspace")
    if first is None or first.id == before.id:
        raise OutOfReach("the workspaces that can be deleted; this is the operator's")
    if confirm not in (before.slug, before.name):
        raise Invalid("confirm", "must be the slug or the name of the workspace")
    return await _close(tx, actor, before, tx.now_ms + limits.DELETED_WORKSPACE_MS)


async def create_sandbox(
    tx: Tx, actor: Actor, peppers: Peppers, name: str = "", key_format: OpaqueFormat = "waypost"
) -> tuple[Workspace, MintedKey]:
    """Make an empty workspace to try things out, with a key of the actor's scopes. It goes after 30 days.

    Raises OutOfReach in a sandbox, Invalid, QuotaReached.
    """
    parent = await workspaces.get(tx, actor.workspace_id)
    if parent.sandbox_of:
        raise OutOfReach("its own sandbox")
    await workspaces.lock(tx, parent.id)
    if len(await workspaces.sandboxes_of(tx, parent.id)) >= limits.SANDBOXES_MAX:
        raise QuotaReached("sandboxes", limits.SANDBOXES_MAX)
    made_id = tx.new_id()
    made = Workspace(
        id=made_id,
        slug=f"sandbox-{made_id.replace('-', '')[-_SLUG_DIGITS:]}",
        name=checked_name(name or "Sandbox"),
        plan=parent.plan,
        timezone=parent.timezone,
        sandbox_of=parent.id,
        expires_ms=tx.now_ms + limits.SANDBOX_MS,
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
    )
    await workspaces.insert(tx, made)
    await record_change(tx, actor, "sandbox.create", made.id, None, made)
    await publish_workspaces(tx, [made])
    text = key_text.new_text(key_format, tx.random_bytes)
    command = CreateKey(name="first", scopes=tuple(sorted(actor.scopes)), format=key_format)
    return made, await store_key(tx, system_actor(made.id, actor.name), peppers, command, text)


async def list_sandboxes(tx: Tx, actor: Actor) -> list[Workspace]:
    """The sandboxes of the actor's workspace, newest first."""
    found = await workspaces.sandboxes_of(tx, actor.workspace_id)
    return [each for each in found if not each.is_over(tx.now_ms)]


async def delete_sandbox(tx: Tx, actor: Actor, sandbox_id: str) -> Workspace:
    """Close a sandbox of the actor's workspace, to be removed at once. Raises WorkspaceNotFound."""
    before = await workspaces.get(tx, sandbox_id)
    if before.sandbox_of != actor.workspace_id or before.deleted_ms:
        raise WorkspaceNotFound(sandbox_id)
    return await _close(tx, actor, before, tx.now_ms)


async def reopen(tx: Tx, actor: Actor, before: Workspace) -> Workspace:
    """Bring back what was deleted and is not removed yet. Its domains stay archived. Raises Invalid."""
    if before.is_over(tx.now_ms) and 0 < before.expires_ms <= tx.now_ms:
        raise Invalid("deleted", "is being removed already")
    after = msgspec.structs.replace(
        before, deleted_ms=0, expires_ms=0, updated_ms=tx.now_ms, version=before.version + 1
    )
    await workspaces.save(tx, after)
    await record_change(tx, actor, "workspace.reopen", after.id, before, after)
    await publish_workspaces(tx, [after])
    return after


async def _close(tx: Tx, actor: Actor, before: Workspace, expires_ms: int) -> Workspace:
    after = msgspec.structs.replace(
        before,
        deleted_ms=tx.now_ms,
        expires_ms=expires_ms,
        updated_ms=tx.now_ms,
        version=before.version + 1,
    )
    await workspaces.save(tx, after)
    await archive_all(tx, actor, before.id)
    for sandbox in await workspaces.sandboxes_of(tx, before.id):
        await _close(tx, actor, sandbox, tx.now_ms)
    await record_change(tx, actor, "workspace.delete", after.id, before, after)
    await publish_workspaces(tx, [after])
    return after


async def remove_links(tx: Tx, link_ids: list[str]) -> None:
    """Remove links with all that belongs to them, and let edges forget them."""
    withdraw(tx, await slugs.of_links(tx, link_ids))
    await workspace_rows.remove_links(tx, link_ids)


async def remove_rest(tx: Tx, workspace: Workspace) -> bool:
    """Remove some of what a workspace without links still has; True when it is gone itself."""
    for domain in await domains.of_workspace(tx, workspace.id, limits.DOMAINS_PER_WORKSPACE_MAX):
        publish(tx, domain_key(domain.host), None)
        await slugs.release_domain(tx, domain.id)
    if await workspace_rows.remove_some(tx, workspace.id, limits.REMOVED_ROWS_AT_ONCE):
        return False
    publish(tx, workspace_key(to_bytes(workspace.id)), None)
    await workspace_rows.remove_workspace(tx, workspace.id)
    return True
