"""A drawing beside what others did to its rules: what they changed or took away stands until the way is drawn anew.

With a drawing is kept, for each rule, what its way said and how the rule was stored. So it can be told who moved: the
drawing, when a way says something else than before; another API, when the rule in the link is not the one that was
stored, or is not there. A rule that another API only gave a name of its own is still the drawing's.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from waypost.control.dialects.linkbreakers.workflow.ways import OWN, Issue, Lowered, word_of
from waypost.control.model.links import Link
from waypost.rules import Page, Rule, Url

Kept: TypeAlias = Mapping[str, str]
"""By the id of a rule, and for the link's own page: what the drawing said, and what was stored, a word each."""

PAGE = "page"
_NEW = "new"
"""What no way says, and so the word of one that was not drawn before."""
_OVERRULED = (
    "another API changed or removed what is drawn here; lead the exit elsewhere and back to bring it back"
)


def kept_of(found: Lowered) -> Kept:
    """What to keep with a drawing whose rules and page are as they will be stored."""
    kept = {each.rule.id: f"{each.said} {_word(each.rule)}" for each in found.drawn}
    return kept | ({PAGE: f"{found.page_said} {_page_word(*found.page)}"} if found.page else {})


def standing_rules(found: Lowered, kept: Kept, now: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules of a link that gets this drawing: the drawing's, then those that were made elsewhere."""
    return (*_standing(found, kept, now), *_foreign(kept, now))


def is_page_theirs(kept: Kept, kind: str, document: Mapping[str, Any] | None) -> bool:
    """Whether another API changed or took away the page that was drawn for a link."""
    _, _, stored = kept.get(PAGE, "").partition(" ")
    return bool(stored) and (document is None or stored != _page_word(kind, document))


def is_page_redrawn(found: Lowered, kept: Kept) -> bool:
    """Whether the drawing says something else of the link's page than before."""
    return kept.get(PAGE, "").partition(" ")[0] != found.page_said


def overruled(found: Lowered, kept: Kept, link: Link) -> list[Issue]:
    """What another API has decided otherwise."""
    rules = {rule.id: rule for rule in _standing(found, kept, link.rules)}
    steps = [each.step for each in found.drawn if rules.get(each.rule.id) != each.rule]
    is_theirs = is_page_theirs(kept, link.template_type, link.content)
    if found.page_step and is_theirs and not is_page_redrawn(found, kept):
        steps.append(found.page_step)
    return [Issue(step, "warning", _OVERRULED) for step in {step.id: step for step in steps}.values()]


def _standing(found: Lowered, kept: Kept, now: Sequence[Rule]) -> Iterator[Rule]:
    own = {rule.id: rule for rule in now}
    elsewhere = {_word(rule) for rule in now if not rule.id.startswith(OWN)}
    for each in found.drawn:
        said, _, stored = kept.get(each.rule.id, _NEW).partition(" ")
        rule = own.get(each.rule.id)
        if said != each.said or (stored in elsewhere if rule is None else stored == _word(rule)):
            yield each.rule
        elif rule is not None:
            yield rule


def _foreign(kept: Kept, now: Sequence[Rule]) -> Iterator[Rule]:
    own = {rule.id for rule in now} | {PAGE}
    renamed = {words.partition(" ")[2] for rule_id, words in kept.items() if rule_id not in own}
    return (rule for rule in now if not rule.id.startswith(OWN) and _word(rule) not in renamed)


def _word(rule: Rule) -> str:
    """What a rule does, whatever it is called."""
    # Written out, since encoders leave a default out only where it is the very same object.
    then = repr(rule.then)
    if isinstance(rule.then, Page):
        then = _page_word(rule.then.template_type, rule.then.content)
    return word_of(repr(msgspec.structs.replace(rule, id="", then=Url(""))), then)


def _page_word(kind: str, document: Mapping[str, Any]) -> str:
    """What a page shows: without the look of its theme, and without the ids that buttons are counted by."""
    plain = {name: value for name, value in document.items() if name != "look"}
    if isinstance(buttons := plain.get("links"), list):
        plain["links"] = [{**button, "id": ""} for button in buttons]
    return word_of(kind, plain)
