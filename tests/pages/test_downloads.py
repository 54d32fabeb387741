"""The files behind the buttons, read back by other people's parsers."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.pages.poisoned import full_sample
from tests.pages.samples import AT_MS, CONTENTS, checked, sample

from waypost.redirect.pages import download, render_download
from waypost.redirect.pages.folding import LINE_OCTETS_MAX, folded
from waypost.wire.content.contact import Vcard
from waypost.wire.content.event import Event

VISIBLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120)
UID = "0192f2aa@go.example"


def file_of(content: object) -> bytes:
    """The body of a content's file."""
    assert isinstance(content, Vcard | Event)
    file = download(content, uid=UID, at_ms=AT_MS)
    assert file is not None
    return file.body


def test_a_contact_is_read_back_whole() -> None:
    """What somebody saves is what the author wrote."""
    card = vobject.readOne(file_of(full_sample("vcard")).decode())
    assert card.version.value == "4.0"
    assert card.fn.value == "Dr Amara Lindqvist"
    assert (card.n.value.family, card.n.value.given, card.n.value.prefix) == ("Lindqvist", "Amara", "Dr")
    assert card.org.value == ["Harbour Books", "Events"]
    assert card.title.value == "Head of Events"
    assert card.email.value == "amara@harbour-books.example"
    assert [tel.value for tel in card.tel_list] == ["+49 151 5550188", "+49 30 5550123"]
    assert [tel.params["TYPE"] for tel in card.tel_list] == [["cell"], ["work,voice"]]
    assert (card.adr.value.street, card.adr.value.city, card.adr.value.code) == ("Quay 7", "Hamburg", "20457")
    assert card.bday.value == "19900101"
    assert [url.value for url in card.url_list] == [
        "https://harbour-books.example/", "https://social.example/amara", "https://photos.example/amara",
    ]  # fmt: skip


@given(first=VISIBLE, org=VISIBLE, note=VISIBLE)
def test_any_name_survives_a_contact_file(first: str, org: str, note: str) -> None:
    """Commas, semicolons, emoji and long names are all names."""
    card = vobject.readOne(file_of(Vcard(first_name=first, org=org, note=note)).decode())
    assert card.fn.value == first
    assert card.n.value.given == first
    assert card.org.value == [org]
    assert card.note.value == note


def test_an_event_is_read_back_whole() -> None:
    """An hour wrong is a missed event."""
    calendar = icalendar.Calendar.from_ical(file_of(sample("event")))
    (event,) = calendar.walk("VEVENT")
    berlin = ZoneInfo("Europe/Berlin")
    assert event["UID"] == UID
    assert event["SUMMARY"] == "Night of the Open Harbour"
    assert event["LOCATION"] == "Warehouse 12, Quay 12, 20457 Hamburg"
    assert event["URL"] == "https://harbour-books.example/night"
    assert event["STATUS"] == "CONFIRMED"
    assert event.decoded("DTSTART") == datetime(2026, 6, 6, 19, 0, tzinfo=berlin)
    assert event.decoded("DTEND") == datetime(2026, 6, 6, 23, 30, tzinfo=berlin)
    assert event.decoded("DTSTAMP").timestamp() == AT_MS // 1000


def test_whole_days_include_the_last_one() -> None:
    """DTEND is exclusive (RFC 5545, clause 3.6.1); people's last day is not."""
    content = checked(
        "event", {"title": "Fair", "starts_at": "2026-06-06", "ends_at": "2026-06-08", "cancelled": True}
    )
    (event,) = icalendar.Calendar.from_ical(file_of(content)).walk("VEVENT")
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (date(2026, 6, 6), date(2026, 6, 9))
    assert event["STATUS"] == "CANCELLED"


@given(
    title=VISIBLE,
    description=st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n")),
)
def test_any_words_survive_a_calendar_file(title: str, description: str) -> None:
    """A line break in a description must not start a line of the file."""
    content = sample("event")
    assert isinstance(content, Event)
    raw = file_of(replace(content, title=title, description=description))
    (event,) = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    assert event["SUMMARY"] == title
    assert event.get("DESCRIPTION", "") == description


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), max_size=4))
def test_no_folded_line_is_longer_than_the_rfc_allows(lines: list[str]) -> None:
    """RFC 5545, clause 3.1: 75 octets; and a character is never cut in two."""
    raw = folded(lines)
    assert all(len(line) <= LINE_OCTETS_MAX for line in raw.split(b"\r\n"))
    assert raw.decode().replace("\r\n ", "") == "".join(f"{line}\r\n" for line in lines) or any(
        line.startswith(" ") for line in lines
    )


@pytest.mark.parametrize("name", CONTENTS)
def test_only_contacts_and_events_have_a_file(name: str) -> None:
    """A button without a file is a broken promise."""
    page = render_download(sample(name), uid=UID, at_ms=AT_MS)
    assert (page is not None) == (name in {"vcard", "event"})
    if page is not None:
        headers = dict(page.headers)
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert headers[b"content-length"] == str(len(page.body)).encode()
        assert headers[b"content-disposition"].startswith(b'attachment; filename="')


def test_a_file_name_is_plain_ascii_whatever_the_title() -> None:
    """A quote in a file name would end the header's value."""
    file = download(Vcard(first_name='Zoë "; x=y', last_name="日本"), uid=UID, at_ms=AT_MS)
    assert file is not None
    assert file.file_name == "Zoe-x-y.vcf"
    file = download(Vcard(first_name="日本"), uid=UID, at_ms=AT_MS)
    assert file is not None
    assert file.file_name == "contact.vcf"
