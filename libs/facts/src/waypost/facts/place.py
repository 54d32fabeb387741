"""Where an address is: the `Place`, and how to read one out of any geo file's record."""

from functools import lru_cache

import msgspec

from waypost.facts.continents import CONTINENT_OF_COUNTRY
from waypost.facts.limits import GEO_TEXT_CHARACTERS_MAX


class Place(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """Coarse location of an address; an empty string (or ASN 0) means unknown.

    `country` ISO 3166-1 alpha-2; `region` ISO 3166-2 (`US-CA`) when the file has codes, else its name;
    `city` English name; `continent` AF AN AS EU NA OC SA; `asn` the autonomous system number.
    """

    country: str = ""
    region: str = ""
    city: str = ""
    continent: str = ""
    asn: int = 0


NOWHERE = Place()


@lru_cache(maxsize=1024)  # there are about 250 countries; the bound is for a file that invents more
def place_of_country(country: str) -> Place:
    """The place that is known when only the country is."""
    return Place(country=country, continent=CONTINENT_OF_COUNTRY.get(country, ""))


def place_of_record(record: object) -> Place:
    """Read one geo record, whichever vendor laid it out; unknown or odd fields are left empty.

    Known layouts: MaxMind GeoIP2/GeoLite2 (Country, City, ASN) and DB-IP Lite: nested with `iso_code` and
    `names`; ip-location-db and IPinfo: flat with `country_code` or `country`, `state1` or `region`, `city`,
    `asn`.
    """
    if not isinstance(record, dict):
        return NOWHERE
    country = _country(record)
    asn = _asn(record)
    region = _region(record, country)
    city = _name(record.get("city"))
    continent = _continent(record, country)
    if not (region or city or asn) and continent == CONTINENT_OF_COUNTRY.get(country, ""):
        return place_of_country(country) if country else NOWHERE
    return Place(country, region, city, continent, asn)


def _country(record: dict[str, object]) -> str:
    for key in ("country", "registered_country", "country_code"):
        value = record.get(key)
        if isinstance(value, dict):
            value = value.get("iso_code")
        if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha():
            return value.upper()
    return ""


def _continent(record: dict[str, object], country: str) -> str:
    value = record.get("continent")
    code = value.get("code") if isinstance(value, dict) else record.get("continent_code")
    if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha():
        return code.upper()
    return CONTINENT_OF_COUNTRY.get(country, "")


def _region(record: dict[str, object], country: str) -> str:
    subdivisions = record.get("subdivisions")
    if isinstance(subdivisions, list) and subdivisions:
        first = subdivisions[0]
        if isinstance(first, dict):
            code = first.get("iso_code")
            if isinstance(code, str) and code and country:
                return f"{country}-{code}"[:GEO_TEXT_CHARACTERS_MAX]
        return _name(first)
    return _name(record.get("state1") or record.get("region"))


def _name(value: object) -> str:
    if isinstance(value, dict):
        names = value.get("names")
        value = names.get("en") if isinstance(names, dict) else value.get("name")
    return value[:GEO_TEXT_CHARACTERS_MAX] if isinstance(value, str) else ""


def _asn(record: dict[str, object]) -> int:
    value = record.get("autonomous_system_number") or record.get("asn")
    traits = record.get("traits")
    if value is None and isinstance(traits, dict):
        value = traits.get("autonomous_system_number")
    if isinstance(value, str):
        digits = value.upper().removeprefix("AS")
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 10 else None
    return value if isinstance(value, int) and 0 < value < 2**32 else 0
