"""Commands of control, each one transaction between two commits of scans."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from waypost.analytics.reports import conversions
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.refusal import Refused
from waypost.analytics.store.scan_store import ScanStore
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
_HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2})*\Z")


class Commands:
    """Carries out commands; used in the thread that owns the store."""

    def __init__(self, store: ScanStore, judge: Judge) -> None:
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
        """Store a conversion unless one of its external id is there; answer what is stored."""
        _check_conversion(command)
        kind = conversions.KINDS.index(command.conversion)
        with self._store.reader() as reader:
            stored = _stored(reader, command, kind)
            if stored is not None:
                return _shown(reader, command, stored, is_new=False)
            link, rule_id, variant_id, click_id, scan = _scan_of(reader, command)
        self._store.add_conversion(
            command.workspace_id,
            [
                kind, command.external_id, command.at_ms, command.event_name, command.customer_id, command.amount,
                command.currency, command.metadata, command.click_id or click_id, link, scan, rule_id, variant_id,
            ],
        )  # fmt: skip
        with self._store.reader() as reader:
            stored = _stored(reader, command, kind)
            assert stored is not None
            return _shown(reader, command, stored, is_new=True)

    def _set_retention(self, command: SetRetention) -> Changed:
        if not 0 <= command.days <= RETENTION_DAYS_MAX:
            raise Refused("bad_days", f"days lie between 0 and {RETENTION_DAYS_MAX}", "days")
        self._store.set_retention(command.workspace_id, command.days)
        return Changed(1)

    def _erase_link(self, command: EraseLink) -> Changed:
        with self._store.reader() as reader:
            workspace = reader.workspace_number(command.workspace_id)
            links = reader.link_numbers([command.link_id])
        if workspace is None or not links:
            return Changed(0)
        return Changed(self._store.erase_link(workspace, links[0]))

    def _erase_visitor(self, command: EraseVisitor) -> Changed:
        visitor = _visitor(command.visitor)
        with self._store.reader() as reader:
            workspace = reader.workspace_number(command.workspace_id)
        if workspace is None:
            return Changed(0)
        return Changed(self._store.erase_visitor(workspace, visitor))

    def _reclassify(self, command: Reclassify) -> Changed:
        del command
        return Changed(self._store.reclassify(self._judge))

    def _rebuild(self, command: RebuildRollups) -> Changed:
        return Changed(self._store.rebuild(repair=command.repair))

    def _watch(self, command: Watch) -> Changed:
        if max(len(command.workspace_ids), len(command.link_ids)) > WATCHED_MAX:
            raise Refused("too_many", f"at most {WATCHED_MAX} of each are watched", "link_ids")
        self._store.set_watch(command)
        return Changed(len(command.workspace_ids) + len(command.link_ids))

    def _set_thresholds(self, command: SetThresholds) -> Changed:
        if len(command.counts) > THRESHOLDS_MAX or any(count <= 0 for count in command.counts):
            raise Refused("bad_thresholds", f"at most {THRESHOLDS_MAX} counts above 0", "counts")
        counts = sorted(set(command.counts))
        self._store.set_thresholds(command.workspace_id, command.link_id, counts)
        return Changed(len(counts))


def _stored(reader: Reader, command: RecordConversion, kind: int) -> tuple[Any, ...] | None:
    rows = reader.rows(
        f"SELECT {conversions.FIELDS} FROM conversions WHERE workspace = {_number(reader, command)}"
        f" AND kind = {kind} AND external_id = {reader.text('external')}",
        {"external": command.external_id},
    )
    return rows[0] if rows else None


def _shown(
    reader: Reader, command: RecordConversion, stored: tuple[Any, ...], *, is_new: bool
) -> ConversionV1:
    shown = conversions.shown(stored, command.workspace_id, reader.link_ids([stored[10]]))
    return msgspec.structs.replace(shown, is_new=is_new)


def _scan_of(reader: Reader, command: RecordConversion) -> tuple[int, str, str, str, int]:
    """(link, rule, variant, click id, scan) that a conversion belongs to; zeros when nobody knows."""
    rows: list[tuple[Any, ...]] = []
    workspace = _number(reader, command)
    if command.click_id:
        rows = reader.rows(
            "SELECT link, rule_id, variant_id, lower(hex(click_id)), id FROM scans"
            f" WHERE workspace = {workspace} AND click_id = unhex({reader.text('click')}) ORDER BY id LIMIT 1",
            {"click": command.click_id},
        )
        if not rows:
            raise Refused("unknown_click", "no scan has this click id", "click_id")
    elif command.customer_id:
        rows = reader.rows(
            f"SELECT link, rule_id, variant_id, click_id, scan FROM conversions WHERE workspace = {workspace}"
            f" AND customer_id = {reader.text('customer')} AND scan > 0 ORDER BY at_ms DESC, id DESC LIMIT 1",
            {"customer": command.customer_id},
        )
    link, rule_id, variant_id, click_id, scan = rows[0] if rows else (0, "", "", "", 0)
    return link, rule_id, variant_id, click_id, scan


def _number(reader: Reader, command: RecordConversion) -> int:
    return reader.workspace_number(command.workspace_id) or 0


def _check_conversion(command: RecordConversion) -> None:
    for name in ("external_id", "event_name"):
        if not getattr(command, name):
            raise Refused("missing", f"{name} must not be empty", name)
    for name in ("external_id", "event_name", "customer_id", "currency", "click_id"):
        if len(getattr(command, name)) > QUERY_TEXT_CHARACTERS_MAX:
            raise Refused("too_long", f"{name} has at most {QUERY_TEXT_CHARACTERS_MAX} characters", name)
    if len(command.metadata) > METADATA_CHARACTERS_MAX:
        raise Refused("too_long", f"metadata has at most {METADATA_CHARACTERS_MAX} characters", "metadata")
    if not _HEXADECIMAL.match(command.click_id):
        raise Refused("unknown_click", "a click id is hexadecimal", "click_id")


def _visitor(text: str) -> int:
    try:
        number = int(text, 16) if len(text) == _VISITOR_DIGITS else 0
    except ValueError:
        number = 0
    if number == 0:
        raise Refused("bad_visitor", f"a visitor is {_VISITOR_DIGITS} hexadecimal digits", "visitor")
    return number
