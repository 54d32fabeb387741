"""The relative's own client from npm, with only its host and its key changed. It reads answers strictly."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.contract.codeqr.conftest import CLICK, KEY
from tests.contract.running import output

PROGRAM = Path(__file__).with_name("dub_node")
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(PROGRAM))
INSTALL_S = 120.0


@pytest.fixture
def calls() -> Path:
    """The program, beside the package as its lock says; where all is required it is installed when missing."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    if not (PROGRAM / "node_modules" / "dub").is_dir():
        if not os.environ.get("WAYPOST_TEST_REQUIRE_ALL"):
            pytest.skip(f"the package dub is not installed: {' '.join(INSTALL)}")
        done = subprocess.run(INSTALL, capture_output=True, text=True, timeout=INSTALL_S, check=False)
        if done.returncode:
            pytest.skip(f"npm could not install the package dub: {done.stderr}")
    return PROGRAM / "calls.mjs"


async def test_the_client_reads_every_answer(calls: Path, served: str, link: dict[str, Any]) -> None:
    """It demands members that the one from PyPI does not, and throws at what it cannot parse."""
    told = {"BASE": served, "KEY": KEY, "LINK": link["id"], "CLICK": CLICK.hex()}
    seen = json.loads(await output("node", str(calls), env=told))

    links = seen["links"]
    made, changed = links["made"], links["changed"]
    assert (made["externalId"], made["utmSource"], made["trackConversion"]) == ("12345", "news", True)
    assert sorted(tag["name"] for tag in made["tags"]) == ["one", "two"]
    assert [each["percentage"] for each in made["testVariants"]] == [40, 60]
    assert links["found"] == made
    assert (changed["id"], changed["title"], changed["utmSource"]) == (made["id"], "Later", None)
    assert links["same"] == changed
    assert links["gone"] == {"id": made["id"]}
    assert links["missing"] == refusal("NotFound", "not_found")

    bulk = seen["bulk"]
    assert [each["key"] for each in bulk["made"]] == ["k0", "k1", "k2"]
    assert (bulk["pages"], bulk["count"], bulk["gone"]) == ([2, 1], 3, {"deletedCount": 3})
    assert [each["archived"] for each in bulk["changed"]] == [True] * 3

    kept = seen["organisation"]
    assert (kept["tag"]["color"], kept["tags"]) == ("purple", [kept["later"]])
    assert (kept["folder"]["name"], kept["folders"]) == ("Spring", [kept["summer"]])
    assert (kept["domain"]["archived"], kept["domains"]) == (False, [kept["archived"]])

    sold = seen["conversions"]
    assert (sold["lead"]["link"]["id"], sold["lead"]["customer"]["name"]) == (link["id"], "Ada")
    assert sold["sale"]["sale"]["metadata"] == {"plan": "pro"}
    assert sold["customers"] == [sold["customer"]]
    assert sold["figures"]["count"] == {"clicks": 3, "leads": 1, "sales": 1, "saleAmount": 2999}
    assert {row["country"]: row["clicks"] for row in sold["figures"]["countries"]} == {
        "DE": 1,
        "FR": 1,
        "Unknown": 1,
    }
    assert {name: len(events) for name, events in sold["events"].items()} == {
        "clicks": 3,
        "leads": 1,
        "sales": 1,
    }

    assert seen["refusals"] == {
        "conflict": refusal("Conflict", "conflict"),
        "unprocessable": refusal("UnprocessableEntity", "unprocessable_entity"),
        "forbidden": refusal("Forbidden", "forbidden"),
        "bad": refusal("BadRequest", "bad_request"),
        "stranger": refusal("Unauthorized", "unauthorized"),
        "partners": refusal("NotFound", "not_found"),
    }
    assert seen["picture"] == "string"


def refusal(name: str, code: str) -> dict[str, Any]:
    """An error that the client could read."""
    return {"name": name, "known": True, "code": code}
