"""What visitors sent by forms."""

from typing import ClassVar

from msgspec import Struct

from waypost.control.model.faults import NotFound


class FormSubmissionNotFound(NotFound):
    """No such submission in this workspace."""

    code: ClassVar[str] = "form_submission_not_found"
    kind: ClassVar[str] = "form submission"


class FormValue(Struct, frozen=True, kw_only=True):
    """One field as the form had it when it was sent, and what was written into it."""

    name: str
    label: str
    type: str
    value: str


class FormSubmission(Struct, frozen=True, kw_only=True):
    """One answer. `consent` holds the words that were agreed to; `created_ms` is when the visitor sent it."""

    id: str
    workspace_id: str
    link_id: str
    values: tuple[FormValue, ...]
    consent: str
    visitor: str
    country: str
    language: str
    domain: str
    created_ms: int
    received_ms: int

    @property
    def email(self) -> str:
        """The first mail address among the values, "" when there is none."""
        return next((each.value for each in self.values if each.type == "email" and each.value), "")
