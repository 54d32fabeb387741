"""Smart rules down into native rules and back, for any of them, and through the API."""

from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contract.codeqr.test_links import make
from tests.contract.codeqr.test_mapping_rules import FOREIGN, TARGETINGS

from waypost.control.dialects.codeqr.mapping_rules import Targeting, foreign_rules, lift, lower
from waypost.control.dialects.codeqr.mapping_smart_rules import lift_smart, lower_smart
from waypost.control.dialects.codeqr.schemas_links import Attribute, SmartRule, SplitShare
from waypost.rules.model import Country, Device, Referrer, Rule

URLS = st.sampled_from([f"https://example.com/{name}" for name in "abcdef"])
SPLITS = st.sampled_from([(50, 50), (1, 99), (20, 30, 50), (10, 20, 30, 40)]).map(
    lambda weights: [SplitShare(f"https://example.com/{weight}", weight) for weight in weights]
)
VALUES: dict[Attribute, list[str]] = {
    "device": ["iOS", "Windows"],
    "country": ["BR", "PT"],
    "city": ["Porto"],
    "region": ["US-CA"],
    "continent": ["EU", "SA"],
    "language": ["pt", "en"],
    "referrer": ["news.example"],
    "utm_source": ["mail"],
    "utm_content": ["a b"],
}


@st.composite
def smart_rules(draw: st.DrawFn) -> list[SmartRule]:
    """Some conditional rules, and sometimes a split for everybody behind them."""
    rules = []
    for attribute in draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=5)):
        several = draw(st.booleans()) and len(VALUES[attribute]) > 1
        is_split = draw(st.booleans())
        rules.append(
            SmartRule(
                attribute=attribute,
                operator=draw(st.sampled_from(["equals", "not_equals"])),
                value=VALUES[attribute] if several else VALUES[attribute][0],
                url=None if is_split else draw(URLS),
                split=draw(SPLITS) if is_split else None,
            )
        )
    if draw(st.booleans()):
        rules.append(SmartRule(split=draw(SPLITS)))
    return rules


@given(smart_rules(), TARGETINGS, FOREIGN)
def test_what_goes_down_comes_back_up(
    wanted: list[SmartRule], targeting: Targeting, foreign: list[Rule]
) -> None:
    """Beside any targeting and any rule made elsewhere; none disturbs another."""
    rules = lower(targeting, (*lower_smart(wanted), *foreign))
    assert lift_smart(rules) == wanted
    assert lift(rules) == targeting
    assert foreign_rules(rules)[len(wanted) :] == tuple(foreign)


RULES: list[dict[str, Any]] = [
    {"attribute": "utm_source", "operator": "equals", "value": "mail", "url": "https://example.com/mail"},
    {
        "attribute": "language",
        "operator": "not_equals",
        "value": ["pt", "es"],
        "split": [
            {"url": "https://example.com/a", "weight": 30},
            {"url": "https://example.com/b", "weight": 70},
        ],
    },
]


async def test_a_link_keeps_its_smart_rules(client: httpx.AsyncClient) -> None:
    """Told back as they were sent; a change of something else leaves them, null takes them off."""
    made = await make(client, rules=RULES, ios="https://example.com/ios")
    assert [
        {name: value for name, value in rule.items() if value is not None} for rule in made["rules"]
    ] == RULES
    one = f"/links/{made['id']}"
    changed = (await client.patch(one, json={"ios": None, "geo": {"BR": "https://example.com/br"}})).json()
    assert (changed["rules"], changed["ios"]) == (made["rules"], None)
    cleared = (await client.patch(one, json={"rules": None})).json()
    assert (cleared["rules"], cleared["geo"]) == (None, {"BR": "https://example.com/br"})


CHANGED = (
    {"share": 50.0},
    {"enabled": False},
    {"ends_ms": 1},
    {"when": (Device(values=("tablet",)),)},
    {"when": (Referrer(),)},
    {"when": (Country(values=("BR",)), Device(values=("tablet",)))},
)


@pytest.mark.parametrize("change", CHANGED, ids=str)
def test_what_others_made_of_a_smart_rule_is_kept_and_not_shown(change: dict[str, Any]) -> None:
    """The native API can say more; showing half of it would let a write throw the rest away."""
    wanted = [SmartRule(attribute="country", value="BR", url="https://example.com/br")]
    theirs = msgspec.structs.replace(lower_smart(wanted)[0], **change)
    assert lift_smart([theirs]) == []
    mine = lower_smart(wanted, {theirs.id})
    assert lift_smart([*mine, theirs]) == wanted
    assert len({rule.id for rule in (*mine, theirs)}) == 2


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ([{"attribute": "planet", "value": "Mars", "url": "https://example.com"}], "rules"),
        ([{"attribute": "country", "value": "ZZ", "url": "https://example.com"}], "rules"),
        ([{"attribute": "country", "value": "", "url": "https://example.com"}], "rules.0.value"),
        ([{"attribute": "country", "value": "BR"}], "rules.0"),
        ([{"url": "https://example.com"}], "rules.0"),
        ([{"split": RULES[1]["split"]}, RULES[0]], "rules.0"),
        ([{**RULES[1], "split": RULES[1]["split"][:1]}], "rules.0.split"),
        ([RULES[0]] * 21, "rules"),
    ],
)
async def test_a_wrong_rule_is_named(
    client: httpx.AsyncClient, rules: list[dict[str, Any]], named: str
) -> None:
    """A rule that is silently dropped sends visitors astray."""
    answer = await client.post("/links", json={"url": "https://example.com", "rules": rules})
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["message"].startswith(named)
