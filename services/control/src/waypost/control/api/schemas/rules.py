"""Routing rules as JSON: the language of `waypost.rules`, with times as RFC 3339 and ids made when left out."""

from datetime import datetime

from msgspec import Struct

from waypost.control.api.mapping import to_ms, to_time
from waypost.rules import Condition, Page, Rule, Split, Url


class RuleIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When all of `when` holds, `share` percent of these visitors go to `then`; the rest go on to the next rule."""

    then: Url | Split | Page
    id: str | None = None
    name: str = ""
    enabled: bool = True
    when: list[Condition] = []
    share: float = 100.0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    password: bool | None = None
    """Whether the link's password is asked for first. When some rule says true, only such rules ask."""


class RuleOut(Struct, frozen=True, kw_only=True):
    """A routing rule."""

    id: str
    name: str
    enabled: bool
    when: list[Condition]
    share: float
    starts_at: datetime | None
    ends_at: datetime | None
    password: bool | None
    then: Url | Split | Page


def to_rules(bodies: list[RuleIn]) -> tuple[Rule, ...]:
    """The rules of a body, in its order. A rule without an id is called after its place."""
    taken = {body.id for body in bodies}
    rules = []
    for index, body in enumerate(bodies, start=1):
        name = body.id
        while name is None or (body.id is None and name in taken):
            name = f"r{index}" if name is None else f"{name}_"
        rules.append(
            Rule(
                id=name,
                name=body.name,
                enabled=body.enabled,
                when=tuple(body.when),
                share=body.share,
                starts_ms=to_ms(body.starts_at),
                ends_ms=to_ms(body.ends_at),
                password=body.password,
                then=body.then,
            )
        )
    return tuple(rules)


def from_rules(rules: tuple[Rule, ...]) -> list[RuleOut]:
    """Rules as JSON."""
    return [
        RuleOut(
            id=rule.id,
            name=rule.name,
            enabled=rule.enabled,
            when=list(rule.when),
            share=rule.share,
            starts_at=to_time(rule.starts_ms),
            ends_at=to_time(rule.ends_ms),
            password=rule.password,
            then=rule.then,
        )
        for rule in rules
    ]
