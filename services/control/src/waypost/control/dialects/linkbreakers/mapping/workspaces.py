"""The workspace, its members and its plan in the vendor's words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import UNSET

from waypost.control.dialects.linkbreakers.limits import ANSWER_CHARACTERS_MAX
from waypost.control.dialects.linkbreakers.mapping.links import DIALECT, at
from waypost.control.dialects.linkbreakers.schemas.workspaces import (
    Allowance,
    MemberFull,
    MemberIn,
    PlanLimit,
    PricingPlan,
    PublicWorkspace,
    QuestionIn,
    ResetDay,
    WorkspaceFull,
    WorkspaceIn,
)
from waypost.control.model.access import Role
from waypost.control.model.faults import Invalid
from waypost.control.model.organisation import Member, WriteMember
from waypost.control.model.plans import Plan, Usage
from waypost.control.model.workspaces import Workspace

PROFILE = ("description", "short_description", "website", "faq", "tags", "digest_frequency", "enforce_mfa")
_PUBLIC = ("description", "short_description", "website", "faq", "tags")
_FREQUENCIES = tuple(f"DIGEST_FREQUENCY_{word}" for word in ("NONE", "WEEKLY", "MONTHLY"))
_ROLES: dict[str, Role] = {"ROLE_VIEWER": "viewer", "ROLE_TECH": "editor", "ROLE_ADMIN": "admin"}
_SHOWN_ROLES: dict[Role, str] = {
    "viewer": "ROLE_VIEWER",
    "editor": "ROLE_TECH",
    "admin": "ROLE_ADMIN",
    "owner": "ROLE_ADMIN",
}
_PLANS = {"free": "FREE", "starter": "LIGHT", "light": "LIGHT", "pro": "PRO"}
_MEGABYTE = 1024 * 1024
_TOTAL, _MONTHLY = "PLAN_LIMIT_KIND_TOTAL", "PLAN_LIMIT_KIND_MONTHLY"
_LIMITS = {
    "links": ("LINKS_INCLUDED", _TOTAL),
    "domains": ("CUSTOM_DOMAINS", _TOTAL),
    "members": ("TEAM_MEMBERS", _TOTAL),
    "webhooks": ("WEBHOOKS", _TOTAL),
    "scans_month": ("TRACKED_VISITS", _MONTHLY),
    "api_calls_month": ("PUBLIC_API_CALLS", _MONTHLY),
    "storage_bytes": ("MEDIA_STORAGE_MB", _TOTAL),
}
"""Members of a plan, and the vendor's limits that they are."""


def to_workspace(workspace: Workspace) -> WorkspaceFull:
    """The caller's own workspace."""
    kept = profile_of(workspace)
    return WorkspaceFull(
        id=workspace.id,
        name=workspace.name,
        slug=workspace.slug,
        timezone=workspace.timezone,
        subscription_type=f"SUBSCRIPTION_TYPE_{_subscription(workspace.plan)}",
        verified_at=at(workspace.created_ms),
        published_at=published_at(workspace),
        enroll_requested_at=at(enrolled) if (enrolled := kept.get("enroll_requested_ms", 0)) else None,
        is_sandbox=bool(workspace.sandbox_of),
        sandbox_expires_at=at(workspace.expires_ms) if workspace.sandbox_of else None,
        created_at=at(workspace.created_ms),
        updated_at=at(workspace.updated_ms),
        **{name: kept[name] for name in PROFILE if name in kept},
    )


def to_public(workspace: Workspace) -> PublicWorkspace:
    """A workspace as everybody may see it."""
    kept = profile_of(workspace)
    return PublicWorkspace(
        name=workspace.name,
        slug=workspace.slug,
        published_at=published_at(workspace),
        **{name: kept[name] for name in _PUBLIC if name in kept},
    )


def profile_of(workspace: Workspace) -> Mapping[str, Any]:
    """What this dialect keeps of a workspace."""
    found: Mapping[str, Any] = workspace.settings.get(DIALECT, {})
    return found


def published_at(workspace: Workspace) -> datetime | None:
    """Since when its profile has a description."""
    ms = profile_of(workspace).get("published_ms", 0)
    return at(ms) if ms else None


def answered(workspace: Workspace, body: QuestionIn, now_ms: int) -> dict[str, Any]:
    """The settings of a workspace that answered a question of the vendor's, or asked to be enrolled. Raises Invalid."""
    kept = dict(profile_of(workspace))
    for name in ("message", "origin_inquiry", "origin_purpose"):
        value = getattr(body, name)
        if value is UNSET:
            continue
        if len(value or "") > ANSWER_CHARACTERS_MAX:
            raise Invalid(name, f"longer than {ANSWER_CHARACTERS_MAX} characters")
        kept["enroll_message" if name == "message" else name] = value or ""
    if now_ms:
        kept["enroll_requested_ms"] = now_ms
    return {**workspace.settings, DIALECT: kept}


