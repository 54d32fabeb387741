"""Directories: nested folders for links."""

from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from waypost.control.core import links, organisation
from waypost.control.dialects.linkbreakers.asked import (
    case_of,
    gives,
    nothing,
    pager_of,
    query_of,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.errors import InUse
from waypost.control.dialects.linkbreakers.mapping.directories import lineage, to_directory
from waypost.control.dialects.linkbreakers.schemas.directories import (
    DirectoriesAnswer,
    DirectoryAnswer,
    DirectoryIn,
)
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.limits import FOLDERS_PER_WORKSPACE_MAX
from waypost.control.model.faults import Invalid
from waypost.control.model.links import LinkFilter
from waypost.control.model.organisation import Folder, WriteFolder
from waypost.control.model.page import PageRequest
from waypost.control.store import folders as stored
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAG = "Directories"
PATH = "/v1/directories"
ONE = PATH + "/{directory_id:str}"


@post(PATH, scope="links:write", **takes(DirectoryIn, DirectoryAnswer, TAG))
async def create_directory(call: Caller, data: JSONBody[DirectoryIn]) -> Response[Any]:
    """Make a directory."""
    case = case_of(call)
    command = WriteFolder(name=_named(data), parent_id=data.parent_directory_id or None)

    async def work(tx: Tx) -> DirectoryAnswer:
        return await _answer(tx, call, await organisation.create_folder(tx, call.actor, command))

    return await call.write(work, lambda answer: spell(answer, case))


@get(PATH, scope="links:read", **gives(DirectoriesAnswer, TAG))
async def list_directories(call: Caller) -> Response[Any]:
    """Directories of one parent, or of the top; `recursive` takes all below it, `include_root` those of the top too,
    `search` a part of the name."""
    query = query_of(call)
    parent, search = query.text("parent_directory_id"), query.text("search").casefold()
    recursive, with_top = (query.text(name).lower() == "true" for name in ("recursive", "include_root"))
    pager = pager_of(call, "directories", parent, search, recursive, with_top)
    page = query.page(pager)
    if page.after and not page.after.isdecimal():
        raise Invalid("page_token", "is not a token of this list")
    known = await call.read(lambda tx: _known(tx, call.actor.workspace_id))

    def wanted(folder: Folder) -> bool:
        above = [each.id for each in lineage(folder, known)[:-1]]
        inside = (not parent or parent in above) if recursive else (folder.parent_id or "") == parent
        inside = inside or (with_top and not folder.parent_id)
        return inside and search in folder.name.casefold()

    found = sorted(filter(wanted, known.values()), key=lambda folder: (folder.name.casefold(), folder.id))
    start = int(page.after or 0)
    end = start + page.limit
    return shown(
        call,
        DirectoriesAnswer(
            directories=[to_directory(folder, known) for folder in found[start:end]],
            next_page_token=pager.seal(str(end)) if end < len(found) else "",
            total_count=len(found),
        ),
    )


@get(ONE, scope="links:read", **gives(DirectoryAnswer, TAG))
async def get_directory(call: Caller, directory_id: FromPath[str]) -> Response[Any]:
    """One directory."""

    async def work(tx: Tx) -> DirectoryAnswer:
        return await _answer(tx, call, await stored.rows.get(tx, call.actor.workspace_id, directory_id))

    return shown(call, await call.read(work))


@patch(ONE, scope="links:write", **takes(DirectoryIn, DirectoryAnswer, TAG))
async def update_directory(
    call: Caller, directory_id: FromPath[str], data: JSONBody[DirectoryIn]
) -> Response[Any]:
    """Rename or move a directory."""
    case = case_of(call)
    parent = data.parent_directory_id
    moved = None if data.parent_directory_id_delete or parent == "" else parent
    command = WriteFolder(name=data.name, parent_id=moved)

    async def work(tx: Tx) -> DirectoryAnswer:
        changed = await organisation.update_folder(tx, call.actor, directory_id, command)
        return await _answer(tx, call, changed)

    return await call.write(work, lambda answer: spell(answer, case))


@delete(ONE, scope="links:write", status_code=200, tags=[TAG])
async def delete_directory(call: Caller, directory_id: FromPath[str]) -> Response[Any]:
    """Remove an empty directory; 412 when something is in it."""

    async def work(tx: Tx) -> None:
        inside = LinkFilter(folder_id=directory_id, page=PageRequest(limit=1))
        known = await _known(tx, call.actor.workspace_id)
        below = any(folder.parent_id == directory_id for folder in known.values())
        if below or (await links.list_links(tx, call.actor, inside)).items:
            raise InUse("directory")
        await organisation.delete_folder(tx, call.actor, directory_id)

    return await call.write(work, nothing)


def _named(data: DirectoryIn) -> str:
    if data.name is UNSET:
        raise Invalid("name", "is required")
    return data.name


async def _known(tx: Tx, workspace_id: str) -> dict[str, Folder]:
    page = await stored.rows.page(tx, workspace_id, PageRequest(limit=FOLDERS_PER_WORKSPACE_MAX))
    return {folder.id: folder for folder in page.items}


async def _answer(tx: Tx, call: Call, folder: Folder) -> DirectoryAnswer:
    return DirectoryAnswer(directory=to_directory(folder, await _known(tx, call.actor.workspace_id)))


HANDLERS = [create_directory, list_directories, get_directory, update_directory, delete_directory]
