"""The words of the language: which values a condition knows, and their one spelling."""

from collections.abc import Callable, Mapping

from waypost.rules import model

_COUNTRY_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK
    YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_COUNTRY_CODES.split())
"""ISO 3166-1 alpha-2 and XK, which geo databases use for Kosovo."""

CONTINENTS = frozenset({"AF", "AN", "AS", "EU", "NA", "OC", "SA"})
OSES = frozenset({"iOS", "Android", "Windows", "Mac", "Linux", "ChromeOS"})
DEVICES = frozenset({"mobile", "tablet", "desktop", "bot", "unknown"})
ACTORS = frozenset({"human", "bot", "agent"})
SOURCES = frozenset({"qr", "link"})
VISITS = frozenset({"first", "returning"})
BROWSERS = frozenset({"Chrome", "Safari", "Firefox", "Edge", "Opera", "Samsung"})
BRANDS = frozenset({"Apple", "Samsung", "Google", "Huawei", "Xiaomi", "OnePlus"})

CLOSED: Mapping[type[model.ConditionBase], frozenset[str]] = {
    model.Country: COUNTRIES,
    model.Continent: CONTINENTS,
    model.Os: OSES,
    model.Device: DEVICES,
    model.Actor: ACTORS,
    model.Source: SOURCES,
    model.VisitType: VISITS,
}
"""Conditions whose every value is listed here; anything else is a mistake."""

OPEN: Mapping[type[model.ConditionBase], frozenset[str]] = {model.Browser: BROWSERS, model.Brand: BRANDS}
"""Conditions that know more names than are listed here; a name not listed may be a slip."""


def _speller(words: frozenset[str]) -> Callable[[str], str]:
    """Give the function that brings a listed word into its spelling and leaves others alone."""
    spelling = {word.casefold(): word for word in words}
    return lambda value: spelling.get(value.casefold(), value)


SPELL: Mapping[type[model.ConditionBase], Callable[[str], str]] = {
    **{kind: _speller(words) for kind, words in CLOSED.items()},
    model.Region: str.upper,
}
"""Authors may write `de` or `IOS`; facts are compared in the one spelling."""
