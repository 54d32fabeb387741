"""The names of streams and subjects on the bus. Each stands here and nowhere else."""

import re

LINKS_STREAM = "LINKS"
LINKS_SUBJECTS = "links.v1.*"
SCANS_STREAM = "SCANS"
SCANS_SUBJECTS = "scans.v1.*"
TOTALS_STREAM = "TOTALS"
TOTALS_SUBJECT = "totals.v1"
EVENTS_STREAM = "EVENTS"
EVENTS_SUBJECTS = "events.v1.>"

HEARTBEAT = "heartbeat.v1"
"""Control to agents, once a second, not stored."""

EDGE_REPORT = "edge.v1.report"
"""Agents to control: which version each edge has applied. Not stored."""

CONTROL_WAKE = "control.v1.wake"
"""Control's API to its worker: something was committed that must be relayed. Not stored."""

FORM_ANSWER = "forms.v1.answer"
"""Agents ask control to take one form answer; the reply comes once it is stored."""

SNAPSHOT_OPEN = "snapshot.v1.open"
SNAPSHOT_READ = "snapshot.v1.read"
ANALYTICS_QUERY = "analytics.v1.query"
ANALYTICS_REPUBLISH = "analytics.v1.republish"
"""Control asks for the totals of every link again, after it fell behind the stream."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


def links(epoch: str) -> str:
    """The subject of link records of one epoch."""
    return f"links.v1.{_token(epoch)}"


def scans(node: str) -> str:
    """The subject of scans of one spool."""
    return f"scans.v1.{_token(node)}"


def events(kind: str) -> str:
    """The subject of one type of domain event, such as `link.created`."""
    return "events.v1." + ".".join(_token(part) for part in kind.split("."))


def _token(text: str) -> str:
    if not _TOKEN.match(text):
        raise ValueError(f"not usable in a subject: {text!r}")
    return text
