"""docs/rules.md: every example is run, every table is compared with the code."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from waypost.rules import NEEDS, Rule, Url, Visit, check, compile_rules, decode_rules_json, explain, limits
from waypost.rules import model as m
from waypost.rules.check_condition import _VALUE_CODES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
JSON_BLOCKS = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = re.findall(r'```json\n(\{"attr".*?)```\n\n(Holds for .*?)\n', PAGE, re.DOTALL)
NOT_FOR_AUTHORS = {
    "SCAN_COUNT_MAX",
    "LANGUAGE_LENGTH_MAX",
    "HOST_LENGTH_MAX",
    "CONDITIONS_INTERNED_MAX",
    "ZONES_INTERNED_MAX",
}
URL = Url("https://example.com/")


def visits(text: str) -> Iterator[Visit]:
    """Read the visits between backticks; `at` is the instant in RFC 3339."""
    for facts in map(json.loads, re.findall(r"`(\{.*?\}+)`", text)):
        at = datetime.fromisoformat(facts.pop("at", "2026-06-14T12:00:00Z"))
        yield msgspec.convert({"at_ms": int(at.timestamp() * 1000), **facts}, Visit)


@pytest.mark.parametrize(("condition", "claims"), EXAMPLES)
def test_a_condition_holds_for_what_the_page_says(condition: m.Condition, claims: str) -> None:
    """A reference with a wrong example is worse than none."""
    rules = decode_rules_json(
        f'[{{"id": "r", "when": [{condition}], "then": {{"kind": "url", "url": "{URL.url}"}}}}]'
    )
    assert check(rules) == ()
    ruleset = compile_rules(rules, "https://example.com/default")
    yes, no = (list(visits(part)) for part in claims.split("; not for "))
    assert yes
    assert no
    assert [ruleset.decide(visit).rule_id for visit in yes] == ["r"] * len(yes)
    assert [ruleset.decide(visit).rule_id for visit in no] == [""] * len(no)


@pytest.mark.parametrize("block", [block for block in JSON_BLOCKS if block.startswith("[")])
def test_rule_examples_have_no_findings(block: str) -> None:
    """What integrators paste must work."""
    rules = decode_rules_json(block)
    assert rules
    assert check(rules, default_url=URL.url) == ()


def test_the_page_shows_every_condition() -> None:
    """A condition nobody can look up does not exist."""
    shown = {json.loads(condition)["attr"] for condition, _ in EXAMPLES}
    assert shown == {kind.__struct_config__.tag for kind in get_args(m.Condition)}
    assert len(EXAMPLES) + sum(block.startswith("[") for block in JSON_BLOCKS) == len(JSON_BLOCKS)


def test_the_page_lists_every_finding_code() -> None:
    """Programs switch on the codes, so they are part of the contract."""
    sources = [ROOT / "libs/rules/src/waypost/rules" / name for name in ("check.py", "check_condition.py")]
    text = "".join(source.read_text(encoding="utf-8") for source in sources)
    used = set(re.findall(r'Problem\("(\w+)"', text)) | set(_VALUE_CODES.values()) | {"unknown_value"}
    assert set(re.findall(r"^\| `([a-z_]+)` \|", section("Findings"), re.MULTILINE)) == used


def test_the_page_gives_the_limits_of_the_code() -> None:
    """A limit is a promise."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|$", section("Limits"), re.MULTILINE))
    assert {name: int(value) for name, value in rows.items()} == {
        name: value
        for name, value in vars(limits).items()
        if name.endswith("_MAX") and name not in NOT_FOR_AUTHORS
    }


def test_the_python_example_runs_and_the_needs_are_complete() -> None:
    """The library's own five lines."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    body = next(block for block in JSON_BLOCKS if block.startswith("["))
    names = {"body": body}
    exec(compile(example, "docs/rules.md", "exec"), names)
    assert names["decision"] == explain(names["rules"], URL.url, names["visit"]).decision
    listed = re.search(r"facts a visit must bring: of `(.*?)`", PAGE, re.DOTALL)
    assert listed is not None
    assert set(listed[1].split()) == NEEDS


def section(title: str) -> str:
    """Give the text of one second-level section."""
    (text,) = (part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE) if part.startswith(f"{title}\n"))
    return text


def test_a_rule_as_json_leaves_out_what_is_default() -> None:
    """The page says so, and clients that compare answers with what they sent rely on it."""
    assert json.loads(msgspec.json.encode(Rule(id="r", then=URL))) == {
        "id": "r",
        "then": {"kind": "url", "url": URL.url},
    }
