"""Bodies: one native event in the shape of the API that an endpoint was made through.

How a link looks is handed in per format, so that `data.link` is what that API's own answers show.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias, assert_never

import msgspec

from waypost.control.model.bio import SLUG_MARK
from waypost.control.model.customers import GENERATED
from waypost.control.model.events import Event
from waypost.control.model.link_urls import led_to
from waypost.control.model.links import LinkView
from waypost.control.model.webhooks.names import SCANNED, THRESHOLD, name_in
from waypost.control.model.webhooks.signing import Format

Json: TypeAlias = dict[str, Any]
LinkShape: TypeAlias = Callable[[LinkView], object]

_DEVICES = {"mobile": "MOBILE", "tablet": "TABLET", "desktop": "DESKTOP"}


def render(kind: Format, event: Event, shapes: Mapping[Format, LinkShape]) -> bytes:
    """The exact bytes that are signed, stored and sent. Raises LookupError for an event the format lacks."""
    name = name_in(kind, event.type)
    if name is None:
        raise LookupError(f"{kind} has no name for {event.type}")
    data = dict(event.data)
    view = msgspec.convert(data.pop("link"), LinkView) if isinstance(data.get("link"), dict) else None
    link = None if view is None else shapes[kind](view)
    at = rfc3339(event.at_ms)
    body: Json
    match kind:
        case "native":
            body = {
                "id": event.id,
                "type": name,
                "timestamp": at,
                "workspace_id": event.workspace_id,
                "data": data if link is None else {"link": link, **data},
            }
        case "linkbreakers":
            body = {"event_type": name, "id": f"evt_{event.id}", "created_at": at}
            body["data"] = _linkbreakers(event, link, data)
        case "codeqr":
            body = {"id": f"evt_{event.id}", "event": name, "createdAt": at}
            body["data"] = _codeqr(event, view, link, data)
        case "xqr":
            body = {"event": name, "timestamp": at, "data": _xqr(event, view, data)}
        case _:
            assert_never(kind)
    return msgspec.json.encode(body)


def rfc3339(at_ms: int) -> str:
    """Unix milliseconds as a time in UTC, with milliseconds."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain_link(view: LinkView) -> Json:
    """A link in the words of the native model; stands in for a format that brings no shape of its own."""
    link = view.link
    return {
        "id": link.id,
        "short_url": view.short_url,
        "domain": view.domain,
        "slug": link.slug,
        "target_url": link.target_url,
        "title": link.title,
        "active": link.state == "active",
        "tags": [tag.name for tag in view.tags],
        "metadata": link.metadata,
        "external_id": link.external_id,
        "scan_count": view.scans.human,
        "created_at": rfc3339(link.created_ms),
        "updated_at": rfc3339(link.updated_ms),
    }


def _scans(data: Json) -> list[Json]:
    """The scans that an event tells of: one, or a batch."""
    return data["scans"] if "scans" in data else [data["scan"]]


def _linkbreakers(event: Event, link: object, data: Json) -> Json:
    """linkbreakers.md, clause 6.2. A batch is told as `data.scans` beside its newest scan."""
    if (submission := data.pop("submission", None)) is not None:
        visitor = {"id": submission["visitor"], "email": submission["email"]}
        return {"link": link, "visitor": visitor, "form_responses": _linkbreakers_responses(submission)}
    if event.type != SCANNED:
        visitor = data.pop("visitor", None) or {"id": "", "email": ""}
        return {"link": link, "visitor": visitor, **data}
    told = [_linkbreakers_scan(event, scan) for scan in _scans(data)]
    return {"link": link, **told[-1], **({"scans": told} if "scans" in data else {})}


def _linkbreakers_responses(submission: Json) -> list[Json]:
    return [
        {"key": each["name"], "label": each["label"], "type": each["type"], "value": each["value"]}
        for each in submission["fields"]
    ]


