"""What visitors sent by forms: taken from the edges once, listed, erased."""

from typing import Any

import msgspec

from waypost.control.core import link_views, links
from waypost.control.core.announce import announce
from waypost.control.core.record_change import record_change
from waypost.control.model.access import Actor
from waypost.control.model.faults import LinkNotFound, OutOfReach
from waypost.control.model.forms import FormSubmission, FormSubmissionNotFound, FormValue
from waypost.control.model.page import Page, PageRequest
from waypost.control.model.webhooks.payload import rfc3339
from waypost.control.store import form_submissions, workspaces
from waypost.control.store import links as stored_links
from waypost.control.store.form_submissions import table
from waypost.control.store.tx import Tx
from waypost.wire.form_answer import FormAnswerV1
from waypost.wire.ids import to_text


async def take(tx: Tx, answer: FormAnswerV1) -> bool:
    """Store an answer and let webhooks know; False when it was here already.

    Raises WorkspaceNotFound when the workspace is gone. An answer to a link that was deleted meanwhile is
    kept all the same: somebody sent it.
    """
    submission = FormSubmission(
        id=to_text(answer.id),
        workspace_id=to_text(answer.workspace_id),
        link_id=to_text(answer.link_id),
        values=tuple(
            FormValue(name=each.name, label=each.label, type=each.type, value=each.value)
            for each in answer.values
        ),
        consent=answer.consent,
        visitor=answer.visitor.hex(),
        country=answer.country,
        language=answer.language,
        domain=answer.domain,
        created_ms=answer.at_ms,
        received_ms=tx.now_ms,
    )
    await workspaces.get(tx, submission.workspace_id)
    if not await form_submissions.add(tx, submission):
        return False
    found = await stored_links.get_many(tx, submission.workspace_id, [submission.link_id])
    link: dict[str, Any] = link_views.event_data(await link_views.view(tx, found[0])) if found else {}
    announce(
        tx,
        "form.submitted",
        submission.workspace_id,
        link | event_data(submission),
        link_id=submission.link_id if found else None,
    )
    return True


def event_data(submission: FormSubmission) -> dict[str, Any]:
    """A submission as an event tells it: plain JSON."""
    return {
        "submission": {
            "id": submission.id,
            "submitted_at": rfc3339(submission.created_ms),
            "fields": msgspec.to_builtins(submission.values),
            "email": submission.email,
            "consent": submission.consent,
            "visitor": submission.visitor,
            "country": submission.country,
            "language": submission.language,
        }
    }


async def list_submissions(
    tx: Tx,
    actor: Actor,
    wanted: PageRequest,
    *,
    link_id: str = "",
    start_ms: int = 0,
    end_ms: int = 0,
    received_until_ms: int = 0,
) -> Page[FormSubmission]:
    """Submissions, newest first. Raises InvalidCursor, LinkNotFound, and OutOfReach for an actor that is limited
    to some links and names none."""
    conditions: list[Any] = []
    if link_id:
        await links.reachable(tx, actor, link_id)
        conditions.append(table.c.link_id == link_id)
    elif actor.domain_id is not None or actor.own_links_only:
        raise OutOfReach("some links, so name one as `link_id`")
    if start_ms:
        conditions.append(table.c.created_ms >= start_ms)
    if end_ms:
        conditions.append(table.c.created_ms < end_ms)
    if received_until_ms:
        conditions.append(table.c.received_ms <= received_until_ms)
    return await form_submissions.rows.page(tx, actor.workspace_id, wanted, *conditions)


async def get_submission(tx: Tx, actor: Actor, submission_id: str) -> FormSubmission:
    """One submission. Raises FormSubmissionNotFound."""
    submission = await form_submissions.rows.get(tx, actor.workspace_id, submission_id)
    if actor.domain_id is not None or actor.own_links_only:
        try:
            await links.reachable(tx, actor, submission.link_id)
        except LinkNotFound as error:
            raise FormSubmissionNotFound(submission_id) from error
    return submission


async def forget_visitor(tx: Tx, actor: Actor, visitor: str) -> None:
    """Cut the tie between a visitor and what they sent; what they wrote stays."""
    if visitor:
        await form_submissions.forget_visitor(tx, actor.workspace_id, visitor)


async def erase_submission(tx: Tx, actor: Actor, submission_id: str) -> None:
    """Forget a submission for good. The log keeps that it was erased, not what was in it.

    Raises FormSubmissionNotFound.
    """
    submission = await get_submission(tx, actor, submission_id)
    await form_submissions.rows.remove(tx, submission.id)
    await record_change(tx, actor, "form_submission.erase", submission.id, None, None)
