"""Tags, folders, UTM templates and members."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from waypost.control import limits
from waypost.control.api.routes.including import OfFolder, Show
from waypost.control.api.routes.parameters import Cursor, Id, Limit, nothing, page_request
from waypost.control.api.schemas.includes import FolderList, FolderWithIncluded
from waypost.control.api.schemas.organisation import (
    FolderBody,
    FolderOut,
    MemberBody,
    MemberList,
    MemberOut,
    TagBody,
    TagList,
    TagOut,
    UtmTemplateBody,
    UtmTemplateList,
    UtmTemplateOut,
    to_command,
    to_folder,
    to_member,
    to_tag,
    to_utm_template,
)
from waypost.control.core import organisation
from waypost.control.core.includes import refers_of_folder
from waypost.control.model.organisation import WriteFolder, WriteMember, WriteTag, WriteUtmTemplate
from waypost.control.store import folders, members, tags, utm_templates
from waypost.control.surface.call import Caller

TAGS, FOLDERS, UTM, MEMBERS = ["Tags"], ["Folders"], ["UTM templates"], ["Members"]
_SHOW_FOLDER = Show(FolderWithIncluded, to_folder, refers_of_folder)


@post("/v1/tags", scope="tags:write", operation_id="createTag", tags=TAGS, status_code=201)
async def create_tag(call: Caller, data: JSONBody[TagBody]) -> Response[TagOut]:
    """Create a tag."""
    command = to_command(data, WriteTag, color="")
    return await call.write(lambda tx: organisation.create_tag(tx, call.actor, command), to_tag, status=201)


@get("/v1/tags", scope="tags:read", operation_id="listTags", tags=TAGS)
async def list_tags(call: Caller, limit: Limit = limits.PAGE_ITEMS_DEFAULT, cursor: Cursor = "") -> TagList:
    """List tags, newest first."""
    wanted = page_request(limit, cursor)
    page = await call.read(lambda tx: tags.rows.page(tx, call.actor.workspace_id, wanted))
    return TagList(data=[to_tag(each) for each in page.items], next_cursor=page.next_cursor or None)


@get("/v1/tags/{tag_id:str}", scope="tags:read", operation_id="getTag", tags=TAGS)
async def get_tag(call: Caller, tag_id: Id) -> TagOut:
    """Read one tag."""
    return to_tag(await call.read(lambda tx: tags.rows.get(tx, call.actor.workspace_id, tag_id)))


@patch("/v1/tags/{tag_id:str}", scope="tags:write", operation_id="updateTag", tags=TAGS)
async def update_tag(call: Caller, tag_id: Id, data: JSONBody[TagBody]) -> Response[TagOut]:
    """Change a tag."""
    command = to_command(data, WriteTag, color="")
    return await call.write(lambda tx: organisation.update_tag(tx, call.actor, tag_id, command), to_tag)


@delete("/v1/tags/{tag_id:str}", scope="tags:write", operation_id="deleteTag", tags=TAGS)
async def delete_tag(call: Caller, tag_id: Id) -> Response[None]:
    """Delete a tag; links lose it."""
    return await call.write(lambda tx: organisation.delete_tag(tx, call.actor, tag_id), nothing, status=204)


@post("/v1/folders", scope="tags:write", operation_id="createFolder", tags=FOLDERS, status_code=201)
async def create_folder(call: Caller, data: JSONBody[FolderBody]) -> Response[FolderOut]:
    """Create a folder."""
    command = to_command(data, WriteFolder, parent_id=None)
    return await call.write(
        lambda tx: organisation.create_folder(tx, call.actor, command), to_folder, status=201
    )


@get("/v1/folders", scope="tags:read", operation_id="listFolders", tags=FOLDERS)
async def list_folders(
    call: Caller, limit: Limit = limits.PAGE_ITEMS_DEFAULT, cursor: Cursor = "", include: OfFolder = None
) -> FolderList:
    """List folders, newest first."""
    wanted = page_request(limit, cursor)
    page, data = await _SHOW_FOLDER.all(
        call,
        lambda tx: folders.rows.page(tx, call.actor.workspace_id, wanted),
        lambda page: page.items,
        include,
    )
    return FolderList(data=data, next_cursor=page.next_cursor or None)


@get("/v1/folders/{folder_id:str}", scope="tags:read", operation_id="getFolder", tags=FOLDERS)
async def get_folder(call: Caller, folder_id: Id, include: OfFolder = None) -> FolderWithIncluded:
    """Read one folder."""
    workspace_id = call.actor.workspace_id
    return (await _SHOW_FOLDER.one(call, lambda tx: folders.rows.get(tx, workspace_id, folder_id), include))[
        1
    ]


@patch("/v1/folders/{folder_id:str}", scope="tags:write", operation_id="updateFolder", tags=FOLDERS)
async def update_folder(call: Caller, folder_id: Id, data: JSONBody[FolderBody]) -> Response[FolderOut]:
    """Change a folder."""
    command = to_command(data, WriteFolder, parent_id=None)
    return await call.write(
        lambda tx: organisation.update_folder(tx, call.actor, folder_id, command), to_folder
    )


@delete("/v1/folders/{folder_id:str}", scope="tags:write", operation_id="deleteFolder", tags=FOLDERS)
async def delete_folder(call: Caller, folder_id: Id) -> Response[None]:
    """Delete a folder; what it holds moves one step up."""
    return await call.write(
        lambda tx: organisation.delete_folder(tx, call.actor, folder_id), nothing, status=204
    )


@post(
    "/v1/utm-templates",
    scope="tags:write",
    operation_id="createUtmTemplate",
    tags=UTM,
    status_code=201,
)
async def create_utm_template(call: Caller, data: JSONBody[UtmTemplateBody]) -> Response[UtmTemplateOut]:
    """Create a UTM template."""
    command = to_command(data, WriteUtmTemplate)
    return await call.write(
        lambda tx: organisation.create_utm_template(tx, call.actor, command), to_utm_template, status=201
    )


@get("/v1/utm-templates", scope="tags:read", operation_id="listUtmTemplates", tags=UTM)
async def list_utm_templates(
    call: Caller, limit: Limit = limits.PAGE_ITEMS_DEFAULT, cursor: Cursor = ""
) -> UtmTemplateList:
    """List UTM templates, newest first."""
    wanted = page_request(limit, cursor)
    page = await call.read(lambda tx: utm_templates.rows.page(tx, call.actor.workspace_id, wanted))
    return UtmTemplateList(
        data=[to_utm_template(each) for each in page.items], next_cursor=page.next_cursor or None
    )


@get("/v1/utm-templates/{utm_template_id:str}", scope="tags:read", operation_id="getUtmTemplate", tags=UTM)
async def get_utm_template(call: Caller, utm_template_id: Id) -> UtmTemplateOut:
    """Read one UTM template."""
    return to_utm_template(
        await call.read(lambda tx: utm_templates.rows.get(tx, call.actor.workspace_id, utm_template_id))
    )


@patch(
    "/v1/utm-templates/{utm_template_id:str}", scope="tags:write", operation_id="updateUtmTemplate", tags=UTM
)
async def update_utm_template(
    call: Caller, utm_template_id: Id, data: JSONBody[UtmTemplateBody]
) -> Response[UtmTemplateOut]:
    """Change a UTM template."""
    command = to_command(data, WriteUtmTemplate)
    return await call.write(
        lambda tx: organisation.update_utm_template(tx, call.actor, utm_template_id, command), to_utm_template
    )


@delete(
    "/v1/utm-templates/{utm_template_id:str}", scope="tags:write", operation_id="deleteUtmTemplate", tags=UTM
)
async def delete_utm_template(call: Caller, utm_template_id: Id) -> Response[None]:
    """Delete a UTM template; links keep their values."""
    return await call.write(
        lambda tx: organisation.delete_utm_template(tx, call.actor, utm_template_id), nothing, status=204
    )


@post("/v1/members", scope="members:write", operation_id="createMember", tags=MEMBERS, status_code=201)
async def create_member(call: Caller, data: JSONBody[MemberBody]) -> Response[MemberOut]:
    """Add a member."""
    command = to_command(data, WriteMember)
    return await call.write(
        lambda tx: organisation.add_member(tx, call.actor, command), to_member, status=201
    )


@get("/v1/members", scope="members:read", operation_id="listMembers", tags=MEMBERS)
async def list_members(
    call: Caller, limit: Limit = limits.PAGE_ITEMS_DEFAULT, cursor: Cursor = ""
) -> MemberList:
    """List members, newest first."""
    wanted = page_request(limit, cursor)
    page = await call.read(lambda tx: members.rows.page(tx, call.actor.workspace_id, wanted))
    return MemberList(data=[to_member(each) for each in page.items], next_cursor=page.next_cursor or None)


@get("/v1/members/{member_id:str}", scope="members:read", operation_id="getMember", tags=MEMBERS)
async def get_member(call: Caller, member_id: Id) -> MemberOut:
    """Read one member."""
    return to_member(await call.read(lambda tx: members.rows.get(tx, call.actor.workspace_id, member_id)))


@patch("/v1/members/{member_id:str}", scope="members:write", operation_id="updateMember", tags=MEMBERS)
async def update_member(call: Caller, member_id: Id, data: JSONBody[MemberBody]) -> Response[MemberOut]:
    """Change a member."""
    command = to_command(data, WriteMember)
    return await call.write(
        lambda tx: organisation.update_member(tx, call.actor, member_id, command), to_member
    )


@delete("/v1/members/{member_id:str}", scope="members:write", operation_id="deleteMember", tags=MEMBERS)
async def delete_member(call: Caller, member_id: Id) -> Response[None]:
    """Take a member out, and revoke their keys."""
    return await call.write(
        lambda tx: organisation.remove_member(tx, call.actor, member_id), nothing, status=204
    )


@post(
    "/v1/members/{member_id:str}/revoke-access",
    scope="members:write",
    operation_id="revokeMemberAccess",
    tags=MEMBERS,
    status_code=200,
)
async def revoke_member_access(call: Caller, member_id: Id) -> Response[MemberOut]:
    """Shut a member out: their keys do nothing until access is allowed again."""
    return await call.write(lambda tx: organisation.revoke_access(tx, call.actor, member_id), to_member)


@post(
    "/v1/members/{member_id:str}/allow-access",
    scope="members:write",
    operation_id="allowMemberAccess",
    tags=MEMBERS,
    status_code=200,
)
async def allow_member_access(call: Caller, member_id: Id) -> Response[MemberOut]:
    """Let a member in again, with the keys they had."""
    return await call.write(lambda tx: organisation.allow_access(tx, call.actor, member_id), to_member)


@post(
    "/v1/members/{member_id:str}/sign-out",
    scope="members:write",
    operation_id="signMemberOut",
    tags=MEMBERS,
    status_code=200,
)
async def sign_member_out(call: Caller, member_id: Id) -> Response[MemberOut]:
    """Revoke all keys of a member, who may be given new ones."""
    return await call.write(lambda tx: organisation.sign_out(tx, call.actor, member_id), to_member)


HANDLERS = [
    create_tag,
    list_tags,
    get_tag,
    update_tag,
    delete_tag,
    create_folder,
    list_folders,
    get_folder,
    update_folder,
    delete_folder,
    create_utm_template,
    list_utm_templates,
    get_utm_template,
    update_utm_template,
    delete_utm_template,
    create_member,
    list_members,
    get_member,
    update_member,
    delete_member,
    revoke_member_access,
    allow_member_access,
    sign_member_out,
]
