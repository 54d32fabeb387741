"""What a workflow comes to, way by way: nouns of the lowering."""

from hashlib import blake2b
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from waypost.control.dialects.linkbreakers.workflow.graph import Json, Step
from waypost.rules import Rule
from waypost.rules.model import Condition

OWN = "lb-"
"""How ids of rules begin that were drawn here; others are left alone."""

Severity: TypeAlias = Literal["error", "warning"]


class Issue(Struct, frozen=True):
    """Something that will not happen as it is drawn."""

    step: Step
    severity: Severity
    message: str


class Passed(Struct, frozen=True):
    """A step that saves something about who goes through it, and the exit that they took."""

    step: Step
    exit_id: str = ""


class Drawn(Struct, frozen=True):
    """The rule of a way. `said` changes when the drawing leads the way elsewhere, and only then; `step` is the last
    one at which the way parted from others."""

    rule: Rule
    said: str
    step: Step
    passed: tuple[Passed, ...] = ()


class Lowered(Struct, frozen=True, kw_only=True):
    """What a graph comes to. `destination_step` holds the link's own destination, None without one."""

    drawn: tuple[Drawn, ...] = ()
    destination_step: Step | None = None
    passed: tuple[Passed, ...] = ()
    """On the way to the link's own destination."""
    page: tuple[str, Json] | None = None
    page_said: str = ""
    page_step: Step | None = None
    password_step: Step | None = None
    issues: tuple[Issue, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of all ways, in the order in which they are asked."""
        return tuple(each.rule for each in self.drawn)

    @property
    def tracks(self) -> bool:
        """Whether the way without conditions asks for the visitor's id at its destination."""
        step = self.destination_step
        return bool(step and step.payload.get("conversionTracking"))


class Way(Struct, frozen=True, kw_only=True):
    """How visitors came to a step: what they meet, over which exits, and whether they gave the password."""

    when: tuple[Condition, ...] = ()
    path: tuple[str, ...] = ()
    at: str
    """The step at which it parted from others."""
    locked: bool = False
    back: str = ""
    """The address of the page that was seen last, where pages have buttons that lead back."""

    passed: tuple[Passed, ...] = ()

    def through(self, step: Step, exit_id: str = "") -> "Way":
        """The same behind a step, which is noted where it saves something."""
        if not saves(step):
            return self
        return msgspec.structs.replace(self, passed=(*self.passed, Passed(step, exit_id)))

    def over(self, at: str, *exits: str, when: tuple[Condition, ...] = ()) -> "Way":
        """The same, further on."""
        path = (*self.path, at, *exits)
        return msgspec.structs.replace(self, when=(*self.when, *when), path=path, at=at)


class End(Struct, frozen=True, kw_only=True):
    """Where a way ends: a step, or nowhere; with the page behind a form, and the file that is opened."""

    step: Step | None = None
    after: Step | None = None
    file: str = ""


class Found(Struct, frozen=True, kw_only=True):
    """The rule of a way, the step at which it parted, and where it ends."""

    rule: Rule
    locked: bool
    at: str
    end: End
    passed: tuple[Passed, ...] = ()


def saves(step: Step) -> bool:
    """Whether a step saves something about its visitors; conditions only ask."""
    return bool(step.capture and step.capture.get("enabled")) and not step.what.is_condition


def said_of(when: tuple[Condition, ...], end: End, plain: Step | None) -> str:
    """A way in the drawing's own words: without the link's own addresses and locks, which move by themselves."""
    step, after = end.step, end.after
    if step is None or (plain and step.id == plain.id):
        return word_of(repr(when), step and step.id)
    return word_of(repr(when), step.id, step.payload, step.next, step.back, after and after.payload, end.file)


def word_of(*parts: object) -> str:
    """A short word for things, the same as long as they are."""
    return blake2b(msgspec.json.encode(parts, order="sorted"), digest_size=4).hexdigest()


def digest(*parts: str) -> str:
    """A name for a way or a step, the same in every drawing."""
    return blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()
