"""From the graph to what the edge carries out: rules, a destination, a password, a page; and what it cannot."""

from collections.abc import Iterator, Mapping

import msgspec

from waypost.control.dialects.linkbreakers.limits import WORKFLOW_WAYS_MAX
from waypost.control.dialects.linkbreakers.workflow.conditions import conditions_of
from waypost.control.dialects.linkbreakers.workflow.graph import Graph, Json, Step, entry_of, reachable
from waypost.control.dialects.linkbreakers.workflow.kinds import ELSE, NEXT, PASSWORD, REDIRECT
from waypost.control.dialects.linkbreakers.workflow.pages import (
    KNOWN_EXIT,
    SERVED,
    SKIP_EXIT,
    MediaFile,
    back_button,
    content_of,
    media_content,
    name_of,
    pattern_of,
)
from waypost.control.dialects.linkbreakers.workflow.ways import (
    OWN,
    Drawn,
    End,
    Found,
    Issue,
    Lowered,
    Severity,
    Way,
    digest,
    said_of,
    saves,
)
from waypost.control.model.faults import Invalid
from waypost.rules import Page, Rule, Target, Url
from waypost.rules.limits import CONDITIONS_MAX, RULES_MAX
from waypost.rules.model import Attribute, Condition, Query
from waypost.wire.content.fields import STEP

_WAITING = Rule(
    id=f"{OWN}waiting",
    enabled=False,
    password=True,
    then=Page(template_type="message", content={"title": "Password"}),
)
"""Keeps a link open whose password belongs to a step that no exit leads to yet."""


def lower(
    graph: Graph, zone: str, target: str, files: Mapping[str, MediaFile] | None = None, *, fallback: str = ""
) -> Lowered:
    """Lower a graph; `files` are those its steps open, by media id. Where a way ends nowhere, visitors go to
    `fallback`, without one to the link's own `target`. Raises Invalid."""
    walk = _Walk(graph, zone, target, fallback, files or {})
    walk.follow()
    return walk.result()


