"""The table of continents is whole and single-valued."""

from waypost.facts.continents import _COUNTRIES_OF, CONTINENT_OF_COUNTRY


def test_each_country_is_on_exactly_one_of_seven_continents() -> None:
    """A country listed twice would change continent with the order of a dict."""
    codes = " ".join(_COUNTRIES_OF.values()).split()
    assert len(codes) == len(set(codes)) == len(CONTINENT_OF_COUNTRY) == 250
    assert set(CONTINENT_OF_COUNTRY.values()) == {"AF", "AN", "AS", "EU", "NA", "OC", "SA"}
