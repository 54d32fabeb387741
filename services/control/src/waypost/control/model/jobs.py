"""Jobs: work that outlives its request, with progress; and scheduled changes of links."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

JobKind: TypeAlias = Literal["links.create", "links.update", "links.delete", "qr.batch"]
JobState: TypeAlias = Literal["waiting", "running", "done", "failed"]


class Job(Struct, frozen=True, kw_only=True):
    """One stored job. `input` holds its rows until they are done, `failures` what could not be done."""

    id: str
    workspace_id: str
    kind: JobKind
    state: JobState = "waiting"
    total: int
    done: int = 0
    succeeded: int = 0
    failed: int = 0
    actor: dict[str, Any] = msgspec.field(default_factory=dict)
    created_ms: int
    updated_ms: int
    reason: str = ""


class RowResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one row: the link's id, or why not. `index` counts from 0."""

    index: int
    status: Literal["created", "updated", "deleted", "valid", "failed"]
    id: str = ""
    short_url: str = ""
    code: str = ""
    field: str = ""
    detail: str = ""


class ScheduledChange(Struct, frozen=True, kw_only=True):
    """A change of a link that waits for its time. `command` is an UpdateLink as plain JSON."""

    id: str
    workspace_id: str
    link_id: str
    due_ms: int
    command: dict[str, Any]
    created_ms: int
    created_by: str = ""
    done_ms: int = 0
    failure: str = ""
