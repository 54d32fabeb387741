"""Sandboxes: made, listed, deleted; and the end of the workspace itself."""

from typing import Any

from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody

from waypost.control.core import workspace_end
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.asked import case_of, gives, nothing, shown, takes
from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.mapping.tokens import to_token
from waypost.control.dialects.linkbreakers.schemas.sandboxes import (
    SandboxesAnswer,
    SandboxIn,
    SandboxMade,
    SandboxOut,
)
from waypost.control.dialects.linkbreakers.spelling import spell, timestamp
from waypost.control.model.faults import Invalid
from waypost.control.model.keys import MintedKey
from waypost.control.model.workspaces import Workspace
from waypost.control.store import workspaces
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

TAG = "Sandboxes"
PATH = "/v1/sandboxes"


@post(PATH, scope="keys:write", **takes(SandboxIn, SandboxMade, TAG))
async def create_sandbox(call: Caller, data: JSONBody[SandboxIn]) -> Response[Any]:
    """Make a sandbox; its token holds the scopes of the one that asks, and starts with `lb_test_`."""
    case, name = case_of(call), (data.name or "").strip()
    if len(name) > limits.SANDBOX_NAME_CHARACTERS_MAX:
        raise Invalid("name", f"longer than {limits.SANDBOX_NAME_CHARACTERS_MAX} characters")
    called = name or f"Sandbox {timestamp(at(call.now_ms))}"

    async def work(tx: Tx) -> tuple[Workspace, MintedKey]:
        return await workspace_end.create_sandbox(tx, call.actor, call.control.peppers, called, "sandbox")

    def render(made: tuple[Workspace, MintedKey]) -> Any:
        workspace, minted = made
        answer = SandboxMade(
            sandbox=_sandbox(workspace), token=to_token(minted.key), access_token=minted.text
        )
        return spell(answer, case)

    return await call.write(work, render)


@get(PATH, scope="keys:read", **gives(SandboxesAnswer, TAG))
async def list_sandboxes(call: Caller) -> Response[Any]:
    """The sandboxes that this workspace made, newest first."""
    found = await call.read(lambda tx: workspace_end.list_sandboxes(tx, call.actor))
    return shown(call, SandboxesAnswer(sandboxes=[_sandbox(each) for each in found], total_count=len(found)))


@delete(PATH + "/{sandbox_id:str}", scope="keys:write", status_code=200, tags=[TAG])
async def delete_sandbox(call: Caller, sandbox_id: FromPath[str]) -> Response[Any]:
    """Delete a sandbox with everything in it."""
    return await call.write(lambda tx: workspace_end.delete_sandbox(tx, call.actor, sandbox_id), nothing)


@delete("/v1/workspace", scope="workspace:write", status_code=200, tags=["Workspace"])
async def delete_workspace(call: Caller) -> Response[Any]:
    """Delete the workspace of the token, which needs full access. The operator can bring it back for 30 days."""

    async def work(tx: Tx) -> Workspace:
        mine = await workspaces.get(tx, call.actor.workspace_id)
        return await workspace_end.delete_workspace(tx, call.actor, mine.slug)

    return await call.write(work, nothing)


def _sandbox(workspace: Workspace) -> SandboxOut:
    return SandboxOut(
        id=workspace.id,
        name=workspace.name,
        created_at=at(workspace.created_ms),
        expires_at=at(workspace.expires_ms),
    )


HANDLERS = [create_sandbox, list_sandboxes, delete_sandbox, delete_workspace]
