"""Directories: folders with the path from the top."""

from collections.abc import Mapping

from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.schemas.directories import DirectoryOut
from waypost.control.limits import FOLDER_DEPTH_MAX
from waypost.control.model.organisation import Folder


def to_directory(folder: Folder, known: Mapping[str, Folder]) -> DirectoryOut:
    """A folder as the vendor answers it; `known` holds all folders of the workspace by id."""
    return DirectoryOut(
        id=folder.id,
        workspace_id=folder.workspace_id,
        name=folder.name,
        parent_directory_id=folder.parent_id or "",
        path="/".join(each.name for each in lineage(folder, known)),
        created_at=at(folder.created_ms),
        updated_at=at(folder.updated_ms),
    )


def lineage(folder: Folder, known: Mapping[str, Folder]) -> list[Folder]:
    """The folders from the top down to this one."""
    line = [folder]
    for _ in range(FOLDER_DEPTH_MAX):
        above = known.get(line[0].parent_id or "")
        if above is None:
            break
        line.insert(0, above)
    return line
