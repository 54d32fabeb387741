"""The workspace, its members, what its plan allows, and the plans there are."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.schemas.text import Flag, Text


class WorkspaceIn(Struct, frozen=True, kw_only=True):
    """What to change of the workspace."""

    name: Text = UNSET
    slug: Text = UNSET
    description: Text = UNSET
    short_description: Text = UNSET
    website: Text = UNSET
    faq: Text = UNSET
    tags: Text = UNSET
    digest_frequency: Text = UNSET
    enforce_mfa: Flag = UNSET


class QuestionIn(Struct, frozen=True, kw_only=True):
    """What the vendor asks a workspace about itself: one of these."""

    message: Text = UNSET
    origin_inquiry: Text = UNSET
    origin_purpose: Text = UNSET


class Nothing(Struct, frozen=True):
    """An answer that says no more than that it was taken."""


class PublicWorkspace(Struct, frozen=True, kw_only=True):
    """A workspace as everybody may see it."""

    name: str
    slug: str
    description: str = ""
    short_description: str = ""
    website: str = ""
    faq: str = ""
    tags: str = ""
    published_at: datetime | None = None


class WorkspaceFull(PublicWorkspace, frozen=True, kw_only=True):
    """The workspace. It is published once its profile has a description."""

    id: str
    timezone: str
    digest_frequency: str = "DIGEST_FREQUENCY_NONE"
    enforce_mfa: bool = False
    subscription_type: str
    verified_at: datetime
    enroll_requested_at: datetime | None = None
    is_sandbox: bool = False
    sandbox_expires_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class MemberIn(Struct, frozen=True, kw_only=True):
    """Who is invited, or what is changed of a member."""

    email: Text = UNSET
    first_name: Text = UNSET
    last_name: Text = UNSET
    role: Text = UNSET


class MyselfIn(Struct, frozen=True, kw_only=True):
    """What people change of themselves."""

    email: Text = UNSET
    first_name: Text = UNSET
    last_name: Text = UNSET
    password: Text = UNSET


class MemberFull(Struct, frozen=True, kw_only=True):
    """A person in the workspace."""

    id: str
    workspace_id: str
    email: str
    first_name: str
    last_name: str
    role: str
    access_revoked_at: datetime | None
    created_at: datetime
    updated_at: datetime


class MembersAnswer(Struct, frozen=True, kw_only=True):
    """A page of members."""

    members: list[MemberFull]
    next_page_token: str
    total_count: int


class MyWorkspace(Struct, frozen=True, kw_only=True):
    """A workspace that the caller may use."""

    workspace_id: str
    workspace_name: str
    current: bool
    role: str
    member_id: str = ""
    enforce_mfa: bool = False


class MyWorkspaces(Struct, frozen=True, kw_only=True):
    """A token has one workspace."""

    workspaces: list[MyWorkspace]


class PlanLimit(Struct, frozen=True, kw_only=True):
    """One bound of a plan; without a ceiling it has no value."""

    key: str
    kind: str
    value: int | UnsetType = UNSET


class ResetDay(Struct, frozen=True, kw_only=True):
    """A calendar day."""

    year: int
    month: int
    day: int


class Allowance(Struct, frozen=True, kw_only=True):
    """What is used of one bound."""

    key: str
    kind: str
    used: int
    reached: bool
    limit: int | UnsetType = UNSET
    remaining: int | UnsetType = UNSET
    used_bytes: int | UnsetType = UNSET
    limit_bytes: int | UnsetType = UNSET
    cycle_start_at: datetime | UnsetType = UNSET
    cycle_end_at: datetime | UnsetType = UNSET
    resets_on: ResetDay | UnsetType = UNSET
    notice_dismissed: bool = False
    recorded_count: int | UnsetType = UNSET
    locked_count: int | UnsetType = UNSET
    locked_total_count: int | UnsetType = UNSET
    """Of tracked visits alone; none is ever locked."""


class AllowancesAnswer(Struct, frozen=True, kw_only=True):
    """The plan, its bounds, and what is used of them."""

    plan: str
    limits: list[PlanLimit]
    allowances: list[Allowance]


class PricingPlan(Struct, frozen=True, kw_only=True):
    """A plan of this installation. Prices are the operator's and not known here."""

    id: str
    name: str
    limits: list[PlanLimit]
    features: list[str]
    prices: list[str] = []


class PlansAnswer(Struct, frozen=True, kw_only=True):
    """All plans."""

    plans: list[PricingPlan]
    link_created_credit_cost: int = 0


class LinkSettingIn(Struct, frozen=True, kw_only=True):
    """How much shall be known of a link's visitors."""

    data_collection: str


class LinkSetting(Struct, frozen=True, kw_only=True):
    """How much is known of a link's visitors. Its id is the link's."""

    id: str
    data_collection: str
    created_at: datetime
    updated_at: datetime


class LinkSettingAnswer(Struct, frozen=True, kw_only=True):
    """One setting."""

    link_setting: LinkSetting
