"""What can go wrong, as types that carry data; each API has its own words and numbers for them.

Fault
├─ Invalid(field, why)        InvalidUrl · InvalidSlug · InvalidDomain · InvalidRule
│                             InvalidCursor · Malformed · InPast
├─ Unauthenticated            KeyMissing (KeyUnreadable) · KeyUnknown · KeyRevoked · KeyExpired
├─ Forbidden                  ScopeMissing(scope) · RoleTooLow(role) · FeatureOff(feature) · OutOfReach(limit)
│                             WorkspaceSuspended
├─ NotFound(kind, id)         LinkNotFound · DomainNotFound · WorkspaceNotFound · …
├─ Conflict                   SlugTaken · SlugHeld · DomainTaken · ExternalIdTaken · NameTaken
│                             KeyReused · InProgress
├─ VersionMismatch(current)
├─ LimitReached               QuotaReached(resource, limit) · RateLimited(policy, retry_after_s)
│                             TooLarge(what, limit)
└─ Unavailable(what)

A subclass exists only where some API tells it apart. `str(fault)` is the public English sentence.
"""

from typing import ClassVar


class Fault(Exception):
    """Something the caller did or can wait out. `code` is stable; sentences may change."""

    code: ClassVar[str] = "fault"
    field: str = ""


class Invalid(Fault):
    """A value that cannot be accepted: which field, and why."""

    code: ClassVar[str] = "invalid"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}" if field else why)
        self.field = field
        self.why = why


class InvalidUrl(Invalid):
    """Not a destination that may be used."""

    code: ClassVar[str] = "invalid_url"


class InvalidSlug(Invalid):
    """Not a slug."""

    code: ClassVar[str] = "invalid_slug"


class InvalidDomain(Invalid):
    """Not a host name that can serve links."""

    code: ClassVar[str] = "invalid_domain"


class InvalidRule(Invalid):
    """A routing rule that must not be published; `field` is its path."""

    code: ClassVar[str] = "invalid_rule"


class InvalidCursor(Invalid):
    """A cursor that this list did not give out."""

    code: ClassVar[str] = "invalid_cursor"


class Malformed(Invalid):
    """A body that is not what the operation reads."""

    code: ClassVar[str] = "malformed"


class InPast(Invalid):
    """A time that has passed, where one to come is wanted."""


class Unauthenticated(Fault):
    """Nobody that we know."""

    code: ClassVar[str] = "unauthenticated"

    def __str__(self) -> str:
        return "This needs a valid API key."


class KeyMissing(Unauthenticated):
    """No credential was sent."""

    code: ClassVar[str] = "key_missing"

    def __str__(self) -> str:
        return "Send an API key as `Authorization: Bearer …`."


class KeyUnreadable(KeyMissing):
    """Something else than `Bearer` and a key was sent."""


class KeyUnknown(Unauthenticated):
    """No such key."""

    code: ClassVar[str] = "key_unknown"

    def __str__(self) -> str:
        return "This API key is not known."


class KeyRevoked(Unauthenticated):
    """A key that was withdrawn."""

    code: ClassVar[str] = "key_revoked"

    def __str__(self) -> str:
        return "This API key was revoked."


class KeyExpired(Unauthenticated):
    """A key whose time is over."""

    code: ClassVar[str] = "key_expired"

    def __str__(self) -> str:
        return "This API key has expired."


class Forbidden(Fault):
    """Known, but not allowed."""

    code: ClassVar[str] = "forbidden"


class ScopeMissing(Forbidden):
    """The key lacks a scope."""

    code: ClassVar[str] = "scope_missing"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This key lacks the scope `{scope}`.")
        self.scope = scope


class RoleTooLow(Forbidden):
    """The member's role does not allow it."""

    code: ClassVar[str] = "role_too_low"

    def __init__(self, role: str) -> None:
        super().__init__(f"This needs the role `{role}`.")
        self.role = role


class WorkspaceSuspended(Forbidden):
    """The operator stopped the workspace."""

    code: ClassVar[str] = "workspace_suspended"

    def __str__(self) -> str:
        return "This workspace is suspended."


class FeatureOff(Forbidden):
    """The workspace's plan does not include it."""

    code: ClassVar[str] = "feature_off"

    def __init__(self, feature: str) -> None:
        super().__init__(f"The plan of this workspace does not include {feature}.")
        self.feature = feature


class OutOfReach(Forbidden):
    """The key is limited to one domain, or to the links it made, and this lies outside."""

    code: ClassVar[str] = "out_of_reach"

    def __init__(self, limit: str) -> None:
        super().__init__(f"This key is limited to {limit}.")
        self.limit = limit


class NotFound(Fault):
    """Nothing there, or nothing that this caller may know of."""

    code: ClassVar[str] = "not_found"
    kind: ClassVar[str] = "resource"

    def __init__(self, id: str = "") -> None:  # noqa: A002 - what the caller asked for is its id
        super().__init__(f"There is no such {self.kind}.")
        self.id = id


class LinkNotFound(NotFound):
    """No such link in this workspace."""

    code: ClassVar[str] = "link_not_found"
    kind: ClassVar[str] = "link"


class DomainNotFound(NotFound):
    """No such domain in this workspace."""

    code: ClassVar[str] = "domain_not_found"
    kind: ClassVar[str] = "domain"


