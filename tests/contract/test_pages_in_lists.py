"""Links that show a page have no destination; every dialect must still list and show them."""

import pytest
from tests.contract.world import World

from waypost.control.core import bio_pages
from waypost.control.dialects.dialect import Dialect
from waypost.control.dialects.registry import DIALECTS
from waypost.control.model.bio import CreateBioPage

LISTS = {
    "linkbreakers": "/v1/links",
    "trimlink": "/api/v1/links",
    "codeqr": "/links",
    "qrsbd": "/api/v1/links",
    "xqr": "/api/v1/links",
}
APART = {"xqr"}
"""Dialects that have a list of their own for pages."""


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
async def test_page_without_a_destination_breaks_no_list(world: World, dialect: Dialect) -> None:
    """A bio page in the same workspace must not turn a vendor's answers into a 500."""
    name = dialect.surface.name
    async with world.control.database.write() as tx:
        command = CreateBioPage(content={"title": "Ines"}, slug="ines", published=True)
        page = await bio_pages.create_page(tx, world.actor, command)
    async with world.client(dialect) as client:
        listed = await client.get(LISTS[name])
        assert listed.status_code == 200, listed.text
        assert ("@ines" in listed.text) is (name not in APART)
        one = await client.get(f"{LISTS[name]}/{page.id}")
        assert one.status_code in {200, 404}, one.text
