"""A link made ready: decoded, its rules compiled, its redirects written out when they are first wanted."""

from collections.abc import Mapping

from msgspec import Struct

from waypost.redirect.answer import Answer, redirect_answer
from waypost.redirect.compose import compose
from waypost.redirect.scan_parts import link_ids
from waypost.rules import Page, Rule, Ruleset, RulesUnreadable, Split, Url, compile_rules, decode_rules
from waypost.rules.model import Attribute, Query
from waypost.runtime.logs import Log
from waypost.wire.codec import decode_link
from waypost.wire.content.fields import STEP
from waypost.wire.destination import is_safe
from waypost.wire.link import ContentV1, LinkOptionsV1, LinkState, LinkV1

_log = Log(__name__)
_NO_OPTIONS = LinkOptionsV1()
_NO_RULES = compile_rules((), "")


class ReadyLink(Struct, frozen=True, gc=False):
    """One link as the phases use it."""

    record: LinkV1
    ids: bytes
    """Its ids as a scan carries them."""
    options: LinkOptionsV1
    rules: Ruleset
    answers: dict[str, Answer]
    """The redirects that were wanted so far, by destination, "" for the link's own: see `leading_to`."""
    is_direct: bool
    """Active and leading to a redirect: only its times and its workspace can stand in the way."""
    is_static: bool
    """A destination is sent as prepared: no visitor's query, path or click id goes into it."""
    needs_seed: bool
    inner: frozenset[str] = frozenset()
    """The rules that answer a step inside of the link, which is no visit of its own."""
    asked: frozenset[str] = frozenset()
    """What of a visitor its rules ask for by name."""

    def leading_to(self, url: str) -> Answer:
        """The redirect to a destination of the link's rules, "" for its own; made when it is first wanted."""
        answer = self.answers.get(url)
        if answer is None:
            target = compose(url.encode() or self.record.target, utm=self.options.utm)
            answer = redirect_answer(target, self.record.status, indexable=self.options.indexable)
            self.answers[url] = answer
        return answer


def make_ready(value: bytes) -> ReadyLink:
    """Make a link ready. A rule that cannot be read, or leads somewhere unsafe, is left out and told."""
    link = decode_link(value)
    options, ids = link.options, link_ids(link.link_id, link.workspace_id)
    if options is None:
        # Positional, because this is the path of many links: is_direct, is_static, needs_seed.
        is_active = link.state is LinkState.ACTIVE
        return ReadyLink(link, ids, _NO_OPTIONS, _NO_RULES, {}, is_active, True, False)
    rules = _rules(options.rules, options.pages, link.link_id) if options.rules else ()
    ruleset = compile_rules(rules, "") if rules else _NO_RULES
    return ReadyLink(
        link,
        ids,
        options,
        ruleset,
        {},
        is_direct=link.state is LinkState.ACTIVE and _leads_on(options),
        is_static=options.query_policy == "drop"
        and options.path_policy == "ignore"
        and not options.click_id_param,
        needs_seed=not ruleset.needs.isdisjoint({"seed", "returning"}),
        inner=frozenset(rule.id for rule in rules if _is_inner(rule)),
        asked=frozenset(each.key for rule in rules for each in rule.when if isinstance(each, Attribute)),
    )


def _leads_on(options: LinkOptionsV1) -> bool:
    """Whether these options can only change where a redirect leads."""
    return not (
        options.password
        or options.scan_limit
        or options.content is not None
        or options.pages
        or options.preview is not None
        or options.interstitial_s
        or options.cloak
    )


def _rules(raw: bytes, pages: Mapping[str, ContentV1], link_id: bytes) -> tuple[Rule, ...]:
    try:
        rules, unreadable = decode_rules(raw)
    except RulesUnreadable:
        rules, unreadable = (), 1
    safe = tuple(rule for rule in rules if _can_be_followed(rule, pages))
    if unreadable or len(safe) < len(rules):
        _log.error("rules_left_out", link=link_id.hex(), unreadable=unreadable, unsafe=len(rules) - len(safe))
    return safe


def _is_inner(rule: Rule) -> bool:
    return any(isinstance(each, Query) and each.name == STEP and not each.negate for each in rule.when)


def _urls(rule: Rule) -> tuple[str, ...]:
    if isinstance(rule.then, Split):
        return tuple(variant.url for variant in rule.then.variants)
    return (rule.then.url,) if isinstance(rule.then, Url) else ()


def _can_be_followed(rule: Rule, pages: Mapping[str, ContentV1]) -> bool:
    if isinstance(rule.then, Page):
        return rule.id in pages
    return all(_is_safe(url) for url in _urls(rule))


def _is_safe(url: str) -> bool:
    return url.isascii() and is_safe(url.encode())
