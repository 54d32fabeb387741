"""The samples of docs/webhooks.md, run as readers will run them."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from waypost.control.model.webhooks.names import NATIVE
from waypost.control.model.webhooks.schedule import DELAYS_NATIVE_S
from waypost.control.model.webhooks.secrets import secret_text
from waypost.control.model.webhooks.signing import Signed, headers

_PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()
_SECRET, _OTHER = secret_text(b"s" * 32), secret_text(b"o" * 32)
_BODY = '{"type":"link.created","title":"Frühling ☀"}'.encode()

Verify = Callable[[str, dict[str, str], bytes], bool]

_NODE = """
const input = JSON.parse(require("node:fs").readFileSync(0));
console.log(verify(input.secret, input.headers, Buffer.from(input.body, "base64")));
"""
_PHP = """
$input = json_decode(stream_get_contents(STDIN), true);
echo verify($input['secret'], $input['headers'], base64_decode($input['body'])) ? "true" : "false";
"""


def _sample(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", _PAGE, re.DOTALL)
    return str(found)


def _by_program(command: list[str], script: str, directory: Path, name: str) -> Verify:
    import base64

    file = directory / name
    file.write_text(script)

    def verify(secret: str, made: dict[str, str], body: bytes) -> bool:
        given = json.dumps({"secret": secret, "headers": made, "body": base64.b64encode(body).decode()})
        done = subprocess.run(
            [*command, str(file)], input=given, capture_output=True, text=True, timeout=60, check=True
        )
        return {"true": True, "false": False}[done.stdout.strip()]

    return verify


@pytest.fixture(params=["python", "javascript", "php"])
def verify(request: pytest.FixtureRequest, tmp_path: Path) -> Verify:
    """One language's sample."""
    if request.param == "python":
        names: dict[str, Any] = {}
        exec(_sample("python"), names)  # the sample is ours
        sample: Verify = names["verify"]
        return sample
    program = {"javascript": "node", "php": "php"}[request.param]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    if request.param == "javascript":
        return _by_program([program], _sample("javascript") + _NODE, tmp_path, "verify.cjs")
    return _by_program([program], "<?php\n" + _sample("php") + _PHP, tmp_path, "verify.php")


def test_the_sample_accepts_what_we_send_and_nothing_else(verify: Verify) -> None:
    """People paste these lines; a sample that accepts too much is a hole in their system."""
    signed = Signed("evt-1", "d", "link.created", _BODY)
    now_s = int(time.time())
    made = headers("native", signed, (_SECRET,), at_s=now_s)
    assert verify(_SECRET, made, _BODY) is True
    rotating = headers("native", signed, (_OTHER, _SECRET), at_s=now_s)
    assert verify(_SECRET, rotating, _BODY) is True
    assert verify(_OTHER, made, _BODY) is False
    assert verify(_SECRET, made, _BODY + b" ") is False
    assert verify(_SECRET, {**made, "webhook-id": "evt-2"}, _BODY) is False
    assert verify(_SECRET, {**made, "webhook-signature": "v1,"}, _BODY) is False
    old = headers("native", signed, (_SECRET,), at_s=now_s - 301)
    assert verify(_SECRET, old, _BODY) is False


def test_the_page_names_every_event_and_the_schedule_we_keep() -> None:
    """A type that is not on the page is one nobody subscribes to."""
    assert set(re.findall(r"`((?:[a-z]+)\.(?:[a-z_]+))`", _PAGE)) & {*NATIVE} == NATIVE
    shown = re.search(r"\| after the one before \| (.*) \|", _PAGE)
    assert shown is not None
    units = {"min": 60, "h": 3600}
    waits = [
        0 if text == "at once" else int(text.split()[0]) * units[text.split()[1]]
        for text in shown[1].split(" | ")
    ]
    assert tuple(waits) == DELAYS_NATIVE_S
