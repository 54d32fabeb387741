"""What visitors sent by forms: stored once, told once, listed, exported, erased."""

import csv
import io
import json
from typing import Any

import httpx
import msgspec
import pytest
from tests.control.clock import Clock
from tests.control.conftest import ApiClient
from tests.control.test_links import make

from waypost.control.core import form_submissions
from waypost.control.jobs.form_intake import FormIntake
from waypost.control.model.access import Actor
from waypost.control.store import events
from waypost.control.store.database import Database
from waypost.wire.codec import decode_form_taken, encode
from waypost.wire.form_answer import FormAnswerV1, FormValueV1
from waypost.wire.ids import to_bytes, to_text, uuid7

FORM = {
    "title": "Book a tasting",
    "fields": [
        {"name": "name", "label": "Your name"},
        {"name": "email", "label": "Email", "type": "email"},
    ],
}


async def form_link(client: httpx.AsyncClient, slug: str) -> dict[str, Any]:
    """A link that shows a form."""
    return await make(client, slug=slug, template_type="form", content=FORM)


def answer_to(link: dict[str, Any], number: int, *, name: str = "Ines", **members: Any) -> FormAnswerV1:
    """What the edge would tell of one visitor."""
    at_ms = 1_800_000_000_000 + number * 1000
    return FormAnswerV1(
        id=uuid7(at_ms, number.to_bytes(10, "big")).bytes,
        at_ms=at_ms,
        link_id=to_bytes(link["id"]),
        workspace_id=to_bytes(link["workspace_id"]),
        values=(
            FormValueV1("name", "Your name", "text", name),
            FormValueV1("email", "Email", "email", "ines@example.com"),
        ),
        consent="You may call me.",
        visitor=b"visitor!",
        country="PT",
        language="pt",
        domain="go.example",
        **members,
    )


@pytest.fixture
def intake(database: Database) -> FormIntake:
    """The worker's part; no broker is needed to hand it a message."""
    return FormIntake(database, broker=None)  # type: ignore[arg-type]  # only `serve` uses it


async def take(intake: FormIntake, answer: FormAnswerV1) -> str:
    """Hand over an answer as the broker would; why it was refused, "" when it was not."""
    taken = decode_form_taken(await intake.take(encode(answer)))
    assert taken.id == answer.id
    return taken.refused


async def told_of_forms(database: Database) -> list[dict[str, Any]]:
    """The data of every event of a form."""
    async with database.read() as tx:
        return [each.data for each in await events.after(tx, 0, 50) if each.type == "form.submitted"]


async def test_answer_told_twice_is_stored_and_announced_once(
    client: httpx.AsyncClient, database: Database, intake: FormIntake
) -> None:
    """The edge asks again whenever a reply was lost; a lead must not become two."""
    link = await form_link(client, "tasting")
    answer = answer_to(link, 1)
    assert [await take(intake, answer), await take(intake, answer)] == ["", ""]
    page = (await client.get("/v1/form-submissions")).json()
    (submission,) = page["data"]
    assert submission["id"] == to_text(answer.id)
    assert submission["link_id"] == link["id"]
    assert submission["submitted_at"] == "2027-01-15T08:00:01Z"
    assert submission["fields"] == [
        {"name": "name", "label": "Your name", "type": "text", "value": "Ines"},
        {"name": "email", "label": "Email", "type": "email", "value": "ines@example.com"},
    ]
    assert (submission["consent"], submission["country"]) == ("You may call me.", "PT")
    (event,) = await told_of_forms(database)
    assert event["link"]["link"]["id"] == link["id"]
    assert event["submission"]["email"] == "ines@example.com"
    assert event["submission"]["fields"] == submission["fields"]
    one = await client.get(f"/v1/form-submissions/{submission['id']}")
    assert one.json() == submission


async def test_answer_to_a_link_that_was_deleted_is_kept(
    client: httpx.AsyncClient, database: Database, intake: FormIntake
) -> None:
    """It was thanked for at the edge; that the form went away meanwhile is not the visitor's fault."""
    link = await form_link(client, "tasting")
    await client.delete(f"/v1/links/{link['id']}")
    assert await take(intake, answer_to(link, 1)) == ""
    assert len((await client.get("/v1/form-submissions")).json()["data"]) == 1
    assert "link" not in (await told_of_forms(database))[0]


async def test_answer_that_nobody_can_take_is_refused_for_good(
    client: httpx.AsyncClient, intake: FormIntake
) -> None:
    """Else the edge would ask for ever."""
    link = await form_link(client, "tasting")
    stray = msgspec.structs.replace(answer_to(link, 1), workspace_id=b"x" * 16)
    assert await take(intake, stray)
    assert decode_form_taken(await intake.take(b"\xc1")).refused
    assert (await client.get("/v1/form-submissions")).json()["data"] == []