def _linkbreakers_scan(event: Event, scan: Json) -> Json:
    return {
        "visitor": {"id": scan["visitor"], "email": ""},
        "device": {
            "device_type": f"DEVICE_TYPE_{_DEVICES.get(scan['device'], 'UNKNOWN')}",
            "device_actor": "DEVICE_ACTOR_HUMAN",
            "platform_name": scan["os"],
            "browser_name": scan["browser"],
            "browser_language": scan["language"],
            "country": scan["country"],
            "region": scan["region"],
            "city": scan["city"],
        },
        "event": {
            "id": scan["id"],
            "action": "ACTION_SCAN" if scan["source"] == "qr" else "ACTION_CLICK",
            "link_id": event.link_id,
            "visitor_id": scan["visitor"],
            "visit_type": "VISIT_TYPE_RETURNING" if scan["returning"] else "VISIT_TYPE_FIRST",
            "scanned_at": scan["occurred_at"],
        },
    }


def _codeqr(event: Event, view: LinkView | None, link: object, data: Json) -> object:
    """codeqr.md, clause 6: link events carry the link itself, clicks and conversions what belongs to them."""
    if event.type == SCANNED:
        told = [_codeqr_click(view, scan) for scan in _scans(data)]
        return {"click": told[-1], "link": link, **({"clicks": told} if "scans" in data else {})}
    if view is not None and event.type.startswith("link."):
        return link
    if event.type in ("lead.created", "sale.created"):
        return _codeqr_conversion(view, link, data)
    return data if link is None else {"link": link, **data}


def _codeqr_conversion(view: LinkView | None, link: object, data: Json) -> Json:
    made = data["conversion"]
    scan = {"id": made["click_id"] or "", "occurred_at": made["happened_at"], **data.get("click", {})}
    told = {
        "eventName": made["event_name"],
        "customer": _codeqr_customer(data.get("customer")),
        "click": _codeqr_click(view, scan),
        "link": link,
        "metadata": made["metadata"],
    }
    if made["kind"] == "sale":
        told["sale"] = {
            "amount": made["amount"],
            "currency": made["currency"],
            "paymentProcessor": "custom",
            "invoiceId": None if made["external_id"].startswith(GENERATED) else made["external_id"],
        }
    return told


def _codeqr_customer(customer: Json | None) -> Json | None:
    if customer is None:
        return None
    return {
        "id": f"cus_{customer['id']}",
        "externalId": customer["external_id"],
        "name": customer["name"] or None,
        "email": customer["email"] or None,
        "avatar": customer["avatar"] or None,
        "country": customer["country"] or None,
        "createdAt": customer["created_at"],
        "sales": customer["sales"],
        "saleAmount": customer["sale_amount"],
        "firstSaleAt": customer["first_sale_at"],
    }


def _codeqr_click(view: LinkView | None, scan: Json) -> Json:
    return {
        "id": scan["id"],
        "timestamp": scan["occurred_at"],
        "url": "" if view is None else led_to(view.link, scan.get("rule_id", ""), scan.get("variant_id", "")),
        **{name: scan.get(name, "") for name in ("country", "region", "city", "continent", "os", "browser")},
        "device": scan.get("device", "").capitalize(),
        "referer": scan.get("referrer") or "(direct)",
        "refererUrl": scan.get("referrer") or "(direct)",
        "qr": scan.get("source") == "qr",
        "trigger": scan.get("source", "link"),
        "ip": "",
        "ua": "",
    }


def _xqr(event: Event, view: LinkView | None, data: Json) -> Json:
    """xqr.md, clause 9: link events carry three members of the link, scans what the edge saw."""
    if event.type == "asset.uploaded":
        names = {"content_type": "mime_type", "size_bytes": "file_size"}
        return {names.get(name, name): value for name, value in data.items()}
    if view is not None and event.type.startswith("bio."):
        page = view.link
        slug = page.slug.removeprefix(SLUG_MARK)
        return {"page_id": page.id, "title": page.title, "slug": slug, "public_url": view.short_url}
    told: Json = {}
    if view is not None:
        told = {"link_id": view.link.id, "short_code": view.link.slug, "destination": view.link.target_url}
    if event.type == THRESHOLD:
        return {**told, "threshold": data["threshold"], "scan_count": data["scan_count"]}
    if event.type != SCANNED:
        return {**told, **data}
    scans = [
        {
            "country": scan["country"],
            "device": scan["device"],
            "os": scan["os"],
            "scanned_at": scan["occurred_at"],
        }
        for scan in _scans(data)
    ]
    return {**told, **scans[-1], **({"scans": scans} if "scans" in data else {})}
