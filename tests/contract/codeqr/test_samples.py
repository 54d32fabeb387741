"""The vendor's own samples in four languages, with only base URL, key and ids changed."""

import asyncio
import contextlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.contract.codeqr.conftest import KEY
from tests.contract.running import output
from tests.contract.world import PUBLIC_URL

SAMPLES = Path(__file__).with_name("samples")
DOCUMENTED_ID = "link_eBKA4MT44XnI17hYLchkjUOd"

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
needs_php = pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def sample(name: str, served: str) -> str:
    """A sample for this Waypost."""
    text = (SAMPLES / name).read_text().replace("https://api.codeqr.io", served)
    for placeholder in ("codeqr_your_api_key", "sua_chave_api"):
        text = text.replace(placeholder, KEY)
    return text


async def read(served: str, key: str) -> dict[str, Any]:
    """The link that a sample made."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        answer = await client.get(f"{served}/links/info", params={"domain": "go.example", "key": key})
    assert answer.status_code == 200, answer.text
    link: dict[str, Any] = answer.json()
    return link


@needs_node
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("first.mjs", "Link criado: "),
        ("product.mjs", "Link criado: "),
        ("preview.mjs", "Link com preview criado: "),
    ],
)
async def test_the_javascript_samples_print_their_short_links(served: str, name: str, said: str) -> None:
    """`shortLink` and `qrCode` straight from the answer."""
    out = await output("node", "--input-type=module", "-", script=sample(name, served))
    line = out.splitlines()[0]
    assert line.startswith(f"{said}{PUBLIC_URL}/")
    link = await read(served, line.removeprefix(f"{said}{PUBLIC_URL}/"))
    if name == "product.mjs":
        assert (link["externalId"], link["title"]) == ("SP-123", "Smartphone XYZ")
        assert sorted(tag["name"] for tag in link["tags"]) == ["ecommerce", "produtos"]
    if name == "preview.mjs":
        assert (link["proxy"], link["trackConversion"]) == (True, True)
        assert link["title"] == "🔥 Promoção Relâmpago - 70% OFF!"


@pytest.mark.parametrize(
    ("name", "key", "title"),
    [
        ("campaign.txt", "campanha-black-friday-2025", "Campanha - Black Friday 2025"),
        ("cloaking.txt", "produto-especial", "Acesso Direto"),
    ],
)
async def test_the_python_samples_test_for_200(served: str, name: str, key: str, title: str) -> None:
    """They raise for every other status, 201 included."""
    said = io.StringIO()

    def run() -> None:
        with contextlib.redirect_stdout(said):
            exec(compile(sample(name, served), name, "exec"), {"__name__": "sample"})

    await asyncio.to_thread(run)
    assert f"{PUBLIC_URL}/{key}" in said.getvalue()
    assert (await read(served, key))["title"] == title


@needs_php
@pytest.mark.parametrize(
    ("name", "key"),
    [("affiliate.php", "afiliado-AF001-123"), ("indexable.php", "marketing-digital-2025")],
)
async def test_the_php_samples_test_for_200(served: str, name: str, key: str) -> None:
    """The same through PHP's curl."""
    out = await output("php", script=sample(name, served))
    assert out.strip().endswith(f"{PUBLIC_URL}/{key}")
    link = await read(served, key)
    assert link["doIndex"] is (name == "indexable.php")
    assert link["utm_medium"] in ("link_curto", "organic")


@needs_curl
async def test_the_curl_samples_work_one_after_the_other(served: str) -> None:
    """All twenty-two, in the order of the article."""
    made: list[dict[str, Any]] = []
    answers: list[tuple[str, Any]] = []
    for command in sample("curl.txt", served).strip().split("\n\n"):
        text = command.replace(DOCUMENTED_ID, made[-1]["id"]) if made else command
        for number in (1, 2, 3):
            text = text.replace(f"link{number}", made[number]["id"]) if len(made) > number else text
        out = await output("sh", script=f"{text} --silent --fail-with-body")
        answer = json.loads(out)
        answers.append((command, answer))
        if "--request POST" in command and isinstance(answer, dict):
            made.append(answer)
    assert len(answers) == 22
    by_kind = {command: answer for command, answer in answers if "bulk" in command}
    created, updated, deleted = by_kind.values()
    assert [link["key"] for link in created] == ["product-1", "product-2", "product-3"]
    assert [link["utm_source"] for link in updated] == ["facebook"] * 3
    assert deleted == {"deletedCount": 3}
    lists = [answer for command, answer in answers if "tenantId=" in command or "tagNames=" in command]
    assert [len(found) for found in lists] == [1, 0]
    assert answers[-2][1]["key"] == "link-estavel"
    assert answers[-1][1] == {"id": made[-1]["id"]}
