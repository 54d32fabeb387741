"""Commands of control, each one transaction between two commits of scans."""

from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa

from waypost.analytics.reports import conversions
from waypost.analytics.reports.refusal import Refused
from waypost.analytics.store import upkeep
from waypost.analytics.store.duckdb_reader import DuckReader
from waypost.analytics.store.duckdb_store import DuckStore
from waypost.analytics.verdict import Judge
from waypost.wire.conversion import ConversionV1, RecordConversion
from waypost.wire.limits import QUERY_TEXT_CHARACTERS_MAX, THRESHOLDS_MAX, WATCHED_MAX
from waypost.wire.queries import Command
from waypost.wire.upkeep import (
    Changed,
    EraseLink,
    EraseVisitor,
    RebuildRollups,
    Reclassify,
    SetRetention,
    SetThresholds,
    Watch,
)

METADATA_CHARACTERS_MAX = 10_000
RETENTION_DAYS_MAX = 36_500
_VISITOR_DIGITS = 16


class Commands:
    """Carries out commands; used in the thread that owns the store."""

    def __init__(self, store: DuckStore, judge: Judge) -> None:
        self._store = store
        self._judge = judge
        self._works: dict[type, Callable[[Any], Any]] = {
            RecordConversion: self._record,
            SetRetention: self._set_retention,
            EraseLink: self._erase_link,
            EraseVisitor: self._erase_visitor,
            Reclassify: self._reclassify,
            RebuildRollups: self._rebuild,
            Watch: self._watch,
            SetThresholds: self._set_thresholds,
        }

    def carry_out(self, command: Command) -> Any:
        """The answer to a command. Raises Refused or StoreTrouble; then nothing has changed."""
        return self._works[type(command)](command)

    def _record(self, command: RecordConversion) -> ConversionV1:
        _check_conversion(command)
        return self._store.change(
            lambda connection, _: _record(connection, command, self._store.workspace_number)
        )

    def _set_retention(self, command: SetRetention) -> Changed:
        if not 0 <= command.days <= RETENTION_DAYS_MAX:
            raise Refused("bad_days", f"days lie between 0 and {RETENTION_DAYS_MAX}", "days")

        def work(connection: duckdb.DuckDBPyConnection, _: int) -> Changed:
            workspace = self._store.workspace_number(command.workspace_id)
            known = connection.execute(f"SELECT days FROM retention WHERE workspace = {workspace}").fetchall()
            if known:
                connection.execute(
                    f"UPDATE retention SET days = {command.days} WHERE workspace = {workspace}"
                )
            else:
                connection.execute(f"INSERT INTO retention VALUES ({workspace}, {command.days}, 0)")
            return Changed(1)

        return self._store.change(work)

    def _erase_link(self, command: EraseLink) -> Changed:
        with DuckReader(self._store.connection) as reader:
            workspace = reader.workspace_number(command.workspace_id)
            links = reader.link_numbers([command.link_id])
        if workspace is None or not links:
            return Changed(0)
        return self._store.change(
            lambda c, number: Changed(upkeep.erase_link(c, workspace, links[0], number))
        )

    def _erase_visitor(self, command: EraseVisitor) -> Changed:
        visitor = _visitor(command.visitor)
        with DuckReader(self._store.connection) as reader:
            workspace = reader.workspace_number(command.workspace_id)
        if workspace is None:
            return Changed(0)
        return self._store.change(lambda c, _: Changed(upkeep.erase_visitor(c, workspace, visitor)))

    def _reclassify(self, command: Reclassify) -> Changed:
        del command

        def work(connection: duckdb.DuckDBPyConnection, number: int) -> Changed:
            changed = upkeep.reclassify(connection, self._judge)
            if changed:
                upkeep.rebuild(connection, number)
            return Changed(changed)

        return self._store.change(work)

    def _rebuild(self, command: RebuildRollups) -> Changed:
        def work(connection: duckdb.DuckDBPyConnection, number: int) -> Changed:
            differences = upkeep.count_differences(connection)
            if command.repair and differences:
                upkeep.rebuild(connection, number)
            return Changed(differences)

        return self._store.change(work)

    def _watch(self, command: Watch) -> Changed:
        if max(len(command.workspace_ids), len(command.link_ids)) > WATCHED_MAX:
            raise Refused("too_many", f"at most {WATCHED_MAX} of each are watched", "link_ids")
        rows = [("workspace", each) for each in command.workspace_ids] + [
            ("link", each) for each in command.link_ids
        ]

        def work(connection: duckdb.DuckDBPyConnection, _: int) -> Changed:
            connection.execute("DELETE FROM watched")
            kinds, ids = (
                pa.array([row[0] for row in rows], pa.string()),
                pa.array([row[1] for row in rows], pa.binary()),
            )
            connection.register("rows", pa.table({"kind": kinds, "id": ids}))
            connection.execute("INSERT INTO watched SELECT * FROM rows")
            connection.unregister("rows")
            return Changed(len(rows))

        changed = self._store.change(work)
        self._store.watch = command
        return changed

    def _set_thresholds(self, command: SetThresholds) -> Changed:
        if len(command.counts) > THRESHOLDS_MAX or any(count <= 0 for count in command.counts):
            raise Refused("bad_thresholds", f"at most {THRESHOLDS_MAX} counts above 0", "counts")

        def work(connection: duckdb.DuckDBPyConnection, _: int) -> Changed:
            key = [command.workspace_id, command.link_id]
            connection.execute("DELETE FROM thresholds WHERE workspace_id = ? AND link_id = ?", key)
            for count in sorted(set(command.counts)):
                connection.execute("INSERT INTO thresholds VALUES (?, ?, ?)", [*key, count])
            return Changed(len(set(command.counts)))

        return self._store.change(work)


