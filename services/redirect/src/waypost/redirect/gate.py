"""May this link be followed now? Pure: the first reason against it, in the order of the contract."""

from enum import Enum

from waypost.wire.link import LinkState, LinkV1, WorkspaceV1


class Gate(Enum):
    """Open, or why not."""

    OPEN = "open"
    BLOCKED = "blocked"
    PAUSED = "paused"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    LIMIT_REACHED = "limit_reached"
    OVER_QUOTA = "over_quota"
    LOCKED = "locked"


def gate(  # noqa: PLR0911 - one line per reason, in order, reads best
    link: LinkV1,
    workspace: WorkspaceV1 | None,
    now_ms: int,
    *,
    scans_left: int | None = None,
    unlocked: bool = False,
) -> Gate:
    """Judge a link at an instant.

    `scans_left` is None for a link without a scan limit; a spent one is closed to everybody, since anybody can
    say to be a robot. `unlocked` says that this visitor has given the link's password.
    """
    if link.state is LinkState.BLOCKED or (workspace is not None and workspace.suspended):
        return Gate.BLOCKED
    if link.state is LinkState.PAUSED:
        return Gate.PAUSED
    if link.starts_ms and now_ms < link.starts_ms:
        return Gate.NOT_YET
    if link.expires_ms and now_ms >= link.expires_ms:
        return Gate.EXPIRED
    if scans_left is not None and scans_left <= 0:
        return Gate.LIMIT_REACHED
    if workspace is not None and workspace.over_scan_quota:
        return Gate.OVER_QUOTA
    if link.options is not None and link.options.password and not unlocked:
        return Gate.LOCKED
    return Gate.OPEN
