"""Bodies, in our own words and in those of each vendor."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.control.webhooks.conftest import SHAPES

from waypost.control.model.events import Event
from waypost.control.model.faults import Invalid
from waypost.control.model.links import Link, LinkView, TagName
from waypost.control.model.webhooks.names import NATIVE, name_in, types_of
from waypost.control.model.webhooks.payload import render
from waypost.control.model.webhooks.signing import FORMATS, Format
from waypost.rules.model import Rule, Split, Url, Variant

_VIEW = LinkView(
    link=Link(
        id="11111111-1111-7111-8111-111111111111", workspace_id="w", slug="spring", slug_key="spring",
        target_url="https://example.com/", created_ms=1_800_000_000_000, updated_ms=1_800_000_000_000,
    ),
    short_url="https://go.example/spring", domain="go.example", tags=(TagName("t", "Poster"),),
)  # fmt: skip
_SCAN = {
    "id": "edge-0.1.7", "occurred_at": "2027-01-15T08:00:00.000Z", "source": "qr", "visitor": "ab12",
    "returning": True, "country": "DE", "region": "BE", "city": "Berlin", "continent": "EU", "device": "mobile",
    "os": "iOS", "browser": "Safari", "language": "de", "referrer": "", "rule_id": "", "variant_id": "",
    "utm": {}, "detail": "",
}  # fmt: skip

_SALE: dict[str, Any] = {
    "id": "1", "kind": "sale", "external_id": "inv-1", "event_name": "Purchase",
    "happened_at": "2027-01-15T08:00:00.000Z", "customer_id": "c1", "amount": 999, "currency": "eur",
    "click_id": "0101", "link_id": None, "rule_id": None, "variant_id": None, "metadata": {"plan": "pro"},
}  # fmt: skip
_CUSTOMER: dict[str, Any] = {
    "id": "u", "external_id": "c1", "name": "Ada", "email": "", "avatar": "", "country": "",
    "created_at": "2027-01-15T08:00:00.000Z", "sales": 1, "sale_amount": 999,
    "amounts": [{"currency": "eur", "amount": 999}], "first_sale_at": "2027-01-15T08:00:00.000Z",
}  # fmt: skip


def body(kind: Format, event_type: str, **data: Any) -> Any:
    """The decoded body of an event of the link."""
    link = msgspec.to_builtins(_VIEW) if event_type.startswith("link.") else None
    told = {"link": link, **data} if link else dict(data)
    event = Event(
        seq=1, id="e1", type=event_type, workspace_id="w", at_ms=1_800_000_000_000, data=told,
        link_id=_VIEW.link.id if link else None,
    )  # fmt: skip
    return msgspec.json.decode(render(kind, event, SHAPES))


def test_native_bodies_follow_standard_webhooks() -> None:
    """`type`, `timestamp`, `data`: what the specification recommends, with the id inside too."""
    told = body("native", "link.updated")
    assert (told["id"], told["type"], told["timestamp"]) == ("e1", "link.updated", "2027-01-15T08:00:00.000Z")
    assert told["data"]["link"]["short_url"] == "https://go.example/spring"


def test_linkbreakers_scans_have_the_members_their_article_reads() -> None:
    """Its sample dereferences `data.visitor.email` and switches on `event_type`."""
    told = body("linkbreakers", "link.scanned", scan=_SCAN)
    assert set(told) == {"event_type", "id", "created_at", "data"}
    assert (told["event_type"], told["id"]) == ("link.scanned", "evt_e1")
    assert told["data"]["visitor"] == {"id": "ab12", "email": ""}
    assert told["data"]["device"]["device_type"] == "DEVICE_TYPE_MOBILE"
    assert told["data"]["event"]["action"] == "ACTION_SCAN"


def test_answer_to_a_form_is_told_in_each_formats_words() -> None:
    """Linkbreakers' article reads `data.form_responses` and `data.visitor.email`; ours is one object."""
    fields = [{"name": "mail", "label": "Mail", "type": "email", "value": "a@example.com"}]
    submission = {"id": "s1", "visitor": "ab12", "email": "a@example.com", "fields": fields}
    data = body("linkbreakers", "form.submitted", submission=submission)["data"]
    assert data["visitor"] == {"id": "ab12", "email": "a@example.com"}
    assert data["form_responses"] == [
        {"key": "mail", "label": "Mail", "type": "email", "value": "a@example.com"}
    ]
    assert body("native", "form.submitted", submission=submission)["data"] == {"submission": submission}


def test_codeqr_calls_scans_clicks() -> None:
    """`link.clicked` with `data.click` and `data.link`; every member present, no address."""
    told = body("codeqr", "link.scanned", scan=_SCAN)
    assert (told["event"], told["data"]["click"]["qr"], told["data"]["click"]["ip"]) == (
        "link.clicked",
        True,
        "",
    )
    assert told["data"]["link"]["slug"] == "spring"
    assert body("codeqr", "link.created")["data"]["target_url"] == "https://example.com/"


