"""Addresses become places, from any geo file and without one."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from waypost.facts.geo import GeoReader
from waypost.facts.place import NOWHERE, Place, place_of_record

from .conftest import WriteDatabase

GERMANY = {"country": {"iso_code": "DE"}}
FRANCE = {"country": {"iso_code": "FR"}}


@pytest.mark.parametrize(
    ("ip", "country", "continent"),
    [
        ("8.8.8.8", "US", "NA"),
        ("193.0.6.139", "NL", "EU"),
        ("200.160.2.3", "BR", "SA"),
        ("202.12.29.1", "AU", "OC"),
        ("196.216.2.1", "ZA", "AF"),
        ("133.11.0.1", "JP", "AS"),
        ("2001:4860:4860::8888", "US", "NA"),
        ("2001:67c:2e8::1", "NL", "EU"),
        ("2001:200::1", "JP", "AS"),
    ],
)
def test_without_a_file_the_registry_table_knows_countries(ip: str, country: str, continent: str) -> None:
    """Every machine has countries after pip alone: well-known registry and operator addresses."""
    assert GeoReader().lookup(ip) == Place(country=country, continent=continent)


@pytest.mark.parametrize("ip", ["10.0.0.1", "127.0.0.1", "::1", "fd00::1", "", "unix:", "1.2.3", "\ud800"])
def test_private_and_malformed_addresses_are_nowhere(
    ip: str, tmp_path: Path, write_database: WriteDatabase
) -> None:
    """Unknown is a normal answer, on both sources; a visitor is never refused for it."""
    path = tmp_path / "geo.mmdb"
    write_database(path, {"81.0.0.0/8": GERMANY})
    assert GeoReader().lookup(ip) == NOWHERE
    assert GeoReader(path).lookup(ip) == NOWHERE


@given(st.text(max_size=60))
@example("1.1.1.1\x00")
def test_any_text_has_a_place(ip: str) -> None:
    """The look-up never raises, whatever a server hands it as a peer."""
    assert isinstance(GeoReader().lookup(ip), Place)


MAXMIND_CITY = {
    "continent": {"code": "NA", "names": {"en": "North America"}},
    "country": {"iso_code": "US", "names": {"en": "United States"}},
    "registered_country": {"iso_code": "CA"},
    "subdivisions": [{"iso_code": "CA", "names": {"en": "California", "de": "Kalifornien"}}],
    "city": {"names": {"de": "Bergblick", "en": "Mountain View"}},
}


@pytest.mark.parametrize(
    ("record", "place"),
    [
        pytest.param(MAXMIND_CITY, Place("US", "US-CA", "Mountain View", "NA"), id="maxmind-city"),
        pytest.param(
            {"country": {"iso_code": "DE"}, "traits": {"autonomous_system_number": 3320}},
            Place("DE", continent="EU", asn=3320),
            id="maxmind-enterprise",
        ),
        pytest.param(
            {"registered_country": {"iso_code": "GB"}}, Place("GB", continent="EU"), id="registered-only"
        ),
        pytest.param(
            {"autonomous_system_number": 15169, "autonomous_system_organization": "Google"},
            Place(asn=15169),
            id="maxmind-asn",
        ),
        pytest.param(
            {
                "continent": {"code": "EU"},
                "country": {"iso_code": "FR", "is_in_european_union": True},
                "subdivisions": [{"names": {"en": "Brittany"}}],
                "city": {"names": {"en": "Rennes"}},
            },
            Place("FR", "Brittany", "Rennes", "EU"),
            id="db-ip-city",
        ),
        pytest.param({"country_code": "JP"}, Place("JP", continent="AS"), id="ip-location-db-country"),
        pytest.param(
            {"country_code": "US", "state1": "Texas", "state2": "Travis", "city": "Austin", "latitude": 30.2},
            Place("US", "Texas", "Austin", "NA"),
            id="ip-location-db-city",
        ),
        pytest.param(
            {"country": "Spain", "country_code": "ES", "continent_code": "EU", "asn": "AS3352"},
            Place("ES", continent="EU", asn=3352),
            id="ipinfo-lite",
        ),
        pytest.param(
            {"country": "IT", "region": "Lazio", "city": "Rome"},
            Place("IT", "Lazio", "Rome", "EU"),
            id="ipinfo-city",
        ),
        pytest.param(
            {"country": {"iso_code": 5}, "city": ["x"], "subdivisions": [7]}, NOWHERE, id="odd-types"
        ),
        pytest.param({"asn": "ASnone", "country_code": "EUR"}, NOWHERE, id="odd-values"),
        pytest.param({}, NOWHERE, id="empty"),
    ],
)
def test_every_vendors_layout_is_read(
    tmp_path: Path, write_database: WriteDatabase, record: dict[str, Any], place: Place
) -> None:
    """Any MMDB an operator may mount answers, through a real file, in Waypost's terms."""
    path = tmp_path / "geo.mmdb"
    write_database(path, {"81.2.69.0/24": record, "2a02:8100::/32": record})
    reader = GeoReader(path)
    assert reader.lookup("81.2.69.142") == place
    assert reader.lookup("2a02:8100::7") == place
    assert reader.lookup("9.9.9.9") == NOWHERE
    assert (reader.source.kind, reader.source.database_type) == ("file", "Waypost-Test")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "country",
                        "iso_code",
                        "names",
                        "en",
                        "subdivisions",
                        "city",
                        "asn",
                        "traits",
                        "continent",
                        "code",
                    ]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_no_record_shape_raises(record: object) -> None:
    """Geo files are foreign data: an odd record means less known, never a failed redirect."""
    assert isinstance(place_of_record(record), Place)


