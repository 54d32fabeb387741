"""Names that imitate others: labels that mix writing systems are flagged on the link."""

import httpx
import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.control.test_links import make

from waypost.control.core.mixed_script import mixed_label

CYRILLIC_A = "\u0430"


@pytest.mark.parametrize(
    ("name", "scripts"),
    [
        (f"p{CYRILLIC_A}ypal", ("CYRILLIC", "LATIN")),
        ("g\u03bfogle", ("GREEK", "LATIN")),
        (f"\u03bf{CYRILLIC_A}", ("CYRILLIC", "GREEK")),
        ("\u0561pple", ("ARMENIAN", "LATIN")),
    ],
)
def test_label_that_mixes_scripts_is_found(name: str, scripts: tuple[str, ...]) -> None:
    """These are how phishing looks: one letter of another alphabet."""
    host = f"www.{idna.encode(name).decode()}.example"
    assert mixed_label(host) == (name, scripts)


@pytest.mark.parametrize(
    "name",
    [
        "münchen",
        "пример",
        "παράδειγμα",
        "例え",
        "にほんごカタカナ漢字abc",
        "한국한자漢字",
        "abc漢字",
        "ひらがな1-2",
        "שלום",
    ],
)
def test_honest_names_are_not_flagged(name: str) -> None:
    """Japanese writes with four scripts at once; a warning on every such name would be noise."""
    assert mixed_label(f"{idna.encode(name, uts46=True).decode()}.example") is None


@given(st.text(max_size=30).map(lambda text: f"xn--{text}.example"))
def test_no_host_breaks_the_check(host: str) -> None:
    """What looks like punycode and is none must not stop a link from being shown."""
    mixed_label(host.encode("ascii", "ignore").decode())


async def test_link_warns_of_each_such_destination(client: httpx.AsyncClient) -> None:
    """Whoever reviews links sees where to look; the link is not refused, for the name may be honest."""
    rule = {"then": {"kind": "url", "url": f"https://p{CYRILLIC_A}ypal.example/"}}
    link = await make(client, target_url=f"https://b{CYRILLIC_A}nk.example/", rules=[rule])
    assert link["target_url"].startswith("https://xn--")
    told = [(each["code"], each["field"]) for each in link["warnings"]]
    assert told == [("mixed_script", "target_url"), ("mixed_script", "rules[0].then.url")]
    assert "Cyrillic and Latin" in link["warnings"][0]["detail"]
    assert (await make(client, slug="plain"))["warnings"] == []
