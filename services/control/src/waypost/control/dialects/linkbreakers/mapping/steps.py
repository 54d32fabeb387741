"""Workflows of links: read from where they are kept, shown as the vendor does, published as commands."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from waypost.control.dialects.linkbreakers.mapping.links import CLICK_ID, DIALECT, at, basis
from waypost.control.dialects.linkbreakers.schemas.links import LinkBasis
from waypost.control.dialects.linkbreakers.schemas.steps import (
    BranchOut,
    IssueOut,
    Position,
    StepCreate,
    StepOut,
    StepPatch,
)
from waypost.control.dialects.linkbreakers.workflow.captures import writes_of
from waypost.control.dialects.linkbreakers.workflow.graph import (
    Graph,
    Step,
    born,
    entry_of,
    parents,
    reachable,
    replaced,
    respelled,
    with_payload,
)
from waypost.control.dialects.linkbreakers.workflow.kinds import ELSE, NEXT, PASSWORD, REDIRECT
from waypost.control.dialects.linkbreakers.workflow.lower import lower
from waypost.control.dialects.linkbreakers.workflow.pages import MediaFile
from waypost.control.dialects.linkbreakers.workflow.standing import (
    Kept,
    is_page_redrawn,
    is_page_theirs,
    kept_of,
    overruled,
    standing_rules,
)
from waypost.control.dialects.linkbreakers.workflow.ways import Issue, Lowered
from waypost.control.model.faults import Invalid
from waypost.control.model.links import CreateLink, Link, LinkView, UpdateLink

_ALWAYS: dict[str, dict[str, Any]] = {
    "MESSAGE_PAGE": {"title": "", "navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_BUTTON"},
    "THANK_YOU_PAGE": {"title": ""},
    "OPEN_MEDIA": {"mediaId": ""},
}
"""Members that the client requires in a payload it reads, whatever was sent."""


def graph_of(link: Link) -> Graph:
    """The workflow of a link; entry and exit when nobody drew another. The destination on the way without
    conditions is the link's own: one value, two doors."""
    kept = link.extras.get(DIALECT, {}).get("steps")
    if not kept:
        return born(link.id, link.target_url, link.created_ms, tracks=link.track_conversion)
    graph = msgspec.convert(kept, Graph)
    step = _plain_exit(graph)
    if step is None or not link.target_url:
        return graph
    payload = {
        **step.payload, "destination": link.target_url, "conversionTracking": link.track_conversion
    }  # fmt: skip
    return replaced(graph, msgspec.structs.replace(step, payload=payload))


Files = Mapping[str, MediaFile]
Settle = Callable[[Lowered], Lowered]
"""Puts rules and page into the form in which they will be stored, so that they are known again."""


def lowered(link: Link, graph: Graph, zone: str, files: Files) -> Lowered:
    """What a graph of this link comes to. Raises Invalid."""
    found = lower(graph, zone, link.target_url, files, fallback=link.fallback_url)
    if found.destination_step is not None and not link.fallback_url:
        # Ways that end nowhere lead where the link does, and that is what its workflow says from now on.
        target = found.destination_step.payload["destination"]
        found = lower(graph, zone, target, files)
    if found.password_step is None or link.password_hash:
        return found
    unset = Issue(found.password_step, "error", "no password is set, so nobody is asked for one")
    return msgspec.structs.replace(found, issues=(*found.issues, unset))


def issues_of(link: Link, graph: Graph, zone: str, files: Files) -> list[Issue]:
    """What of a workflow will not happen as it is drawn. Raises Invalid."""
    found = lowered(link, graph, zone, files)
    return [*found.issues, *overruled(found, _kept(link), link)]


