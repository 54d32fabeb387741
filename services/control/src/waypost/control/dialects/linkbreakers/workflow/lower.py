"""From the graph to what the edge carries out: rules, a destination, a password, a page; and what it cannot."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from waypost.control.dialects.linkbreakers.workflow.conditions import conditions_of
from waypost.control.dialects.linkbreakers.workflow.graph import Graph, Json, Step, entry_of, reachable
from waypost.control.dialects.linkbreakers.workflow.kinds import ELSE, NEXT, PASSWORD, REDIRECT
from waypost.control.dialects.linkbreakers.workflow.pages import SERVED, MediaFile, content_of, media_content
from waypost.control.model.faults import Invalid
from waypost.rules import Page, Rule, Target, Url
from waypost.rules.limits import RULES_MAX
from waypost.rules.model import Condition

OWN = "lb-"
"""How ids of rules begin that were drawn here; others are left alone."""

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


def lower(graph: Graph, zone: str, otherwise: str, files: Mapping[str, MediaFile] | None = None) -> Lowered:
    """Lower a graph; `files` are those its steps open, by media id. Where a way ends nowhere, visitors go to
    `otherwise`. Raises Invalid."""
    walk = _Walk(graph, zone, otherwise, files or {})
    walk.go(entry_of(graph).id, (), ())
    return walk.result()


class _Walk:
    """Depth first: the options of a condition in order, then its else; so the first rule that matches decides."""

    def __init__(self, graph: Graph, zone: str, otherwise: str, files: Mapping[str, MediaFile]) -> None:
        self._files = files
        self._graph = graph
        self._steps: Mapping[str, Step] = {step.id: step for step in graph}
        self._zone = zone
        self._otherwise = otherwise
        self._found = Lowered()
        self._issues: list[Issue] = []
        self._rules: list[Rule] = []

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
        rules, issues = tuple(self._rules), tuple(self._issues)
        return msgspec.structs.replace(self._found, rules=rules, issues=issues)

    def go(self, step_id: str, when: tuple[Condition, ...], path: tuple[str, ...]) -> None:
        """Follow a way from a step on, for visitors who meet all of `when`."""
        step = self._steps.get(step_id)
        if step is None:
            self._leave(when, path, self._otherwise, None)
        elif step.action == REDIRECT.action:
            self._leave(when, path, str(step.payload.get("destination") or ""), step)
        elif step.what.is_condition:
            for exit_id, condition in conditions_of(step, self._zone):
                self.go(step.next.get(exit_id, ""), (*when, condition), (*path, step.id, exit_id))
            self.go(step.next.get(ELSE, ""), when, (*path, step.id))
        elif not step.what.is_page:
            self.go(step.next.get(NEXT, ""), when, path)
        elif step.action == PASSWORD.action:
            self._lock(step, when, path)
        else:
            self._show(step, when, path)

    def _lock(self, step: Step, when: tuple[Condition, ...], path: tuple[str, ...]) -> None:
        """A password is the whole link's, so it is asked for before anything is decided."""
        if when or self._rules:
            self._issue(
                step, "error", "a password is asked before conditions only; visitors are sent on instead"
            )
            self._leave(when, path, self._otherwise, None)
            return
        self._found = msgspec.structs.replace(self._found, password_step=step)
        self.go(step.next.get(NEXT, ""), when, path)

    def _leave(self, when: tuple[Condition, ...], path: tuple[str, ...], url: str, step: Step | None) -> None:
        if step is not None and not url:
            raise Invalid("payload.clientRedirect.destination", "is required")
        if not when and step is not None:
            self._found = msgspec.structs.replace(self._found, destination_step=step)
        if when and url:
            self._add_rule(when, path, Url(url))

    def _add_rule(self, when: tuple[Condition, ...], path: tuple[str, ...], then: Target) -> None:
        if len(self._rules) >= RULES_MAX:
            raise Invalid("payload", f"the ways through this workflow come to more than {RULES_MAX} rules")
        digest = blake2b("\x1f".join(path).encode(), digest_size=8).hexdigest()
        self._rules.append(Rule(id=OWN + digest, when=when, then=then))

    def _show(self, step: Step, when: tuple[Condition, ...], path: tuple[str, ...]) -> None:
        """A page on a way with conditions is a rule's, the one on the way without them the link's own."""
        page = self._page(step)
        if page is None:
            self._leave(when, path, self._otherwise, None)
        elif when:
            kind, content = page
            self._add_rule(when, path, Page(template_type=kind, content=content))
        else:
            self._found = msgspec.structs.replace(self._found, page=page)

    def _page(self, step: Step) -> tuple[str, Json] | None:
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
        for exit_id, label in step.exits():
            following = self._steps.get(step.next.get(exit_id, ""))
            if following is None:
                continue
            if following.action == REDIRECT.action:
                leads[exit_id] = str(following.payload.get("destination") or "")
            elif step.action == "FORM_SUBMIT" and following.action == "THANK_YOU_PAGE":
                after = following
            else:
                self._issue(following, "error", f"only a redirect is served behind the exit `{label}`")
        if step.payload.get("navigationType") == "MESSAGE_PAGE_NAVIGATION_TYPE_TIMER":
            self._issue(step, "warning", "the page has a button; no timer sends visitors on")
        return content_of(step, leads, after)

    def _issue(self, step: Step, severity: Severity, message: str) -> None:
        self._issues.append(Issue(step, severity, message))
