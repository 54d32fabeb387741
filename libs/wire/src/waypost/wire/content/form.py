"""A lead form, and the check of what a visitor sends back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from msgspec import Meta, Struct

from waypost.wire.content.fields import (
    FORMATS,
    Line,
    Name,
    Paragraph,
    Pattern,
    RequiredIdentifier,
    RequiredLine,
    RequiredName,
    WebUrl,
    has_hidden_characters,
    one_of,
)
from waypost.wire.content.limits import (
    FORM_ANSWER_CHARACTERS_MAX,
    FORM_FIELDS_MAX,
    FORM_OPTIONS_MAX,
    PARAGRAPH_CHARACTERS_MAX,
)
from waypost.wire.content.look import Button, Content
from waypost.wire.content.pattern import fits

FIELD_TYPES = ("text", "email", "phone", "number", "date", "textarea", "select", "radio", "checkbox")

TRAP_FIELD = "website_2"
"""A field that people do not see. Who fills it is a robot, and the answer is dropped without a word."""

TOKEN_FIELD = "form_token"
"""The edge's own signed token, where it uses one."""

CONSENT_FIELD = "consent"

_RESERVED = frozenset({TRAP_FIELD, TOKEN_FIELD, CONSENT_FIELD})
_CHOICES = frozenset({"select", "radio"})


class FormField(Struct, frozen=True, omit_defaults=True):
    """One question. `name` is its key in the stored answer."""

    name: RequiredIdentifier
    label: RequiredLine
    type: Annotated[str, one_of(FIELD_TYPES)] = "text"
    required: bool = False
    placeholder: Line = ""
    hint: Line = ""
    value: Line = ""
    """What it holds before the visitor writes."""
    options: Annotated[tuple[RequiredName, ...], Meta(max_length=FORM_OPTIONS_MAX)] = ()
    pattern: Pattern = ""
    """What an answer that is written, not chosen, must look like somewhere in it."""


class Consent(Struct, frozen=True, omit_defaults=True):
    """A box to tick before sending, with the policy that it stands for."""

    text: Annotated[str, Meta(min_length=1, max_length=PARAGRAPH_CHARACTERS_MAX)]
    policy_url: WebUrl = ""
    required: bool = True


class Form(Content, frozen=True, omit_defaults=True, kw_only=True):
    """Fields, consent, and what is said after sending."""

    title: RequiredName
    text: Paragraph = ""
    fields: Annotated[tuple[FormField, ...], Meta(min_length=1, max_length=FORM_FIELDS_MAX)]
    consent: Consent | None = None
    submit_label: Name = ""
    done_title: Line = ""
    done_text: Paragraph = ""
    done_button: Button | None = None
    skip_button: Button | None = None
    """A way on for those who do not answer."""

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Names are unique; a choice has something to choose from."""
        seen: set[str] = set()
        for index, field in enumerate(self.fields):
            if field.name in _RESERVED:
                yield f"fields[{index}].name", "is reserved"
            if field.name in seen:
                yield f"fields[{index}].name", "is used by another field of this form"
            seen.add(field.name)
            if field.type in _CHOICES and not field.options:
                yield f"fields[{index}].options", f"a {field.type} needs options"


class Answers(Struct, frozen=True):
    """What a visitor sent, in the order of the form. `consent` is False where none was asked or given."""

    values: dict[str, str]
    consent: bool
    problems: dict[str, str]
    """Name of a field to the key of what is wrong: required, too_long, characters, email, phone,
    number, date, choice, pattern."""
    is_robot: bool


def read_answers(form: Form, sent: Mapping[str, Sequence[str]]) -> Answers:
    """Judge a decoded `application/x-www-form-urlencoded` body against its form; unknown keys are dropped."""
    values: dict[str, str] = {}
    problems: dict[str, str] = {}
    for field in form.fields:
        value = _first(sent, field.name)
        values[field.name] = value[:FORM_ANSWER_CHARACTERS_MAX]
        if problem := _problem(field, value):
            problems[field.name] = problem
    consent = form.consent is not None and bool(_first(sent, CONSENT_FIELD))
    if form.consent is not None and form.consent.required and not consent:
        problems[CONSENT_FIELD] = "required"
    return Answers(values, consent, problems, bool(_first(sent, TRAP_FIELD)))


def _first(sent: Mapping[str, Sequence[str]], name: str) -> str:
    values = sent.get(name, ())
    return values[0].replace("\r\n", "\n").strip() if values else ""


def _problem(field: FormField, value: str) -> str:
    if not value:
        return "required" if field.required else ""
    if len(value) > FORM_ANSWER_CHARACTERS_MAX or has_hidden_characters(value):
        return "too_long" if len(value) > FORM_ANSWER_CHARACTERS_MAX else "characters"
    if field.type in ("email", "phone", "date") and not FORMATS[field.type][0](value):
        return field.type
    if field.type == "number" and not _is_number(value):
        return "number"
    if field.type in _CHOICES:
        return "" if value in field.options else "choice"
    return "pattern" if field.pattern and field.type != "checkbox" and not fits(field.pattern, value) else ""


def _is_number(value: str) -> bool:
    try:
        return float(value) == float(value)
    except ValueError:
        return False
