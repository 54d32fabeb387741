"""Members of the workspace: who is in it, in which role, and whether they have access."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody

from waypost.control.core import organisation
from waypost.control.dialects.linkbreakers.asked import (
    case_of,
    gives,
    nothing,
    pager_of,
    query_of,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.errors import MemberKnown
from waypost.control.dialects.linkbreakers.mapping.workspaces import to_member, to_write
from waypost.control.dialects.linkbreakers.schemas.workspaces import (
    MemberFull,
    MemberIn,
    MembersAnswer,
    MyselfIn,
)
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.model.access import Actor
from waypost.control.model.faults import Invalid, MemberNotFound, NameTaken
from waypost.control.model.organisation import Member
from waypost.control.store import members as stored
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAG = "Members"
PATH = "/v1/members/{member_id:str}"
Change: TypeAlias = Callable[[Tx, Actor, str], Awaitable[Member]]


@get("/v1/members", scope="members:read", **gives(MembersAnswer, TAG))
async def list_members(call: Caller) -> Response[Any]:
    """People in the workspace, newest first."""
    pager = pager_of(call, "members")
    wanted = query_of(call).page(pager)

    async def work(tx: Tx) -> MembersAnswer:
        page = await stored.rows.page(tx, call.actor.workspace_id, wanted)
        return MembersAnswer(
            members=[to_member(member) for member in page.items],
            next_page_token=pager.seal(page.next_cursor),
            total_count=await stored.rows.count(tx, call.actor.workspace_id),
        )

    return shown(call, await call.read(work))


@get("/v1/member", scope="members:read", **gives(MemberFull, TAG))
async def myself(call: Caller) -> Response[Any]:
    """The member whose token asks; a token of the workspace has none."""
    return shown(call, to_member(await _member(call, call.actor.member_id)))


@get(PATH, scope="members:read", **gives(MemberFull, TAG))
async def read_member(call: Caller, member_id: FromPath[str]) -> Response[Any]:
    """One person."""
    return shown(call, to_member(await _member(call, member_id)))


@post("/v1/members/invite", scope="members:write", **takes(MemberIn, MemberFull, TAG))
async def invite_member(call: Caller, data: JSONBody[MemberIn]) -> Response[Any]:
    """Add a person. No letter is sent: tell them yourself."""
    case, command = case_of(call), to_write(data)

    async def work(tx: Tx) -> Member:
        try:
            return await organisation.add_member(tx, call.actor, command)
        except NameTaken as known:
            raise MemberKnown("This person is in the workspace already.") from known

    return await call.write(work, lambda member: spell(to_member(member), case))


@put(PATH, scope="members:write", **takes(MemberIn, MemberFull, TAG))
async def update_member(call: Caller, member_id: FromPath[str], data: JSONBody[MemberIn]) -> Response[Any]:
    """Change a person's name or role."""
    case = case_of(call)

    async def work(tx: Tx) -> Member:
        before = await stored.rows.get(tx, call.actor.workspace_id, member_id)
        return await organisation.update_member(tx, call.actor, member_id, to_write(data, before))

    return await call.write(work, lambda member: spell(to_member(member), case))


@delete(PATH, scope="members:write", status_code=200, tags=[TAG])
async def delete_member(call: Caller, member_id: FromPath[str]) -> Response[Any]:
    """Take a person out, and revoke their tokens."""
    return await call.write(lambda tx: organisation.remove_member(tx, call.actor, member_id), nothing)


@put("/v1/member", scope="members:write", **takes(MyselfIn, MemberFull, TAG))
async def update_myself(call: Caller, data: JSONBody[MyselfIn]) -> Response[Any]:
    """Change one's own name. People have tokens here and no passwords."""
    if data.password:
        raise Invalid("password", "people have tokens here and no passwords")
    case = case_of(call)
    body = MemberIn(email=data.email, first_name=data.first_name, last_name=data.last_name)

    async def work(tx: Tx) -> Member:
        before = await _of(tx, call, call.actor.member_id)
        return await organisation.update_member(tx, call.actor, before.id, to_write(body, before))

    return await call.write(work, lambda member: spell(to_member(member), case))


@post(PATH + "/allow", scope="members:write", **gives(MemberFull, TAG))
async def allow_access(call: Caller, member_id: FromPath[str]) -> Response[Any]:
    """Let a person in again, with the tokens they had."""
    return await _changed(call, member_id, organisation.allow_access)


@post(PATH + "/revoke", scope="members:write", **gives(MemberFull, TAG))
async def revoke_access(call: Caller, member_id: FromPath[str]) -> Response[Any]:
    """Shut a person out: their tokens do nothing until they are let in again."""
    return await _changed(call, member_id, organisation.revoke_access)


@post(PATH + "/signout", scope="members:write", **gives(MemberFull, TAG))
async def sign_out(call: Caller, member_id: FromPath[str]) -> Response[Any]:
    """Revoke all tokens of a person, who may be given new ones."""
    return await _changed(call, member_id, organisation.sign_out)


async def _changed(call: Call, member_id: str, change: Change) -> Response[Any]:
    case = case_of(call)
    return await call.write(
        lambda tx: change(tx, call.actor, member_id), lambda member: spell(to_member(member), case)
    )


async def _member(call: Call, member_id: str) -> Member:
    return await call.read(lambda tx: _of(tx, call, member_id))


async def _of(tx: Tx, call: Call, member_id: str) -> Member:
    if not member_id:
        raise MemberNotFound(member_id)
    return await stored.rows.get(tx, call.actor.workspace_id, member_id)


HANDLERS = [
    list_members,
    myself,
    update_myself,
    read_member,
    invite_member,
    update_member,
    delete_member,
    allow_access,
    revoke_access,
    sign_out,
]
