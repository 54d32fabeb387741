"""Answers to forms at a real worker: taken, guarded, and on the disk before the visitor is thanked."""

import asyncio
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

import msgspec
import pytest
from argon2 import PasswordHasher
from tests.pages.samples import sample
from tests.redirect.edge_host import EdgeHost, Reply
from tests.redirect.fake_control import WORKSPACE, key_of, link_id, link_value
from tests.redirect.link_store import build_store

from waypost.redirect.form_box import BoxFull, FormBox
from waypost.redirect.form_shipper import FormShipper
from waypost.redirect.limits import FORM_ANSWERS_PER_CLIENT_MAX, FORM_DRAFT_AGE_MAX_S
from waypost.redirect.paths import EdgePaths
from waypost.runtime.broker import Broker, BrokerUnavailable
from waypost.wire import subjects
from waypost.wire.codec import decode_form_answer, encode
from waypost.wire.content.form import CONSENT_FIELD, TOKEN_FIELD, TRAP_FIELD, Form
from waypost.wire.form_answer import FormAnswerV1, FormTakenV1
from waypost.wire.link import ContentV1, LinkOptionsV1, LinkState

pytestmark = pytest.mark.system
ACCEPTED_DEADLINE_S = 20.0
GOOD = {
    "name": "Ines <b>",
    "email": "ines@example.com",
    "guests": "2",
    "time": "Noon",
    "wish": "a\nb",
    CONSENT_FIELD: "yes",
}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeHost]:
    """One worker with forms; neither agent nor control nor a broker is there."""
    hasher = PasswordHasher(memory_cost=64, time_cost=1, parallelism=1)
    content = ContentV1("form", msgspec.Raw(encode(sample("form"))))
    open_form = LinkOptionsV1(content=content)
    locked = LinkOptionsV1(content=content, password=hasher.hash("opensesame"), password_version=1)
    records = {key_of(slug): link_value(slug, "", options=open_form) for slug in ("form", "rate", "twice")}
    records[key_of("locked")] = link_value("locked", "", options=locked)
    records[key_of("paused")] = link_value("paused", "", options=open_form, state=LinkState.PAUSED)
    edge = EdgeHost(tmp_path_factory.mktemp("forms"))
    build_store(Path(edge.directory), records)
    edge.start_worker()
    yield edge
    edge.stop_all()


