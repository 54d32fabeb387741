"""Many links at once: each row is what the single operation is, with a result of its own."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from waypost.control.core import link_create_many
from waypost.control.core.domains import of_new_links
from waypost.control.core.links import create_link, delete_link, update_link
from waypost.control.model.access import Actor
from waypost.control.model.faults import Fault
from waypost.control.model.jobs import RowResult
from waypost.control.model.links import CreateLink, UpdateLink
from waypost.control.store.tx import Tx

RowT = TypeVar("RowT")

_TOGETHER = 250
"""Rows whose links are made together. In between, others have their turn."""


class CreateRow(Struct, frozen=True, tag="create", tag_field="do"):
    """Make a link."""

    command: CreateLink


class UpdateRow(Struct, frozen=True, tag="update", tag_field="do"):
    """Change a link."""

    link_id: str
    command: UpdateLink


class DeleteRow(Struct, frozen=True, tag="delete", tag_field="do"):
    """Delete a link."""

    link_id: str


Row: TypeAlias = CreateRow | UpdateRow | DeleteRow


class _Undo(Exception):
    """Ends a dry run's savepoint."""


async def run_rows(
    tx: Tx,
    actor: Actor,
    rows: Sequence[tuple[int, Row | RowResult]],
    *,
    dry_run: bool = False,
    atomic: bool = False,
    webhooks: bool = True,
) -> list[RowResult]:
    """Do each (index, row); a row that fails says why and leaves the others alone.

    A row may also be the result of an earlier step, which is passed on. With `dry_run` nothing is
    kept; with `atomic` nothing is kept unless every row succeeds.
    """
    results: list[RowResult] = []
    rows = await _placed(tx, actor, rows)
    try:
        async with tx.savepoint():
            for plain, part in groupby(rows, key=lambda each: _is_plain(tx, actor, each[1])):
                if plain:
                    for few in _batches(list(part)):
                        results += await _create_plain(tx, actor, few, webhooks=webhooks)
                    continue
                for index, row in part:
                    if isinstance(row, RowResult):
                        results.append(row)
                    else:
                        results.append(await _run_row(tx, actor, index, row, webhooks=webhooks))
            if dry_run or (atomic and any(result.status == "failed" for result in results)):
                raise _Undo
    except _Undo:
        return [_undone(result, dry_run=dry_run) for result in results]
    return results


async def _placed(
    tx: Tx, actor: Actor, rows: Sequence[tuple[int, Row | RowResult]]
) -> list[tuple[int, Row | RowResult]]:
    """The same rows; new links that name no domain have the one of new links."""
    placed, home = list(rows), ""
    for place, (index, row) in enumerate(placed):
        if isinstance(row, CreateRow) and not row.command.domain_id:
            home = home or await of_new_links(tx, actor)
            placed[place] = index, CreateRow(msgspec.structs.replace(row.command, domain_id=home))
    return placed


def _batches(rows: Sequence[RowT]) -> Iterator[Sequence[RowT]]:
    for start in range(0, len(rows), _TOGETHER):
        yield rows[start : start + _TOGETHER]


def _is_plain(tx: Tx, actor: Actor, row: Row | RowResult) -> bool:
    return isinstance(row, CreateRow) and link_create_many.is_plain(tx, actor, row.command)


async def _create_plain(
    tx: Tx, actor: Actor, rows: Sequence[tuple[int, Row | RowResult]], *, webhooks: bool
) -> list[RowResult]:
    """Create plain links together; a row that meets a slug that exists is done by itself afterwards."""
    results: dict[int, RowResult] = {}
    prepared: dict[int, link_create_many.Prepared] = {}
    commands = {index: row for index, row in rows if isinstance(row, CreateRow)}
    for index, row in commands.items():
        try:
            prepared[index] = await link_create_many.prepare(tx, actor, row.command)
        except Fault as fault:
            results[index] = failed(index, fault)
    views = await link_create_many.store(tx, actor, list(prepared.values()), webhooks=webhooks)
    for index, each in prepared.items():
        view = views.get(each.link.id)
        if view is None:
            results[index] = await _run_row(tx, actor, index, commands[index], webhooks=webhooks)
        else:
            results[index] = RowResult(
                index=index, status="created", id=view.link.id, short_url=view.short_url
            )
    return [results[index] for index, _ in rows]


async def _run_row(tx: Tx, actor: Actor, index: int, row: Row, *, webhooks: bool) -> RowResult:
    try:
        async with tx.savepoint():
            match row:
                case CreateRow(command):
                    view = await create_link(tx, actor, command, webhooks=webhooks)
                    return RowResult(index=index, status="created", id=view.link.id, short_url=view.short_url)
                case UpdateRow(link_id, command):
                    view = await update_link(tx, actor, link_id, command, webhooks=webhooks)
                    return RowResult(index=index, status="updated", id=link_id, short_url=view.short_url)
                case DeleteRow(link_id):
                    await delete_link(tx, actor, link_id, webhooks=webhooks)
                    return RowResult(index=index, status="deleted", id=link_id)
    except Fault as fault:
        return failed(index, fault)


def failed(index: int, fault: Fault) -> RowResult:
    """The result of a row that a fault ended."""
    return RowResult(index=index, status="failed", code=fault.code, field=fault.field, detail=str(fault))


def _undone(result: RowResult, *, dry_run: bool) -> RowResult:
    if result.status == "failed":
        return result
    if dry_run:
        return RowResult(index=result.index, status="valid")
    return RowResult(index=result.index, status="failed", code="not_done", detail="Another row failed.")


def to_plain(row: Row | RowResult) -> Any:
    """A row as plain JSON, for a job."""
    return msgspec.to_builtins({"row": row} if isinstance(row, Row) else {"result": row})


def from_plain(plain: Any) -> Row | RowResult:
    """A job's row back."""
    if "result" in plain:
        return msgspec.convert(plain["result"], RowResult)
    row: Row = msgspec.convert(plain["row"], Row)
    return row
