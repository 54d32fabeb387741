"""Leads and sales over kills of the API process: what analytics has is told to webhooks, each once."""

import contextlib
import json
import os
import queue
import threading
import time
from collections import defaultdict
from pathlib import Path

import httpx
import pytest
from tests.system.machine import Machine
from tests.system.test_webhooks import Receiver, receiver

pytestmark = [pytest.mark.system, pytest.mark.fault, pytest.mark.timeout(600)]

__all__ = ["receiver"]  # the fixture

KILLS = 4 if os.environ.get("WAYPOST_FAULT") == "full" else 2
CALLERS = 4
PAUSE_S = 0.05
"""Between two leads of a caller: the pages of what was recorded are read afterwards."""
DEADLINE_S = 120.0


def test_every_recorded_lead_is_told_once_however_often_the_api_dies(
    tmp_path: Path, receiver: Receiver
) -> None:
    """A lead that is in the report and was never told is one that nobody calls back."""
    machine = Machine(tmp_path)
    machine.start()
    try:
        with machine.api() as api:
            url = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
            made = api.post("/v1/webhooks", json={"url": url, "events": ["lead.created"]})
            assert made.status_code == 201, made.text
        stop = threading.Event()
        callers = [threading.Thread(target=send_leads, args=(machine, name, stop)) for name in range(CALLERS)]
        for caller in callers:
            caller.start()
        for _ in range(KILLS):
            time.sleep(1.0)
            machine.restart("control-api")
        stop.set()
        for caller in callers:
            caller.join()
        recorded = all_recorded(machine)
        assert len(recorded) > KILLS * CALLERS
        told = told_leads(receiver, recorded)
    finally:
        machine.stop()
    assert {lead for lead, ids in told.items() if len(ids) != 1} == set()


def send_leads(machine: Machine, name: int, stop: threading.Event) -> None:
    """Send leads, each once and never again, whatever becomes of the answer."""
    number = 0
    with machine.api() as api:
        while not stop.is_set():
            number += 1
            body = {"kind": "lead", "external_id": f"{name}-{number}", "event_name": "signup"}
            with contextlib.suppress(httpx.HTTPError):  # the process is dead right now, or died on it
                api.post("/v1/conversions", json=body)
            stop.wait(PAUSE_S)


def all_recorded(machine: Machine) -> set[str]:
    """The leads that analytics has, by the shop's ids."""
    found: set[str] = set()
    cursor = ""
    deadline = time.monotonic() + DEADLINE_S
    with machine.api() as api:
        while True:
            answer = api.get("/v1/conversions", params={"cursor": cursor, "limit": 100})
            if answer.status_code == 503 and time.monotonic() < deadline:
                time.sleep(0.2)  # the process has just started and looks for the broker
                continue
            page = answer.json()
            found |= {each["external_id"] for each in page["data"]}
            cursor = page["next_cursor"] or ""
            if not cursor:
                return found


def told_leads(receiver: Receiver, wanted: set[str]) -> dict[str, set[str]]:
    """The events that came for each lead; waits until all of the wanted were told."""
    told: dict[str, set[str]] = defaultdict(set)
    deadline = time.monotonic() + DEADLINE_S
    while wanted - told.keys():
        assert time.monotonic() < deadline, f"{len(wanted - told.keys())} of {len(wanted)} were never told"
        with contextlib.suppress(queue.Empty):
            _headers, body = receiver.received.get(timeout=0.5)
            event = json.loads(body)
            told[event["data"]["conversion"]["external_id"]].add(event["id"])
    return told
