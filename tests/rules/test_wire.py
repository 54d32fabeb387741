"""The wire: lenient between versions of Waypost, strict towards authors."""

import msgspec
import pytest

from waypost.rules import (
    Rule,
    RulesUnreadable,
    Url,
    Visit,
    compile_rules,
    decode_rules,
    decode_rules_json,
    encode_rules,
    limits,
)
from waypost.rules import model as m

URL = {"kind": "url", "url": "https://example.com/"}
KNOWN = {"id": "known", "when": [{"attr": "os", "values": ["iOS"]}], "then": URL}
NEWER = [
    {"id": "n1", "when": [{"attr": "weather", "values": ["rain"]}], "then": URL},
    {"id": "n2", "then": {"kind": "page", "template_type": "menu", "of": "today"}},
    {"id": "n3", "unless": [], "then": URL},
    {"id": "n4", "when": [{"attr": "os", "values": ["iOS"], "version_min": 17}], "then": URL},
    "not even a map",
]


@pytest.mark.parametrize("newer", NEWER)
def test_a_rule_from_a_newer_control_is_skipped_and_counted(newer: object) -> None:
    """During a rolling upgrade the rules around it keep serving visitors."""
    rules, unreadable = decode_rules(msgspec.msgpack.encode([newer, KNOWN, newer]))
    assert unreadable == 2
    decision = compile_rules(rules, "https://example.com/default").decide(Visit(at_ms=0, os="iOS"))
    assert decision.rule_id == "known"


def test_rules_beyond_the_limit_are_counted_not_kept() -> None:
    """An edge's memory does not depend on the good will of the sender."""
    rules = [Rule(id=f"r{n}", then=Url("https://example.com/")) for n in range(limits.RULES_MAX + 7)]
    kept, unreadable = decode_rules(encode_rules(rules))
    assert (len(kept), unreadable) == (limits.RULES_MAX, 7)


@pytest.mark.parametrize("raw", [b"", b"\xc1", b"\x81\xa1a\x01", b"\x93\x01"])
def test_bytes_that_are_no_list_of_rules_are_refused(raw: bytes) -> None:
    """A torn record must be noticed, not read as a link without rules."""
    with pytest.raises(RulesUnreadable) as caught:
        decode_rules(raw)
    assert caught.value.path == "rules"


def test_members_with_their_default_are_left_out() -> None:
    """So a member added later costs nothing and older edges read rules that do not use it."""
    raw = encode_rules([Rule(id="r", then=Url("https://example.com/"))])
    assert msgspec.msgpack.decode(raw) == [{"id": "r", "then": URL}]


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ('[{"id": "r"}]', "rules[0]", "then"),
        ('[{"id": "r", "then": {"kind": "map"}}]', "rules[0].then.kind", "map"),
        ('[{"id": "r", "when": [{"attr": "moon"}], "then": {}}]', "rules[0].when[0].attr", "moon"),
        ('[{"id": "r", "when": [{"attr": "os", "values": [1]}]}]', "rules[0].when[0].values[0]", "str"),
        ('[{"id": "r", "colour": 1}]', "rules[0]", "colour"),
        ('{"id": "r"}', "rules", "array"),
        ("[", "rules", "truncated"),
    ],
)
def test_an_author_learns_which_field_is_wrong(text: str, path: str, reason: str) -> None:
    """`invalid JSON` helps nobody; the path and the reason do."""
    with pytest.raises(RulesUnreadable) as caught:
        decode_rules_json(text)
    assert caught.value.path == path
    assert reason in caught.value.reason
    assert "$" not in caught.value.reason


def test_json_names_conditions_by_attr_and_targets_by_kind() -> None:
    """The words that integrators write; they never change."""
    rules = decode_rules_json(msgspec.json.encode([KNOWN]))
    assert rules == (Rule(id="known", when=(m.Os(("iOS",)),), then=Url("https://example.com/")),)
