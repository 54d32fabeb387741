"""The vendor's own code samples, run with only base URL and token changed."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import flask
import httpx
import pytest
from tests.analytics.counting import Bench
from tests.contract.linkbreakers.scan_store import count_visits
from tests.contract.linkbreakers.test_design_routes import logo
from tests.contract.world import ADMIN_KEY, PUBLIC_URL, START_MS, World

SAMPLES = Path(__file__).with_name("samples")
VENDOR_URL = "https://api.linkbreakers.com/v1"
DEADLINE_S = 60.0

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def sample(name: str, served: str, **replaced: str) -> str:
    """A sample for this Waypost."""
    text = (SAMPLES / name).read_text().replace(VENDOR_URL, f"{served}/v1")
    for placeholder, value in {"YOUR_JWT_TOKEN": ADMIN_KEY, "YOUR_TOKEN": ADMIN_KEY, **replaced}.items():
        text = text.replace(placeholder, value)
    return text


async def finished(*command: str, script: str = "") -> tuple[str, str]:
    """What a command wrote to its two outputs; it must end well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(script.encode()), DEADLINE_S)
    assert process.returncode == 0, err.decode()
    return out.decode(), err.decode()


async def node(script: str) -> tuple[str, str]:
    """Run an ES module."""
    return await finished("node", "--input-type=module", "-", script=script)


@contextlib.asynccontextmanager
async def express_server(served: str) -> AsyncIterator[str]:
    """The base URL of the vendor's Node sample."""
    script = (
        sample("express.js", served) + "\nconst s = app.listen(0, () => console.log(s.address().port));\n"
    )
    process = await asyncio.create_subprocess_exec(
        "node",
        "-",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"NODE_PATH": str(SAMPLES / "modules"), "LINKBREAKERS_TOKEN": ADMIN_KEY, "PATH": "/usr/bin:/bin"},
        executable=shutil.which("node"),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(script.encode())
        process.stdin.close()
        port = await asyncio.wait_for(process.stdout.readline(), DEADLINE_S)
        yield f"http://127.0.0.1:{int(port)}"
    finally:
        process.kill()
        await process.wait()


@needs_node
async def test_the_node_sample_makes_a_code(served: str) -> None:
    """`link.entrypoint` and `link.qrcode_signed_url` straight from the creation answer."""
    async with express_server(served) as base, httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.post(
            f"{base}/create-qr", json={"destination": "https://example.com", "name": "n"}
        )
        assert answer.status_code == 200
        assert answer.json()["short_url"].startswith(f"{PUBLIC_URL}/")
        assert answer.json()["qr_url"].startswith(f"{served}/media/qr/")
        refused = await browser.post(f"{base}/create-qr", json={"destination": "nowhere", "name": "n"})
        assert (refused.status_code, refused.json()) == (500, {"error": "API error: 400"})


@needs_node
async def test_the_react_sample_shows_a_code(served: str) -> None:
    """Its submit handler ends with the two addresses that the page renders."""
    text = sample("react.jsx", served)
    component = text[: text.index("  return (\n")].replace("import { useState } from 'react';", "")
    async with express_server(served) as base:
        out, err = await node(f"""
            const seen = [];
            const typed = {{ destination: 'https://example.com/react', name: 'Typed' }};
            const useState = (first) => [first && 'destination' in first ? typed : first, (next) => seen.push(next)];
            const realFetch = globalThis.fetch;
            const fetch = (path, options) => realFetch('{base}' + path.replace('/api', ''), options);
            {component}
              return handleSubmit;
            }}
            await QRCodeGenerator()({{ preventDefault() {{}} }});
            console.log(JSON.stringify(seen));
        """)
    assert err == ""
    loading, shown, done = json.loads(out)
    assert (loading, done) == (True, False)
    assert shown["short_url"].startswith(f"{PUBLIC_URL}/")
    assert shown["qr_url"].startswith(served)


