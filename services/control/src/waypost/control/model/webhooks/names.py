"""What events are called: natively, and by each vendor whose API an endpoint was made through."""

from typing import get_args

from waypost.control.model.events import EventType
from waypost.control.model.faults import Invalid
from waypost.control.model.webhooks.limits import EVENTS_PER_ENDPOINT_MAX
from waypost.control.model.webhooks.signing import Format

ALL = "*"
TEST = "test.ping"
SCANNED = "link.scanned"
THRESHOLD = "link.threshold"

NATIVE: frozenset[str] = frozenset(get_args(EventType))

_FORMER = {"domain.active": "domain.verified"}
"""What natively had another name once; who subscribes by it gets the event under its name of today."""
_LINK_CHANGES = ("link.created", "link.updated", "link.deleted")
_VENDOR_NAMES: dict[Format, dict[str, str]] = {
    "native": {name: name for name in NATIVE},
    "linkbreakers": {name: name for name in (*_LINK_CHANGES, SCANNED, "form.submitted", TEST)},
    "codeqr": {
        **{name: name for name in (*_LINK_CHANGES, "lead.created", "sale.created", TEST)},
        SCANNED: "link.clicked",
    },
    "xqr": {
        **{name: name for name in (*_LINK_CHANGES, SCANNED, THRESHOLD, "bio.published", "bio.unpublished")},
        "asset.uploaded": "asset.uploaded",
        "workspace.plan_changed": "subscription.updated",
        TEST: TEST,
    },
}
"""Native type to vendor's name. What a vendor has no name for is not sent to its endpoints."""


def name_in(kind: Format, event_type: str) -> str | None:
    """What a format calls an event, or None when it does not know it."""
    return _VENDOR_NAMES[kind].get(event_type)


def types_of(kind: Format, names: tuple[str, ...], *, field: str = "events") -> tuple[str, ...]:
    """The native types behind a format's names, `*` staying itself. Raises Invalid naming the field.

    A vendor's API accepts the native names as well.
    """
    if not names or len(names) > EVENTS_PER_ENDPOINT_MAX:
        raise Invalid(field, f"must be 1 to {EVENTS_PER_ENDPOINT_MAX} event types, or `*`")
    known = _FORMER | {vendor: native for native, vendor in _VENDOR_NAMES[kind].items()}
    types = []
    for name in names:
        native = name if name == ALL else known.get(name, name)
        if native != ALL and name_in(kind, native) is None:
            raise Invalid(field, f"there is no event type `{name}`")
        types.append(native)
    return tuple(dict.fromkeys(types))