def _record(
    connection: duckdb.DuckDBPyConnection, command: RecordConversion, number: Callable[[bytes], int]
) -> ConversionV1:
    """Store a conversion unless one of its external id is there; answer what is stored."""
    workspace = number(command.workspace_id)
    kind = conversions.KINDS.index(command.conversion)
    stored = _stored(connection, command, workspace, kind)
    is_new = stored is None
    if stored is None:
        scan = _scan_of(connection, command, workspace)
        connection.execute(
            "INSERT INTO conversions SELECT coalesce(max(id), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
            " FROM conversions",
            [
                workspace, kind, command.external_id, command.at_ms, command.event_name, command.customer_id,
                command.amount, command.currency, command.metadata, command.click_id or scan[3], scan[0], scan[4],
                scan[1], scan[2],
            ],
        )  # fmt: skip
        stored = _stored(connection, command, workspace, kind)
    assert stored is not None
    links = connection.execute("SELECT link, link_id FROM links WHERE link = ?", [stored[10]]).fetchall()
    shown = conversions.shown(stored, command.workspace_id, dict(links))
    return ConversionV1(
        **{**{name: getattr(shown, name) for name in shown.__struct_fields__}, "is_new": is_new}
    )


def _stored(
    connection: duckdb.DuckDBPyConnection, command: RecordConversion, workspace: int, kind: int
) -> tuple[Any, ...] | None:
    rows = connection.execute(
        f"SELECT {conversions.FIELDS} FROM conversions WHERE workspace = ? AND kind = ? AND external_id = ?",
        [workspace, kind, command.external_id],
    ).fetchall()
    return rows[0] if rows else None


def _scan_of(
    connection: duckdb.DuckDBPyConnection, command: RecordConversion, workspace: int
) -> tuple[int, str, str, str, int]:
    """(link, rule, variant, click id, scan) that a conversion belongs to; zeros when nobody knows."""
    rows: list[tuple[Any, ...]] = []
    if command.click_id:
        rows = connection.execute(
            "SELECT link, rule_id, variant_id, lower(hex(click_id)), id FROM scans"
            " WHERE workspace = ? AND click_id = unhex(?) ORDER BY id LIMIT 1",
            [workspace, command.click_id],
        ).fetchall()
        if not rows:
            raise Refused("unknown_click", "no scan has this click id", "click_id")
    elif command.customer_id:
        rows = connection.execute(
            "SELECT link, rule_id, variant_id, click_id, scan FROM conversions WHERE workspace = ?"
            " AND customer_id = ? AND scan > 0 ORDER BY at_ms DESC, id DESC LIMIT 1",
            [workspace, command.customer_id],
        ).fetchall()
    return rows[0] if rows else (0, "", "", "", 0)


def _check_conversion(command: RecordConversion) -> None:
    for name in ("external_id", "event_name"):
        if not getattr(command, name):
            raise Refused("missing", f"{name} must not be empty", name)
    for name in ("external_id", "event_name", "customer_id", "currency", "click_id"):
        if len(getattr(command, name)) > QUERY_TEXT_CHARACTERS_MAX:
            raise Refused("too_long", f"{name} has at most {QUERY_TEXT_CHARACTERS_MAX} characters", name)
    if len(command.metadata) > METADATA_CHARACTERS_MAX:
        raise Refused("too_long", f"metadata has at most {METADATA_CHARACTERS_MAX} characters", "metadata")
    try:
        bytes.fromhex(command.click_id)
    except ValueError as error:
        raise Refused("unknown_click", "a click id is hexadecimal", "click_id") from error


def _visitor(text: str) -> int:
    try:
        number = int(text, 16) if len(text) == _VISITOR_DIGITS else 0
    except ValueError:
        number = 0
    if number == 0:
        raise Refused("bad_visitor", f"a visitor is {_VISITOR_DIGITS} hexadecimal digits", "visitor")
    return number
