"""Dimensions that control makes: the groups its links are in, joined to their scans."""

from collections.abc import Sequence

from waypost.analytics.reports.dimensions import Dimension
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.refusal import Refused
from waypost.wire.filters import LinkGroups
from waypost.wire.limits import QUERY_GROUP_MEMBERS_MAX

_NAMES_MAX = 1 << 16
"""A link's number and the position of a name travel as one number; names come below this one."""


def check_groups(groups: Sequence[LinkGroups]) -> None:
    """Raises Refused when there are too many members, or a position that has no name."""
    members = [positions for each in groups for _, positions in each.links]
    if sum(map(len, members)) > QUERY_GROUP_MEMBERS_MAX:
        raise Refused("too_many", f"at most {QUERY_GROUP_MEMBERS_MAX} members of groups", "groups")
    for each in groups:
        if not each.dimension.isidentifier():
            raise Refused("bad_groups", f"{each.dimension!r} names no dimension", "groups")
        if any(not 0 <= at < len(each.names) for _, positions in each.links for at in positions):
            raise Refused("bad_groups", "a position names no group", "groups")


def group_dimension(reader: Reader, groups: LinkGroups) -> Dimension:
    """The dimension of some groups. Links in none of them have the value ""."""
    positions = dict(groups.links)
    ids = reader.link_ids(reader.link_numbers(list(positions)))
    pairs = [link * _NAMES_MAX + at + 1 for link, link_id in ids.items() for at in positions[link_id]]
    alias = f"in_{groups.dimension}"
    pair_rows = f"SELECT {reader.numbers(alias)} AS pair"
    join = (
        f" LEFT JOIN (SELECT {reader.divided('pair', _NAMES_MAX)} AS grouped_link, pair % {_NAMES_MAX} AS name"
        f" FROM ({pair_rows}) AS pairs) AS {alias} ON scans.link = {alias}.grouped_link"
    )
    listed = ",".join(map(str, pairs or [0]))
    return Dimension(f"coalesce({alias}.name, 0)", ("", *groups.names), join=join, texts={alias: listed})
