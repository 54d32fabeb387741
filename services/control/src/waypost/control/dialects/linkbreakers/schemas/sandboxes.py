"""Sandboxes: workspaces to try things out, reached by their own tokens alone."""

from datetime import datetime

from msgspec import UNSET, Struct

from waypost.control.dialects.linkbreakers.schemas.text import Text
from waypost.control.dialects.linkbreakers.schemas.tokens import TokenOut


class SandboxIn(Struct, frozen=True, kw_only=True):
    """A new sandbox."""

    name: Text = UNSET


class SandboxOut(Struct, frozen=True, kw_only=True):
    """A sandbox, and when it is deleted with everything in it."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime


class SandboxMade(Struct, frozen=True, kw_only=True):
    """A new sandbox and its first token, whose text is in this answer and nowhere else."""

    sandbox: SandboxOut
    token: TokenOut
    access_token: str


class SandboxesAnswer(Struct, frozen=True, kw_only=True):
    """All sandboxes of the workspace."""

    sandboxes: list[SandboxOut]
    total_count: int
