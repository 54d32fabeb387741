"""Tags, folders, UTM templates and members: make, change, remove."""

import re
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from waypost.control import limits
from waypost.control.core import keys
from waypost.control.core.names import checked_name
from waypost.control.core.quotas import check_quota
from waypost.control.core.record_change import record_change
from waypost.control.model.access import ROLE_SCOPES, Actor, Role
from waypost.control.model.faults import Invalid, NameTaken, OutOfReach, TooLarge
from waypost.control.model.links import UTM_NAMES
from waypost.control.model.organisation import (
    Folder,
    Member,
    Tag,
    UtmTemplate,
    WriteFolder,
    WriteMember,
    WriteTag,
    WriteUtmTemplate,
)
from waypost.control.store import folders, links, members, tags, utm_templates
from waypost.control.store.tx import Tx

ValueT = TypeVar("ValueT")
_COLOR = re.compile(r"(#[0-9a-fA-F]{6}|[a-z]{0,20})\Z")
_EMAIL = re.compile(r"[^@\s\x00-\x20]{1,64}@[^@\s\x00-\x20]{1,189}\Z")


async def create_tag(tx: Tx, actor: Actor, command: WriteTag) -> Tag:
    """Make a tag. Raises NameTaken, Invalid."""
    name = checked_name(command.name)
    tag = Tag(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        name=name,
        name_key=name.casefold(),
        color=_checked_color(command.color),
        created_ms=tx.now_ms,
    )
    await tags.rows.insert(tx, tag, NameTaken(name))
    await record_change(tx, actor, "tag.create", tag.id, None, tag)
    return tag


async def update_tag(tx: Tx, actor: Actor, tag_id: str, command: WriteTag) -> Tag:
    """Change a tag. Raises TagNotFound, NameTaken, Invalid."""
    before = await tags.rows.get(tx, actor.workspace_id, tag_id)
    name = before.name if command.name is UNSET else checked_name(command.name)
    others = await tags.by_keys(tx, actor.workspace_id, [name.casefold()])
    if any(other.id != tag_id for other in others.values()):
        raise NameTaken(name)
    color = before.color if command.color is UNSET else _checked_color(command.color)
    after = msgspec.structs.replace(before, name=name, name_key=name.casefold(), color=color)
    await tags.rows.save(tx, after)
    await record_change(tx, actor, "tag.update", tag_id, before, after)
    return after


async def delete_tag(tx: Tx, actor: Actor, tag_id: str) -> None:
    """Remove a tag from all its links. Raises TagNotFound."""
    tag = await tags.rows.get(tx, actor.workspace_id, tag_id)
    await tags.rows.remove(tx, tag_id)
    await record_change(tx, actor, "tag.delete", tag_id, tag, None)


async def create_folder(tx: Tx, actor: Actor, command: WriteFolder) -> Folder:
    """Make a folder. Raises FolderNotFound for a parent that is none, Invalid, TooLarge."""
    if await folders.rows.count(tx, actor.workspace_id) >= limits.FOLDERS_PER_WORKSPACE_MAX:
        raise TooLarge("folders", limits.FOLDERS_PER_WORKSPACE_MAX)
    folder = Folder(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        parent_id=_or(command.parent_id, None),
        name=checked_name(command.name),
        extras=_or(command.extras, {}),
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
    )
    await _check_place(tx, folder)
    await folders.rows.insert(tx, folder)
    await record_change(tx, actor, "folder.create", folder.id, None, folder)
    return folder


async def update_folder(tx: Tx, actor: Actor, folder_id: str, command: WriteFolder) -> Folder:
    """Rename or move a folder. Raises FolderNotFound, Invalid when it would lie in itself."""
    before = await folders.rows.get(tx, actor.workspace_id, folder_id)
    after = msgspec.structs.replace(
        before,
        name=before.name if command.name is UNSET else checked_name(command.name),
        parent_id=_or(command.parent_id, before.parent_id),
        extras=_or(command.extras, before.extras),
        updated_ms=tx.now_ms,
    )
    await _check_place(tx, after)
    await folders.rows.save(tx, after)
    await record_change(tx, actor, "folder.update", folder_id, before, after)
    return after


async def delete_folder(tx: Tx, actor: Actor, folder_id: str) -> None:
    """Remove a folder; what it held moves one step up. Raises FolderNotFound."""
    folder = await folders.rows.get(tx, actor.workspace_id, folder_id)
    await folders.lift_children(tx, actor.workspace_id, folder)
    await links.leave_folder(tx, actor.workspace_id, folder_id, folder.parent_id)
    await folders.rows.remove(tx, folder_id)
    await record_change(tx, actor, "folder.delete", folder_id, folder, None)


async def create_utm_template(tx: Tx, actor: Actor, command: WriteUtmTemplate) -> UtmTemplate:
    """Make a UTM template. Raises NameTaken, Invalid."""
    template = UtmTemplate(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        name=checked_name(command.name),
        utm=_checked_utm(_or(command.utm, {})),
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
    )
    await utm_templates.rows.insert(tx, template, NameTaken(template.name))
    await record_change(tx, actor, "utm_template.create", template.id, None, template)
    return template


async def update_utm_template(
    tx: Tx, actor: Actor, template_id: str, command: WriteUtmTemplate
) -> UtmTemplate:
    """Change a UTM template; links made from it stay as they are. Raises UtmTemplateNotFound, Invalid."""
    before = await utm_templates.rows.get(tx, actor.workspace_id, template_id)
    after = msgspec.structs.replace(
        before,
        name=before.name if command.name is UNSET else checked_name(command.name),
        utm=before.utm if command.utm is UNSET else _checked_utm(command.utm),
        updated_ms=tx.now_ms,
    )
    await utm_templates.rows.save(tx, after)
    await record_change(tx, actor, "utm_template.update", template_id, before, after)
    return after


