"""Host names that mix writing systems, as names that imitate others do. Pure.

Which scripts may stand in one label: UTS #39, clause 5.2, "highly restrictive". Python knows no script
property; the first word of a letter's name is its script for every script that a domain name uses.
"""

import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct

from waypost.control.model.link_urls import urls_of
from waypost.control.model.links import Link

_EAST_ASIAN = {"CJK": "HAN", "IDEOGRAPHIC": "HAN", "KATAKANA-HIRAGANA": "HIRAGANA", "FULLWIDTH": "LATIN",
               "HALFWIDTH": "KATAKANA"}  # fmt: skip
_TOGETHER = tuple(
    frozenset(scripts)
    for scripts in (
        ("LATIN", "HAN", "HIRAGANA", "KATAKANA"),
        ("LATIN", "HAN", "BOPOMOFO"),
        ("LATIN", "HAN", "HANGUL"),
    )
)


class Suspicion(Struct, frozen=True):
    """A member of a link whose host mixes scripts, and the label as people see it."""

    field: str
    label: str
    scripts: tuple[str, ...]


def mixed_label(host: str) -> tuple[str, tuple[str, ...]] | None:
    """The first label of an ASCII host that mixes scripts, as people see it, with the scripts; else None."""
    for label in host.split("."):
        if not label.startswith("xn--"):
            continue
        try:
            shown = label.removeprefix("xn--").encode("ascii").decode("punycode")
        except UnicodeError:
            return label, ()
        scripts = _scripts(shown)
        if len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER):
            return shown, tuple(sorted(scripts))
    return None


def suspicions(link: Link) -> Iterator[Suspicion]:
    """The destinations of a link that mix scripts."""
    for field, url in urls_of(link):
        if "xn--" in url and (found := mixed_label(urlsplit(url).hostname or "")):
            yield Suspicion(field, *found)


def _scripts(text: str) -> set[str]:
    found = set()
    for letter in text:
        if unicodedata.category(letter)[0] != "L":
            continue  # digits, marks and hyphens belong to every script
        word = unicodedata.name(letter, "UNKNOWN").split(" ")[0]
        found.add(_EAST_ASIAN.get(word, word))
    return found