def changed_profile(workspace: Workspace, body: WorkspaceIn, now_ms: int) -> dict[str, Any]:
    """The settings of a workspace after a change of its profile. Raises Invalid."""
    if body.slug and body.slug != workspace.slug:
        raise Invalid("slug", "cannot change")
    if body.digest_frequency and body.digest_frequency not in _FREQUENCIES:
        raise Invalid("digest_frequency", f"is none of {', '.join(_FREQUENCIES)}")
    kept = dict(profile_of(workspace))
    for name in PROFILE:
        value = getattr(body, name)
        if value is not UNSET:
            kept[name] = value or (False if name == "enforce_mfa" else "")
    if not kept.get("digest_frequency", "x"):
        del kept["digest_frequency"]
    if kept.get("description"):
        kept.setdefault("published_ms", now_ms)
    else:
        kept.pop("published_ms", None)
    return {**workspace.settings, DIALECT: kept}


def to_member(member: Member) -> MemberFull:
    """A person. Names are kept whole here and parted at the first space."""
    first, _, last = member.name.partition(" ")
    return MemberFull(
        id=member.id,
        workspace_id=member.workspace_id,
        email=member.email,
        first_name=first,
        last_name=last,
        role=_SHOWN_ROLES[member.role],
        access_revoked_at=at(member.access_revoked_ms) if member.access_revoked_ms else None,
        created_at=at(member.created_ms),
        updated_at=at(member.updated_ms),
    )


def to_write(body: MemberIn, before: Member | None = None) -> WriteMember:
    """The command of an invitation or a change. Raises Invalid."""
    values: dict[str, Any] = {}
    if body.email is not UNSET:
        values["email"] = body.email or ""
    if body.role and not body.role.endswith("_UNSPECIFIED"):
        if body.role not in _ROLES:
            raise Invalid("role", f"is none of {', '.join(_ROLES)}")
        # An owner is shown as an admin: who sends back what was shown takes nothing away.
        if before is None or _SHOWN_ROLES[before.role] != body.role:
            values["role"] = _ROLES[body.role]
    if body.first_name is not UNSET or body.last_name is not UNSET:
        first, _, last = (before.name if before else "").partition(" ")
        first = first if body.first_name is UNSET else body.first_name or ""
        last = last if body.last_name is UNSET else body.last_name or ""
        values["name"] = f"{first} {last}".strip()
    return WriteMember(**values)


def plan_id(name: str) -> str:
    """A plan in the vendor's words; what it does not know is Enterprise."""
    return f"PRICING_PLAN_ID_{_PLANS.get(name, 'ENTERPRISE')}"


def to_limits(plan: Plan) -> list[PlanLimit]:
    """The bounds of a plan."""
    return [_limit(name, getattr(plan, name)) for name in _LIMITS]


def to_plan(plan: Plan) -> PricingPlan:
    """A plan with its bounds."""
    return PricingPlan(
        id=plan_id(plan.name),
        name=plan.name.title(),
        limits=to_limits(plan),
        features=[] if plan.interstitial_s else ["PLAN_FEATURE_BRAND_FREE_PAGES"],
    )


def to_allowance(name: str, usage: Usage, now_ms: int) -> Allowance:
    """What is used of one bound. Months are those of UTC."""
    limit = _limit(name, usage.limit)
    values: dict[str, Any] = {"key": limit.key, "kind": limit.kind, "used": usage.used}
    if name == "storage_bytes":
        values |= {"used": -(-usage.used // _MEGABYTE), "used_bytes": usage.used}
    if name == "scans_month":
        values |= {"recorded_count": usage.used, "locked_count": 0, "locked_total_count": 0}
    if limit.value is not UNSET:
        values |= {"limit": limit.value, "remaining": max(0, limit.value - values["used"])}
        if name == "storage_bytes":
            values["limit_bytes"] = usage.limit
    if _LIMITS[name][1] == _MONTHLY:
        start = at(now_ms).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        after = datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)
        values |= {
            "cycle_start_at": start,
            "cycle_end_at": after - timedelta(seconds=1),
            "resets_on": ResetDay(year=after.year, month=after.month, day=1),
        }
    return Allowance(**values, reached=bool(usage.limit) and usage.used >= usage.limit)


ALLOWANCES = tuple(_LIMITS)


def _limit(name: str, ceiling: int) -> PlanLimit:
    key, kind = _LIMITS[name]
    if not ceiling:
        return PlanLimit(key=f"PLAN_LIMIT_KEY_{key}", kind="PLAN_LIMIT_KIND_UNLIMITED")
    value = ceiling // _MEGABYTE if name == "storage_bytes" else max(ceiling, 0)
    return PlanLimit(key=f"PLAN_LIMIT_KEY_{key}", kind=kind, value=value)


def _subscription(plan: str) -> str:
    return {"FREE": "FREE_TRIAL", "LIGHT": "LIGHT_PLAN", "PRO": "PRO_PLAN"}.get(
        _PLANS.get(plan, ""), "ENTERPRISE_PLAN"
    )
