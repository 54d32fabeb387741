"""Sandboxes, and the end of a workspace, through the vendor's client."""

import linkbreakers
import pytest
from linkbreakers.exceptions import ForbiddenException, NotFoundException, UnauthorizedException
from tests.contract.linkbreakers.test_sdk import create, run, sdk
from tests.contract.world import World

from waypost.control.core import workspaces
from waypost.control.store import workspaces as stored


async def test_a_sandbox_lives_beside_the_workspace(served: str) -> None:
    """Its token starts with `lb_test_`, works at once, makes no sandboxes, and opens nothing when it is deleted."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.SandboxesApi(client)
        made = api.sandboxes_service_create(linkbreakers.CreateSandboxRequest(name="Try"))
        assert made.sandbox is not None
        assert made.token is not None
        assert made.sandbox.expires_at is not None
        assert (made.sandbox.name, made.token.workspace_id) == ("Try", made.sandbox.id)
        text = made.access_token or ""
        assert text.startswith("lb_test_")
        with sdk(served, text) as inside:
            create(inside)
            assert linkbreakers.LinksApi(inside).links_service_list(page_size=5).total_count == 1
            with pytest.raises(ForbiddenException):
                linkbreakers.SandboxesApi(inside).sandboxes_service_create(
                    linkbreakers.CreateSandboxRequest()
                )
        assert linkbreakers.LinksApi(client).links_service_list(page_size=5).total_count == 0
        unnamed = api.sandboxes_service_create(linkbreakers.CreateSandboxRequest()).sandbox
        assert unnamed is not None
        assert (unnamed.name or "").startswith("Sandbox 20")
        listed = api.sandboxes_service_list()
        assert (listed.total_count, [each.id for each in listed.sandboxes or []]) == (
            2,
            [unnamed.id, made.sandbox.id],
        )
        api.sandboxes_service_delete(made.sandbox.id or "")
        with sdk(served, text) as inside, pytest.raises(UnauthorizedException):
            linkbreakers.LinksApi(inside).links_service_list(page_size=5)
        with pytest.raises(NotFoundException):
            api.sandboxes_service_delete(made.sandbox.id or "")

    await run(served, work)


async def test_a_workspace_is_deleted(served: str, world: World) -> None:
    """By a token with full access; the operator's own stays, and a deleted one can be brought back."""

    def delete(client: linkbreakers.ApiClient) -> None:
        linkbreakers.WorkspacesApi(client).workspaces_service_delete()

    with pytest.raises(ForbiddenException):
        await run(served, delete)
    async with world.control.database.write() as tx:
        made, minted = await workspaces.create_workspace(
            tx, world.actor, world.control.peppers, slug="shop", name="Shop"
        )
    await run(served, delete, token=minted.text)
    with pytest.raises(UnauthorizedException):
        await run(served, delete, token=minted.text)
    async with world.control.database.read() as tx:
        assert (await stored.get(tx, made.id)).deleted_ms
