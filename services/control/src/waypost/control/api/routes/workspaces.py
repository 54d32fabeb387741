"""Workspaces: one's own, its usage, and (for the operator) all of them."""

from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody, QueryParameter

from waypost.control import limits
from waypost.control.api.routes.parameters import Cursor, Id, Limit, nothing, page_request
from waypost.control.api.schemas.organisation import (
    SandboxCreate,
    UsageOut,
    WorkspaceBody,
    WorkspaceCreate,
    WorkspaceList,
    WorkspaceMade,
    WorkspaceOut,
    to_command,
    to_workspace,
)
from waypost.control.core import quotas, workspace_end, workspaces
from waypost.control.core.workspaces import UpdateWorkspace
from waypost.control.surface.call import Caller

TAGS = ["Workspaces"]
Confirm = Annotated[str, QueryParameter(max_length=200, description="The slug or the name of the workspace.")]


@get("/v1/workspace", scope="workspace:read", operation_id="getWorkspace", tags=TAGS)
async def get_workspace(call: Caller) -> WorkspaceOut:
    """Read the workspace of this key."""
    return to_workspace(await call.read(lambda tx: workspaces.get_workspace(tx, call.actor)))


@patch("/v1/workspace", scope="workspace:write", operation_id="updateWorkspace", tags=TAGS)
async def update_workspace(call: Caller, data: JSONBody[WorkspaceBody]) -> Response[WorkspaceOut]:
    """Change the workspace of this key."""
    command = to_command(data, UpdateWorkspace)
    return await call.write(lambda tx: workspaces.update_workspace(tx, call.actor, command), to_workspace)


@get("/v1/workspace/usage", scope="workspace:read", operation_id="getWorkspaceUsage", tags=TAGS)
async def get_usage(call: Caller) -> UsageOut:
    """Show the plan of this workspace and how much of it is used."""
    plan = call.control.database.installation.plan(call.actor.plan)
    return UsageOut(plan=plan, usage=await call.read(lambda tx: quotas.usage_of(tx, call.actor)))


@get("/v1/workspaces", scope="*", operation_id="listWorkspaces", tags=TAGS)
async def list_workspaces(
    call: Caller, limit: Limit = limits.PAGE_ITEMS_DEFAULT, cursor: Cursor = ""
) -> WorkspaceList:
    """List all workspaces. For the operator: a key with every scope in the first workspace."""
    wanted = page_request(limit, cursor)
    page = await call.read(lambda tx: workspaces.list_workspaces(tx, call.actor, wanted))
    return WorkspaceList(
        data=[to_workspace(each) for each in page.items], next_cursor=page.next_cursor or None
    )


@post("/v1/workspaces", scope="*", operation_id="createWorkspace", tags=TAGS, status_code=201)
async def create_workspace(call: Caller, data: JSONBody[WorkspaceCreate]) -> Response[WorkspaceMade]:
    """Create a workspace and its first key. For the operator."""
    return await call.write(
        lambda tx: workspaces.create_workspace(
            tx, call.actor, call.control.peppers, slug=data.slug, name=data.name, plan=data.plan or ""
        ),
        lambda made: WorkspaceMade(workspace=to_workspace(made[0]), key=made[1].text),
        status=201,
    )


@patch("/v1/workspaces/{workspace_id:str}", scope="*", operation_id="updateAnyWorkspace", tags=TAGS)
async def update_any_workspace(
    call: Caller,
    workspace_id: Id,
    data: JSONBody[WorkspaceBody],
) -> Response[WorkspaceOut]:
    """Change any workspace, its plan, or suspend it. For the operator."""
    command = to_command(data, UpdateWorkspace)
    return await call.write(
        lambda tx: workspaces.update_any_workspace(tx, call.actor, workspace_id, command), to_workspace
    )


@delete("/v1/workspace", scope="*", operation_id="deleteWorkspace", tags=TAGS, status_code=204)
async def delete_workspace(call: Caller, confirm: Confirm) -> Response[None]:
    """Delete the workspace of this key, which needs every scope; `confirm` is its slug or its name.

    Its keys stop at once and its links lead nowhere. After 30 days everything in it is removed; until then the
    operator can bring it back. The operator's own workspace stays.
    """
    return await call.write(
        lambda tx: workspace_end.delete_workspace(tx, call.actor, confirm), nothing, status=204
    )


@post("/v1/sandboxes", scope="keys:write", operation_id="createSandbox", tags=TAGS, status_code=201)
async def create_sandbox(
    call: Caller, data: JSONBody[SandboxCreate | None] = None
) -> Response[WorkspaceMade]:
    """Create an empty workspace to try things out, with a key of the same scopes. It is removed after 30 days."""
    name = (data.name if data else None) or ""
    return await call.write(
        lambda tx: workspace_end.create_sandbox(tx, call.actor, call.control.peppers, name),
        lambda made: WorkspaceMade(workspace=to_workspace(made[0]), key=made[1].text),
        status=201,
    )


@get("/v1/sandboxes", scope="keys:read", operation_id="listSandboxes", tags=TAGS)
async def list_sandboxes(call: Caller) -> WorkspaceList:
    """List the sandboxes of this workspace, newest first."""
    found = await call.read(lambda tx: workspace_end.list_sandboxes(tx, call.actor))
    return WorkspaceList(data=[to_workspace(each) for each in found], next_cursor=None)


@delete(
    "/v1/sandboxes/{sandbox_id:str}",
    scope="keys:write",
    operation_id="deleteSandbox",
    tags=TAGS,
    status_code=204,
)
async def delete_sandbox(call: Caller, sandbox_id: Id) -> Response[None]:
    """Delete a sandbox with everything in it."""
    return await call.write(
        lambda tx: workspace_end.delete_sandbox(tx, call.actor, sandbox_id), nothing, status=204
    )


HANDLERS = [
    get_workspace,
    update_workspace,
    get_usage,
    list_workspaces,
    create_workspace,
    update_any_workspace,
    delete_workspace,
    create_sandbox,
    list_sandboxes,
    delete_sandbox,
]