async def delete_utm_template(tx: Tx, actor: Actor, template_id: str) -> None:
    """Remove a UTM template. Raises UtmTemplateNotFound."""
    template = await utm_templates.rows.get(tx, actor.workspace_id, template_id)
    await utm_templates.rows.remove(tx, template_id)
    await record_change(tx, actor, "utm_template.delete", template_id, template, None)


async def add_member(tx: Tx, actor: Actor, command: WriteMember) -> Member:
    """Add a person. Raises NameTaken for an address that is in, QuotaReached, Invalid, OutOfReach."""
    await check_quota(tx, actor, "members")
    role: Role = "viewer" if command.role is UNSET else command.role
    _check_role(actor, role)
    email = "" if command.email is UNSET else command.email.strip().lower()
    if not _EMAIL.match(email):
        raise Invalid("email", "is not an address")
    member = Member(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        email=email,
        name=_or(command.name, "")[: limits.NAME_CHARACTERS_MAX],
        role=role,
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
    )
    await members.rows.insert(tx, member, NameTaken(email, "email"))
    await record_change(tx, actor, "member.create", member.id, None, member)
    return member


async def update_member(tx: Tx, actor: Actor, member_id: str, command: WriteMember) -> Member:
    """Change a person's name or role. Raises MemberNotFound, Invalid, OutOfReach."""
    before = await members.rows.get(tx, actor.workspace_id, member_id)
    if command.email is not UNSET and command.email.strip().lower() != before.email:
        raise Invalid("email", "cannot change; add a new member")
    role = _or(command.role, before.role)
    _check_role(actor, role)
    _check_role(actor, before.role)
    name = _or(command.name, before.name)[: limits.NAME_CHARACTERS_MAX]
    after = msgspec.structs.replace(before, name=name, role=role, updated_ms=tx.now_ms)
    await members.rows.save(tx, after)
    await record_change(tx, actor, "member.update", member_id, before, after)
    return after


async def revoke_access(tx: Tx, actor: Actor, member_id: str) -> Member:
    """Shut a person out at once; doing it again changes nothing. Raises MemberNotFound, OutOfReach."""
    return await _with_access(tx, actor, member_id, "member.revoke_access", tx.now_ms)


async def allow_access(tx: Tx, actor: Actor, member_id: str) -> Member:
    """Let a person in again, with the keys they had. Raises MemberNotFound, OutOfReach."""
    return await _with_access(tx, actor, member_id, "member.allow_access", 0)


async def sign_out(tx: Tx, actor: Actor, member_id: str) -> Member:
    """Withdraw all keys of a person, who may be given new ones. Raises MemberNotFound, OutOfReach."""
    member = await members.rows.get(tx, actor.workspace_id, member_id)
    _check_role(actor, member.role)
    await keys.revoke_keys_of(tx, actor, member_id)
    return member


async def remove_member(tx: Tx, actor: Actor, member_id: str) -> None:
    """Take a person out, and withdraw their keys. Raises MemberNotFound, OutOfReach."""
    member = await sign_out(tx, actor, member_id)
    await members.rows.remove(tx, member_id)
    await record_change(tx, actor, "member.delete", member_id, member, None)


async def _with_access(tx: Tx, actor: Actor, member_id: str, change: str, revoked_ms: int) -> Member:
    before = await members.rows.get(tx, actor.workspace_id, member_id)
    _check_role(actor, before.role)
    if bool(before.access_revoked_ms) == bool(revoked_ms):
        return before
    after = msgspec.structs.replace(before, access_revoked_ms=revoked_ms, updated_ms=tx.now_ms)
    await members.rows.save(tx, after)
    await record_change(tx, actor, change, member_id, before, after)
    return after


def _or(value: ValueT | UnsetType, otherwise: ValueT) -> ValueT:
    return otherwise if value is UNSET else value


def _checked_color(color: str | UnsetType) -> str:
    kept = "" if color is UNSET else color.strip()
    if not _COLOR.match(kept):
        raise Invalid("color", "is neither `#rrggbb` nor a colour's name")
    return kept


def _checked_utm(utm: dict[str, str]) -> dict[str, str]:
    for name, value in utm.items():
        if name not in UTM_NAMES:
            raise Invalid(f"utm.{name}", f"is none of {', '.join(UTM_NAMES)}")
        if len(value) > limits.NAME_CHARACTERS_MAX:
            raise Invalid(f"utm.{name}", f"longer than {limits.NAME_CHARACTERS_MAX} characters")
    return utm


def _check_role(actor: Actor, role: Role) -> None:
    # Nobody lifts another, or puts one down, whose rights exceed their own.
    if any(not actor.may(scope) for scope in ROLE_SCOPES[role] if scope != "qr:render"):
        raise OutOfReach(f"roles below `{role}`")


async def _check_place(tx: Tx, folder: Folder) -> None:
    above = folder.parent_id
    for _ in range(limits.FOLDER_DEPTH_MAX):
        if above is None:
            return
        if above == folder.id:
            raise Invalid("parent_id", "lies in the folder itself")
        above = (await folders.rows.get(tx, folder.workspace_id, above)).parent_id
    raise Invalid("parent_id", f"folders are at most {limits.FOLDER_DEPTH_MAX} deep")
