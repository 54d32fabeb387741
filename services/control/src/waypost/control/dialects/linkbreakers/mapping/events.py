"""Events: scans as analytics tells them, as objects and as rows of a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from uuid import UUID, uuid5

import msgspec
from msgspec import UNSET

from waypost.control.dialects.linkbreakers.mapping.analytics import device_type
from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.schemas.devices import DeviceOut
from waypost.control.dialects.linkbreakers.schemas.events import (
    EventOut,
    JourneyOut,
)
from waypost.control.dialects.linkbreakers.schemas.links import LinkOut
from waypost.control.dialects.linkbreakers.schemas.visitors import VisitorOut
from waypost.control.dialects.linkbreakers.schemas.workspaces import WorkspaceFull
from waypost.control.dialects.linkbreakers.spelling import timestamp
from waypost.wire.ids import to_text
from waypost.wire.scan_events import ScanEventV1

_ACTORS = {"human": "HUMAN", "bot": "BOT"}
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

COLUMNS = (
    "Event ID", "Scanned at", "Action", "Link ID", "Link name", "Shortlink", "Destination", "Visitor ID", "Email",
    "Country", "Region", "City", "Device type", "Device actor", "Brand", "OS", "OS version", "Browser",
    "Browser version", "Language", "Referrer", "Visit type",
)  # fmt: skip


_SCAN_BITS = 62
_LABEL_BITS = 60


def event_id(workspace_id: str, scan_id: int) -> str:
    """The number of a scan as a UUID (version 8) that only its own workspace can read back."""
    label = int.from_bytes(blake2b(UUID(workspace_id).bytes, digest_size=8).digest()) >> (64 - _LABEL_BITS)
    high = (label >> 12) << 16 | 0x8 << 12 | label & 0xFFF
    return str(UUID(int=high << 64 | 0b10 << _SCAN_BITS | scan_id))


def scan_id_of(workspace_id: str, text: str) -> int | None:
    """The number of the scan that an event of this workspace stands for; None for any other text."""
    try:
        number = UUID(text).int & ((1 << _SCAN_BITS) - 1)
    except ValueError:
        return None
    return number if event_id(workspace_id, number) == text.lower() else None


def to_event(
    scan: ScanEventV1,
    workspace: WorkspaceFull,
    link: LinkOut | None,
    included: frozenset[str],
    visitor: VisitorOut | None = None,
) -> EventOut:
    """One event. What `included` names comes along; the destination is what the link says today.

    `visitor` is who it was, when a customer said so.
    """
    link_id = to_text(scan.link_id)
    scanned = at(scan.at_ms)
    visitor_id = visitor.id if visitor else scan.visitor
    event = EventOut(
        id=event_id(workspace.id, scan.id),
        action="ACTION_SCAN" if scan.source == "qr" else "ACTION_CLICK",
        workspace_id=workspace.id,
        link_id=link_id,
        visitor_id=visitor_id,
        device_id=device_id(workspace.id, visitor_id, scan),
        entrypoint=link.entrypoint if link else "",
        destination=link.destination if link else "",
        http_method=f"HTTP_METHOD_{scan.method if scan.method in _METHODS else 'UNSPECIFIED'}",
        visit_type="VISIT_TYPE_RETURNING" if scan.repeat else "VISIT_TYPE_FIRST",
        scanned_at=scanned,
        created_at=scanned,
        updated_at=scanned,
    )
    relations: dict[str, object] = {
        "link": link,
        "workspace": workspace,
        "visitor": visitor or _nobody(workspace.id, scan),
        "device": to_device(event.device_id, scan),
        "journey": JourneyOut(steps_reached=2, steps_total=2, completed=True),
        "lead_score": None,
    }
    return msgspec.structs.replace(
        event, **{name: value for name, value in relations.items() if name in included}
    )


def to_csv(events: Iterable[tuple[ScanEventV1, EventOut]], links: Mapping[str, LinkOut]) -> str:
    """RFC 4180 with a header that people can read; no cell that a spreadsheet would compute."""
    return written(COLUMNS, (_cells(scan, event, links.get(event.link_id)) for scan, event in events))


def _cells(scan: ScanEventV1, event: EventOut, link: LinkOut | None) -> tuple[str, ...]:
    email = event.visitor.email if event.visitor is not UNSET else ""
    return (
            event.id, timestamp(event.scanned_at), event.action, event.link_id, link.name if link else "",
            link.shortlink if link else "", event.destination, event.visitor_id, email, scan.country, scan.region,
            scan.city, device_type(scan.device), _actor(scan), scan.brand, scan.os, scan.os_version, scan.browser,
            scan.browser_version, scan.language, scan.referrer, event.visit_type,
    )  # fmt: skip


def written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """RFC 4180; no cell that a spreadsheet would compute."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    for cells in rows:
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue()


def _actor(scan: ScanEventV1) -> str:
    return f"DEVICE_ACTOR_{_ACTORS.get('human' if scan.verdict == 'human' else 'bot', 'UNKNOWN')}"


def device_id(workspace_id: str, visitor_id: str, scan: ScanEventV1) -> str:
    """The id of a visitor's device: the same for the same software."""
    return str(uuid5(UUID(workspace_id), f"device {visitor_id} {scan.user_agent}"))


def to_device(identity: str, scan: ScanEventV1) -> DeviceOut:
    """What is known of the device of a scan."""
    scanned = at(scan.at_ms)
    return DeviceOut(
        id=identity,
        device_type=device_type(scan.device),
        device_actor=_actor(scan),
        device_actor_name=scan.robot,
        device_brand=scan.brand,
        platform_name=scan.os,
        platform_version=scan.os_version,
        browser_name=scan.browser,
        browser_version=scan.browser_version,
        browser_language=scan.language,
        country=scan.country,
        region=scan.region,
        state=scan.region,
        city=scan.city,
        asn=scan.asn,
        user_agent=scan.user_agent,
        last_used_at=scanned,
        created_at=scanned,
        updated_at=scanned,
    )


def _nobody(workspace_id: str, scan: ScanEventV1) -> VisitorOut:
    scanned = at(scan.at_ms)
    return VisitorOut(
        id=scan.visitor,
        workspace_id=workspace_id,
        device_count=1,
        visit_count=1,
        created_at=scanned,
        updated_at=scanned,
    )