def to_command(link: Link, graph: Graph, zone: str, files: Files, settle: Settle) -> UpdateLink:
    """The change of a link that gets this workflow. Rules that were made elsewhere stay behind the own ones, and
    what another API did to the own ones stands where the drawing says nothing new.

    Raises Invalid naming the member.
    """
    graph, password = _without_password(graph)
    found = settle(lowered(link, graph, zone, files))
    own, kept = link.extras.get(DIALECT, {}), _kept(link)
    shows = own.get("shows", [])
    is_theirs = is_page_theirs(kept, link.template_type, link.content)
    values: dict[str, Any] = {}
    if found.destination_step is not None:
        values["target_url"] = found.destination_step.payload["destination"]
        values["track_conversion"] = found.tracks
        if found.tracks is not link.track_conversion:
            values["click_id_param"] = CLICK_ID if found.tracks else ""
    if found.page is not None:
        if not is_theirs or is_page_redrawn(found, kept):
            values["template_type"], values["content"] = found.page
    elif "page" in shows and not is_theirs:
        values["template_type"], values["content"] = "", None
        if not values.get("target_url", link.target_url):
            raise Invalid("payload", "this workflow leads nowhere: it needs a page or a redirect")
    if found.password_step is None and "password" in shows:
        values["password"] = None
    elif found.password_step is not None and password is not UNSET:
        values["password"] = password
    now = ["page"] * (found.page is not None) + ["password"] * (found.password_step is not None)
    own = {**own, "steps": msgspec.to_builtins(graph), "shows": now, "lowered": kept_of(found)}
    rules = standing_rules(found, kept, link.rules)
    return UpdateLink(rules=rules, extras={**link.extras, DIALECT: own}, **values)


def page_link(
    body: LinkBasis,
    action: str,
    payload: dict[str, Any],
    link_id: str,
    now_ms: int,
    files: Files,
    settle: Settle,
) -> CreateLink:
    """The command of a link whose visitors come straight to one page. Raises Invalid."""
    values = basis(body)
    entry, leave = born(link_id, "", now_ms)
    page = Step(id=leave.id, action=action, x=leave.x, created_ms=now_ms, updated_ms=now_ms)
    graph = (entry, with_payload(page, {page.what.member: payload}, (entry, page)))
    found = settle(lower(graph, "UTC", "", files))
    kind, content = found.page or ("", None)
    if content is None:
        raise Invalid("payload", "this page cannot be shown")
    own = {
        **values.pop("extras", {}).get(DIALECT, {}),
        "steps": msgspec.to_builtins(graph),
        "shows": ["page"],
        "lowered": kept_of(found),
    }
    return CreateLink(
        **{**values, "id": link_id},
        target_url=values.get("fallback_url", ""),
        template_type=kind,
        content=content,
        extras={DIALECT: own},
    )


def new_step(body: StepCreate, action: str, identity: str, graph: Graph, now_ms: int) -> Step:
    """The step of a creation. Raises Invalid."""
    step = Step(id=identity, action=action, created_ms=now_ms)
    sent = StepPatch(
        payload=body.payload or {},
        canvas_position=body.canvas_position,
        attribute_capture=body.attribute_capture,
        back_button=body.back_button,
    )
    return changed_step(step, sent, graph, now_ms)


def changed_step(step: Step, body: StepPatch, graph: Graph, now_ms: int) -> Step:
    """A step with the members of a change. Raises Invalid."""
    values: dict[str, Any] = {"updated_ms": now_ms}
    if isinstance(body.canvas_position, Position):
        values |= {"x": body.canvas_position.x, "y": body.canvas_position.y}
    if body.attribute_capture is not UNSET:
        values["capture"] = respelled(body.attribute_capture)
        writes_of(values["capture"] or {})
    if body.back_button is not UNSET:
        values["back"] = respelled(body.back_button)
    after = msgspec.structs.replace(step, **values)
    return with_payload(after, body.payload, graph) if isinstance(body.payload, dict) else after


def to_steps(view: LinkView) -> list[StepOut]:
    """All steps of a link."""
    graph = graph_of(view.link)
    return [to_step(step, graph, view.link.id) for step in graph]


