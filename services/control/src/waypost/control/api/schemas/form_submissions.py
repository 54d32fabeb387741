"""What visitors sent by forms, as JSON and as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from waypost.control.api.csv_rows import safe_cell
from waypost.control.api.mapping import always_time
from waypost.control.model.forms import FormSubmission, FormValue

_BEFORE = ("id", "link_id", "submitted_at", "consent", "country", "language", "visitor")
_FIELD = "field."
"""Before the name of each field of a form, so that one called `id` is told from the submission's."""


class FormSubmissionOut(Struct, frozen=True, kw_only=True):
    """One answer. `fields` has the form's order, with the labels it had when it was sent."""

    id: str
    workspace_id: str
    link_id: str
    submitted_at: datetime
    received_at: datetime
    fields: list[FormValue]
    consent: str | None
    """The words that were agreed to."""
    country: str | None
    language: str | None
    domain: str | None
    visitor: str | None
    """The same for one visitor on one day; null for who asked not to be told apart."""


def to_submission(submission: FormSubmission) -> FormSubmissionOut:
    """A submission as JSON."""
    return FormSubmissionOut(
        id=submission.id,
        workspace_id=submission.workspace_id,
        link_id=submission.link_id,
        submitted_at=always_time(submission.created_ms),
        received_at=always_time(submission.received_ms),
        fields=list(submission.values),
        consent=submission.consent or None,
        country=submission.country or None,
        language=submission.language or None,
        domain=submission.domain or None,
        visitor=submission.visitor or None,
    )


def csv_header(fields: Sequence[str]) -> bytes:
    """The first line, for these names of fields."""
    return _line([*_BEFORE, *(_FIELD + name for name in fields)])


def csv_lines(submissions: Iterable[FormSubmission], fields: Sequence[str]) -> bytes:
    """One line for each; no cell runs as a formula."""
    lines = []
    for submission in submissions:
        shown = to_submission(submission)
        found = {each.name: each.value for each in submission.values}
        before = (
            shown.id,
            shown.link_id,
            shown.submitted_at.isoformat(),
            submission.consent,
            submission.country,
            submission.language,
            submission.visitor,
        )
        lines.append(_line([*before, *(found.get(name, "") for name in fields)]))
    return b"".join(lines)


def _line(cells: Sequence[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow([safe_cell(cell) for cell in cells])
    return buffer.getvalue().encode()
