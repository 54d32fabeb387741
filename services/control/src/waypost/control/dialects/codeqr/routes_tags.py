"""`/tags` and `/folders`."""

from typing import Annotated, Any, Literal

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import UNSET

from waypost.control.core import organisation
from waypost.control.dialects.codeqr import ids, limits
from waypost.control.dialects.codeqr.mapping_values import EXTRAS, always_time, kept
from waypost.control.dialects.codeqr.reading import listed, read
from waypost.control.dialects.codeqr.schemas_links import Deleted, TagOut
from waypost.control.dialects.codeqr.schemas_workspace import FolderOut, FolderWrite, TagWrite
from waypost.control.dialects.codeqr.showing import to_tag
from waypost.control.model.links import TagName
from waypost.control.model.organisation import Folder, Tag, WriteFolder, WriteTag
from waypost.control.model.page import PageRequest
from waypost.control.store import folders, tags
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

Id = Annotated[str, PathParameter(max_length=64)]
Page = Annotated[int, QueryParameter(ge=1, le=limits.PAGES_MAX)]
PageSize = Annotated[int, QueryParameter(name="pageSize", ge=1, le=limits.PAGE_ITEMS_MAX)]
Search = Annotated[str, QueryParameter(max_length=100)]
_KEPT = ("description", "access_level")
_EVERY = PageRequest(limit=limits.GROUPS_MAX)


@get("/tags", scope="tags:read", operation_id="listTags", tags=["Tags"])
async def list_tags(
    call: Caller,
    page: Page = 1,
    page_size: PageSize = limits.PAGE_ITEMS_DEFAULT,
    search: Search = "",
    tag_ids: Annotated[list[str] | None, QueryParameter(name="ids")] = None,
    sort_by: Annotated[Literal["name", "createdAt"], QueryParameter(name="sortBy")] = "name",
    sort_order: Annotated[Literal["asc", "desc"], QueryParameter(name="sortOrder")] = "asc",
) -> list[TagOut]:
    """List tags, by name."""
    found = (await call.read(lambda tx: tags.rows.page(tx, call.actor.workspace_id, _EVERY))).items
    wanted = {ids.native(ids.TAG, text) for text in listed(tag_ids)}
    fitting = [tag for tag in found if search.casefold() in tag.name_key and (not wanted or tag.id in wanted)]
    fitting.sort(
        key=lambda tag: tag.name_key if sort_by == "name" else f"{tag.created_ms:020}",
        reverse=sort_order == "desc",
    )
    return [_tag(tag) for tag in fitting[(page - 1) * page_size : page * page_size]]


@post("/tags", scope="tags:write", operation_id="createTag", tags=["Tags"], status_code=201)
async def create_tag(call: Caller, data: JSONBody[dict[str, Any]]) -> Response[TagOut]:
    """Make a tag."""
    command = _write_tag(read(data, TagWrite))
    return await call.write(lambda tx: organisation.create_tag(tx, call.actor, command), _tag, status=201)


@patch("/tags/{tag_id:str}", scope="tags:write", operation_id="updateTag", tags=["Tags"])
async def update_tag(call: Caller, tag_id: Id, data: JSONBody[dict[str, Any]]) -> Response[TagOut]:
    """Rename or recolour a tag."""
    command, native = _write_tag(read(data, TagWrite)), ids.native(ids.TAG, tag_id)
    return await call.write(lambda tx: organisation.update_tag(tx, call.actor, native, command), _tag)


@delete("/tags/{tag_id:str}", scope="tags:write", operation_id="deleteTag", tags=["Tags"], status_code=200)
async def delete_tag(call: Caller, tag_id: Id) -> Response[Deleted]:
    """Take a tag off all links."""
    native = ids.native(ids.TAG, tag_id)
    return await call.write(
        lambda tx: organisation.delete_tag(tx, call.actor, native),
        lambda _done: Deleted(ids.shown(ids.TAG, native)),
    )


@get("/folders", scope="links:read", operation_id="listFolders", tags=["Folders"])
async def list_folders(
    call: Caller, page: Page = 1, page_size: PageSize = limits.PAGE_ITEMS_DEFAULT, search: Search = ""
) -> list[FolderOut]:
    """List folders, oldest first."""
    found = (await call.read(lambda tx: folders.rows.page(tx, call.actor.workspace_id, _EVERY))).items
    fitting = [folder for folder in found if search.casefold() in folder.name.casefold()]
    return [_folder(folder) for folder in fitting[(page - 1) * page_size : page * page_size]]


@post("/folders", scope="links:write", operation_id="createFolder", tags=["Folders"], status_code=201)
async def create_folder(call: Caller, data: JSONBody[dict[str, Any]]) -> Response[FolderOut]:
    """Make a folder."""
    body = read(data, FolderWrite)
    command = WriteFolder(name=body.name, extras=kept(body, _KEPT, {}))
    return await call.write(
        lambda tx: organisation.create_folder(tx, call.actor, command), _folder, status=201
    )


@patch("/folders/{folder_id:str}", scope="links:write", operation_id="updateFolder", tags=["Folders"])
async def update_folder(call: Caller, folder_id: Id, data: JSONBody[dict[str, Any]]) -> Response[FolderOut]:
    """Change the members that are sent."""
    body, native = read(data, FolderWrite), ids.native(ids.FOLDER, folder_id)

    async def change(tx: Tx) -> Folder:
        before = await folders.rows.get(tx, call.actor.workspace_id, native)
        command = WriteFolder(name=body.name, extras=kept(body, _KEPT, before.extras))
        return await organisation.update_folder(tx, call.actor, native, command)

    return await call.write(change, _folder)


@delete(
    "/folders/{folder_id:str}",
    scope="links:write",
    operation_id="deleteFolder",
    tags=["Folders"],
    status_code=200,
)
async def delete_folder(call: Caller, folder_id: Id) -> Response[Deleted]:
    """Remove a folder; its links stay."""
    native = ids.native(ids.FOLDER, folder_id)
    return await call.write(
        lambda tx: organisation.delete_folder(tx, call.actor, native),
        lambda _done: Deleted(ids.shown(ids.FOLDER, native)),
    )


def _tag(tag: Tag) -> TagOut:
    return to_tag(TagName(tag.id, tag.name, tag.color))


def _write_tag(body: TagWrite) -> WriteTag:
    color = UNSET if body.color is None else body.color
    return WriteTag(name=body.tag if body.name is UNSET else body.name, color=color)


def _folder(folder: Folder) -> FolderOut:
    own = folder.extras.get(EXTRAS, {})
    return FolderOut(
        id=ids.shown(ids.FOLDER, folder.id),
        name=folder.name,
        description=own.get("description"),
        access_level=own.get("access_level", "write"),
        created_at=always_time(folder.created_ms),
        updated_at=always_time(folder.updated_ms),
    )


HANDLERS = [
    list_tags, create_tag, update_tag, delete_tag, list_folders, create_folder, update_folder, delete_folder,
]  # fmt: skip
