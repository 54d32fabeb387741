"""The two steps every link is born with: a visit enters, a redirect leaves."""

from uuid import UUID, uuid5

from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.schemas.steps import BranchOut, StepOut
from waypost.control.model.links import LinkView


def step_id(link_id: str, role: str) -> str:
    """The id of a step: the same for ever, without being kept."""
    return str(uuid5(UUID(link_id), role))


def to_steps(view: LinkView) -> list[StepOut]:
    """Entry and exit, connected. The exit's destination is the link's: one value, two doors."""
    link = view.link
    entry, leave = step_id(link.id, "entry"), step_id(link.id, "exit")
    return [
        StepOut(
            id=entry,
            link_id=link.id,
            kind="KIND_ENTRY",
            event_action="EVENT_ACTION_LINK_VISIT",
            payload={"linkVisit": {}},
            branches=[BranchOut(branch_id="default", label="", next_step_id=leave)],
            parent_step_ids=[],
            child_step_ids=[leave],
            created_at=at(link.created_ms),
            updated_at=at(link.updated_ms),
        ),
        StepOut(
            id=leave,
            link_id=link.id,
            kind="KIND_EXIT",
            event_action="EVENT_ACTION_CLIENT_REDIRECT",
            payload={
                "clientRedirect": {
                    "destination": link.target_url,
                    "conversionTracking": link.track_conversion,
                }
            },
            branches=[],
            parent_step_ids=[entry],
            child_step_ids=[],
            created_at=at(link.created_ms),
            updated_at=at(link.updated_ms),
        ),
    ]
