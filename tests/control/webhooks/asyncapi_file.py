"""The committed AsyncAPI document of events: `python -m tests.control.webhooks.asyncapi_file` writes it.

Two sides: what travels on the EVENTS stream between the services, and what webhooks receive.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from waypost.control.model.webhooks.names import NATIVE, SCANNED, THRESHOLD, name_in
from waypost.control.model.webhooks.signing import FORMATS
from waypost.wire.event import ScannedV1, ThresholdV1
from waypost.wire.subjects import events

FILE = Path(__file__).parents[3] / "proto" / "asyncapi" / "events.json"
_STREAM = {SCANNED: ScannedV1, THRESHOLD: ThresholdV1}
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def generated() -> dict[str, Any]:
    """The document as the code has it."""
    schemas: dict[str, Any] = {}
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for event_type, kind in _STREAM.items():
        (_,), parts = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")
        schemas |= parts
        name = kind.__name__
        messages[name] = {
            "contentType": "application/msgpack",
            "payload": {"$ref": f"#/components/schemas/{name}"},
            "summary": (kind.__doc__ or "").partition("\n")[0],
        }
        channels[name] = _channel(events(event_type), name)
        operations[f"analytics.{event_type}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
        }
    schemas["WebhookBody"] = _body_schema()
    for event_type in sorted(NATIVE):
        messages[event_type] = {
            "contentType": "application/json",
            "headers": {"type": "object", "required": list(_HEADERS)},
            "payload": {
                "allOf": [
                    {"$ref": "#/components/schemas/WebhookBody"},
                    {"properties": {"type": {"const": event_type}}},
                ]
            },
            "x-names": {kind: told for kind in FORMATS if (told := name_in(kind, event_type))},
        }
    channels["webhook"] = {
        "address": "{url}",
        "parameters": {"url": {"description": "The endpoint's own URL."}},
        "messages": {name: _message(name) for name in sorted(NATIVE)},
    }
    operations["webhook.deliver"] = {"action": "send", "channel": {"$ref": "#/channels/webhook"}}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Waypost events", "version": "1"},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def written(document: dict[str, Any]) -> str:
    """The document as it is committed: readable in a review, stable in its order."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _channel(address: str, message: str) -> dict[str, Any]:
    return {"address": address, "messages": {message: _message(message)}}


def _message(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/messages/{name}"}


def _body_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["id", "type", "timestamp", "workspace_id", "data"],
        "properties": {
            "id": {"type": "string", "description": "The same as the header webhook-id."},
            "type": {"type": "string"},
            "timestamp": {"type": "string", "format": "date-time"},
            "workspace_id": {"type": "string"},
            "data": {
                "type": "object",
                "properties": {"link": {"type": "object"}, "scan": {"type": "object"}},
            },
        },
    }


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(written(generated()))