async def test_the_flask_sample_makes_a_code(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in Python, with `raise_for_status`."""
    monkeypatch.setenv("LINKBREAKERS_TOKEN", ADMIN_KEY)
    names: dict[str, Any] = {"__name__": "sample"}
    exec(compile(sample("flask.txt", served), "flask.txt", "exec"), names)
    application: flask.Flask = names["app"]

    def post(body: dict[str, str]) -> tuple[int, dict[str, str]]:
        answer = application.test_client().post("/create-qr", json=body)
        return answer.status_code, answer.json or {}

    status, made = await asyncio.to_thread(post, {"destination": "https://example.com", "name": "n"})
    assert status == 200
    assert made["short_url"].startswith(f"{PUBLIC_URL}/")
    assert made["qr_url"].startswith(f"{served}/media/qr/")
    status, refused = await asyncio.to_thread(post, {"destination": "nowhere", "name": "n"})
    assert status == 500
    assert "400" in refused["error"]


@needs_node
async def test_the_articles_calls_on_links_work(served: str, world: World) -> None:
    """Basic, branded and advanced creation, reading with relations, a page, a change."""
    from tests.contract.linkbreakers.test_links import add_domain

    domain_id = await add_domain(world, "go.shop.example")
    script = sample("links.mjs", served, **{"your-custom-domain-uuid": domain_id})
    out, _ = await node(f"""{script}
        console.log(JSON.stringify({{
            branded: (await brandedLink.json()).link,
            advanced: (await advancedLink.json()).link,
            read: (await linkResponse.json()).link,
            updated: (await updateResponse.json()).link,
            links, next_page_token,
        }}));
    """)
    said, answers = out.splitlines()
    assert said.startswith(f"Created link: {PUBLIC_URL}/")
    seen = json.loads(answers)
    assert seen["branded"]["entrypoint"] == "https://go.shop.example/holiday-2024"
    assert seen["advanced"]["metadata"] == {
        "campaign": "Q4-2024",
        "channel": "email",
        "audience": "enterprise",
    }
    assert seen["advanced"]["lead_target_definition"] == "Decision makers with 100+ employees"
    assert seen["read"]["name"] == "Product Launch Campaign"
    assert len(seen["links"]) == 3
    assert seen["next_page_token"] == ""
    assert seen["updated"]["name"] == "Updated Campaign Name"
    assert {tag["name"] for tag in seen["updated"]["tags"]} == {"updated", "active", "priority"}


@needs_node
async def test_the_articles_concurrent_calls_work(served: str) -> None:
    """Bulk and personalised creation through Promise.all."""
    out, _ = await node(f"""{sample("bulk.mjs", served)}
        const personal = await Promise.all(personalizedLinks.map(response => response.json()));
        console.log(JSON.stringify({{ links, personal }}));
    """)
    seen = json.loads(out)
    assert {body["link"]["name"] for body in seen["links"]} == {f"Product {n} Campaign" for n in (1, 2, 3)}
    assert [body["link"]["shortlink"] for body in seen["personal"]] == ["welcome-cust1", "welcome-cust2"]
    assert seen["personal"][0]["link"]["metadata"]["customer_name"] == "Acme Corp"


@needs_node
async def test_the_articles_error_handling_reads_our_errors(served: str) -> None:
    """`message`, `code` and `details`."""
    _, err = await node(sample("errors.mjs", served))
    assert "API Error: destination: must be an absolute http or https URL" in err
    assert "Error Code: 400" in err
    assert "Details: [ { field: 'destination', reason: 'invalid_url' } ]" in err


@needs_node
async def test_the_articles_retry_helper_waits_as_we_say(served: str, world: World) -> None:
    """429, `Retry-After` in seconds, and the next try succeeds in the next minute."""
    url = f"{served}/v1"
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {ADMIN_KEY}"}) as client:
        for _ in range(1000):
            await client.get(url)
    world.now_ms = START_MS + 57_500
    out, _ = await node(f"""
        const waits = [];
        const setTimeout = (done, ms) => {{ waits.push(ms); return globalThis.setTimeout(done, 1); }};
        {sample("retry.mjs", served)}
        const options = {{ headers: {{ Authorization: 'Bearer {ADMIN_KEY}' }} }};
        const refused = await fetch('{url}', options);
        console.log(JSON.stringify([refused.status, refused.headers.get('Retry-After')]));
        const answer = await apiCallWithRetry('{url}', options, 2);
        console.log(JSON.stringify([answer?.status ?? null, waits]));
    """)
    refused, gave_up = out.splitlines()
    assert json.loads(refused) == [429, "3"]
    assert json.loads(gave_up) == [None, [3000, 3000, 3000]]
    world.now_ms += 3_000
    out, _ = await node(f"""{sample("retry.mjs", served)}
        const options = {{ headers: {{ Authorization: 'Bearer {ADMIN_KEY}' }} }};
        console.log((await apiCallWithRetry('{url}', options)).status);
    """)
    assert out == "200\n"


@needs_node
async def test_the_articles_validation_agrees_with_the_server(served: str) -> None:
    """What its client-side check refuses the server refuses, what it lets pass is made."""
    cases: list[dict[str, Any]] = [
        {"destination": "https://example.com/ok", "shortlink": "under_score-1"},
        {"destination": "https://example.com/ok", "metadata": {f"k{n}": "v" for n in range(50)}},
        {"destination": "https://example.com/ok", "metadata": {f"k{n}": "v" for n in range(51)}},
        {"destination": "https://example.com/ok", "shortlink": "white space"},
        {"destination": "not a url"},
        {"name": "no destination"},
    ]
    out, _ = await node(f"""{sample("validate.mjs", served)}
        const isValidURL = (text) => URL.canParse(text);
        console.log(JSON.stringify({json.dumps(cases)}.map(validateLinkData)));
    """)
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {ADMIN_KEY}"}) as client:
        for case, errors in zip(cases, json.loads(out), strict=True):
            answer = await client.post(f"{served}/v1/links", json=case)
            assert (answer.status_code == 200) == (errors == []), (case, answer.text)


@needs_curl
async def test_the_curl_samples_work(served: str) -> None:
    """The first things people paste."""
    create, read = sample("curl.sh", served).split("# Get link details")
    out, _ = await finished("sh", script=create)
    link = json.loads(out)["link"]
    assert link["name"] == "Test Link"
    detail = read.split("# List recent events")[0].replace("LINK_UUID", link["id"])
    out, _ = await finished("sh", script=detail)
    assert json.loads(out)["link"] == link


@needs_node
async def test_the_articles_designs_are_made(served: str) -> None:
    """The logo in base64, and the design with gradients as JSON text, sent as the article builds it."""
    out, _ = await node(f"""
        const logoFile = 'logo.png', fileToBase64 = async () => '{logo()}';
        {sample("designs.mjs", served)}
        const gradientResponse = await fetch('{served}/v1/qrcode-designs', {{
            method: 'POST',
            headers: {{ Authorization: 'Bearer {ADMIN_KEY}', 'Content-Type': 'application/json' }},
            body: JSON.stringify(gradientDesign),
        }});
        const gradient = (await gradientResponse.json()).qrcode_design;
        console.log(JSON.stringify({{ status: designResponse.status, qrcode_design, gradient }}));
    """)
    seen = json.loads(out)
    assert seen["status"] == 200
    assert (seen["qrcode_design"]["width"], seen["qrcode_design"]["shape"]) == (500, "SHAPE_SQUARE")
    assert seen["qrcode_design"]["dots_options"]["type"] == "rounded"
    assert json.loads(seen["gradient"]["dots_options"]["gradient"])["colorStops"][1]["color"] == "#8b5cf6"


@needs_node
async def test_the_articles_events_are_listed_and_exported(served: str, world: World, bench: Bench) -> None:
    """The flat list with its four members, and the same as CSV, in the period of the visits."""
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {ADMIN_KEY}"}) as client:
        made = await client.post(f"{served}/v1/links", json={"destination": "https://example.com"})
    link_id = made.json()["link"]["id"]
    count_visits(world, bench, link_id)
    period = {"2024-01-01T00:00:00Z": "2026-01-01T00:00:00Z", "2024-01-31T23:59:59Z": "2026-12-31T23:59:59Z"}
    out, _ = await node(f"""{sample("events.mjs", served, **{"specific-link-uuid": link_id}, **period)}
        console.log(JSON.stringify({{ events, total_count, has_more, next_page_token, csvData }}));
    """)
    seen = json.loads(out)
    assert (len(seen["events"]), seen["total_count"], seen["has_more"]) == (3, 3, False)
    assert {event["link_id"] for event in seen["events"]} == {link_id}
    assert len(seen["csvData"].strip().splitlines()) == 4


@needs_node
async def test_the_articles_webhook_is_made(served: str) -> None:
    """Both of its events, active from the start; the secret is told once."""
    out, _ = await node(f"""{sample("webhooks.mjs", served)}
        console.log(JSON.stringify({{ status: webhookResponse.status, ...(await webhookResponse.json()) }}));
    """)
    seen = json.loads(out)
    assert (seen["status"], seen["webhook"]["active"]) == (200, True)
    assert seen["webhook"]["events"] == ["link.scanned", "form.submitted"]
    assert seen["webhook"]["signing_secret"]
