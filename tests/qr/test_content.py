"""Typed contents: what phones read, escapes, and refusals that name the member."""

from typing import Any

import icalendar
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.qr.content import Event, VCard, WiFi, parse, to_text
from waypost.qr.faults import InvalidContent, TextTooLong

LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=40).map(
    str.strip
)
WORDS = LINE.filter(bool)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"type": "url", "url": "https://x.example/é?a=1#b"}, "https://x.example/é?a=1#b"),
        ({"type": "text", "text": "Hé 例え"}, "Hé 例え"),
        (
            {"type": "wifi", "ssid": "Ca;fé", "password": 'p:"a,s\\s'},
            'WIFI:T:WPA;S:Ca\\;fé;P:p\\:\\"a\\,s\\\\s;;',
        ),
        (
            {"type": "wifi", "ssid": "Open", "encryption": "nopass", "hidden": True},
            "WIFI:T:nopass;S:Open;H:true;;",
        ),
        ({"type": "wifi", "ssid": "x", "password": "deadbeef"}, 'WIFI:T:WPA;S:x;P:"deadbeef";;'),
        ({"type": "geo", "latitude": 52.52, "longitude": -13.405, "altitude": 34}, "geo:52.52,-13.405,34"),
        ({"type": "sms", "phone": "+49 30 / 123-456", "message": "Hi: you"}, "SMSTO:+4930123456:Hi: you"),
        ({"type": "phone", "phone": "(030) 123"}, "tel:030123"),
        ({"type": "mail", "to": "a+b@c.example"}, "mailto:a+b@c.example"),
        (
            {"type": "mail", "to": "a@c.example", "subject": "Ä & b", "body": "1\n2"},
            "mailto:a@c.example?subject=%C3%84%20%26%20b&body=1%0D%0A2",
        ),
    ],
)
def test_contents_become_the_texts_phones_know(document: dict[str, Any], text: str) -> None:
    """Each form is what its RFC, or the phones' practice, asks for."""
    assert to_text(parse(document)) == text


@settings(max_examples=60, deadline=None)
@given(first=WORDS, last=WORDS, company=WORDS, note=st.lists(WORDS, min_size=1, max_size=3).map("\n".join))
def test_business_cards_read_back_by_an_independent_parser(
    first: str, last: str, company: str, note: str
) -> None:
    """Commas, semicolons, backslashes and line breaks survive."""
    card = VCard(first_name=first, last_name=last, organization=company, note=note, phones=("+4930123",))
    read = vobject.readOne(card.text())
    assert (read.n.value.given, read.n.value.family) == (first, last)
    assert (read.org.value, read.note.value, read.tel.value) == ([company], note, "+4930123")


@settings(max_examples=60, deadline=None)
@given(title=WORDS, place=WORDS)
def test_events_read_back_by_an_independent_parser(title: str, place: str) -> None:
    """Times arrive in UTC, texts as they were."""
    document = {"type": "event", "title": title, "location": place}
    times = {"starts_at": "2026-05-01T10:00:00+02:00", "ends_at": "2026-05-01T11:30:00+02:00"}
    event = parse(document | times)
    assert isinstance(event, Event)
    read = icalendar.Event.from_ical(event.text())
    assert (str(read["SUMMARY"]), str(read["LOCATION"])) == (title, place)
    assert read.decoded("DTSTART").isoformat() == "2026-05-01T08:00:00+00:00"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"type": "url", "url": "javascript:alert(1)"}, "url"),
        ({"type": "url", "url": "https://"}, "url"),
        ({"type": "url", "url": "https://x.example/a b"}, "url"),
        ({"type": "url", "url": "https://[1"}, "url"),
        ({"type": "url", "url": "https://x.example", "extra": 1}, "extra"),
        ({"type": "vcard", "note": "nobody"}, "first_name"),
        ({"type": "vcard", "first_name": "A", "phones": ["call me"]}, "phones[0]"),
        ({"type": "vcard", "first_name": "A", "phones": ["1"] * 6}, "phones"),
        ({"type": "wifi", "ssid": "x"}, "password"),
        ({"type": "wifi", "ssid": "x", "password": "short"}, "password"),
        ({"type": "wifi", "ssid": "x", "password": "longenough", "encryption": "nopass"}, "password"),
        ({"type": "wifi", "ssid": "é" * 20, "password": "longenough"}, "ssid"),
        (
            {
                "type": "event",
                "title": "T",
                "starts_at": "2026-05-01T10:00:00",
                "ends_at": "2026-05-01T11:00:00Z",
            },
            "starts_at",
        ),
        (
            {
                "type": "event",
                "title": "T",
                "starts_at": "2026-05-01T12:00:00Z",
                "ends_at": "2026-05-01T11:00:00Z",
            },
            "ends_at",
        ),
        ({"type": "geo", "latitude": 91, "longitude": 0}, "latitude"),
        ({"type": "sms", "phone": "abc"}, "phone"),
        ({"type": "mail", "to": "nobody"}, "to"),
        ({"type": "fax"}, "type"),
        ({"type": "text", "text": ""}, "text"),
    ],
)
def test_bad_contents_name_the_member(document: dict[str, Any], field: str) -> None:
    """A fault that does not say where is of no use to an integrator."""
    with pytest.raises(InvalidContent) as caught:
        to_text(parse(document))
    assert caught.value.field == field


def test_contents_beyond_any_symbol_are_refused() -> None:
    """Three full fields of four bytes a character do not fit version 40."""
    with pytest.raises(TextTooLong):
        to_text(VCard(first_name="A", note="😀" * 900))
    assert len(WiFi(ssid="x", password="p" * 63).text()) < 100