class WorkspaceNotFound(NotFound):
    """No such workspace."""

    code: ClassVar[str] = "workspace_not_found"
    kind: ClassVar[str] = "workspace"


class KeyNotFound(NotFound):
    """No such API key in this workspace."""

    code: ClassVar[str] = "key_not_found"
    kind: ClassVar[str] = "API key"


class MemberNotFound(NotFound):
    """No such member in this workspace."""

    code: ClassVar[str] = "member_not_found"
    kind: ClassVar[str] = "member"


class TagNotFound(NotFound):
    """No such tag in this workspace."""

    code: ClassVar[str] = "tag_not_found"
    kind: ClassVar[str] = "tag"


class FolderNotFound(NotFound):
    """No such folder in this workspace."""

    code: ClassVar[str] = "folder_not_found"
    kind: ClassVar[str] = "folder"


class UtmTemplateNotFound(NotFound):
    """No such UTM template in this workspace."""

    code: ClassVar[str] = "utm_template_not_found"
    kind: ClassVar[str] = "UTM template"


class CustomerNotFound(NotFound):
    """No such customer in this workspace."""

    code: ClassVar[str] = "customer_not_found"
    kind: ClassVar[str] = "customer"


class JobNotFound(NotFound):
    """No such job in this workspace."""

    code: ClassVar[str] = "job_not_found"
    kind: ClassVar[str] = "job"


class EventNotFound(NotFound):
    """No such scan in this workspace."""

    code: ClassVar[str] = "event_not_found"
    kind: ClassVar[str] = "event"


class ChangeNotFound(NotFound):
    """No such change in the link's history."""

    code: ClassVar[str] = "change_not_found"
    kind: ClassVar[str] = "change"


class ReportNotFound(NotFound):
    """No such abuse report."""

    code: ClassVar[str] = "report_not_found"
    kind: ClassVar[str] = "report"


class Conflict(Fault):
    """The request is fine, but the state of things says no."""

    code: ClassVar[str] = "conflict"


class SlugTaken(Conflict):
    """The domain already uses the slug."""

    code: ClassVar[str] = "slug_taken"
    field = "slug"

    def __init__(self, slug: str) -> None:
        super().__init__(f"The slug `{slug}` is taken.")
        self.slug = slug


class SlugHeld(SlugTaken):
    """The slug belonged to a deleted link of another workspace and is held back."""

    code: ClassVar[str] = "slug_taken"


class DomainTaken(Conflict):
    """The host is claimed already."""

    code: ClassVar[str] = "domain_taken"
    field = "host"

    def __init__(self, host: str) -> None:
        super().__init__(f"The domain `{host}` is taken.")
        self.host = host


class ExternalIdTaken(Conflict):
    """Another link of the workspace has this external id."""

    code: ClassVar[str] = "external_id_taken"
    field = "external_id"

    def __init__(self, external_id: str) -> None:
        super().__init__(f"The external id `{external_id}` is in use.")
        self.external_id = external_id


class NameTaken(Conflict):
    """Another one of its kind has this name, or what else it is told apart by."""

    code: ClassVar[str] = "name_taken"

    def __init__(self, name: str, field: str = "name") -> None:
        super().__init__(f"The {field.replace('_', ' ')} `{name}` is in use.")
        self.name = name
        self.field = field


class KeyReused(Conflict):
    """An idempotency key came again with another request."""

    code: ClassVar[str] = "idempotency_key_reused"

    def __str__(self) -> str:
        return "This Idempotency-Key was used for another request."


class InProgress(Conflict):
    """The same thing is being done right now."""

    code: ClassVar[str] = "in_progress"

    def __str__(self) -> str:
        return "This is already being done; ask again in a moment."


class VersionMismatch(Fault):
    """Somebody changed it since the caller looked."""

    code: ClassVar[str] = "version_mismatch"

    def __init__(self, current: str) -> None:
        super().__init__("It was changed since you read it; read it again.")
        self.current = current


class LimitReached(Fault):
    """A bound was met."""

    code: ClassVar[str] = "limit_reached"


class QuotaReached(LimitReached):
    """The workspace's plan allows no more of this."""

    code: ClassVar[str] = "quota_reached"

    def __init__(self, resource: str, limit: int) -> None:
        super().__init__(f"The plan of this workspace allows {limit} {resource}.")
        self.resource = resource
        self.limit = limit


class RateLimited(LimitReached):
    """Too many requests; wait so many seconds."""

    code: ClassVar[str] = "rate_limited"

    def __init__(self, policy: str, retry_after_s: int, limit: int = 0, reset_ms: int = 0) -> None:
        super().__init__(f"Too many requests; try again in {retry_after_s} s.")
        self.policy = policy
        self.retry_after_s = retry_after_s
        self.limit = limit
        self.reset_ms = reset_ms


class TooLarge(LimitReached):
    """More than one request may carry."""

    code: ClassVar[str] = "too_large"

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"At most {limit} {what} are accepted.")
        self.what = what
        self.limit = limit


class Unavailable(Fault):
    """A part that this needs is away; everything else works."""

    code: ClassVar[str] = "unavailable"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not available right now; try again soon.")
        self.what = what
