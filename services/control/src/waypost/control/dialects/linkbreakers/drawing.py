"""Workflows published: a graph, or a change of what it leads to, as the change of its link."""

import msgspec
from msgspec import UNSET

from waypost.control.core.link_checks import checked_rules
from waypost.control.core.link_content import with_own_paths
from waypost.control.dialects.linkbreakers.library import files_of
from waypost.control.dialects.linkbreakers.mapping.links import DIALECT
from waypost.control.dialects.linkbreakers.mapping.steps import graph_of, to_command
from waypost.control.dialects.linkbreakers.theming import with_look
from waypost.control.dialects.linkbreakers.workflow.graph import Graph
from waypost.control.dialects.linkbreakers.workflow.ways import Lowered
from waypost.control.model.links import Link, UpdateLink
from waypost.control.store import workspaces
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call

_LED_TO = ("target_url", "fallback_url", "track_conversion", "extras")
_DRAWN = ("rules", "extras", "template_type", "content")


async def zone_of(tx: Tx, call: Call) -> str:
    """Where days and times of conditions are."""
    return (await workspaces.get(tx, call.actor.workspace_id)).timezone


def settled(tx: Tx, found: Lowered) -> Lowered:
    """What a workflow comes to, as the link will keep it. Raises Invalid and its kinds."""
    rules = checked_rules(tx, found.rules, {})
    ways = [msgspec.structs.replace(way, rule=rule) for way, rule in zip(found.drawn, rules, strict=True)]
    page = found.page
    if page is not None:
        kind, document = page
        values = with_own_paths({"template_type": kind, "content": document}, tx.installation)
        page = kind, values["content"]
    return msgspec.structs.replace(found, drawn=tuple(ways), page=page)


async def drawn(tx: Tx, call: Call, link: Link, graph: Graph) -> UpdateLink:
    """The change of a link that gets this workflow, in the look of its theme. Raises Invalid."""
    zone, files = await zone_of(tx, call), await files_of(tx, call, graph)
    command = to_command(link, graph, zone, files, lambda found: settled(tx, found))
    return await with_look(tx, link, command)


async def redrawn(tx: Tx, call: Call, link: Link, command: UpdateLink) -> UpdateLink:
    """A change of a link's addresses, with the ways of its workflow that lead there. Raises Invalid."""
    addresses = (command.target_url, command.fallback_url)
    if all(url is UNSET for url in addresses) or not link.extras.get(DIALECT, {}).get("steps"):
        return command
    changes = {name: value for name in _LED_TO if (value := getattr(command, name)) is not UNSET}
    after = msgspec.structs.replace(link, **changes)
    workflow = await drawn(tx, call, after, graph_of(after))
    new = {name: value for name in _DRAWN if (value := getattr(workflow, name)) is not UNSET}
    return msgspec.structs.replace(command, **new)
