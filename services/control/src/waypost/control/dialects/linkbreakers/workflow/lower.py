"""From the graph to what the edge carries out: rules, a destination, a password, a page; and what it cannot."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from waypost.control.dialects.linkbreakers.limits import WORKFLOW_WAYS_MAX
from waypost.control.dialects.linkbreakers.workflow.conditions import conditions_of
from waypost.control.dialects.linkbreakers.workflow.graph import Graph, Json, Step, entry_of, reachable
from waypost.control.dialects.linkbreakers.workflow.kinds import ELSE, NEXT, PASSWORD, REDIRECT
from waypost.control.dialects.linkbreakers.workflow.pages import (
    SERVED,
    SKIP_EXIT,
    MediaFile,
    back_button,
    content_of,
    media_content,
)
from waypost.control.model.faults import Invalid
from waypost.rules import Page, Rule, Target, Url
from waypost.rules.limits import RULES_MAX
from waypost.rules.model import Condition, Query
from waypost.wire.content.fields import STEP

OWN = "lb-"
"""How ids of rules begin that were drawn here; others are left alone."""

_WAITING = Rule(
    id=f"{OWN}waiting",
    enabled=False,
    password=True,
    then=Page(template_type="message", content={"title": "Password"}),
)
"""Keeps a link open whose password belongs to a step that no exit leads to yet."""

_NOT_DONE = {"autoSkipIfKnown": "the form is shown to everybody; nobody is known to have answered it"}
"""Members of a payload that are kept and do nothing."""

Severity: TypeAlias = Literal["error", "warning"]


class Issue(Struct, frozen=True):
    """Something that will not happen as it is drawn."""

    step: Step
    severity: Severity
    message: str


class Lowered(Struct, frozen=True, kw_only=True):
    """What a graph comes to. `destination_step` holds the link's own destination, None without one."""

    rules: tuple[Rule, ...] = ()
    destination_step: Step | None = None
    page: tuple[str, Json] | None = None
    password_step: Step | None = None
    issues: tuple[Issue, ...] = ()

    @property
    def tracks(self) -> bool:
        """Whether the way without conditions asks for the visitor's id at its destination."""
        step = self.destination_step
        return bool(step and step.payload.get("conversionTracking"))


