"""What a workspace decides about its scans, and that it had some erased. Edges learn what to withhold, analytics the
rest."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control import limits
from waypost.control.core import links
from waypost.control.core.record_change import record_change
from waypost.control.core.workspace_record import publish_workspaces
from waypost.control.model.access import Actor
from waypost.control.model.faults import Invalid, TooLarge
from waypost.control.model.scan_settings import LinkThresholds, ScanSettings
from waypost.control.store import scan_settings, workspaces
from waypost.control.store.tx import Tx
from waypost.wire.limits import THRESHOLDS_MAX
from waypost.wire.scan import Signal


class UpdateScanSettings(Struct, frozen=True, kw_only=True):
    """Change the members that are set."""

    retention_days: int | UnsetType = UNSET
    withheld: tuple[Signal, ...] | UnsetType = UNSET
    month_thresholds: tuple[int, ...] | UnsetType = UNSET


async def get_settings(tx: Tx, actor: Actor) -> ScanSettings:
    """The decisions of the actor's workspace."""
    found = await scan_settings.of_workspaces(tx, [actor.workspace_id])
    return found.get(actor.workspace_id) or ScanSettings(workspace_id=actor.workspace_id)


async def update_settings(tx: Tx, actor: Actor, command: UpdateScanSettings) -> ScanSettings:
    """Change them; edges withhold from the next scan on. Raises Invalid."""
    before = after = await get_settings(tx, actor)
    if command.retention_days is not UNSET:
        if not 0 <= command.retention_days <= limits.RETENTION_DAYS_MAX:
            raise Invalid("retention_days", f"lies between 1 and {limits.RETENTION_DAYS_MAX}, or is null")
        after = msgspec.structs.replace(after, retention_days=command.retention_days)
    if command.withheld is not UNSET:
        after = msgspec.structs.replace(after, withheld=tuple(sorted(set(command.withheld))))
    if command.month_thresholds is not UNSET:
        counts = _counts(command.month_thresholds, "month_thresholds")
        after = msgspec.structs.replace(after, month_thresholds=counts)
    after = msgspec.structs.replace(after, changed_ms=tx.now_ms)
    await scan_settings.keep(tx, after)
    await record_change(tx, actor, "scan_settings.update", actor.workspace_id, before, after)
    await publish_workspaces(tx, [await workspaces.get(tx, actor.workspace_id)])
    return after


async def get_thresholds(tx: Tx, actor: Actor, link_id: str) -> LinkThresholds:
    """The thresholds of a link. Raises LinkNotFound."""
    await links.reachable(tx, actor, link_id)
    stored = await scan_settings.of_link(tx, link_id)
    return stored or LinkThresholds(link_id=link_id, workspace_id=actor.workspace_id)


async def set_thresholds(tx: Tx, actor: Actor, link_id: str, counts: Sequence[int]) -> LinkThresholds:
    """Replace them. Raises LinkNotFound, Invalid, TooLarge."""
    before = await get_thresholds(tx, actor, link_id)
    if not before.changed_ms and await scan_settings.count_links(tx, actor.workspace_id) >= (
        limits.LINKS_WITH_THRESHOLDS_MAX
    ):
        raise TooLarge("links with thresholds", limits.LINKS_WITH_THRESHOLDS_MAX)
    after = msgspec.structs.replace(before, counts=_counts(counts, "counts"), changed_ms=tx.now_ms)
    await scan_settings.keep_link(tx, after)
    await record_change(tx, actor, "link_thresholds.update", link_id, before, after)
    return after


async def note_erased(tx: Tx, actor: Actor, link_id: str) -> None:
    """Write down who had the scans of a link erased: what is gone for good cannot say so itself."""
    await record_change(tx, actor, "link_scans.erase", link_id, None, None)


def _counts(counts: Sequence[int], field: str) -> tuple[int, ...]:
    """Thresholds in order, each once. Raises Invalid."""
    if len(counts) > THRESHOLDS_MAX or any(not 0 < count <= limits.THRESHOLD_MAX for count in counts):
        raise Invalid(field, f"are at most {THRESHOLDS_MAX} counts from 1 to {limits.THRESHOLD_MAX}")
    return tuple(sorted(set(counts)))