def test_a_changed_file_answers_after_reload_without_a_restart(
    tmp_path: Path, write_database: WriteDatabase
) -> None:
    """Geo data ages weekly; redirects must not stop for an update."""
    path = tmp_path / "geo.mmdb"
    write_database(path, {"81.0.0.0/8": GERMANY})
    reader = GeoReader(path)
    assert not reader.reload_if_changed()
    write_database(path, {"81.0.0.0/8": FRANCE})
    assert reader.lookup("81.1.1.1").country == "DE"
    assert reader.reload_if_changed()
    assert reader.lookup("81.1.1.1").country == "FR"
    assert not reader.reload_if_changed()


def test_a_broken_new_file_keeps_the_old_one_and_is_reported_once(
    tmp_path: Path, write_database: WriteDatabase
) -> None:
    """A half-written or wrong download must cost nothing but one line in the log."""
    path = tmp_path / "geo.mmdb"
    write_database(path, {"81.0.0.0/8": GERMANY})
    reader = GeoReader(path)
    path.write_bytes(b"not a geo file at all")
    assert reader.reload_if_changed()
    assert reader.source.kind == "file"
    assert str(path) in reader.source.problem
    assert reader.lookup("81.1.1.1").country == "DE"
    assert not reader.reload_if_changed()
    write_database(path, {"81.0.0.0/8": FRANCE})
    assert reader.reload_if_changed()
    assert reader.source.problem == ""
    assert reader.lookup("81.1.1.1").country == "FR"


def test_every_cut_of_a_file_is_refused_or_answers(tmp_path: Path, write_database: WriteDatabase) -> None:
    """A copy that stopped at any byte must neither raise nor crash the process."""
    path = tmp_path / "geo.mmdb"
    write_database(path, {"81.0.0.0/8": GERMANY})
    whole = path.read_bytes()
    answers = ("DE", GeoReader().lookup("81.1.1.1").country)
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        assert GeoReader(path).lookup("81.1.1.1").country in answers


def test_a_file_truncated_in_place_does_not_kill_a_running_reader(
    tmp_path: Path, write_database: WriteDatabase
) -> None:
    """Mapped directly, this would be SIGBUS in every worker; the private copy makes it harmless."""
    path = tmp_path / "geo.mmdb"
    write_database(path, {f"81.{n}.0.0/16": GERMANY for n in range(0, 256, 2)})
    reader = GeoReader(path)
    os.truncate(path, 0)
    assert reader.lookup("81.254.1.1").country == "DE"


def test_a_missing_file_falls_back_to_the_registry_and_says_so(
    tmp_path: Path, write_database: WriteDatabase
) -> None:
    """A wrong path in the settings must be seen, and countries still work meanwhile."""
    path = tmp_path / "absent.mmdb"
    reader = GeoReader(path)
    assert reader.source.kind == "registry"
    assert "missing" in reader.source.problem
    assert reader.lookup("193.0.6.139").country == "NL"
    assert not reader.reload_if_changed()
    write_database(path, {"81.0.0.0/8": GERMANY})
    assert reader.reload_if_changed()
    assert (reader.source.kind, reader.source.problem) == ("file", "")


def test_a_file_that_goes_away_goes_on_answering(tmp_path: Path, write_database: WriteDatabase) -> None:
    """Between remove and replace there is a moment without a file; nobody may notice but the log."""
    path = tmp_path / "geo.mmdb"
    write_database(path, {"81.0.0.0/8": GERMANY})
    reader = GeoReader(path)
    path.unlink()
    assert reader.reload_if_changed()
    assert not reader.reload_if_changed()
    assert "missing" in reader.source.problem
    assert reader.lookup("81.1.1.1").country == "DE"


def test_no_copy_is_left_behind(
    tmp_path: Path, write_database: WriteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reload each week for a year must not fill the disk."""
    path = tmp_path / "geo.mmdb"
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    write_database(path, {"81.0.0.0/8": GERMANY})
    reader = GeoReader(path)
    path.write_bytes(b"broken")
    reader.reload_if_changed()
    assert list(scratch.iterdir()) == []
    assert reader.lookup("81.1.1.1").country == "DE"


def test_a_file_above_the_limit_is_refused_before_it_is_copied(
    tmp_path: Path, write_database: WriteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong path to a huge file must not fill the temporary directory."""
    path = tmp_path / "geo.mmdb"
    write_database(path, {"81.0.0.0/8": GERMANY})
    monkeypatch.setattr("waypost.facts.geo.GEO_FILE_BYTES_MAX", 10)
    reader = GeoReader(path)
    assert reader.source.kind == "registry"
    assert "larger than 10 bytes" in reader.source.problem
