"""Jobs: batches that are looked up afterwards."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType


class JobError(Struct, frozen=True, kw_only=True):
    """Why nothing was made."""

    code_type: str
    message: str


class LinksMade(Struct, frozen=True, kw_only=True):
    """The links of a batch, in its order."""

    link_ids: list[str]


class JobOut(Struct, frozen=True, kw_only=True):
    """One batch."""

    id: str
    type: str = "JOB_TYPE_LINKS_BULK_CREATE"
    status: str
    item_count: int
    status_url: str
    created_at: datetime
    completed_at: datetime | None
    links_bulk_create: LinksMade | UnsetType = UNSET
    error: JobError | UnsetType = UNSET
