"""docs/migrate.md: its examples work as printed, and its script brings links over in every vendor's words."""

import asyncio
import importlib.util
import json
import re
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import Struct
from tests.contract.running import serving
from tests.contract.test_across import VENDORS, Vendor
from tests.contract.world import ADMIN_KEY, new_world
from tests.system.machine import Machine

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "migrate.md").read_text()
SCRIPT = DOCS / "migrate" / "copy_links.py"
DEADLINE_S = 60.0
PAGE_LINK = {"title": "Shop", "url": "https://shop.example", "icon": "shop"}


def examples() -> dict[str, str]:
    """The example of each vendor, by its heading."""
    sections = re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    found = {title: re.search(r"```sh\n(.*?)```", text, re.DOTALL) for title, text in sections}
    return {title: match[1] for title, match in found.items() if match}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One Waypost for all examples."""
    started = Machine(tmp_path_factory.mktemp("migrate"))
    started.start()
    yield started
    started.stop()


def run(machine: Machine, script: str, **names: str) -> str:
    """What a shell prints for an example, with this machine's ports."""
    text = script.replace("http://localhost:8000", machine.control).replace(
        "http://localhost:8080", machine.edge
    )
    done = subprocess.run(
        ["sh", "-e", "-c", text], env=names, capture_output=True, text=True, timeout=DEADLINE_S, check=True
    )
    return done.stdout


@pytest.mark.system
@pytest.mark.parametrize("vendor", ["Linkbreakers", "TrimLink", "CodeQR", "QRs.bd", "xQR"])
def test_the_example_prints_what_the_page_says(machine: Machine, vendor: str) -> None:
    """A key in the vendor's form is made as the page says, and opens the vendor's API."""
    wanted = vendor.lower().replace(".", "")
    making = re.search(r" {3}```sh\n(.*?)```", PAGE, re.DOTALL)
    assert making is not None
    body = making[1].replace('"format": "xqr"', f'"format": "{wanted}"')
    key = re.search(r'"text":\s*"([^"]+)"', run(machine, body, ADMIN_KEY=machine.key))
    assert key is not None
    example = examples()[vendor]
    said = re.search(r"^# prints (.+)$", example, re.MULTILINE)
    assert said is not None
    assert run(machine, example, KEY=key[1]).splitlines()[-1].endswith(said[1])


async def listed(base: str, vendor: Vendor) -> list[dict[str, Any]]:
    """What a vendor's list says of links, without what a copy cannot share."""
    path = {"linkbreakers": "/v1/links", "codeqr": "/links"}.get(vendor.name, "/api/v1/links")
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {ADMIN_KEY}"}) as client:
        answer = (await client.get(f"{base}/{vendor.name}{path}")).json()
    found = answer if isinstance(answer, list) else answer.get("links", answer.get("data"))
    slug = {"linkbreakers": "shortlink", "trimlink": "shortCode", "codeqr": "key", "xqr": "short_code"}
    kept = {vendor.shown, slug.get(vendor.name, "slug"), *vendor.rich} - {
        "tags",
        "tagNames",
        "flexible",
        "pageId",
    }
    return sorted(({name: each.get(name) for name in sorted(kept)} for each in found), key=str)


class Move(Struct, frozen=True):
    """Somebody's old API and the new one, and a client that holds the key of both."""

    old_url: str
    new_url: str
    client: httpx.AsyncClient

    async def copied(self, name: str) -> str:
        """What the script says that copies a vendor's links."""
        return await copied(name, f"{self.old_url}/{name}", ADMIN_KEY, f"{self.new_url}/{name}", ADMIN_KEY)


@pytest.fixture
async def move(tmp_path: Path) -> AsyncIterator[Move]:
    """Two installations, both empty."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with (
        new_world(tmp_path / "old") as old,
        new_world(tmp_path / "new") as new,
        serving(old) as old_url,
        serving(new) as new_url,
        httpx.AsyncClient(trust_env=False, headers=headers, timeout=30) as client,
    ):
        yield Move(old_url, new_url, client)


async def copied(*arguments: str) -> str:
    """What the script says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SCRIPT), *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), DEADLINE_S)
    assert process.returncode == 0
    return out.decode()


@pytest.mark.parametrize("name", VENDORS)
async def test_the_script_brings_every_link_over(move: Move, name: str) -> None:
    """With slugs, rules and all that the vendor tells of a link; run again, it doubles nothing."""
    vendor = VENDORS[name]
    path, member = vendor.create
    for number in range(3):
        body = {member: f"https://example.com/{number}", **(vendor.rich if number else {})}
        made = await move.client.post(f"{move.old_url}/{name}{path}", json=body)
        assert made.is_success, made.text
    if name == "xqr":
        page = {"title": "Ada", "slug": "ada", "theme": "dark", "links": [PAGE_LINK]}
        pages = f"{move.old_url}/xqr/api/v1/bio/pages"
        made = await move.client.post(pages, json=page)
        await move.client.post(f"{pages}/{made.json()['data']['id']}/publish")
    said = [await move.copied(name) for _ in range(2)]
    rows = 4 if name == "xqr" else 3
    assert said[0].count("copied: ") == rows, said[0]
    assert said[1].count("left out: ") == rows, said[1]
    copies = await listed(move.new_url, vendor)
    assert len(copies) == 3
    assert copies == await listed(move.old_url, vendor)
    if name == "xqr":
        (page,) = (await move.client.get(f"{move.new_url}/xqr/api/v1/bio/pages")).json()["data"]
        assert (page["slug"], page["theme"], page["links"]) == ("ada", "dark", [PAGE_LINK])
        assert page["published"] is True


