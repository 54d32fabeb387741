"""Workflow steps of a link: drawn, connected, checked, laid out. Every edit is published at once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from waypost.control.core import links
from waypost.control.dialects.linkbreakers.asked import case_of, gives, nothing, query_of, shown, takes
from waypost.control.dialects.linkbreakers.drawing import drawn, zone_of
from waypost.control.dialects.linkbreakers.library import files_of, opened_media
from waypost.control.dialects.linkbreakers.mapping.steps import (
    changed_step,
    graph_of,
    issues_of,
    new_step,
    to_issue,
    to_step,
    to_steps,
    unreached,
)
from waypost.control.dialects.linkbreakers.schemas.steps import (
    ConnectedAnswer,
    ConnectIn,
    IssuesAnswer,
    MovedAnswer,
    StepAnswer,
    StepCreate,
    StepPatch,
    StepsAnswer,
)
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.dialects.linkbreakers.workflow.graph import (
    Graph,
    Step,
    action_of,
    added,
    connected,
    removed,
    replaced,
    respelled,
    settled,
)
from waypost.control.dialects.linkbreakers.workflow.graph import (
    get as get_step,
)
from waypost.control.dialects.linkbreakers.workflow.layout import laid_out, moves, spread_out
from waypost.control.model.faults import Invalid
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAG = "Workflow steps"
PATH = "/v1/links/{link_id:str}/workflow-steps"
ONE = PATH + "/{step_id:str}"
CONNECTION = ONE + "/branches/{branch_id:str}/connection"


@get(PATH, scope="workflows:read", **gives(StepsAnswer, TAG))
async def list_steps(call: Caller, link_id: FromPath[str]) -> Response[Any]:
    """All steps; a workflow is small enough for one page."""
    query_of(call).page_items()
    view = await call.read(lambda tx: links.get_link(tx, call.actor, link_id))
    steps = to_steps(view)
    return shown(call, StepsAnswer(workflow_steps=steps, total_count=len(steps)))


@get(f"{PATH}/validate", scope="workflows:read", **gives(IssuesAnswer, TAG))
async def validate_workflow(call: Caller, link_id: FromPath[str]) -> Response[Any]:
    """What of the workflow will not happen as it is drawn."""
    view = await call.read(lambda tx: links.get_link(tx, call.actor, link_id))
    zone = await call.read(lambda tx: zone_of(tx, call))
    graph = graph_of(view.link)
    files = await call.read(lambda tx: files_of(tx, call, graph))
    issues = issues_of(view.link, graph, zone, files)
    return shown(call, IssuesAnswer(issues=[to_issue(issue) for issue in issues]))


@get(ONE, scope="workflows:read", **gives(StepAnswer, TAG))
async def read_step(call: Caller, link_id: FromPath[str], step_id: FromPath[str]) -> Response[Any]:
    """One step."""
    view = await call.read(lambda tx: links.get_link(tx, call.actor, link_id))
    graph = graph_of(view.link)
    return shown(call, StepAnswer(workflow_step=to_step(get_step(graph, step_id), graph, link_id)))


@post(PATH, scope="workflows:write", **takes(StepCreate, StepAnswer, TAG))
async def create_step(call: Caller, link_id: FromPath[str], data: JSONBody[StepCreate]) -> Response[Any]:
    """Draw a step; with `insert_before` it takes over what led to another."""
    action = action_of(data.event_action or "", data.payload or {})
    made: list[str] = []
    await _open_media(call, data.payload)

    def change(graph: Graph, tx: Tx) -> Graph:
        made.append(_uuid(data.id) if data.id else tx.new_id())
        step = new_step(data, action, made[-1], graph, tx.now_ms)
        return added(graph, step, data.insert_before or "")

    return await _edit(call, link_id, change, lambda graph, _: _step(graph, made[-1], link_id))


@patch(ONE, scope="workflows:write", **takes(StepPatch, StepAnswer, TAG))
async def update_step(
    call: Caller, link_id: FromPath[str], step_id: FromPath[str], data: JSONBody[StepPatch]
) -> Response[Any]:
    """Change a step; exits that its payload does not place keep what they led to."""
    await _open_media(call, data.payload)

    def change(graph: Graph, tx: Tx) -> Graph:
        return replaced(graph, changed_step(get_step(graph, step_id), data, graph, tx.now_ms))

    return await _edit(call, link_id, change, lambda graph, _: _step(graph, step_id, link_id))


@delete(ONE, scope="workflows:write", status_code=200, tags=[TAG])
async def delete_step(call: Caller, link_id: FromPath[str], step_id: FromPath[str]) -> Response[Any]:
    """Erase a step; what led to it leads nowhere then."""
    return await _edit(call, link_id, lambda graph, _: removed(graph, step_id), None)


@put(CONNECTION, scope="workflows:write", **takes(ConnectIn, ConnectedAnswer, TAG))
async def connect_step(
    call: Caller,
    link_id: FromPath[str],
    step_id: FromPath[str],
    branch_id: FromPath[str],
    data: JSONBody[ConnectIn],
) -> Response[Any]:
    """Lead an exit to a step."""
    return await _edit(
        call,
        link_id,
        lambda graph, _: connected(graph, step_id, branch_id, data.next_step_id),
        lambda graph, _: _connected(graph, step_id, link_id),
    )


@delete(CONNECTION, scope="workflows:write", **gives(ConnectedAnswer, TAG))
async def disconnect_step(
    call: Caller, link_id: FromPath[str], step_id: FromPath[str], branch_id: FromPath[str]
) -> Response[Any]:
    """Let an exit lead nowhere."""
    return await _edit(
        call,
        link_id,
        lambda graph, _: connected(graph, step_id, branch_id, ""),
        lambda graph, _: _connected(graph, step_id, link_id),
    )


@post(f"{PATH}/auto-layout", scope="workflows:write", **gives(MovedAnswer, TAG))
async def lay_out(call: Caller, link_id: FromPath[str]) -> Response[Any]:
    """Place the steps from left to right."""
    return await _edit(call, link_id, lambda graph, _: laid_out(graph), _moved)


@post(f"{ONE}/resolve-collisions", scope="workflows:write", **gives(MovedAnswer, TAG))
async def spread(call: Caller, link_id: FromPath[str], step_id: FromPath[str]) -> Response[Any]:
    """Move steps that overlap, all but this one."""
    return await _edit(call, link_id, lambda graph, _: spread_out(graph, get_step(graph, step_id)), _moved)


async def _open_media(call: Call, payload: object) -> None:
    """Let visitors read the file that a payload opens, before the step is published."""
    media = respelled(payload).get("openMedia") if isinstance(payload, dict) else None
    if isinstance(media, dict):
        await opened_media(call, str(media.get("mediaId") or ""))


async def _edit(
    call: Call,
    link_id: str,
    change: Callable[[Graph, Tx], Graph],
    answer: Callable[[Graph, Graph], Struct] | None,
) -> Response[Any]:
    """Edit the workflow of a link and publish it. `answer` gets the new graph and the old one."""
    case = case_of(call)

    async def work(tx: Tx) -> tuple[Graph, Graph]:
        link = (await links.get_link(tx, call.actor, link_id)).link
        before = graph_of(link)
        graph = settled(change(before, tx))
        after = await links.update_link(tx, call.actor, link_id, await drawn(tx, call, link, graph))
        return graph_of(after.link), before

    def render(found: tuple[Graph, Graph]) -> Any:
        return nothing(found) if answer is None else spell(answer(*found), case)

    return await call.write(work, render)


def _step(graph: Graph, step_id: str, link_id: str) -> StepAnswer:
    return StepAnswer(workflow_step=to_step(get_step(graph, step_id), graph, link_id))


def _connected(graph: Graph, step_id: str, link_id: str) -> ConnectedAnswer:
    step: Step = get_step(graph, step_id)
    return ConnectedAnswer(
        workflow_step=to_step(step, graph, link_id),
        unconnected_branch_ids=[exit_id for exit_id, _ in step.exits() if exit_id not in step.next],
        disconnected_steps=unreached(graph),
    )


def _moved(after: Graph, before: Graph) -> MovedAnswer:
    return MovedAnswer(steps_repositioned=moves(before, after))


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise Invalid("id", "is not a UUID") from error


HANDLERS = [
    list_steps,
    validate_workflow,
    read_step,
    create_step,
    update_step,
    delete_step,
    connect_step,
    disconnect_step,
    lay_out,
    spread,
]
