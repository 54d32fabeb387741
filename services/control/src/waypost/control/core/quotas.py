"""What a plan allows: checked where something is added, told before it is reached, shown as usage."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from waypost.control.core.announce import announce
from waypost.control.model.access import Actor
from waypost.control.model.faults import QuotaReached
from waypost.control.model.links import LinkKind
from waypost.control.model.plans import Usage
from waypost.control.store import (
    assets,
    domains,
    keys,
    links,
    members,
    totals,
    usage,
    webhook_endpoints,
    workspaces,
)
from waypost.control.store.tx import Tx

Resource: TypeAlias = Literal["links", "qr_codes", "domains", "members", "keys", "webhooks"]
NEAR_PERCENT = 80
"""When this much of a quota is used, webhooks are told once, and again when all of it is."""

_COUNTERS: dict[Resource, Callable[[Tx, str], Awaitable[int]]] = {
    "links": lambda tx, workspace_id: links.count(tx, workspace_id, kind="link"),
    "qr_codes": lambda tx, workspace_id: links.count(tx, workspace_id, kind="qr", dynamic_only=True),
    "domains": domains.count,
    "members": members.rows.count,
    "keys": keys.count_living,
    "webhooks": webhook_endpoints.count,
}


def month_of(at_ms: int) -> int:
    """The UTC month of a time, as year * 12 + month - 1."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.year * 12 + at.month - 1


async def check_quota(tx: Tx, actor: Actor, resource: Resource, adding: int = 1) -> None:
    """Make sure that the plan allows so many more. Raises QuotaReached; announces when it gets near."""
    limit: int = getattr(tx.installation.plan(actor.plan), resource)
    if not limit:
        return
    await workspaces.lock(tx, actor.workspace_id)
    used = await _COUNTERS[resource](tx, actor.workspace_id)
    if used + adding > limit:
        raise QuotaReached(resource, max(limit, 0))
    announce_crossed(tx, actor.workspace_id, resource, limit, before=used, after=used + adding)


async def check_link_quota(tx: Tx, actor: Actor, kind: LinkKind, *, dynamic: bool) -> None:
    """Make sure that the plan allows one more link, or QR code that can be changed. A static code costs nothing:
    it is printed once and never asked for. Raises QuotaReached."""
    if kind == "link":
        await check_quota(tx, actor, "links")
    elif dynamic:
        await check_quota(tx, actor, "qr_codes")


def announce_crossed(
    tx: Tx, workspace_id: str, resource: str, limit: int, *, before: int, after: int
) -> None:
    """Tell webhooks once when a quota gets near, and once when it is used up; a limit of 0 is none."""
    near = -(-limit * NEAR_PERCENT // 100)
    for threshold in sorted({near, limit} - {0}):
        if before < threshold <= after:
            data = {"resource": resource, "used": after, "limit": limit}
            announce(tx, "workspace.quota_near", workspace_id, data)


async def count_calls(tx: Tx, calls: Mapping[tuple[str, int], int]) -> None:
    """Add API calls, by workspace and month; announces a month that gets near its end."""
    await usage.add_calls(tx, calls)
    for each in await workspaces.get_many(tx, sorted({workspace_id for workspace_id, _ in calls})):
        limit = tx.installation.plan(each.plan).api_calls_month
        added = calls.get((each.id, month_of(tx.now_ms)), 0)
        if limit and added:
            after = await usage.calls_in(tx, each.id, month_of(tx.now_ms))
            announce_crossed(tx, each.id, "api_calls_month", limit, before=after - added, after=after)


async def check_storage(tx: Tx, actor: Actor, adding_bytes: int) -> None:
    """Make sure that the plan leaves room for so many bytes. Raises QuotaReached; announces when it gets near."""
    limit = tx.installation.plan(actor.plan).storage_bytes
    if not limit or adding_bytes <= 0:
        return
    used = await assets.bytes_of(tx, actor.workspace_id)
    if used + adding_bytes > limit:
        raise QuotaReached("storage_bytes", limit)
    announce_crossed(tx, actor.workspace_id, "storage_bytes", limit, before=used, after=used + adding_bytes)


async def usage_of(tx: Tx, actor: Actor) -> dict[str, Usage]:
    """What the actor's workspace uses of everything that its plan may limit."""
    plan = tx.installation.plan(actor.plan)
    month = month_of(tx.now_ms)
    found: dict[str, Usage] = {
        resource: Usage(used=await count(tx, actor.workspace_id), limit=getattr(plan, resource))
        for resource, count in _COUNTERS.items()
    }
    scans = await totals.month_scans(tx, actor.workspace_id, month)
    calls = await usage.calls_in(tx, actor.workspace_id, month)
    stored = await assets.bytes_of(tx, actor.workspace_id)
    found["storage_bytes"] = Usage(used=stored, limit=plan.storage_bytes)
    found["scans_month"] = Usage(used=scans, limit=plan.scans_month)
    found["api_calls_month"] = Usage(used=calls, limit=plan.api_calls_month)
    return found
