"""Batches of QR codes: a ZIP as it is drawn, every item accounted for, progress in a job."""

import io
import json
import zipfile

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from tests.control.conftest import ApiClient

from waypost.control import limits
from waypost.control.core import qr_batch
from waypost.control.core.qr_batch import BatchItem
from waypost.control.model.access import Actor
from waypost.control.model.qr import PictureWish
from waypost.control.surface.control import Control


def codes_in(body: bytes) -> dict[str, str]:
    """What every picture of an archive reads as, by file name."""
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        assert packed.testzip() is None
        found = {}
        for name in packed.namelist():
            if name.endswith(".png"):
                with Image.open(io.BytesIO(packed.read(name))) as picture:
                    found[name] = zxingcpp.read_barcodes(np.asarray(picture.convert("L")))[0].text
    return found


async def test_links_and_texts_come_as_one_archive_with_progress(api_client: ApiClient) -> None:
    """A print run is one call, and a bad item does not spoil it."""
    client = await api_client()
    link = (await client.post("/v1/links", json={"target_url": "https://example.com/"})).json()
    items = [
        {"link_id": link["id"], "name": "../door 1"},
        {"text": "https://example.com/two"},
        {"text": "x" * 3000},
    ]
    answer = await client.post("/v1/qr/batch", json={"items": items, "format": "png", "size_px": 256})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert codes_in(answer.content) == {
        "0001-door-1.png": f"{link['short_url']}?qr=1",
        "0002-code.png": "https://example.com/two",
    }
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        results = json.loads(packed.read("results.json"))
    assert [result["status"] for result in results] == ["drawn", "drawn", "failed"]
    job = (await client.get(f"/v1/jobs/{answer.headers['job-id']}")).json()
    assert (job["kind"], job["state"], job["done"], job["failed"]) == ("qr.batch", "done", 3, 1)


async def test_csv_is_a_batch_too(api_client: ApiClient) -> None:
    """Lists live in spreadsheets."""
    client = await api_client("qr:render")
    sheet = "text,name\nhttps://example.com/1,first\nhttps://example.com/2,second\n"
    csv_type = {"Content-Type": "text/csv"}
    answer = await client.post("/v1/qr/batch/csv?size_px=256", content=sheet, headers=csv_type)
    assert answer.status_code == 200, answer.text
    assert codes_in(answer.content) == {
        "0001-first.png": "https://example.com/1",
        "0002-second.png": "https://example.com/2",
    }
    wrong = await client.post("/v1/qr/batch/csv", content="colour\nred\n", headers=csv_type)
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    "items", [[], [{}], [{"text": "a", "link_id": "b"}], [{"text": "a"}] * (limits.QR_BATCH_ITEMS_MAX + 1)]
)
async def test_bad_batch_is_refused_before_anything_is_drawn(
    api_client: ApiClient, items: list[dict[str, str]]
) -> None:
    """An archive that begins is an archive that ends."""
    client = await api_client("qr:render")
    assert (await client.post("/v1/qr/batch", json={"items": items})).status_code in {400, 413, 422}


async def test_batch_is_sent_while_it_is_drawn_and_told_when_broken_off(
    control: Control, actor: Actor, api_client: ApiClient
) -> None:
    """Progress can be watched beside the download, and a second batch waits its turn."""
    client = await api_client()
    items = [BatchItem(text=f"https://example.com/{number}") for number in range(60)]
    async with control.database.write() as tx:
        job = await qr_batch.start_batch(tx, actor, items)
    chunks = qr_batch.archive(
        control.database, control.studio, actor, job, items, PictureWish(format="png", size_px=128)
    )
    sizes = [len(await anext(chunks)) for _ in range(limits.QR_BATCH_ITEMS_PER_PROGRESS + 1)]
    assert max(sizes) < 64 * 1024
    seen = (await client.get(f"/v1/jobs/{job.id}")).json()
    assert (seen["state"], seen["done"], seen["total"]) == ("running", 20, 60)
    second = await client.post("/v1/qr/batch", json={"items": [{"text": "a"}]})
    assert second.status_code == 409
    await chunks.aclose()  # type: ignore[attr-defined]  # an async generator, typed as what callers need
    assert (await client.get(f"/v1/jobs/{job.id}")).json()["state"] == "failed"