def test_a_click_tells_where_it_led() -> None:
    """The address that was opened: of the rule that decided, else of the link, with its UTM parameters."""
    rules = (
        Rule(id="r1", then=Url("https://example.com/ios?utm_source=own")),
        Rule(
            id="r2",
            then=Split((Variant("a", "https://example.com/a"), Variant("b", "https://example.com/b"))),
        ),
    )
    link = replace(_VIEW.link, rules=rules, utm={"source": "news", "ref": "paper"})
    view = msgspec.to_builtins(replace(_VIEW, link=link))

    def led(event_type: str, **data: Any) -> Any:
        return body("codeqr", event_type, link=view, **data)["data"]["click"]["url"]

    asked = "?utm_source=news&ref=paper"
    for rule_id, variant_id, url in (
        ("", "", "https://example.com/"),
        ("r1", "", "https://example.com/ios"),
        ("r2", "b", "https://example.com/b"),
        ("r2", "gone", "https://example.com/"),
        ("gone", "", "https://example.com/"),
    ):
        scan = {**_SCAN, "rule_id": rule_id, "variant_id": variant_id}
        assert led("link.scanned", scan=scan) == url + asked
        assert led("lead.created", conversion={**_SALE, "kind": "lead"}, click=scan) == url + asked


def test_codeqr_tells_who_bought_what_after_which_click() -> None:
    """The relative's clients read `customer`, `click`, `link` and `sale`; every member of a click is there."""
    told = body("codeqr", "sale.created", conversion=_SALE, customer=_CUSTOMER, click=_SCAN)["data"]
    assert (told["eventName"], told["metadata"]) == ("Purchase", {"plan": "pro"})
    assert told["sale"] == {
        "amount": 999, "currency": "eur", "paymentProcessor": "custom", "invoiceId": "inv-1",
    }  # fmt: skip
    assert (told["customer"]["externalId"], told["customer"]["saleAmount"]) == ("c1", 999)
    assert (told["click"]["id"], told["click"]["qr"]) == (_SCAN["id"], True)
    unbilled = body("codeqr", "sale.created", conversion={**_SALE, "external_id": "codeqr:0a"})["data"]
    assert unbilled["sale"]["invoiceId"] is None, "what nobody sent is told to nobody"
    alone = body("codeqr", "lead.created", conversion={**_SALE, "kind": "lead"})["data"]
    assert (alone["customer"], alone["click"]["country"], "sale" in alone) == (None, "", False)


def test_xqr_bodies_are_flat_and_renamed() -> None:
    """`{event, timestamp, data}` with three members of the link, and the vendor's name of a plan change."""
    told = body("xqr", "link.threshold", threshold=100, scan_count=104)
    assert set(told) == {"event", "timestamp", "data"}
    assert told["data"] == {
        "link_id": _VIEW.link.id, "short_code": "spring", "destination": "https://example.com/",
        "threshold": 100, "scan_count": 104,
    }  # fmt: skip
    assert body("xqr", "link.scanned", scan=_SCAN)["data"]["country"] == "DE"
    assert body("xqr", "workspace.plan_changed", plan="pro")["event"] == "subscription.updated"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_batch_holds_every_scan(kind: Format) -> None:
    """Whoever asked for batches must find all of them, in each vendor's own words."""
    told = body(kind, "link.scanned", scans=[_SCAN, {**_SCAN, "id": "edge-0.1.8", "country": "FR"}])
    assert len(told["data"].get("scans", told["data"].get("clicks"))) == 2


@pytest.mark.parametrize("kind", FORMATS)
def test_every_event_a_format_names_can_be_rendered(kind: Format) -> None:
    """A new event type must not break the worker that meets it first."""
    extra: dict[str, dict[str, Any]] = {
        "link.scanned": {"scan": _SCAN},
        "link.threshold": {"threshold": 10, "scan_count": 10},
        "lead.created": {"conversion": _SALE},
        "sale.created": {"conversion": _SALE},
    }
    for event_type in sorted(NATIVE):
        if name_in(kind, event_type) is not None:
            assert body(kind, event_type, **extra.get(event_type, {}))


def test_names_are_read_in_the_formats_own_words() -> None:
    """An adapter hands over what the vendor's client sent."""
    assert types_of("codeqr", ("link.clicked", "link.created")) == ("link.scanned", "link.created")
    assert types_of("xqr", ("subscription.updated", "*")) == ("workspace.plan_changed", "*")
    assert types_of("native", ("domain.active",)) == ("domain.verified",)  # as it was called before
    for kind, name in (("xqr", "link.clicked"), ("linkbreakers", "bio.published"), ("native", "x")):
        with pytest.raises(Invalid, match="no event type"):
            types_of(kind, (name,))  # type: ignore[arg-type]  # from the list
