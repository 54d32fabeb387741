"""The graph as it is kept, and the edits of it. Every edit gives a new graph."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeAlias
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.errors import InUse
from waypost.control.dialects.linkbreakers.spelling import camel
from waypost.control.dialects.linkbreakers.workflow.kinds import (
    BY_MEMBER,
    ELSE,
    ENTRY,
    KINDS,
    NEXT,
    REDIRECT,
    Kind,
)
from waypost.control.model.faults import Invalid, NotFound

Json: TypeAlias = dict[str, Any]


class StepNotFound(NotFound):
    """No such step in this link's workflow."""

    code: ClassVar[str] = "step_not_found"
    kind: ClassVar[str] = "workflow step"


class BranchNotFound(NotFound):
    """No such exit of this step."""

    code: ClassVar[str] = "branch_not_found"
    kind: ClassVar[str] = "branch"


class Step(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step. `payload` is the vendor's, without where its exits lead; that is in `next`."""

    id: str
    action: str
    payload: Json = msgspec.field(default_factory=dict)
    next: dict[str, str] = msgspec.field(default_factory=dict)
    x: float = 0.0
    y: float = 0.0
    capture: Json | None = None
    back: Json | None = None
    created_ms: int = 0
    updated_ms: int = 0

    @property
    def what(self) -> Kind:
        """Its kind."""
        return KINDS[self.action]

    def exits(self) -> list[tuple[str, str]]:
        """Its exits, in order: id and label."""
        kind = self.what
        if not kind.exits:
            return [] if kind.is_exit else [(NEXT, "next step")]
        found = [
            (str(item[kind.exit_id]), str(item.get("name") or item.get("label") or item[kind.exit_id]))
            for item in self.payload.get(kind.exits, [])
        ]
        return [*found, (ELSE, "fallback")] if kind.is_condition else found


Graph: TypeAlias = tuple[Step, ...]


def step_id(link_id: str, role: str) -> str:
    """The id of a step that every link is born with: the same for ever, without being kept."""
    return str(uuid5(UUID(link_id), role))


def born(link_id: str, destination: str, now_ms: int, *, tracks: bool = False) -> Graph:
    """Entry and exit, connected."""
    entry, leave = step_id(link_id, "entry"), step_id(link_id, "exit")
    payload = {"destination": destination, "conversionTracking": tracks}
    first = Step(id=entry, action=ENTRY.action, next={NEXT: leave}, created_ms=now_ms, updated_ms=now_ms)
    last = Step(
        id=leave,
        action=REDIRECT.action,
        payload=payload,
        x=limits.STEP_WIDTH_PX,
        created_ms=now_ms,
        updated_ms=now_ms,
    )
    return (first, last)


def get(graph: Graph, wanted: str) -> Step:
    """A step. Raises StepNotFound."""
    for step in graph:
        if step.id == wanted:
            return step
    raise StepNotFound(wanted)


def entry_of(graph: Graph) -> Step:
    """Where a visit begins."""
    return next(step for step in graph if step.action == ENTRY.action)


def parents(graph: Graph, wanted: str) -> list[Step]:
    """The steps with an exit to one."""
    return [step for step in graph if wanted in step.next.values()]


def reachable(graph: Graph) -> dict[str, int]:
    """The steps that a visit can reach, with how many steps it takes."""
    by_id = {step.id: step for step in graph}
    found, edge = {entry_of(graph).id: 0}, [entry_of(graph).id]
    while edge:
        step = by_id[edge.pop(0)]
        for following in step.next.values():
            if following in by_id and following not in found:
                found[following] = found[step.id] + 1
                edge.append(following)
    return found


def replaced(graph: Graph, changed: Step) -> Graph:
    """The same with one step in another state."""
    return tuple(changed if step.id == changed.id else step for step in graph)


def added(graph: Graph, step: Step, insert_before: str = "") -> Graph:
    """With one more step; before another one, it takes over what led there. Raises Invalid, StepNotFound."""
    if len(graph) >= limits.WORKFLOW_STEPS_MAX:
        raise Invalid("event_action", f"a workflow has at most {limits.WORKFLOW_STEPS_MAX} steps")
    if step.action == ENTRY.action:
        raise Invalid("event_action", "every link has its entry already")
    if any(other.id == step.id for other in graph):
        raise Invalid("id", "is another step's")
    if not insert_before:
        return (*graph, step)
    behind = get(graph, insert_before)
    if behind.action == ENTRY.action:
        raise Invalid("insert_before", "nothing comes before the entry")
    exits = [exit_id for exit_id, _ in step.exits()]
    if not exits:
        raise Invalid("insert_before", "a step that ends the visit leads to no other")
    through = {**step.next, exits[-1]: behind.id}
    led = tuple(
        msgspec.structs.replace(
            other, next={name: step.id if to == behind.id else to for name, to in other.next.items()}
        )
        for other in graph
    )
    return (*led, msgspec.structs.replace(step, next=through))


def removed(graph: Graph, wanted: str) -> Graph:
    """Without a step; exits to it lead nowhere then. Raises StepNotFound, InUse for the entry."""
    if get(graph, wanted).action == ENTRY.action:
        raise InUse("entry")
    return tuple(
        msgspec.structs.replace(step, next={name: to for name, to in step.next.items() if to != wanted})
        for step in graph
        if step.id != wanted
    )


def connected(graph: Graph, wanted: str, branch: str, target: str) -> Graph:
    """With an exit leading to a step, or nowhere without one.

    Raises StepNotFound, BranchNotFound.
    """
    step = get(graph, wanted)
    if branch not in {exit_id for exit_id, _ in step.exits()}:
        raise BranchNotFound(branch)
    rest = {name: to for name, to in step.next.items() if name != branch}
    if not target:
        return replaced(graph, msgspec.structs.replace(step, next=rest))
    get(graph, target)
    return replaced(graph, msgspec.structs.replace(step, next={**rest, branch: target}))


def settled(graph: Graph) -> Graph:
    """A graph whose ways all end. Raises Invalid for one with a way that comes back to itself or to the entry."""
    entry = entry_of(graph).id
    for step in graph:
        if any(to == entry or step.id in set(_behind(graph, to)) for to in step.next.values()):
            raise Invalid("next_step_id", "would lead visitors in a circle")
    return graph


def with_payload(step: Step, sent: Mapping[str, Any], graph: Graph) -> Step:
    """A step with the payload of a request, `{"countryCondition": {…}}` in either spelling; as it was without one.

    Exits that the payload names keep what they led to, unless it says where they lead. Raises Invalid, also for the
    payload of another kind of step.
    """
    kind = step.what
    members = {name: value for name, value in respelled(sent).items() if value is not None}
    if other := next((name for name in members if name in BY_MEMBER and name != kind.member), ""):
        raise Invalid(f"payload.{other}", f"is for another kind of step; this one takes {kind.member}")
    if kind.member not in members:
        return step
    payload = members[kind.member]
    if not isinstance(payload, dict):
        raise Invalid(f"payload.{kind.member}", "must be an object")
    leads = dict(step.next)
    if "elseNextStepId" in payload:
        leads[ELSE] = payload.pop("elseNextStepId") or ""
    if kind.exits:
        payload[kind.exits] = list(_exits(step, kind, payload, leads))
    changed = msgspec.structs.replace(step, payload=payload)
    known = {exit_id for exit_id, _ in changed.exits()}
    return msgspec.structs.replace(
        changed, next={name: get(graph, to).id for name, to in leads.items() if to and name in known}
    )


def action_of(event_action: str, payload: Mapping[str, Any]) -> str:
    """The action that a request names, itself or by the member of its payload. Raises Invalid."""
    name = event_action.removeprefix("EVENT_ACTION_")
    if not name or name == "UNSPECIFIED":
        members = [BY_MEMBER[member].action for member in respelled(payload) if member in BY_MEMBER]
        name = members[0] if members else ""
    if name not in KINDS:
        raise Invalid("event_action", f"is none of {', '.join(f'EVENT_ACTION_{each}' for each in KINDS)}")
    return name


def respelled(value: Any) -> Any:
    """A payload with every member in camelCase, as it is kept."""
    if isinstance(value, dict):
        return {camel(name): respelled(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [respelled(inner) for inner in value]
    return value


def _exits(step: Step, kind: Kind, payload: Json, leads: dict[str, str]) -> Iterator[Json]:
    field = f"payload.{kind.member}.{kind.exits}"
    items = payload.get(kind.exits, [])
    if not isinstance(items, list) or len(items) > limits.STEP_EXITS_MAX:
        raise Invalid(field, f"must be a list of at most {limits.STEP_EXITS_MAX}")
    seen = set()
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise Invalid(f"{field}[{index}]", "must be an object")
        name = str(item.get(kind.exit_id) or "")
        if not name and kind.exit_id != "id":
            raise Invalid(f"{field}[{index}].{kind.exit_id}", "is required")
        name = name or str(uuid5(UUID(step.id), str(index)))
        if name in seen or name == ELSE:
            raise Invalid(f"{field}[{index}].{kind.exit_id}", "is used by another exit of this step")
        seen.add(name)
        if "nextStepId" in item:
            leads[name] = item["nextStepId"] or ""
        yield {**{key: value for key, value in item.items() if key != "nextStepId"}, kind.exit_id: name}


def _behind(graph: Graph, start: str) -> Iterator[str]:
    by_id = {step.id: step for step in graph}
    seen, edge = {start}, [start]
    while edge:
        current = edge.pop()
        yield current
        for following in by_id[current].next.values():
            if following in by_id and following not in seen:
                seen.add(following)
                edge.append(following)
