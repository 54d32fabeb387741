"""What people did on a link-in-bio page: one question to analytics, and its answer put together. Pure."""

from waypost.control.core.reports import Scoped
from waypost.control.model.bio import BioPage, BioStats, ButtonStats
from waypost.wire.content.limits import BIO_LINKS_MAX
from waypost.wire.filters import Counts, Filter
from waypost.wire.queries import BreakdownAnswer, BreakdownQuery

_VIEW, _CLICK = "page", "page_click"
_BUTTONS_MAX = 9 * BIO_LINKS_MAX
"""Buttons that were clicked, those of earlier versions of the page too."""


def stats_query(scoped: Scoped) -> BreakdownQuery:
    """How often the page of this scope was seen and each button clicked, both at one moment."""
    wire = scoped.wire()
    wire["filters"] = (*wire["filters"], Filter("outcome", (_VIEW, _CLICK)))
    return BreakdownQuery(**wire, dimensions=("outcome", "item"), limit=_BUTTONS_MAX + 1)


def stats_of(page: BioPage, answer: BreakdownAnswer) -> BioStats:
    """Every button of the page in its order, then those that are gone but were clicked."""
    views = next((row.counts for row in answer.rows if row.values[0] == _VIEW), Counts())
    clicked = {row.values[1]: row.counts for row in answer.rows if row.values[0] == _CLICK}
    clicks = sum(counts.human for counts in clicked.values())
    buttons = []
    for button in page.content.get("links", ()):
        counts = clicked.pop(button["id"], Counts())
        buttons.append(
            ButtonStats(
                id=button["id"],
                title=button["title"],
                url=button["url"],
                clicks=counts.human,
                visitors=counts.unique,
            )
        )
    gone = [
        ButtonStats(id=name, clicks=counts.human, visitors=counts.unique)
        for name, counts in clicked.items()
        if counts.human
    ]
    return BioStats(views=views.human, visitors=views.unique, clicks=clicks, buttons=(*buttons, *gone))
