"""What people did on a link-in-bio page: the questions to analytics, and their answers put together. Pure."""

from typing import Any

from waypost.control.core.reports import Scoped
from waypost.control.model.bio import BioPage, BioStats, ButtonStats
from waypost.wire.content.limits import BIO_LINKS_MAX
from waypost.wire.filters import Filter
from waypost.wire.queries import BreakdownAnswer, BreakdownQuery, SummaryAnswer, SummaryQuery

_BUTTONS_MAX = 10 * BIO_LINKS_MAX
"""Buttons that were clicked, those of earlier versions of the page too."""


def views_query(scoped: Scoped) -> SummaryQuery:
    """How often the page of this scope was seen."""
    return SummaryQuery(**_with_outcome(scoped, "page"))


def clicks_query(scoped: Scoped) -> BreakdownQuery:
    """How often each button was clicked."""
    return BreakdownQuery(**_with_outcome(scoped, "page_click"), dimensions=("item",), limit=_BUTTONS_MAX)


def stats_of(page: BioPage, views: SummaryAnswer, clicks: BreakdownAnswer) -> BioStats:
    """Every button of the page in its order, then those that are gone but were clicked."""
    counted = {row.values[0]: row.counts for row in clicks.rows}
    buttons = []
    for button in page.content.get("links", ()):
        counts = counted.pop(button["id"], None)
        buttons.append(
            ButtonStats(
                id=button["id"],
                title=button["title"],
                url=button["url"],
                clicks=counts.human if counts else 0,
                visitors=counts.unique if counts else 0,
            )
        )
    gone = [
        ButtonStats(id=name, clicks=counts.human, visitors=counts.unique)
        for name, counts in counted.items()
        if counts.human
    ]
    return BioStats(
        views=views.human,
        visitors=views.unique,
        clicks=clicks.overall.human,
        buttons=(*buttons, *gone),
    )


def _with_outcome(scoped: Scoped, outcome: str) -> dict[str, Any]:
    wire = scoped.wire()
    return {**wire, "filters": (*wire["filters"], Filter("outcome", (outcome,)))}