class _Way(Struct, frozen=True, kw_only=True):
    """How visitors came to a step: what they meet, over which exits, and whether they gave the password."""

    when: tuple[Condition, ...] = ()
    path: tuple[str, ...] = ()
    locked: bool = False
    back: str = ""
    """The address of the page that was seen last, where pages have buttons that lead back."""

    def over(self, *path: str, when: tuple[Condition, ...] = ()) -> "_Way":
        """The same, further on."""
        return msgspec.structs.replace(self, when=(*self.when, *when), path=(*self.path, *path))


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
        self._rules: list[tuple[Rule, bool]] = []
        self._locks: set[str] = set()
        self._own_is_locked = False
        self._behind: dict[str, tuple[str, _Way]] = {}
        """What stands behind pages, by the name in the query: a step, and how visitors come to it."""
        self._goes_back = any(step.back and step.back.get("enabled") for step in graph)

    def follow(self) -> None:
        """Follow every way from the entry, then from each page."""
        self._go(entry_of(self._graph).id, _Way())
        own, self._rules = self._rules, []
        followed: set[str] = set()
        while waiting := [name for name in self._behind if name not in followed]:
            for name in waiting:
                step_id, way = self._behind[name]
                asked = (Query(name=STEP, values=(name,)),)
                self._go(step_id, msgspec.structs.replace(way, when=asked, path=(name,)))
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
            if step.capture and step.capture.get("enabled"):
                self._issue(step, "warning", "visitors' attributes are not saved by steps")
        asking = [step for step in self._graph if step.action == PASSWORD.action]
        for step in asking[1:]:
            self._issue(step, "warning", "all password steps ask for the link's one password")
        rules = list(self._asking())
        if asking and not self._locks:
            rules.append(_WAITING)
        return msgspec.structs.replace(
            self._found,
            rules=tuple(rules),
            password_step=asking[0] if asking else None,
            issues=tuple(self._issues),
        )

    def _asking(self) -> Iterator[Rule]:
        """The rules, each saying whether it asks for the password where it does not do as the link does."""
        for rule, is_locked in self._rules:
            differs = bool(self._locks) and is_locked is not self._own_is_locked
            yield msgspec.structs.replace(rule, password=is_locked) if differs else rule

    def _go(self, step_id: str, way: _Way) -> None:
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
            self._go(step.next.get(NEXT, ""), way)
        elif step.action == PASSWORD.action:
            self._locks.add(step.id)
            self._go(step.next.get(NEXT, ""), msgspec.structs.replace(way, locked=True))
        else:
            self._show(step, way)

    def _leave(self, way: _Way, url: str, step: Step | None) -> None:
        if step is not None and not url:
            raise Invalid("payload.clientRedirect.destination", "is required")
        self._count_way()
        if way.when:
            if url:
                self._add_rule(way, Url(url))
            return
        self._own_is_locked = way.locked
        if step is not None:
            self._found = msgspec.structs.replace(self._found, destination_step=step)
        elif self._fallback:
            self._add_rule(way, Url(self._fallback))

    def _count_way(self) -> None:
        """Exits that meet again make ways multiply, also such as come to no rule."""
        self._ways += 1
        if self._ways > WORKFLOW_WAYS_MAX:
            raise Invalid("payload", f"there are more than {WORKFLOW_WAYS_MAX} ways through this workflow")

    def _add_rule(self, way: _Way, then: Target) -> None:
        if len(self._rules) >= RULES_MAX:
            raise Invalid("payload", f"the ways through this workflow come to more than {RULES_MAX} rules")
        self._rules.append((Rule(id=OWN + _digest(*way.path), when=way.when, then=then), way.locked))

    def _show(self, step: Step, way: _Way) -> None:
        """A page on a way with conditions is a rule's, the one on the way without them the link's own."""
        self._count_way()
        page = self._page(step, way)
        if page is None:
            self._leave(way, self._otherwise, None)
        elif way.when:
            kind, content = page
            self._add_rule(way, Page(template_type=kind, content=content))
        else:
            self._own_is_locked = way.locked
            self._found = msgspec.structs.replace(self._found, page=page)

    def _page(self, step: Step, way: _Way) -> tuple[str, Json] | None:
        """What is shown for a step; None where visitors are sent on instead."""
        if file := self._files.get(str(step.payload.get("mediaId") or "")):
            return media_content(file)
        if step.action == "OPEN_MEDIA":
            self._issue(step, "error", "the media is gone; visitors are sent on instead")
            return None
        if step.action not in SERVED:
            self._issue(step, "error", "this kind of page is not shown; visitors are sent on instead")
            return None
        leads: dict[str, str] = {}
        after: Step | None = None
        onward = msgspec.structs.replace(way, back=self._step_to(step, way)) if self._goes_back else way
        for exit_id, _ in step.exits():
            following = self._steps.get(step.next.get(exit_id, ""))
            if following is None:
                continue
            if following.action == REDIRECT.action:
                leads[exit_id] = str(following.payload.get("destination") or "")
            elif step.action == "FORM_SUBMIT" and following.action == "THANK_YOU_PAGE":
                after = following
            else:
                leads[exit_id] = self._step_to(following, onward)
            if step.payload.get("skipForm"):
                leads[SKIP_EXIT] = leads.get(exit_id) or self._step_to(following, onward)
        for member, message in _NOT_DONE.items():
            if step.payload.get(member):
                self._issue(step, "warning", message)
        kind, document = content_of(step, leads, after)
        return kind, {**document, **back_button(step.back, way.back)}

    def _step_to(self, step: Step, way: _Way) -> str:
        """The address inside of the link that goes on with a step, for visitors who came so far."""
        name = _digest(step.id, "locked" if way.locked else "", *([way.back] if way.back else []))
        self._behind[name] = (step.id, way)
        return f"?{STEP}={name}"

    def _issue(self, step: Step, severity: Severity, message: str) -> None:
        issue = Issue(step, severity, message)
        if issue not in self._issues:
            self._issues.append(issue)


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()
