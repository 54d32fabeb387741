"""What edges must know of a workspace: whether it is suspended, and what its plan withholds or has used up."""

from collections.abc import Sequence

from waypost.control.core.announce import announce
from waypost.control.core.quotas import announce_crossed, month_of
from waypost.control.core.replicate import publish
from waypost.control.model.plans import Plan
from waypost.control.model.workspaces import Workspace
from waypost.control.store import scan_settings, totals, workspaces
from waypost.control.store.tx import Tx
from waypost.wire.ids import to_bytes, to_text
from waypost.wire.link import WorkspaceV1
from waypost.wire.slug import workspace_key
from waypost.wire.totals import TotalsV1


def workspace_record(
    workspace: Workspace,
    plan: Plan,
    month_scans: int,
    *,
    fallback_url: str = "",
    withheld: tuple[str, ...] = (),
) -> WorkspaceV1 | None:
    """The record of a workspace, or None when nothing about it is special: then edges hold none.
    `fallback_url` is the installation's."""
    plain = WorkspaceV1(to_bytes(workspace.id))
    is_over = bool(plan.scans_month) and month_scans >= plan.scans_month
    record = WorkspaceV1(
        plain.workspace_id,
        over_scan_quota=is_over,
        suspended=workspace.suspended or bool(workspace.deleted_ms),
        fallback_url=fallback_url.encode("ascii") if is_over else b"",
        interstitial_s=plan.interstitial_s,
        rules=plan.rules,
        withheld=withheld,
    )
    return None if record == plain else record


async def publish_workspaces(tx: Tx, found: Sequence[Workspace]) -> None:
    """Let edges know of workspaces as they stand in this month."""
    plans = {each.id: tx.installation.plan(each.plan) for each in found}
    limited = [workspace_id for workspace_id, plan in plans.items() if plan.scans_month]
    scans = await totals.scans_of_workspaces(tx, limited, month_of(tx.now_ms))
    settings = await scan_settings.of_workspaces(tx, list(plans))
    for each in found:
        record = workspace_record(
            each,
            plans[each.id],
            scans.get(each.id, 0),
            fallback_url=tx.installation.fallback_url,
            withheld=settings[each.id].withheld if each.id in settings else (),
        )
        publish(tx, workspace_key(to_bytes(each.id)), record)


async def apply_totals(tx: Tx, message: TotalsV1) -> None:
    """Keep what analytics counted; tell of a scan quota that gets near and of counts that workspaces wanted
    to hear of, and tell edges of a quota that is used up."""
    month = month_of(tx.now_ms)
    counted = {
        to_text(raw_id): scans for raw_id, of_month, scans in message.workspace_months if of_month == month
    }
    limited = [
        each
        for each in await workspaces.get_many(tx, list(counted))
        if tx.installation.plan(each.plan).scans_month
    ]
    settings = await scan_settings.of_workspaces(tx, list(counted))
    listening = {workspace_id for workspace_id, each in settings.items() if each.month_thresholds}
    before = await totals.scans_of_workspaces(tx, sorted({each.id for each in limited} | listening), month)
    await totals.apply(tx, message)
    for each in limited:
        limit = tx.installation.plan(each.plan).scans_month
        announce_crossed(
            tx, each.id, "scans_month", limit, before=before.get(each.id, 0), after=counted[each.id]
        )
    for workspace_id in sorted(listening):
        after = counted[workspace_id]
        for threshold in settings[workspace_id].month_thresholds:
            if before.get(workspace_id, 0) < threshold <= after:
                data = {"resource": "scans_threshold", "used": after, "limit": threshold}
                announce(tx, "workspace.quota_near", workspace_id, data)
    await publish_workspaces(tx, limited)
