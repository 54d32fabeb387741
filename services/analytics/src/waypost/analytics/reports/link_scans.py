"""The scans of named links as arrays, for counting in memory. What is said by outcome and user agent is chosen
here: the store would take longer to join the agents of a few scans than it takes to read both. Of what a store keeps
in memory, the rows are chosen here, too."""

from collections.abc import Mapping, Sequence

import numpy as np

from waypost.analytics.limits import TALLIED_SCANS_MAX
from waypost.analytics.reports.dimensions import Dimension
from waypost.analytics.reports.scope import Scope
from waypost.analytics.reports.tally import Array, Scans
from waypost.analytics.store.schema import COUNTED_OUTCOMES


def read(scope: Scope, dimensions: Sequence[Dimension]) -> Scans | None:
    """The scans of a scope with the values of these dimensions, which join no table but the agents; None when
    there are too many to hold."""
    named = {f"d{index}": each for index, each in enumerate(dimensions)}
    of_agent = {name: each for name, each in named.items() if each.of_agent}
    columns = {name: each.sql for name, each in named.items() if name not in of_agent}
    columns |= {name: name for name in ("visitor", "verdict", "source")}
    if scope.is_counted:
        columns["outcome"] = "outcome"
    if of_agent or scope.of_agents:
        columns["agent"] = "agent"
    found = _kept_and_newer(scope, columns) or _asked(scope, columns)
    count = len(found["verdict"])
    if count > TALLIED_SCANS_MAX:
        return None
    kept = np.arange(count)
    if scope.is_counted:
        kept = np.flatnonzero(np.isin(found["outcome"], COUNTED_OUTCOMES))
    said: Mapping[str, Array] = {}
    places = kept
    if "agent" in found:
        said, places = _agents(scope, of_agent, found["agent"][kept])
        kept, places = kept[places >= 0], places[places >= 0]
    return Scans(
        [said[name][places] if name in of_agent else found[name][kept] for name in named],
        found["visitor"][kept],
        found["verdict"][kept],
        found["source"][kept],
    )


def _kept_and_newer(scope: Scope, columns: Mapping[str, str]) -> Mapping[str, Array] | None:
    """The columns of a scope's scans, the older ones from memory; None when the store has to be asked for all."""
    needed = dict.fromkeys(["at_ms", *columns.values(), *(each.sql for each in scope.chosen)])
    kept = scope.reader.kept(scope.where_links(), needed)
    if kept is None:
        return None
    at_ms = kept.columns["at_ms"].values
    is_chosen = (at_ms >= scope.query.from_ms) & (at_ms < scope.query.to_ms)
    for each in scope.chosen:
        is_chosen &= kept.columns[each.sql].is_among(each.values) != each.exclude
    rows = np.flatnonzero(is_chosen)
    found = {name: kept.columns[sql].of(rows) for name, sql in columns.items()}
    if kept.has_newer:
        newer = _asked(scope, columns, kept.up_to)
        found = {name: np.concatenate([older, newer[name]]) for name, older in found.items()}
    return found if kept.is_current() else None


def _asked(scope: Scope, columns: Mapping[str, str], first: int = 0) -> Mapping[str, Array]:
    """The columns of a scope's scans from the id `first` on, or of one more than are counted in memory."""
    selected = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    where = scope.where_scans(scope.query.from_ms, scope.query.to_ms)
    newer = f" AND id >= {first}" if first else ""
    return scope.reader.arrays(
        f"SELECT {selected} FROM scans WHERE {where}{newer} LIMIT {TALLIED_SCANS_MAX + 1}",
        scope.texts_of_scans,
    )


def _agents(
    scope: Scope, dimensions: Mapping[str, Dimension], numbers: Array
) -> tuple[Mapping[str, Array], Array]:
    """What the scope's agents say, and for each of these numbers the place where it stands; -1 for others."""
    selected = "".join(f", {each.sql} AS {name}" for name, each in dimensions.items())
    where = f" WHERE {' AND '.join(scope.of_agents)}" if scope.of_agents else ""
    agents = scope.reader.arrays(f"SELECT agent{selected} FROM agents{where}", scope.texts_of_agents)
    known = agents["agent"]
    places = np.full(max(known.max(initial=0), numbers.max(initial=0)) + 1, -1)
    places[known] = np.arange(len(known))
    return agents, places[numbers]
