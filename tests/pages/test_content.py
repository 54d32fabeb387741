"""The check of contents: what a person may write, and what they are told otherwise."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pages.samples import ARABIC_BIO, CONTENTS, checked

from waypost.wire.codec import DECODE_ERRORS, encode
from waypost.wire.content import KINDS, Content, Refused, UnknownKind, check, decode, urls
from waypost.wire.content.app import App, store_url
from waypost.wire.content.bio import Bio, click_target
from waypost.wire.content.fields import FORMATS
from waypost.wire.content.limits import BIO_LINKS_MAX, CONTENT_BYTES_MAX, FINDINGS_MAX
from waypost.wire.content.wifi import Wifi, join_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def findings(kind: str, document: object) -> dict[str, str]:
    """Path to detail of what the check found."""
    refused = check(kind, document)
    assert isinstance(refused, Refused), refused
    return {finding.field: finding.detail for finding in refused.findings}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_checked_content_comes_back_the_same_from_the_wire(name: str) -> None:
    """What control stores is what the edge shows."""
    kind, document = CONTENTS[name]
    content = checked(kind, document)
    assert decode(kind, encode(content)) == content


def test_every_kind_has_a_sample() -> None:
    """A kind that is in no sample is in no other test either."""
    assert {kind for kind, _ in CONTENTS.values()} == set(KINDS)


@given(kind=st.sampled_from(list(KINDS)), document=JSON)
def test_any_json_is_either_content_or_findings(kind: str, document: object) -> None:
    """The check is the border: nothing that JSON can say may raise."""
    result = check(kind, document)
    assert isinstance(result, Content) or 0 < len(result.findings) <= FINDINGS_MAX


@given(name=st.sampled_from(list(CONTENTS)), data=st.data())
def test_a_sample_with_one_field_replaced_never_raises_and_names_the_field(name: str, data: Any) -> None:
    """People send almost-right documents; the answer must say where they went wrong."""
    kind, document = CONTENTS[name]
    field = data.draw(st.sampled_from(list(document)))
    result = check(kind, {**document, field: data.draw(JSON)})
    if isinstance(result, Refused):
        assert all(finding.detail for finding in result.findings)
        assert {finding.field.split(".")[0].split("[")[0] for finding in result.findings} & {
            field, *KINDS[kind].__struct_fields__, ""
        }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "document", "field"),
    [
        ("vcard", {"email": "a@example.com"}, "first_name"),
        ("vcard", {"first_name": "A", "email": "no address"}, "email"),
        ("vcard", {"first_name": "A", "phone": "call me"}, "phone"),
        ("vcard", {"first_name": "A", "website": "javascript:alert(1)"}, "website"),
        ("vcard", {"first_name": "A", "birthday": "31.12.1990"}, "birthday"),
        ("vcard", {"first_name": "A" * 81}, "first_name"),
        ("vcard", {"first_name": "A\x00"}, "first_name"),
        ("file", {"file_url": "https://files.example/a.pdf", "size_bytes": 1 << 64}, "size_bytes"),
        ("vcard", {"first_name": "\u202eA"}, "first_name"),
        ("wifi", {}, "ssid"),
        ("wifi", {"ssid": "é" * 32, "password": "12345678"}, "ssid"),
        ("wifi", {"ssid": "a", "password": "short"}, "password"),
        ("wifi", {"ssid": "a", "password": "12345678", "encryption": "nopass"}, "password"),
        ("wifi", {"ssid": "a", "encryption": "WEP"}, "password"),
        ("wifi", {"ssid": "a", "password": "12345678", "encryption": "WPA9"}, "encryption"),
        ("menu", {}, "sections"),
        ("menu", {"sections": [{"title": "a", "items": [{"name": "b", "price": 3}]}]}, "sections[0].items[0].price"),
        ("menu", {"sections": [{"title": "a", "items": [{"name": "b", "allergens": ["cat"]}]}]},
         "sections[0].items[0].allergens[0]"),
        ("menu", {"file_url": "https://a.example/", "currency": "euro"}, "currency"),
        ("review", {}, "place_url"),
        ("review", {"place_url": "ftp://a.example/"}, "place_url"),
        ("social", {"links": []}, "links"),
        ("social", {"links": [{"platform": "myspace", "url": "https://a.example/"}]}, "links[0].platform"),
        ("app", {}, "fallback_url"),
        ("event", {"title": "a", "starts_at": "tomorrow"}, "starts_at"),
        ("event", {"title": "a", "starts_at": "2026-06-06T19:00:00"}, "starts_at"),
        ("event", {"title": "a", "starts_at": "2026-06-06", "ends_at": "2026-06-05"}, "ends_at"),
        ("event", {"title": "a", "starts_at": "2026-06-06", "ends_at": "2026-06-06T10:00:00Z"}, "ends_at"),
        ("event", {"title": "a", "starts_at": "2026-06-06T10:00:00Z", "ends_at": "2026-06-06T10:00:00Z"}, "ends_at"),
        ("event", {"title": "a", "starts_at": "2026-06-06", "timezone": "Mars/Base"}, "timezone"),
        ("file", {"file_url": "https://user@a.example/"}, "file_url"),
        ("gallery", {"images": [{"image": "//evil.example/a.png"}]}, "images[0].image"),
        ("gallery", {"images": [{"image": "/a/../b.png"}]}, "images[0].image"),
        ("gallery", {"images": [{"image": "http://a.example/b.png"}]}, "images[0].image"),
        ("form", {"title": "a", "fields": [{"name": "A B", "label": "a"}]}, "fields[0].name"),
        ("form", {"title": "a", "fields": [{"name": "consent", "label": "a"}]}, "fields[0].name"),
        ("form", {"title": "a", "fields": [{"name": "a", "label": "a"}] * 2}, "fields[1].name"),
        ("form", {"title": "a", "fields": [{"name": "a", "label": "a", "type": "select"}]}, "fields[0].options"),
        ("bio", {"title": "a", "links": [{"title": "a", "url": "javascript:1"}]}, "links[0].url"),
        ("bio", {"title": "a", "links": [{"title": "a", "url": "https://ä.example/"}]}, "links[0].url"),
        ("bio", {"title": "a", "links": [{"title": "a", "url": "tel:1"}] * (BIO_LINKS_MAX + 1)}, "links"),
        ("bio", {"title": "a", "links": [{"title": "a", "url": "tel:1", "id": "x"}] * 2}, "links[1].id"),
        ("bio", {"title": "a", "links": [{"title": "a", "url": "tel:1", "starts_at": "2026-01-02T00:00:00Z",
                                          "ends_at": "2026-01-01T00:00:00Z"}]}, "links[0].ends_at"),
        ("bio", {"title": "a", "look": {"accent": "red"}}, "look.accent"),
        ("bio", {"title": "a", "look": {"theme": "neon"}}, "look.theme"),
        ("bio", {"title": "a", "language": "english please"}, "language"),
        ("bio", {"title": "a", "colour": "red"}, "colour"),
        ("bio", {"title": "a", "look": {"colour": "red"}}, "look.colour"),
        ("poem", {"title": "a"}, "kind"),
        ("bio", [], ""),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_the_path_of_its_field(kind: str, document: object, field: str) -> None:
    """Whoever integrates reads the path, not the manual."""
    assert field in findings(kind, document)


def test_all_faults_of_values_are_found_at_once() -> None:
    """Mending one fault per request is a chore."""
    document = {"title": "a", "look": {"accent": "red"}, "links": [{"title": "a", "url": "x:1"}] * 2}
    assert set(findings("bio", document)) == {"look.accent", "links[0].url", "links[1].url"}


def test_a_content_too_big_for_a_record_is_refused() -> None:
    """A record has a bound, and the field bounds together would pass it."""
    dish = {"name": "n" * 80, "description": "d" * 600}
    document = {"sections": [{"title": "a", "items": [dish] * 80}] * 2}
    assert findings("menu", document) == {"": f"must have at most {CONTENT_BYTES_MAX} bytes when encoded"}


def test_the_edge_reads_fields_and_names_that_only_a_newer_control_knows() -> None:
    """Edges are updated after control: a page must not fail for it."""
    document = {"title": "a", "look": {"theme": "neon", "font": "x"}, "mood": "x", "links": []}
    content = decode("bio", msgspec.msgpack.encode(document))
    assert isinstance(content, Bio)
    assert content.look.theme == "neon"


def test_unknown_kinds_and_broken_bytes_are_told_apart() -> None:
    """One is an old edge, the other a damaged record."""
    with pytest.raises(UnknownKind):
        decode("poem", b"\x80")
    with pytest.raises(DECODE_ERRORS):
        decode("bio", b"\xc1")


def test_every_address_of_a_content_is_handed_to_control() -> None:
    """A block list that misses the avatar is no block list."""
    found = dict(urls(checked(*CONTENTS["bio"])))
    assert found["links[3].url"] == "https://maps.example/porto"
    assert found["profiles[2].url"] == "mailto:ines@example.com"
    assert found["avatar"] == "/assets/portrait.jpg"
    assert len(found) == 8


def test_every_format_judges_and_explains() -> None:
    """An empty explanation helps nobody; an empty value is not valid in any format."""
    assert all(wants and not judge("") for judge, wants in FORMATS.values())


def test_join_text_escapes_what_the_form_reserves() -> None:
    """A semicolon in a passphrase would end it."""
    assert join_text(Wifi(ssid='a;b"', password="p:,\\w;12")) == 'WIFI:T:WPA;S:a\\;b\\";P:p\\:\\,\\\\w\\;12;;'
    assert join_text(Wifi(ssid="open", encryption="nopass", hidden=True)) == "WIFI:T:nopass;S:open;H:true;;"


def test_a_store_opens_straight_only_for_its_own_system() -> None:
    """An iPhone in Google Play is a lost customer."""
    app = checked("app", {"ios_url": "https://a.example/i", "android_url": "https://a.example/a"})
    assert isinstance(app, App)
    assert store_url(app, "iOS") == "https://a.example/i"
    assert store_url(app, "Linux") == ""
    assert store_url(msgspec.structs.replace(app, open_store=False), "iOS") == ""


def test_a_click_follows_a_link_by_its_id_and_only_inside_its_schedule() -> None:
    """A link that is not shown must not be reachable either."""
    bio = checked("bio", {"title": "a", "links": [
        {"title": "a", "url": "https://a.example/", "id": "shop", "ends_at": "1970-01-01T00:00:02Z"},
        {"title": "b", "url": "https://b.example/", "starts_at": "1970-01-01T00:00:01Z"},
    ]})  # fmt: skip
    assert isinstance(bio, Bio)
    assert click_target(bio, "shop", 1_999) == "https://a.example/"
    assert click_target(bio, "shop", 2_000) == ""
    assert click_target(bio, "1", 999) == ""
    assert click_target(bio, "1", 1_000) == "https://b.example/"
    assert click_target(bio, "0", 1_000) == ""


def test_right_to_left_content_is_accepted() -> None:
    """Half a billion people read that way."""
    assert isinstance(check("bio", ARABIC_BIO), Bio)
