"""`/api/v1/folders`, and moving links between them."""

from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter
from msgspec import UNSET

from waypost.control.core import links, organisation
from waypost.control.dialects.trimlink.mapping import to_link
from waypost.control.dialects.trimlink.mapping_more import to_folder
from waypost.control.dialects.trimlink.schemas import LinkOut, Success
from waypost.control.dialects.trimlink.schemas_more import FolderAnswer, FoldersAnswer, FolderWrite, Move
from waypost.control.limits import FOLDERS_PER_WORKSPACE_MAX
from waypost.control.model.faults import Invalid
from waypost.control.model.links import UpdateLink
from waypost.control.model.organisation import WriteFolder
from waypost.control.model.page import PageRequest
from waypost.control.store import folders
from waypost.control.surface.call import Caller

Id = Annotated[str, PathParameter(description="A UUID.", max_length=64)]
TAGS = ["Folders"]
_EVERY = PageRequest(limit=FOLDERS_PER_WORKSPACE_MAX)


@get("/api/v1/folders", scope="links:read", operation_id="listFolders", tags=TAGS)
async def list_folders(call: Caller) -> FoldersAnswer:
    """List folders, newest first."""
    found = await call.read(lambda tx: folders.rows.page(tx, call.actor.workspace_id, _EVERY))
    return FoldersAnswer(folders=[to_folder(folder) for folder in found.items])


@post("/api/v1/folders", scope="links:write", operation_id="createFolder", tags=TAGS, status_code=201)
async def create_folder(call: Caller, data: JSONBody[FolderWrite]) -> Response[FolderAnswer]:
    """Make a folder."""
    return await call.write(
        lambda tx: organisation.create_folder(tx, call.actor, WriteFolder(name=data.name)),
        lambda folder: FolderAnswer(folder=to_folder(folder)),
        status=201,
    )


@patch("/api/v1/folders/{folder_id:str}", scope="links:write", operation_id="updateFolder", tags=TAGS)
async def update_folder(call: Caller, folder_id: Id, data: JSONBody[FolderWrite]) -> Response[FolderAnswer]:
    """Rename a folder."""
    return await call.write(
        lambda tx: organisation.update_folder(tx, call.actor, folder_id, WriteFolder(name=data.name)),
        lambda folder: FolderAnswer(folder=to_folder(folder)),
    )


@delete("/api/v1/folders/{folder_id:str}", scope="links:write", operation_id="deleteFolder", tags=TAGS)
async def delete_folder(call: Caller, folder_id: Id) -> Response[None]:
    """Remove a folder; its links stay."""
    return await call.write(
        lambda tx: organisation.delete_folder(tx, call.actor, folder_id), lambda _done: None, status=204
    )


@post(
    "/api/v1/links/{link_id:str}/move",
    scope="links:write",
    operation_id="moveLink",
    tags=TAGS,
    status_code=200,
)
async def move_link(call: Caller, link_id: Id, data: JSONBody[Move]) -> Response[Success[LinkOut]]:
    """Put a link into a folder, or with null out of it."""
    if data.folder_id is UNSET:
        raise Invalid("folderId", "is required")
    command = UpdateLink(folder_id=data.folder_id)
    return await call.write(
        lambda tx: links.update_link(tx, call.actor, link_id, command),
        lambda view: Success(data=to_link(view)),
    )


HANDLERS = [list_folders, create_folder, update_folder, delete_folder, move_link]
