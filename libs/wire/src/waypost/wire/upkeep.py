"""What control tells analytics to do with stored scans: keep, forget, judge again, watch."""

from msgspec import Struct


class SetRetention(Struct, frozen=True, tag="set_retention", tag_field="kind"):
    """Keep the raw scans of a workspace for so many days; 0 keeps them for ever. Totals are always kept."""

    workspace_id: bytes
    days: int


class EraseLink(Struct, frozen=True, tag="erase_link", tag_field="kind"):
    """Forget every scan of a link, its rollups and totals too. Answered by Changed."""

    workspace_id: bytes
    link_id: bytes


class EraseVisitor(Struct, frozen=True, tag="erase_visitor", tag_field="kind"):
    """Forget the scans of a visitor (16 hexadecimal digits). What was counted stays counted: a figure
    without a person behind it is no longer about them. Answered by Changed."""

    workspace_id: bytes
    visitor: str


class Reclassify(Struct, frozen=True, tag="reclassify", tag_field="kind"):
    """Judge all stored scans again by the lists of today, and count anew. Answered by Changed."""


class RebuildRollups(Struct, frozen=True, tag="rebuild", tag_field="kind"):
    """Compare the rollups with the raw scans; with `repair`, put right what differs. Answered by Changed:
    the number of rollup rows that differ."""

    repair: bool = False


class Watch(Struct, frozen=True, tag="watch", tag_field="kind"):
    """Announce each human scan of these workspaces and links on EVENTS (`link.scanned`), until the next
    Watch. At most WATCHED_MAX of each; kept over restarts."""

    workspace_ids: tuple[bytes, ...] = ()
    link_ids: tuple[bytes, ...] = ()


class SetThresholds(Struct, frozen=True, tag="set_thresholds", tag_field="kind"):
    """Human scan counts to announce on EVENTS (`link.threshold`) besides powers of ten: of one link, or of a
    workspace's month (`workspace.quota_near`) when no link is named. Replaces what was set before."""

    workspace_id: bytes
    counts: tuple[int, ...]
    link_id: bytes = b""


class Changed(Struct, frozen=True):
    """How many rows a command changed or found."""

    rows: int


class QuotaNearV1(Struct, frozen=True):
    """`workspace.quota_near`: the people counted in a month (year * 12 + month - 1) passed a threshold."""

    workspace_id: bytes
    threshold: int
    human: int
    month: int
