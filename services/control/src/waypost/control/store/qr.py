"""QR designs, the codes of links, and logos by their content."""

from collections.abc import Sequence

from sqlalchemy import Column, ForeignKey, Index, Table, delete, func, select, type_coerce, update

from waypost.control.model.page import Page, PageRequest
from waypost.control.model.qr import QrCode, QrCodeNotFound, QrDesign, QrDesignNotFound
from waypost.control.store.cursor_text import decode_cursor, encode_cursor
from waypost.control.store.links import links
from waypost.control.store.schema import Bytes, Flag, Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

qr_logos = Table(
    "qr_logos",
    metadata,
    Column("digest", Plain, primary_key=True),
    Column("png", Bytes, nullable=False),
    Column("created_ms", Number, nullable=False),
)
qr_designs = Table(
    "qr_designs",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Plain, nullable=False),
    Column("description", Plain, nullable=False),
    Column("is_template", Flag, nullable=False),
    Column("is_public", Flag, nullable=False),
    Column("link_id", Plain, nullable=False),
    Column("design", Json, nullable=False),
    Column("format", Plain, nullable=False),
    Column("size_px", Number, nullable=False),
    Column("height_px", Number, nullable=False, server_default="0"),
    Column("logo", Plain, nullable=False),
    Column("extras", Json, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Column("version", Number, nullable=False),
    Column("created_by", Plain, nullable=False),
    Index(None, "workspace_id", "is_template", "created_ms", "id"),
)
qr_codes = Table(
    "qr_codes",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("link_id", Plain, nullable=False, unique=True),
    Column("format", Plain, nullable=False),
    Column("size_px", Number, nullable=False),
    Column("error_correction", Plain, nullable=False),
    Column("download_count", Number, nullable=False),
    Column("last_download_ms", Number, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
)
_ORDER = "qr-designs"


def _design_row(design: QrDesign) -> dict[str, object]:
    return {name: getattr(design, name) for name in design.__struct_fields__}


def _code_row(code: QrCode) -> dict[str, object]:
    return {name: getattr(code, name) for name in code.__struct_fields__}


async def keep_logo(tx: Tx, digest: str, png: bytes) -> None:
    """Store a prepared logo once."""
    row = {"digest": digest, "png": png, "created_ms": tx.now_ms}
    await tx.run(tx.insert(qr_logos).values(row).on_conflict_do_nothing())


async def logo_png(tx: Tx, digest: str) -> bytes:
    """The PNG of a stored logo; b"" for no digest."""
    if not digest:
        return b""
    row = await tx.row(select(qr_logos.c.png).where(qr_logos.c.digest == digest))
    return b"" if row is None else bytes(row["png"])


async def insert_design(tx: Tx, design: QrDesign) -> None:
    """Add a design."""
    await tx.run(tx.insert(qr_designs).values(_design_row(design)))


async def save_design(tx: Tx, design: QrDesign) -> None:
    """Store all members anew."""
    await tx.run(update(qr_designs).where(qr_designs.c.id == design.id).values(_design_row(design)))


async def remove_design(tx: Tx, design_id: str) -> None:
    """Delete a design; links that used it point to none."""
    await tx.run(update(links).where(links.c.qr_design_id == design_id).values(qr_design_id=None))
    await tx.run(delete(qr_designs).where(qr_designs.c.id == design_id))


async def remove_own_design(tx: Tx, link_id: str) -> None:
    """Delete the design that belongs to a link alone, if it has one."""
    await tx.run(delete(qr_designs).where(qr_designs.c.link_id == link_id))


async def get_design(tx: Tx, workspace_id: str, design_id: str) -> QrDesign:
    """A design of a workspace, or a public one. Raises QrDesignNotFound."""
    mine = (qr_designs.c.workspace_id == workspace_id) | qr_designs.c.is_public
    row = await tx.row(select(qr_designs).where(qr_designs.c.id == design_id, mine))
    if row is None:
        raise QrDesignNotFound(design_id)
    return read(row, QrDesign)


async def designs_by_id(tx: Tx, workspace_id: str, design_ids: Sequence[str]) -> dict[str, QrDesign]:
    """Several designs of a workspace, or public ones, by id; unknown ones are left out."""
    if not design_ids:
        return {}
    mine = (qr_designs.c.workspace_id == workspace_id) | qr_designs.c.is_public
    rows = await tx.rows(select(qr_designs).where(qr_designs.c.id.in_(design_ids), mine))
    return {row["id"]: read(row, QrDesign) for row in rows}


async def designs_naming(tx: Tx, workspace_id: str, part: str) -> list[QrDesign]:
    """The designs of a workspace beside which a dialect keeps something, such as the id of a file."""
    named = type_coerce(qr_designs.c.extras, Plain).contains(part, autoescape=True)
    rows = await tx.rows(select(qr_designs).where(qr_designs.c.workspace_id == workspace_id, named))
    return [read(row, QrDesign) for row in rows]


async def count_designs(tx: Tx, workspace_id: str) -> int:
    """How many designs a workspace has, without those that go with a link."""
    mine = (qr_designs.c.workspace_id == workspace_id) & (qr_designs.c.link_id == "")
    return await tx.number(select(func.count()).where(mine))


async def count_ownerless(tx: Tx, maker: str) -> int:
    """How many designs were made by somebody without a key."""
    return await tx.number(select(func.count()).where(qr_designs.c.created_by == maker))


async def forget_ownerless(tx: Tx, maker: str, before_ms: int, limit: int) -> int:
    """Delete designs of somebody without a key that are old and that no link uses; how many."""
    used = select(links.c.qr_design_id).where(links.c.qr_design_id.is_not(None), links.c.deleted_ms == 0)
    columns = qr_designs.c
    unused = (columns.created_by == maker) & (columns.created_ms < before_ms) & columns.id.not_in(used)
    some = select(columns.id).where(unused).limit(limit)
    return await tx.run(delete(qr_designs).where(columns.id.in_(some)))


async def find_designs(
    tx: Tx, workspace_id: str, page: PageRequest, *, templates: bool, count: bool = False
) -> Page[QrDesign]:
    """Designs or templates of a workspace, newest first; those of single links are left out."""
    wanted = (
        (qr_designs.c.workspace_id == workspace_id)
        & (qr_designs.c.is_template.is_(templates))
        & (qr_designs.c.link_id == "")
    )
    statement = select(qr_designs).where(wanted)
    total = None
    if count:
        total = await tx.number(select(func.count()).select_from(qr_designs).where(wanted))
    if page.after:
        created_ms, last_id = decode_cursor(page.after, _ORDER, int)
        before = qr_designs.c.created_ms < created_ms
        same = (qr_designs.c.created_ms == created_ms) & (qr_designs.c.id < last_id)
        statement = statement.where(before | same)
    ordered = statement.order_by(qr_designs.c.created_ms.desc(), qr_designs.c.id.desc())
    rows = await tx.rows(ordered.offset(page.offset).limit(page.limit + 1))
    items = tuple(read(row, QrDesign) for row in rows[: page.limit])
    more = len(rows) > page.limit
    cursor = encode_cursor(_ORDER, items[-1].created_ms, items[-1].id) if more else ""
    return Page(items, cursor, total)


async def put_code(tx: Tx, code: QrCode) -> None:
    """Store the code of a link, over the one it had."""
    statement = tx.insert(qr_codes).values(_code_row(code))
    changed = {name: getattr(code, name) for name in ("format", "size_px", "error_correction", "updated_ms")}
    await tx.run(statement.on_conflict_do_update(index_elements=["link_id"], set_=changed))


async def code_of_link(tx: Tx, workspace_id: str, link_id: str) -> QrCode:
    """The code of a link. Raises QrCodeNotFound."""
    mine = qr_codes.c.workspace_id == workspace_id
    row = await tx.row(select(qr_codes).where(qr_codes.c.link_id == link_id, mine))
    if row is None:
        raise QrCodeNotFound(link_id)
    return read(row, QrCode)


async def code_by_id(tx: Tx, workspace_id: str, code_id: str) -> QrCode:
    """A code by its own id. Raises QrCodeNotFound."""
    mine = qr_codes.c.workspace_id == workspace_id
    row = await tx.row(select(qr_codes).where(qr_codes.c.id == code_id, mine))
    if row is None:
        raise QrCodeNotFound(code_id)
    return read(row, QrCode)


async def count_download(tx: Tx, code_id: str) -> bool:
    """Add one download, whoever owns the code; False when there is no such code."""
    added = {"download_count": qr_codes.c.download_count + 1, "last_download_ms": tx.now_ms}
    return await tx.run(update(qr_codes).where(qr_codes.c.id == code_id).values(added)) > 0