def to_step(step: Step, graph: Graph, link_id: str) -> StepOut:
    """A step as the vendor shows it."""
    kind = step.what
    known = {other.id: other for other in graph}
    above = _above(step, graph)
    return StepOut(
        id=step.id,
        link_id=link_id,
        kind=f"KIND_{kind.kind}",
        event_action=f"EVENT_ACTION_{kind.action}",
        node_type="NODE_TYPE_COMPOSITE" if kind.exits else "NODE_TYPE_ATOMIC",
        payload={kind.member: _payload(step)},
        branches=[
            BranchOut(branch_id=exit_id, label=label, next_step_id=step.next.get(exit_id, ""))
            for exit_id, label in step.exits()
        ],
        parent_step_ids=[parent.id for parent in parents(graph, step.id)],
        child_step_ids=list(dict.fromkeys(to for to in step.next.values() if to in known)),
        renders_page=kind.is_page,
        back_button_available=kind.is_page and above,
        next_can_go_back=step.id in reachable(graph) and (kind.is_page or above),
        canvas_position=Position(x=step.x, y=step.y),
        attribute_capture=step.capture or UNSET,
        back_button=step.back or UNSET,
        created_at=at(step.created_ms),
        updated_at=at(step.updated_ms),
    )


def to_issue(issue: Issue) -> IssueOut:
    """An issue with the step it is about."""
    return IssueOut(
        message=issue.message,
        severity=issue.severity,
        step_id=issue.step.id,
        step_type=f"EVENT_ACTION_{issue.step.action}",
    )


def unreached(graph: Graph) -> list[IssueOut]:
    """Steps that no visitor reaches."""
    known = reachable(graph)
    message = "no visitor reaches this step"
    return [to_issue(Issue(step, "warning", message)) for step in graph if step.id not in known]


def _kept(link: Link) -> Kept:
    """What was kept of the drawing when it was lowered last."""
    kept: Kept = link.extras.get(DIALECT, {}).get("lowered", {})
    return kept


def _payload(step: Step) -> dict[str, Any]:
    """A payload with where its exits lead, as the vendor writes it."""
    kind = step.what
    if not kind.exits:
        return {**_ALWAYS.get(kind.action, {}), **step.payload}
    items = [
        {**item, "nextStepId": step.next.get(str(item[kind.exit_id]), "")}
        for item in step.payload.get(kind.exits, [])
    ]
    payload = {**step.payload, kind.exits: items}
    return {**payload, "elseNextStepId": step.next.get(ELSE, "")} if kind.is_condition else payload


def _plain_exit(graph: Graph) -> Step | None:
    """The redirect that a visitor comes to who meets no condition and is shown no page but the password's."""
    by_id = {step.id: step for step in graph}
    step: Step | None = entry_of(graph)
    while step is not None and step.action != REDIRECT.action:
        kind = step.what
        if kind.is_page and kind != PASSWORD:
            return None
        step = by_id.get(step.next.get(ELSE if kind.is_condition else NEXT, ""))
    return step


def _above(step: Step, graph: Graph) -> bool:
    """Whether some visitor sees a page before this step."""
    seen: set[str] = set()
    edge = [step.id]
    while edge:
        for parent in parents(graph, edge.pop()):
            if parent.what.is_page:
                return True
            if parent.id not in seen:
                seen.add(parent.id)
                edge.append(parent.id)
    return False


def _without_password(graph: Graph) -> tuple[Graph, str | UnsetType]:
    """A graph that holds no password, and the one that was just sent."""
    sent: str | UnsetType = UNSET
    for step in graph:
        if step.action == PASSWORD.action and "password" in step.payload:
            sent = str(step.payload["password"] or "") or UNSET
            payload = {name: value for name, value in step.payload.items() if name != "password"}
            graph = replaced(graph, msgspec.structs.replace(step, payload=payload))
    return graph, sent