def test_the_script_waits_where_requests_are_limited() -> None:
    """The small plans of the vendors allow ten requests a minute; a copy that gives up leaves links behind."""
    spec = importlib.util.spec_from_file_location("copy_links", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    answers = [(200, b'{"data": []}'), (429, b"{}"), (429, b"{}")]

    class Limited(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.pop()
            self.send_response(status)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it is called by
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Limited) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        found = script.ask("GET", f"http://127.0.0.1:{server.server_port}/", "key")
        server.shutdown()
        serving.join()
    assert (found, answers) == ({"data": []}, [])


class ClientsOnly(BaseHTTPRequestHandler):
    """Linkbreakers as its client knows it: camelCase alone, two links on a page, and none says where it leads."""

    old_url = ""

    def do_GET(self) -> None:
        """Ask the old installation, and leave out what the client does not know of."""
        headers = {"Authorization": self.headers["Authorization"], "X-Field-Case": "camel"}
        path = self.path.replace("pageSize=100", "pageSize=2")
        answer = httpx.get(f"{self.old_url}/linkbreakers{path}", headers=headers, trust_env=False).json()
        for link in answer.get("links", ()):
            del link["destination"], link["conversionTracking"]
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it is called by
        """Say nothing."""


async def test_the_script_draws_workflows_again(move: Move) -> None:
    """The vendor keeps destinations in workflows: plain ones, conditions with ways of their own, pages alone."""
    old = f"{move.old_url}/linkbreakers/v1/links"
    leads = {"destination": "https://example.com/", "fallback_destination": "https://example.com/later"}
    for slug in ("plain", "drawn"):
        made = await move.client.post(old, json={**leads, "shortlink": slug})
    steps = f"{old}/{made.json()['link']['id']}/workflow-steps"
    leave = (await move.client.get(steps)).json()["workflowSteps"][1]["id"]
    france = {"payload": {"clientRedirect": {"destination": "https://example.com/fr"}}}
    drawn = (await move.client.post(steps, json=france)).json()["workflowStep"]["id"]
    countries = {"countries": [{"countryCode": "FR", "nextStepId": drawn}, {"countryCode": "DE"}]}
    condition = {"payload": {"countryCondition": countries}, "insertBefore": leave}
    assert (await move.client.post(steps, json=condition)).status_code == 200
    card = {"vcardData": {"firstName": "Ada"}, "shortlink": "card"}
    assert (await move.client.post(f"{old}/contact", json=card)).status_code == 200
    handler = type("Vendor", (ClientsOnly,), {"old_url": move.old_url})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        vendor = f"http://127.0.0.1:{server.server_port}"
        said = await copied("linkbreakers", vendor, ADMIN_KEY, f"{move.new_url}/linkbreakers", ADMIN_KEY)
        server.shutdown()
        thread.join()
    assert said.splitlines()[-1] == "3 copied, 0 left out", said
    native = [
        {link["slug"]: link for link in (await move.client.get(f"{base}/v1/links")).json()["data"]}
        for base in (move.old_url, move.new_url)
    ]
    before, after = native
    for slug in ("plain", "drawn", "card"):
        for member in ("target_url", "fallback_url", "content"):
            assert after[slug][member] == before[slug][member], (slug, member)
    says = [[(rule["when"], rule["then"]) for rule in links["drawn"]["rules"]] for links in (before, after)]
    assert says[0] == says[1]
    assert len(says[0]) == 2


async def test_the_script_brings_codes_and_their_domain_over(move: Move) -> None:
    """What is printed stays what it is, under the domain that it is printed with."""
    code = {"type": "text", "text": "Closed today", "key": "door", "fgColor": "#102030"}
    old, new, client = f"{move.old_url}/codeqr", f"{move.new_url}/codeqr", move.client
    for base in (old, new):
        domain = await client.post(f"{base}/domains", json={"slug": "go.shop.example"})
        assert domain.status_code == 201, domain.text
    plain = {"url": "https://example.com/", "key": "plain", "password": "open sesame"}
    for kind, body in (("qrcodes", code), ("links", plain)):
        made = await client.post(f"{old}/{kind}", json={**body, "domain": "go.shop.example"})
        assert made.status_code == 200, made.text
    said = await move.copied("codeqr")
    assert said.count("copied: ") == 2, said
    assert said.count("WITHOUT ITS PASSWORD") == 1, said
    (found,) = (await client.get(f"{new}/qrcodes")).json()
    assert found == {**found, **code, "domain": "go.shop.example", "static": False}
    links = (await client.get(f"{new}/links")).json()
    assert sorted(link["shortLink"] for link in links) == [
        "https://go.shop.example/door",
        "https://go.shop.example/plain",
    ]


@pytest.mark.parametrize("name", ["linkbreakers", "trimlink", "qrsbd", "xqr"])
async def test_the_script_puts_links_on_the_customers_own_domain(move: Move, name: str) -> None:
    """Linkbreakers' links name their domain; where links name none, it is the primary one."""
    vendor, host, client = VENDORS[name], "go.shop.example", move.client
    path, member = vendor.create
    body: dict[str, Any] = {member: "https://example.com/"}
    for base in (move.new_url, move.old_url):
        domain = {"host": host, "is_primary": name != "linkbreakers"}
        claimed = await client.post(f"{base}/v1/domains", json=domain)
        assert claimed.status_code == 201, claimed.text
    if name == "linkbreakers":
        assert (await client.post(f"{move.old_url}/{name}{path}", json=body)).is_success
        body |= {"custom_domain_id": claimed.json()["id"]}
    assert (await client.post(f"{move.old_url}/{name}{path}", json=body)).is_success
    await move.copied(name)
    links = (await client.get(f"{move.new_url}/v1/links")).json()["data"]
    hosts = sorted(link["domain"] for link in links)
    assert hosts == (["go.example", host] if name == "linkbreakers" else [host])