async def test_answers_are_listed_newest_first_by_link_and_time(
    client: httpx.AsyncClient, intake: FormIntake
) -> None:
    """Each form has its own list, however many forms there are."""
    one, two = await form_link(client, "one"), await form_link(client, "two")
    for number in range(5):
        await take(intake, answer_to(one if number % 2 == 0 else two, number, name=str(number)))

    async def names(**params: Any) -> list[str]:
        page = (await client.get("/v1/form-submissions", params=params)).json()
        return [each["fields"][0]["value"] for each in page["data"]]

    assert await names() == ["4", "3", "2", "1", "0"]
    assert await names(link_id=one["id"]) == ["4", "2", "0"]
    assert await names(start="2027-01-15T08:00:02Z", end="2027-01-15T08:00:04Z") == ["3", "2"]
    first = (await client.get("/v1/form-submissions", params={"limit": 3})).json()
    assert await names(limit=3, cursor=first["next_cursor"]) == ["1", "0"]
    assert (await client.get("/v1/form-submissions", params={"link_id": "nobody"})).status_code == 404


async def test_export_has_a_column_for_every_field_and_runs_no_formula(
    client: httpx.AsyncClient, intake: FormIntake, clock: Clock
) -> None:
    """Leads end up in a spreadsheet, and anybody on the internet may write into it."""
    link = await form_link(client, "tasting")
    await take(intake, answer_to(link, 1, name='=HYPERLINK("http://evil.example","x")'))
    older = msgspec.structs.replace(
        answer_to(link, 0), values=(FormValueV1("guests", "Guests", "number", "-2"),), consent=""
    )
    await take(intake, older)
    clock.advance(seconds=1)
    answer = await client.get("/v1/form-submissions/export")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["field.name"] for row in rows] == ['\'=HYPERLINK("http://evil.example","x")', ""]
    assert [row["field.guests"] for row in rows] == ["", "'-2"]
    assert [row["consent"] for row in rows] == ["You may call me.", ""]
    lines = (await client.get("/v1/form-submissions/export", params={"format": "ndjson"})).text
    listed = (await client.get("/v1/form-submissions")).json()["data"]
    assert [json.loads(line) for line in lines.splitlines()] == listed


async def test_export_goes_over_all_pages(client: httpx.AsyncClient, intake: FormIntake) -> None:
    """The five-hundredth lead is worth as much as the first."""
    link = await form_link(client, "tasting")
    for number in range(205):
        await take(intake, answer_to(link, number, name=str(number)))
    answer = await client.get("/v1/form-submissions/export", params={"link_id": link["id"]})
    names = [row["field.name"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))]
    assert names == [str(number) for number in reversed(range(205))]


async def test_erased_answer_is_gone_and_its_words_are_in_no_log(
    client: httpx.AsyncClient, intake: FormIntake
) -> None:
    """Who asks to be forgotten must not live on in the audit log."""
    link = await form_link(client, "tasting")
    answer = answer_to(link, 1)
    await take(intake, answer)
    path = f"/v1/form-submissions/{to_text(answer.id)}"
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).json()["code"] == "form_submission_not_found"
    log = (await client.get("/v1/changes", params={"kind": "form_submission"})).json()["data"]
    assert [(each["action"], each["diff"]) for each in log] == [("form_submission.erase", {})]


async def test_who_may_not_see_a_link_sees_no_answers_to_it(
    client: httpx.AsyncClient, api_client: ApiClient, intake: FormIntake, stranger: Actor
) -> None:
    """Answers hold addresses of people: keys for links alone, keys of one domain and strangers get none."""
    link = await form_link(client, "tasting")
    answer = answer_to(link, 1)
    await take(intake, answer)
    path = f"/v1/form-submissions/{to_text(answer.id)}"
    writer = await api_client("links:read", "links:write")
    assert (await writer.get("/v1/form-submissions")).status_code == 403
    other = await api_client("*", actor=stranger)
    assert (await other.get(path)).status_code == 404
    assert (await other.get("/v1/form-submissions")).json()["data"] == []
    made = await client.post("/v1/keys", json={"name": "own", "scopes": ["*"], "own_links_only": True})
    limited = await api_client(text=made.json()["text"])
    assert (await limited.get(path)).status_code == 404
    assert (await limited.get("/v1/form-submissions")).status_code == 403


async def test_forgotten_visitor_is_tied_to_no_answer(
    client: httpx.AsyncClient, database: Database, actor: Actor, intake: FormIntake
) -> None:
    """Erasing a visitor must reach every place that could tell them apart."""
    link = await form_link(client, "tasting")
    await take(intake, answer_to(link, 1))
    async with database.write() as tx:
        await form_submissions.forget_visitor(tx, actor, b"visitor!".hex())
    (submission,) = (await client.get("/v1/form-submissions")).json()["data"]
    assert submission["visitor"] is None
