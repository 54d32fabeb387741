"""Targeting down into native rules and back, for any targeting and beside any foreign rule."""

from hypothesis import given
from hypothesis import strategies as st

from waypost.control.dialects.codeqr.mapping_rules import Targeting, foreign_rules, lift, lower
from waypost.control.dialects.codeqr.schemas_links import VariantShare
from waypost.rules.model import Country, Device, Os, Rule, Split, Url, Variant
from waypost.rules.vocabulary import COUNTRIES

URLS = st.sampled_from([f"https://example.com/{name}" for name in "abcdef"])
SPLITS = st.sampled_from([(), (50, 50), (1, 99), (20, 30, 50), (10, 20, 30, 40)])
TARGETINGS = st.builds(
    lambda ios, android, geo, shares, url: Targeting(
        ios=ios,
        android=android,
        geo=geo,
        variants=tuple(VariantShare(url, share) for share in shares),
    ),
    URLS | st.just(""),
    URLS | st.just(""),
    st.dictionaries(st.sampled_from(sorted(COUNTRIES)), URLS, max_size=6),
    SPLITS,
    URLS,
)
ELSEWHERE = Url("https://example.com/elsewhere")
FOREIGN = st.lists(
    st.sampled_from(
        [
            Rule(id="f1", when=(Device(values=("tablet",)),), then=ELSEWHERE),
            Rule(id="f2", when=(Country(values=("BR", "PT")),), then=ELSEWHERE),
            Rule(id="f3", when=(Os(values=("iOS",), negate=True),), then=ELSEWHERE),
            Rule(id="f4", when=(Country(values=("FR",)),), share=50, then=ELSEWHERE),
            Rule(id="f5", when=(Os(values=("iOS",)),), enabled=False, then=ELSEWHERE),
            Rule(id="f6", when=(Os(values=("Mac",)),), then=Split((Variant("a", "https://e.org", 1),))),
        ]
    ),
    unique_by=lambda rule: rule.id,
)


@given(TARGETINGS, FOREIGN)
def test_what_goes_down_comes_back_up(wanted: Targeting, foreign: list[Rule]) -> None:
    """And what CodeQR cannot say neither disturbs it nor gets lost."""
    rules = lower(wanted, foreign)
    assert lift(rules) == wanted
    assert list(foreign_rules(rules)) == foreign
    assert lower(lift(rules), foreign_rules(rules)) == rules