def send(host: EdgeHost, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> Reply:
    """POST a form as a browser does."""
    kind = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    return host.get(path, method="POST", headers=kind, form=urlencode(fields))


def token_of(page: Reply) -> str:
    """The token that a page carries."""
    found = re.search(rf'name="{TOKEN_FIELD}" value="([^"]+)"', page.body.decode())
    assert found is not None
    return found[1]


def accepted(host: EdgeHost, path: str, fields: dict[str, str], **headers: str) -> Reply:
    """Fill the form in like a person: send it until enough time has passed since the page was opened."""
    token = token_of(host.get(path, headers=headers))
    deadline = time.monotonic() + ACCEPTED_DEADLINE_S
    while True:
        reply = send(host, path, {**fields, TOKEN_FIELD: token}, headers)
        if reply.status != 422:
            return reply
        assert b"once more" in reply.body, reply.body.decode()
        assert time.monotonic() < deadline
        time.sleep(0.1)


def kept(host: EdgeHost, slug: str) -> list[FormAnswerV1]:
    """The answers to a form that wait on the disk."""
    box = FormBox(EdgePaths(host.directory).form_answers)
    answers = [decode_form_answer(box.read(path)) for path in box.waiting()]
    return [answer for answer in answers if answer.link_id == link_id(slug)]


def test_answer_is_on_the_disk_when_it_is_thanked_for(host: EdgeHost) -> None:
    """Nothing of ours is up but the worker, and the lead is not lost."""
    reply = accepted(host, "/form", GOOD)
    assert reply.status == 200
    assert b"Thank you" in reply.body
    assert "form-action 'self'" in (reply.getheader("Content-Security-Policy") or "")
    (answer,) = kept(host, "form")
    assert answer.workspace_id == WORKSPACE
    assert {value.name: value.value for value in answer.values} == {
        name: value for name, value in GOOD.items() if name != CONSENT_FIELD
    }
    assert next(value.label for value in answer.values) == "Your name"
    form = sample("form")
    assert isinstance(form, Form)
    assert form.consent is not None
    assert answer.consent == form.consent.text
    assert len(answer.visitor) == 8


def test_same_page_sent_twice_is_one_answer(host: EdgeHost) -> None:
    """A double click, or a browser that asks again after a lost connection."""
    token = token_of(host.get("/twice"))
    deadline = time.monotonic() + ACCEPTED_DEADLINE_S
    while send(host, "/twice", {**GOOD, TOKEN_FIELD: token}).status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert send(host, "/twice", {**GOOD, TOKEN_FIELD: token}).status == 200
    assert len(kept(host, "twice")) == 1
    assert send(host, "/twice", {**GOOD, "wish": "more", TOKEN_FIELD: token}).status == 200
    assert len(kept(host, "twice")) == 2


def test_faults_come_back_with_what_was_written_and_nothing_is_kept(host: EdgeHost) -> None:
    """Nobody types a form twice; and what was typed is shown as text."""
    before = len(kept(host, "form"))
    reply = send(host, "/form", {**GOOD, "email": "x", TOKEN_FIELD: token_of(host.get("/form"))})
    assert reply.status == 422
    assert b'value="Ines &lt;b&gt;"' in reply.body
    assert b'id="p-email"' in reply.body
    assert len(kept(host, "form")) == before


def test_robots_are_kept_out_and_learn_nothing(host: EdgeHost) -> None:
    """The trap, no token, somebody else's token, a form that was answered before it could be read."""
    before = len(kept(host, "form"))
    trapped = send(host, "/form", {**GOOD, TRAP_FIELD: "https://spam.example", TOKEN_FIELD: "x"})
    assert (trapped.status, b"Thank you" in trapped.body) == (200, True)
    many = send(host, "/form", {**GOOD, **{f"x{number}": "" for number in range(40)}})
    assert (many.status, b"Thank you" in many.body) == (200, True)
    for token in ("", "x", "1.x", f"{'9' * 40}.x", "1700000000000.ä", token_of(host.get("/rate"))):
        assert send(host, "/form", {**GOOD, TOKEN_FIELD: token}).status == 422
    first = token_of(host.get("/form"))
    hasty = send(host, "/form", {**GOOD, TOKEN_FIELD: first})
    assert (hasty.status, b"once more" in hasty.body) == (422, True)
    assert token_of(hasty) == first, "who sends it again is not hasty any more"
    assert len(kept(host, "form")) == before


def test_one_visitor_cannot_fill_the_list(host: EdgeHost) -> None:
    """A person sends a form once or twice; the eleventh time in ten minutes is somebody's script."""
    token = token_of(host.get("/rate"))
    statuses: list[int] = []
    deadline = time.monotonic() + ACCEPTED_DEADLINE_S
    while statuses.count(200) < FORM_ANSWERS_PER_CLIENT_MAX:
        assert time.monotonic() < deadline
        statuses.append(send(host, "/rate", {**GOOD, "wish": str(len(statuses)), TOKEN_FIELD: token}).status)
    stopped = send(host, "/rate", {**GOOD, TOKEN_FIELD: token})
    assert stopped.status == 429
    assert int(stopped.getheader("Retry-After") or 0) > 0
    assert len(kept(host, "rate")) == FORM_ANSWERS_PER_CLIENT_MAX


def test_other_bodies_are_refused(host: EdgeHost) -> None:
    """Large bodies and other kinds cost nothing and reach nothing."""
    assert send(host, "/form", {**GOOD, "wish": "x" * 70_000}).status == 413
    assert (
        send(host, "/form", {**GOOD, "wish": "x" * 60_000}).status == 422
    )  # read whole, and too long for its field
    json = {"Content-Type": "application/json"}
    assert host.get("/form", method="POST", headers=json, form="{}").status == 405
    assert send(host, "/nothing", GOOD).status == 405
    assert send(host, "/form+", GOOD).status == 405


def test_closed_and_locked_forms_take_no_answers(host: EdgeHost) -> None:
    """What may not be seen may not be answered; with the password it may."""
    assert send(host, "/paused", GOOD).status == 404
    page = send(host, "/locked", GOOD)
    assert b"password" in page.body
    assert kept(host, "locked") == []
    opened = send(host, "/locked", {"password": "opensesame"})
    cookie = (opened.getheader("Set-Cookie") or "").partition(";")[0]
    assert b"Book a tasting" in opened.body
    assert accepted(host, "/locked", GOOD, Cookie=cookie).status == 200
    assert len(kept(host, "locked")) == 1


def test_opted_out_visitors_are_not_told_apart(host: EdgeHost) -> None:
    """GPC holds for forms as it does for scans; what they wrote is theirs to give."""
    assert accepted(host, "/form", {**GOOD, "name": "Private"}, **{"Sec-GPC": "1"}).status == 200
    (answer,) = [each for each in kept(host, "form") if each.values[0].value == "Private"]
    assert answer.visitor == b""


def test_box_keeps_whole_answers_only_and_has_a_limit(tmp_path: Path) -> None:
    """A torn file must never be shipped, and a disk must not be filled by a form."""
    box = FormBox(tmp_path, answers_max=2)
    box.put(b"\x01" * 16, b"one")
    box.put(b"\x01" * 16, b"again")
    (tmp_path / "torn.123").write_bytes(b"half")
    with pytest.raises(BoxFull):
        box.put(b"\x02" * 16, b"two")
    (answer,) = box.waiting()
    assert box.read(answer) == b"one"
    box.set_aside(answer)
    assert box.waiting() == []
    assert [path.suffix for path in tmp_path.iterdir()].count(".refused") == 1


async def test_drafts_of_the_dead_are_swept_and_no_others(tmp_path: Path) -> None:
    """A worker killed in the middle of an answer leaves half a file; a host must not collect them for years."""
    box = FormBox(tmp_path)
    box.put(b"\x02" * 16, b"\x02")
    for name, age_s in (("dead.123", FORM_DRAFT_AGE_MAX_S + 60), ("alive.456", 0), ("old.refused", 10**6)):
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    working = asyncio.create_task(FormShipper(cast("Broker", PickyBroker()), box).run())
    async with asyncio.timeout(ACCEPTED_DEADLINE_S):
        while box.waiting():
            await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert set(os.listdir(tmp_path)) == {"alive.456", "old.refused"}


async def test_shipper_goes_on_past_an_answer_that_nobody_takes(tmp_path: Path) -> None:
    """One poisoned answer must not keep a thousand leads from their reader; refused ones are set aside."""
    box = FormBox(tmp_path)
    for number in range(4):
        box.put(bytes([number]) * 16, bytes([number]))
    broker = PickyBroker()
    shipper = FormShipper(cast("Broker", broker), box)
    working = asyncio.create_task(shipper.run())
    async with asyncio.timeout(ACCEPTED_DEADLINE_S):
        while len(broker.taken) < 2 or len(box.waiting()) > 1:
            await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert broker.taken == {b"\x02", b"\x03"}
    assert [path.name for path in box.waiting()] == [f"{'00' * 16}.answer"]
    assert (tmp_path / f"{'01' * 16}.refused").exists()


class PickyBroker:
    """Control on the other side: fails on one answer, refuses another, takes the rest."""

    def __init__(self) -> None:
        self.taken: set[bytes] = set()

    async def request(self, subject: str, payload: bytes, *, timeout_s: float) -> bytes:
        """The reply to one answer."""
        assert subject == subjects.FORM_ANSWER
        assert timeout_s > 0
        if payload == b"\x00":
            raise BrokerUnavailable("no reply")
        if payload != b"\x01":
            self.taken.add(payload)
        return encode(FormTakenV1(payload * 16, "no such workspace" if payload == b"\x01" else ""))