class _Walk:
    """Depth first: the options of a condition in order, then its else; so the first rule that matches decides.

    What stands behind a page begins anew, with rules of its own: the page's button names it in a query, which
    is the first condition of those rules.
    """

    def __init__(
        self, graph: Graph, zone: str, target: str, fallback: str, files: Mapping[str, MediaFile]
    ) -> None:
        self._files = files
        self._graph = graph
        self._steps: Mapping[str, Step] = {step.id: step for step in graph}
        self._zone = zone
        self._fallback = fallback
        self._otherwise = fallback or target
        self._ways = 0
        self._found = Lowered()
        self._issues: list[Issue] = []
        self._rules: list[Found] = []
        self._locks: set[str] = set()
        self._own_is_locked = False
        self._behind: dict[str, tuple[str, Way]] = {}
        """What stands behind pages, by the name in the query: a step, and how visitors come to it."""
        self._goes_back = any(step.back and step.back.get("enabled") for step in graph)

    def follow(self) -> None:
        """Follow every way from the entry, then from each page."""
        entry = entry_of(self._graph).id
        self._go(entry, Way(at=entry))
        own, self._rules = self._rules, []
        followed: set[str] = set()
        while waiting := [name for name in self._behind if name not in followed]:
            for name in waiting:
                step_id, way = self._behind[name]
                asked = (Query(name=STEP, values=(name,)),)
                self._go(step_id, msgspec.structs.replace(way, when=asked, path=(name,), at=step_id))
            followed.update(waiting)
        # First those behind pages: who comes from a page does not begin again.
        self._rules += own

    def result(self) -> Lowered:
        """What was found."""
        known = reachable(self._graph)
        for step in self._graph:
            if step.id not in known:
                self._issue(step, "warning", "no visitor reaches this step")
                continue
            for exit_id, label in step.exits():
                if exit_id not in step.next:
                    self._issue(step, "warning", f"the exit `{label}` leads nowhere")
        asking = [step for step in self._graph if step.action == PASSWORD.action]
        for step in asking[1:]:
            self._issue(step, "warning", "all password steps ask for the link's one password")
        drawn = list(self._drawn())
        if asking and not self._locks:
            drawn.append(Drawn(_WAITING, "", asking[0]))
        return msgspec.structs.replace(
            self._found,
            drawn=tuple(drawn),
            password_step=asking[0] if asking else None,
            issues=tuple(self._issues),
        )

    def _drawn(self) -> Iterator[Drawn]:
        """The rules, each saying whether it asks for the password where it does not do as the link does."""
        for found in self._rules:
            rule = found.rule
            if self._locks and found.locked is not self._own_is_locked:
                rule = msgspec.structs.replace(rule, password=found.locked)
            said = said_of(rule.when, found.end, self._found.destination_step)
            yield Drawn(rule, said, self._steps[found.at], found.passed)

    def _go(self, step_id: str, way: Way) -> None:
        """Follow a way from a step on."""
        step = self._steps.get(step_id)
        if step is None:
            self._leave(way, self._otherwise, None)
        elif step.action == REDIRECT.action:
            self._leave(way, str(step.payload.get("destination") or ""), step)
        elif step.what.is_condition:
            for exit_id, condition in conditions_of(step, self._zone):
                self._go(step.next.get(exit_id, ""), way.over(step.id, exit_id, when=(condition,)))
            self._go(step.next.get(ELSE, ""), way.over(step.id))
        elif not step.what.is_page:
            self._go(step.next.get(NEXT, ""), way.through(step))
        elif step.action == PASSWORD.action:
            self._locks.add(step.id)
            self._go(step.next.get(NEXT, ""), msgspec.structs.replace(way.through(step), locked=True))
        else:
            self._skip_known(step, way)
            self._show(step, way)

    def _skip_known(self, step: Step, way: Way) -> None:
        """Lead who has answered a form before past it, where it says so."""
        known = _known_answers(step)
        if len(way.when) + len(known) > CONDITIONS_MAX:
            self._issue(step, "warning", "is shown to those who are known, too: it has too many fields")
        elif known:
            self._go(step.next.get(NEXT, ""), way.over(step.id, KNOWN_EXIT, when=known))

    def _leave(self, way: Way, url: str, step: Step | None) -> None:
        if step is not None and not url:
            raise Invalid("payload.clientRedirect.destination", "is required")
        self._count_way()
        way = way.through(step) if step is not None else way
        if way.when:
            if url:
                self._add_rule(way, Url(url), End(step=step))
            return
        self._own_is_locked = way.locked
        if step is not None:
            self._found = msgspec.structs.replace(self._found, destination_step=step, passed=way.passed)
        elif self._fallback:
            self._add_rule(way, Url(self._fallback), End())

    def _count_way(self) -> None:
        """Exits that meet again make ways multiply, also such as come to no rule."""
        self._ways += 1
        if self._ways > WORKFLOW_WAYS_MAX:
            raise Invalid("payload", f"there are more than {WORKFLOW_WAYS_MAX} ways through this workflow")

    def _add_rule(self, way: Way, then: Target, end: End) -> None:
        if len(self._rules) >= RULES_MAX:
            raise Invalid("payload", f"the ways through this workflow come to more than {RULES_MAX} rules")
        rule = Rule(id=OWN + digest(*way.path), when=way.when, then=then)
        found = Found(rule=rule, locked=way.locked, at=way.at, end=end, passed=way.passed)
        self._rules.append(found)

    def _show(self, step: Step, way: Way) -> None:
        """A page on a way with conditions is a rule's, the one on the way without them the link's own."""
        self._count_way()
        file = self._files.get(str(step.payload.get("mediaId") or ""))
        after = self._after(step)
        page = media_content(file) if file else self._page(step, way, after)
        end = End(step=step, after=after, file=file.url if file else "")
        if page is None:
            self._leave(way, self._otherwise, None)
        elif way.when:
            kind, content = page
            self._add_rule(way, Page(template_type=kind, content=content), end)
        else:
            self._own_is_locked = way.locked
            said = said_of((), end, None)
            self._found = msgspec.structs.replace(self._found, page=page, page_said=said, page_step=step)

    def _after(self, step: Step) -> Step | None:
        """The page whose words thank who has sent a form."""
        for exit_id, _ in step.exits() if step.action == "FORM_SUBMIT" else ():
            following = self._steps.get(step.next.get(exit_id, ""))
            if following is not None and following.action == "THANK_YOU_PAGE":
                return following
        return None

    def _page(self, step: Step, way: Way, after: Step | None) -> tuple[str, Json] | None:
        """What is shown for a step; None where visitors are sent on instead."""
        if step.action == "OPEN_MEDIA":
            self._issue(step, "error", "the media is gone; visitors are sent on instead")
            return None
        if step.action not in SERVED:
            self._issue(step, "error", "this kind of page is not shown; visitors are sent on instead")
            return None
        leads: dict[str, str] = {}
        onward = msgspec.structs.replace(way, back=self._step_to(step, way)) if self._goes_back else way
        for exit_id, _ in step.exits():
            following = self._steps.get(step.next.get(exit_id, ""))
            if following is None:
                continue
            if following.action == REDIRECT.action and not (saves(step) or saves(following)):
                leads[exit_id] = str(following.payload.get("destination") or "")
            elif following != after:
                leads[exit_id] = self._step_to(following, onward.through(step, exit_id))
            if step.payload.get("skipForm"):
                leads[SKIP_EXIT] = leads.get(exit_id) or self._step_to(following, onward)
        for field in step.payload.get("formFields") or []:
            if field.get("validationPattern") and not pattern_of(field):
                self._issue(
                    step, "warning", f"answers to `{name_of(field)}` are not held against its pattern"
                )
        kind, document = content_of(step, leads, after)
        return kind, {**document, **back_button(step.back, way.back)}

    def _step_to(self, step: Step, way: Way) -> str:
        """The address inside of the link that goes on with a step, for visitors who came so far."""
        passed = [f"{each.step.id} {each.exit_id}" for each in way.passed]
        name = digest(step.id, "locked" if way.locked else "", *([way.back] if way.back else []), *passed)
        self._behind[name] = (step.id, way)
        return f"?{STEP}={name}"

    def _issue(self, step: Step, severity: Severity, message: str) -> None:
        issue = Issue(step, severity, message)
        if issue not in self._issues:
            self._issues.append(issue)


def _known_answers(step: Step) -> tuple[Condition, ...]:
    """What holds of a visitor who has answered a form that is not to be answered twice: in the fields that must be
    filled in, where there are such; nothing for other pages.
    """
    if step.action != "FORM_SUBMIT" or not step.payload.get("autoSkipIfKnown"):
        return ()
    fields = step.payload.get("formFields") or []
    needed = [field for field in fields if field.get("required")] or fields
    return tuple(Attribute(key=name_of(field), op="exists", values=()) for field in needed)
