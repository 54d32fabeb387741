"""Where steps stand on the canvas."""

from collections.abc import Sequence

import msgspec

from waypost.control.dialects.linkbreakers.limits import STEP_HEIGHT_PX, STEP_WIDTH_PX
from waypost.control.dialects.linkbreakers.workflow.graph import Graph, Step, reachable


def laid_out(graph: Graph) -> Graph:
    """From left to right by the number of steps it takes to get there; what nobody reaches stands at the end."""
    depths = reachable(graph)
    last = max(depths.values()) + 1
    rows: dict[int, int] = {}
    result = []
    for step in graph:
        depth = depths.get(step.id, last)
        row = rows.get(depth, 0)
        rows[depth] = row + 1
        result.append(
            msgspec.structs.replace(step, x=float(depth * STEP_WIDTH_PX), y=float(row * STEP_HEIGHT_PX))
        )
    return tuple(result)


def spread_out(graph: Graph, anchor: Step) -> Graph:
    """With steps that overlap pushed down until they stand free; the anchor stays."""
    placed = [anchor]
    moved: dict[str, Step] = {anchor.id: anchor}
    for step in sorted((each for each in graph if each.id != anchor.id), key=lambda each: (each.y, each.x)):
        free = step
        while any(_overlap(free, other) for other in placed):
            free = msgspec.structs.replace(free, y=free.y + STEP_HEIGHT_PX)
        placed.append(free)
        moved[step.id] = free
    return tuple(moved[step.id] for step in graph)


def moves(before: Sequence[Step], after: Sequence[Step]) -> int:
    """How many steps stand elsewhere than before."""
    return sum((old.x, old.y) != (new.x, new.y) for old, new in zip(before, after, strict=True))


def _overlap(one: Step, other: Step) -> bool:
    return abs(one.x - other.x) < STEP_WIDTH_PX and abs(one.y - other.y) < STEP_HEIGHT_PX
