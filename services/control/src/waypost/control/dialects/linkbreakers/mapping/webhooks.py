"""Webhooks: the article's events and the client's triggers, on one endpoint."""

from typing import Any
from urllib.parse import urlsplit

from msgspec import UNSET

from waypost.control.dialects.linkbreakers.mapping.links import DIALECT, at, to_link
from waypost.control.dialects.linkbreakers.schemas.webhooks import WebhookIn, WebhookOut
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.model.faults import Invalid
from waypost.control.model.links import LinkView
from waypost.control.model.webhooks.endpoint import CreateEndpoint, Endpoint, UpdateEndpoint

TRIGGERS: dict[str, tuple[str, ...]] = {
    "KIND_ENTRY": ("link.scanned",),
    "KIND_EXIT": ("link.scanned",),
    "KIND_CONDITION": ("link.scanned",),
    "KIND_INTERACTION": ("form.submitted",),
}
"""The client listens to kinds of workflow steps: a visit passes entry, conditions and exit at once."""

STATUSES = {
    "active": "WEBHOOK_STATUS_ACTIVE",
    "paused": "WEBHOOK_STATUS_PAUSED",
    "disabled": "WEBHOOK_STATUS_DISABLED",
}
SOURCES = ("WEBHOOK_SOURCE_LINKBREAKERS", "WEBHOOK_SOURCE_MAKE", "WEBHOOK_SOURCE_ZAPIER")


def to_create(body: WebhookIn) -> CreateEndpoint:
    """The command of a new webhook. Raises Invalid."""
    url = _url(body)
    if url is None:
        raise Invalid("url", "is required")
    own = _own(body, {})
    return CreateEndpoint(
        url=url,
        events=_events(own),
        format="linkbreakers",
        description=body.name or urlsplit(url).hostname or "",
        link_ids=(body.link_id,) if body.link_id else (),
        active=_active(body) is not False,
        extras={DIALECT: own},
    )


def to_update(body: WebhookIn, current: Endpoint) -> UpdateEndpoint:
    """The command of a change. Raises Invalid."""
    own = _own(body, current.extras.get(DIALECT, {}))
    url, active, name = _url(body), _active(body), body.name
    listens = body.events is not UNSET or body.triggers is not UNSET
    return UpdateEndpoint(
        url=UNSET if url is None else url,
        events=_events(own) if listens else UNSET,
        description=UNSET if name is UNSET else name or "",
        link_ids=UNSET if body.link_id is UNSET else (body.link_id,) if body.link_id else (),
        active=UNSET if active is None else active,
        extras={**current.extras, DIALECT: own},
    )


def _url(body: WebhookIn) -> str | None:
    for url in (body.endpoint_url, body.url):
        if url is not UNSET:
            return url
    return None


def _active(body: WebhookIn) -> bool | None:
    if body.status and not body.status.endswith("_UNSPECIFIED"):
        if body.status not in STATUSES.values():
            raise Invalid("status", f"is none of {', '.join(STATUSES.values())}")
        return body.status == STATUSES["active"]
    return None if body.active is UNSET else body.active


def _own(body: WebhookIn, before: dict[str, Any]) -> dict[str, Any]:
    """What was asked for, in the vendor's words: kept to be shown again."""
    own = {"events": [], "triggers": [], "source": SOURCES[0], **before}
    if body.events is not UNSET:
        own["events"] = list(dict.fromkeys(body.events or ()))
    if body.triggers is not UNSET:
        own["triggers"] = list(dict.fromkeys(body.triggers or ()))
    for trigger in own["triggers"]:
        if trigger not in TRIGGERS:
            raise Invalid("triggers", f"is none of {', '.join(TRIGGERS)}")
    if body.source and not body.source.endswith("_UNSPECIFIED"):
        if body.source not in SOURCES:
            raise Invalid("source", f"is none of {', '.join(SOURCES)}")
        own["source"] = body.source
    return own


def _events(own: dict[str, Any]) -> tuple[str, ...]:
    named = [*own["events"], *(event for trigger in own["triggers"] for event in TRIGGERS[trigger])]
    return tuple(dict.fromkeys(named)) or ("*",)


def to_webhook(endpoint: Endpoint, secret: str = "") -> WebhookOut:
    """A webhook as the vendor answers it; the secret only when it was just made."""
    own = endpoint.extras.get(
        DIALECT, {"events": list(endpoint.events), "triggers": [], "source": SOURCES[0]}
    )
    return WebhookOut(
        id=endpoint.id,
        workspace_id=endpoint.workspace_id,
        name=endpoint.description,
        url=endpoint.url,
        endpoint_url=endpoint.url,
        events=own["events"],
        triggers=own["triggers"],
        active=endpoint.status == "active",
        status=STATUSES[endpoint.status],
        link_id=endpoint.link_ids[0] if endpoint.link_ids else "",
        source=own["source"],
        created_by=endpoint.created_by,
        success_count=endpoint.success_count,
        failure_count=endpoint.failure_count,
        last_sent_at=at(endpoint.last_attempt_ms) if endpoint.last_attempt_ms else None,
        last_delivered_at=at(endpoint.last_success_ms) if endpoint.last_success_ms else None,
        created_at=at(endpoint.created_ms),
        updated_at=at(endpoint.updated_ms),
        signing_secret=secret or UNSET,
    )


def webhook_link(view: LinkView) -> object:
    """How deliveries to this dialect's webhooks show a link: as its answers do, without an image address."""
    return spell(to_link(view, lambda _view: ""))
