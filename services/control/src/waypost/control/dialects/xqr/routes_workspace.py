"""`/api/v1/workspace`: whose key this is, who works there, and what is used of the plan."""

from litestar import get

from waypost.control.core import assets, bio_pages, qr_designs, quotas, workspaces
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.envelope import Envelope, Limit, Offset, wrap, wrap_page
from waypost.control.dialects.xqr.features import features_of
from waypost.control.dialects.xqr.mapping_values import always_time
from waypost.control.dialects.xqr.plans import plan_title
from waypost.control.dialects.xqr.schemas_workspace import (
    Amounts,
    Limits,
    MemberOut,
    Owner,
    UsageOut,
    WorkspaceOut,
)
from waypost.control.model.organisation import Member
from waypost.control.model.page import Page, PageRequest
from waypost.control.store import members
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

TAGS = ["Workspace"]


@get("/api/v1/workspace", scope="workspace:read", operation_id="getWorkspace", tags=TAGS)
async def get_workspace(call: Caller) -> Envelope[WorkspaceOut]:
    """The workspace of this key."""
    workspace = await call.read(lambda tx: workspaces.get_workspace(tx, call.actor))
    people = await call.read(
        lambda tx: members.rows.page(
            tx,
            call.actor.workspace_id,
            PageRequest(limit=limits.OWNERS_LOOKED_AT_MAX),
            members.members.c.role == "owner",
        )
    )
    owner = people.items[-1] if people.items else None  # newest first: the last is the oldest
    return wrap(
        call,
        WorkspaceOut(
            id=workspace.id,
            name=workspace.name,
            description=None,
            plan=plan_title(workspace.plan),
            owner=None if owner is None else Owner(owner.id, owner.email, owner.name),
            created_at=always_time(workspace.created_ms),
        ),
    )


@get("/api/v1/workspace/members", scope="workspace:read", operation_id="listWorkspaceMembers", tags=TAGS)
async def list_members(
    call: Caller, limit: Limit = limits.PAGE_ITEMS_DEFAULT, offset: Offset = 0
) -> Envelope[list[MemberOut]]:
    """Who works in the workspace, newest first."""

    async def find(tx: Tx) -> Page[Member]:
        workspace_id = call.actor.workspace_id
        page = await members.rows.page(tx, workspace_id, PageRequest(limit=limit, offset=offset))
        return Page(page.items, page.next_cursor, await members.rows.count(tx, workspace_id))

    return wrap_page(call, await call.read(find), _member, limit, offset)


@get("/api/v1/workspace/usage", scope="workspace:read", operation_id="getWorkspaceUsage", tags=TAGS)
async def get_usage(call: Caller) -> Envelope[UsageOut]:
    """What is used of the plan."""
    plan = call.control.database.installation.plan(call.actor.plan)
    used = await call.read(lambda tx: quotas.usage_of(tx, call.actor))
    one = PageRequest(limit=1)
    templates = await call.read(
        lambda tx: qr_designs.list_designs(tx, call.actor, one, templates=True, count=True)
    )
    pages = await call.read(lambda tx: bio_pages.list_pages(tx, call.actor, one, count=True))
    files = await call.read(lambda tx: assets.list_assets(tx, call.actor, one, count=True))
    amounts = Amounts(
        links=used["links"].used + used["qr_codes"].used,
        qr_templates=templates.total or 0,
        assets=files.total or 0,
        bio_pages=pages.total or 0,
        api_calls=await call.control.usage.calls(call.actor, call.now_ms),
        members=used["members"].used,
        storage_bytes=used["storage_bytes"].used,
    )
    allowed = Limits(
        links=plan.links or None,
        qr_templates=None,
        assets=None,
        bio_pages=None,
        api_calls=plan.api_calls_month or None,
        members=plan.members or None,
        storage_bytes=plan.storage_bytes or None,
    )
    return wrap(
        call,
        UsageOut(plan=plan_title(plan.name), usage=amounts, limits=allowed, features=features_of(plan)),
    )


def _member(member: Member) -> MemberOut:
    return MemberOut(member.id, member.email, member.name, member.role)


HANDLERS = [get_workspace, list_members, get_usage]
