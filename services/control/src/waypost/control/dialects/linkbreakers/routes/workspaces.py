"""The workspace: its profile, its members, its plan and what is used of it; and how much links tell of visitors."""

from typing import Any

from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody

from waypost.control.core import links, quotas, workspaces
from waypost.control.dialects.linkbreakers.asked import (
    case_of,
    gives,
    nothing,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.mapping.links import DIALECT, at
from waypost.control.dialects.linkbreakers.mapping.workspaces import (
    ALLOWANCES,
    answered,
    changed_profile,
    plan_id,
    published_at,
    to_allowance,
    to_limits,
    to_member,
    to_plan,
    to_public,
    to_workspace,
)
from waypost.control.dialects.linkbreakers.schemas.workspaces import (
    AllowancesAnswer,
    LinkSetting,
    LinkSettingAnswer,
    LinkSettingIn,
    MyWorkspace,
    MyWorkspaces,
    Nothing,
    PlansAnswer,
    PublicWorkspace,
    QuestionIn,
    WorkspaceFull,
    WorkspaceIn,
)
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.model.faults import Invalid, OutOfReach, WorkspaceNotFound
from waypost.control.model.links import LinkView, UpdateLink
from waypost.control.model.workspaces import Workspace
from waypost.control.store import members as stored
from waypost.control.store import workspaces as stored_workspaces
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

WORKSPACE, MEMBERS, PLANS = "Workspace", "Members", "Plans"
SETTING = "/v1/settings/link-setting/{link_id:str}"
ROLE_OF_KEYS = "ROLE_ADMIN"
"""Of tokens that belong to the workspace."""

LEVELS = ("DATA_COLLECTION_NONE", "DATA_COLLECTION_BASIC", "DATA_COLLECTION_ADVANCED")


@get("/v1/workspace", scope="workspace:read", **gives(WorkspaceFull, WORKSPACE))
async def my_workspace(call: Caller) -> Response[Any]:
    """The workspace of the token."""
    return shown(call, to_workspace(await _mine(call)))


@get("/v1/workspaces/{workspace_id:str}", scope="workspace:read", **gives(WorkspaceFull, WORKSPACE))
async def read_workspace(call: Caller, workspace_id: FromPath[str]) -> Response[Any]:
    """The same by its id; a token reads no other."""
    if workspace_id != call.actor.workspace_id:
        raise WorkspaceNotFound(workspace_id)
    return shown(call, to_workspace(await _mine(call)))


@put("/v1/workspace", scope="workspace:write", **takes(WorkspaceIn, WorkspaceFull, WORKSPACE))
async def update_workspace(call: Caller, data: JSONBody[WorkspaceIn]) -> Response[Any]:
    """Change the name and the profile; with a description it is published."""
    case = case_of(call)

    async def work(tx: Tx) -> Workspace:
        before = await workspaces.get_workspace(tx, call.actor)
        command = workspaces.UpdateWorkspace(
            name=data.name or before.name, settings=changed_profile(before, data, tx.now_ms)
        )
        return await workspaces.update_workspace(tx, call.actor, command)

    return await call.write(work, lambda workspace: spell(to_workspace(workspace), case))


@post("/v1/workspace/request-enrollment", scope="workspace:write", **takes(QuestionIn, Nothing, WORKSPACE))
async def request_enrollment(call: Caller, data: JSONBody[QuestionIn]) -> Response[Any]:
    """Note that the workspace asks to be enrolled; the operator reads it with the workspace."""
    return await _answer(call, data, call.now_ms)


@post("/v1/workspace/origin-inquiry", scope="workspace:write", **takes(QuestionIn, Nothing, WORKSPACE))
async def origin_inquiry(call: Caller, data: JSONBody[QuestionIn]) -> Response[Any]:
    """Keep how the workspace came here; no answer shows it."""
    return await _answer(call, data, 0)


@post("/v1/workspace/origin-purpose", scope="workspace:write", **takes(QuestionIn, Nothing, WORKSPACE))
async def origin_purpose(call: Caller, data: JSONBody[QuestionIn]) -> Response[Any]:
    """Keep what the workspace is for; no answer shows it."""
    return await _answer(call, data, 0)


async def _answer(call: Call, body: QuestionIn, enrolled_ms: int) -> Response[Any]:
    async def work(tx: Tx) -> None:
        mine = await workspaces.get_workspace(tx, call.actor)
        command = workspaces.UpdateWorkspace(settings=answered(mine, body, enrolled_ms))
        await workspaces.update_workspace(tx, call.actor, command)

    return await call.write(work, nothing)


@get("/v1/public/workspaces/{slug:str}", scope="", limited=True, **gives(PublicWorkspace, WORKSPACE))
async def public_workspace(call: Caller, slug: FromPath[str]) -> Response[Any]:
    """A published workspace."""
    found = await call.read(lambda tx: stored_workspaces.by_slug(tx, slug))
    if published_at(found) is None:
        raise WorkspaceNotFound(slug)
    return shown(call, to_public(found))


@get("/v1/myself/workspaces", scope="members:read", **gives(MyWorkspaces, MEMBERS))
async def my_workspaces(call: Caller) -> Response[Any]:
    """The one workspace of the token, and who the token belongs to."""
    mine, me = await _mine(call), call.actor.member_id
    role = ROLE_OF_KEYS
    if me:
        role = to_member(await call.read(lambda tx: stored.rows.get(tx, call.actor.workspace_id, me))).role
    found = MyWorkspace(workspace_id=mine.id, workspace_name=mine.name, current=True, role=role, member_id=me)
    return shown(call, MyWorkspaces(workspaces=[found]))


@post("/v1/myself/workspaces/{name:str}", scope="members:write", **gives(MyWorkspaces, MEMBERS))
async def switch_workspace(call: Caller, name: FromPath[str]) -> Response[Any]:
    """Tokens stay in their workspace: always 403, as the vendor answers tokens."""
    raise OutOfReach("its own workspace")


@get("/v1/allowances", scope="workspace:read", **gives(AllowancesAnswer, PLANS))
async def allowances(call: Caller) -> Response[Any]:
    """What the plan allows and what is used of it."""
    usage = await call.read(lambda tx: quotas.usage_of(tx, call.actor))
    plan = call.control.database.installation.plan(call.actor.plan)
    answer = AllowancesAnswer(
        plan=plan_id(plan.name),
        limits=to_limits(plan),
        allowances=[to_allowance(name, usage[name], call.now_ms) for name in ALLOWANCES if name in usage],
    )
    return shown(call, answer)


@post("/v1/allowances/dismiss", scope="workspace:write", **gives(AllowancesAnswer, PLANS))
async def dismiss_notice(call: Caller) -> Response[Any]:
    """Only people have notices: always 403, as the vendor answers tokens."""
    raise OutOfReach("what tokens may do")


@get("/v1/pricing/plans", scope="", limited=True, **gives(PlansAnswer, PLANS))
async def pricing_plans(call: Caller) -> Response[Any]:
    """The plans of this installation."""
    plans = call.control.database.installation.plans
    return shown(call, PlansAnswer(plans=[to_plan(plan) for plan in plans]))


@get(SETTING, scope="links:read", **gives(LinkSettingAnswer, "Links"))
async def link_setting(call: Caller, link_id: FromPath[str]) -> Response[Any]:
    """How much is known of a link's visitors."""
    return shown(call, _setting(await call.read(lambda tx: links.get_link(tx, call.actor, link_id))))


@put(SETTING, scope="links:write", **takes(LinkSettingIn, LinkSettingAnswer, "Links"))
async def update_link_setting(
    call: Caller, link_id: FromPath[str], data: JSONBody[LinkSettingIn]
) -> Response[Any]:
    """NONE: visitors are counted and not told apart. BASIC: told apart for a day. ADVANCED is kept, and is as BASIC."""
    level = data.data_collection
    if level not in LEVELS:
        raise Invalid("data_collection", f"is none of {', '.join(LEVELS)}")
    case = case_of(call)

    async def work(tx: Tx) -> LinkView:
        before = (await links.get_link(tx, call.actor, link_id)).link
        own = {**before.extras.get(DIALECT, {}), "data_collection": level}
        command = UpdateLink(track_visitor=level != LEVELS[0], extras={**before.extras, DIALECT: own})
        return await links.update_link(tx, call.actor, link_id, command)

    return await call.write(work, lambda view: spell(_setting(view), case))


def _setting(view: LinkView) -> LinkSettingAnswer:
    link = view.link
    kept = link.extras.get(DIALECT, {}).get("data_collection", LEVELS[1])
    # The core's switch is the truth: another API may have turned it since.
    level = (kept if kept != LEVELS[0] else LEVELS[1]) if link.track_visitor else LEVELS[0]
    return LinkSettingAnswer(
        link_setting=LinkSetting(
            id=link.id,
            data_collection=level,
            created_at=at(link.created_ms),
            updated_at=at(link.updated_ms),
        )
    )


async def _mine(call: Call) -> Workspace:
    return await call.read(lambda tx: workspaces.get_workspace(tx, call.actor))


HANDLERS = [
    my_workspace,
    read_workspace,
    update_workspace,
    request_enrollment,
    origin_inquiry,
    origin_purpose,
    public_workspace,
    my_workspaces,
    switch_workspace,
    allowances,
    dismiss_notice,
    pricing_plans,
    link_setting,
    update_link_setting,
]
