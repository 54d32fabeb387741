"""The vendor's own client from PyPI, with only its host and its token changed."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import linkbreakers
import pytest
from linkbreakers.exceptions import (
    BadRequestException,
    ConflictException,
    NotFoundException,
    UnauthorizedException,
)
from tests.contract.world import ADMIN_KEY

ResultT = TypeVar("ResultT")
TARGET = "https://example.com/landing-page"


@contextmanager
def sdk(host: str, token: str = ADMIN_KEY) -> Iterator[linkbreakers.ApiClient]:
    """The client as its own documentation configures it."""
    with linkbreakers.ApiClient(linkbreakers.Configuration(host=host, access_token=token)) as client:
        yield client


async def run(
    host: str, work: Callable[[linkbreakers.ApiClient], ResultT], token: str = ADMIN_KEY
) -> ResultT:
    """Run blocking calls beside the server."""

    def blocking() -> ResultT:
        with sdk(host, token) as client:
            return work(client)

    return await asyncio.to_thread(blocking)


def create(client: linkbreakers.ApiClient, **members: Any) -> linkbreakers.Link:
    """Create a link with the client."""
    request = linkbreakers.CreateLinkRequest(destination=TARGET, **members)
    made = linkbreakers.LinksApi(client).links_service_create(request).link
    assert made is not None
    return made


def refusal(error: linkbreakers.ApiException) -> linkbreakers.ErrorResponse:
    """The error's body as the client's own model, whose four members are required."""
    read = linkbreakers.ErrorResponse.from_json(error.body or "")
    assert read is not None
    return read


async def test_a_link_lives_its_life_through_the_client(served: str) -> None:
    """Create, read, list, change, delete: every answer parses, every member arrives."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.LinksApi(client)
        made = create(
            client,
            name="Launch",
            tags=["one", "two"],
            metadata={"campaign_id": "7"},
            fallbackDestination="https://example.com/f",
            expiresAt=datetime(2030, 1, 2, tzinfo=UTC),
            waitForQrcode=True,
        )
        assert None not in (made.id, made.entrypoint, made.qrcode_signed_url, made.created_at)
        link_id = made.id or ""
        assert made.metadata == {"campaign_id": "7"}
        assert made.expires_at == datetime(2030, 1, 2, tzinfo=UTC)
        assert sorted(tag.name or "" for tag in made.tags or []) == ["one", "two"]
        read = api.links_service_get(link_id, include=["qrcodeDesign", "tags", "customDomain"]).link
        assert read is not None
        assert {
            name: value for name, value in read.to_dict().items() if name != "qrcodeDesign"
        } == made.to_dict()
        assert read.qrcode_design is not None
        listed = api.links_service_list(page_size=10, tags=["one"])
        assert (listed.total_count, [link.id for link in listed.links or []]) == (1, [made.id])
        change = linkbreakers.LinksServiceUpdateBody(name="Later", tagsDelete=True, expiresAtDelete=True)
        changed = api.links_service_update(link_id, change).link
        assert changed is not None
        assert (changed.name, changed.tags, changed.expires_at) == ("Later", [], None)
        api.links_service_delete(link_id)
        with pytest.raises(NotFoundException) as gone:
            api.links_service_get(link_id)
        assert refusal(gone.value).code_type == "NOT_FOUND"

    await run(served, work)


async def test_the_client_pages_through_a_list(served: str) -> None:
    """It sends `pageSize` and hands `nextPageToken` back."""

    def work(client: linkbreakers.ApiClient) -> list[str]:
        for number in range(5):
            create(client, name=f"n{number}")
        api, token, names = linkbreakers.LinksApi(client), None, []
        while token != "":
            page = api.links_service_list(
                page_size=2,
                page_token=token,
                sort_by=linkbreakers.LinkSortField.LINK_SORT_FIELD_NAME,
                sort_direction=linkbreakers.SortDirection.SORT_DIRECTION_ASC,
            )
            names += [link.name or "" for link in page.links or []]
            token = page.next_page_token
        return names

    assert await run(served, work) == [f"n{number}" for number in range(5)]


async def test_the_client_makes_links_in_bulk(served: str) -> None:
    """Both bulk calls, the shortlink helpers and the fresh images."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.LinksApi(client)
        wanted = [linkbreakers.CreateLinkRequest(destination=f"{TARGET}{number}") for number in range(3)]
        bulk = api.links_service_create_bulk(linkbreakers.CreateBulkLinksRequest(links=wanted)).links or []
        batch = api.links_service_create_batch(wanted).links or []
        assert len({link.shortlink for link in [*bulk, *batch]}) == 6
        free = api.links_service_shortlink_random().shortlink
        assert free
        assert api.links_service_shortlink_availability(shortlink=free).available is True
        assert api.links_service_shortlink_availability(shortlink=bulk[0].shortlink).available is False
        request = linkbreakers.ResolveQrcodeImagesRequest(linkIds=[bulk[0].id or ""])
        urls = api.links_service_resolve_qrcode_images(request).qrcode_signed_urls
        assert urls == {bulk[0].id: bulk[0].qrcode_signed_url}

    await run(served, work)


async def test_the_clients_errors_are_parsed(served: str) -> None:
    """It refuses an error that lacks one of the four members."""

    def work(client: linkbreakers.ApiClient) -> None:
        create(client, shortlink="taken")
        with pytest.raises(ConflictException) as conflict:
            create(client, shortlink="taken")
        assert refusal(conflict.value).code_type == "SHORTLINK_ALREADY_TAKEN"
        with pytest.raises(BadRequestException) as invalid:
            linkbreakers.LinksApi(client).links_service_create(
                linkbreakers.CreateLinkRequest(destination="invalid-url")
            )
        assert refusal(invalid.value).details == [{"field": "destination", "reason": "invalid_url"}]

    def stranger(client: linkbreakers.ApiClient) -> None:
        with pytest.raises(UnauthorizedException) as unknown:
            linkbreakers.LinksApi(client).links_service_list(page_size=1)
        assert refusal(unknown.value).code_type == "UNAUTHENTICATED"

    await run(served, work)
    await run(served, stranger, token="a.wrong.token")


async def test_the_client_reads_the_scopes_without_a_token(served: str) -> None:
    """The catalogue is public; every word of it is one the client knows."""

    def work(client: linkbreakers.ApiClient) -> list[str]:
        answer = linkbreakers.APIScopesApi(client).workspace_tokens_service_list_api_scopes()
        return [scope.name or "" for scope in answer.scopes or []]

    names = await run(served, work, token="")
    assert {"links:read", "links:write", "tokens:write"} <= set(names)


async def test_the_client_keeps_tokens(served: str) -> None:
    """Made with scopes, used, narrowed, listed, revoked: all through its own models."""

    def work(client: linkbreakers.ApiClient) -> str:
        api = linkbreakers.WorkspaceTokensApi(client)
        made = api.workspace_tokens_service_create(
            linkbreakers.CreateWorkspaceTokenRequest(
                name="Production integration",
                keyType="WORKSPACE_TOKEN_KEY_TYPE_SECRET",
                scopes=["API_SCOPE_LINKS_WRITE"],
            )
        )
        assert made.token is not None
        assert (made.token.name, made.token.full_access) == ("Production integration", False)
        assert made.token.scopes == ["API_SCOPE_LINKS_WRITE"]
        token_id, text = made.token.id or "", made.access_token or ""
        with sdk(served, text) as limited:
            create(limited)
            with pytest.raises(linkbreakers.exceptions.ForbiddenException):
                linkbreakers.WebhooksApi(limited).webhooks_service_list(page_size=1)
        change = linkbreakers.WorkspaceTokensServiceUpdateBody(name="Later", scopes=["API_SCOPE_LINKS_READ"])
        changed = api.workspace_tokens_service_update(token_id, change).token
        assert changed is not None
        assert (changed.name, changed.scopes) == ("Later", ["API_SCOPE_LINKS_READ"])
        listed = api.workspace_tokens_service_list(page_size=10)
        assert token_id in [token.id for token in listed.tokens or []]
        api.workspace_tokens_service_delete(token_id)
        with pytest.raises(NotFoundException):
            api.workspace_tokens_service_get(token_id)
        return text

    def revoked(client: linkbreakers.ApiClient) -> None:
        with pytest.raises(UnauthorizedException):
            linkbreakers.LinksApi(client).links_service_list(page_size=1)

    text = await run(served, work)
    await run(served, revoked, token=text)


async def test_the_client_keeps_domains_tags_and_directories(served: str) -> None:
    """Every answer of these three groups parses, every enumeration is one the client knows."""

    def work(client: linkbreakers.ApiClient) -> None:
        domains = linkbreakers.CustomDomainsApi(client)
        request = linkbreakers.CreateCustomDomainRequest(name="Go.Shop.example")
        domain = domains.custom_domains_service_create(request).custom_domain
        assert domain is not None
        assert (domain.name, domain.status) == ("go.shop.example", "STATUS_VERIFICATION_PENDING")
        domain_id = domain.id or ""
        guide = domains.custom_domains_service_get_setup_guide(domain_id).setup_guide
        assert guide is not None
        assert [(record.host, record.type) for record in guide.records or []] == [
            ("go", linkbreakers.DnsRecordType.DNS_RECORD_TYPE_CNAME),
            ("_waypost.go", linkbreakers.DnsRecordType.DNS_RECORD_TYPE_TXT),
        ]
        assert len(domains.custom_domains_service_validation_instructions(domain_id).validations or []) == 2
        root = linkbreakers.CustomDomainsServiceUpdateBody(rootDestination="https://example.com/")
        changed = domains.custom_domains_service_update(domain_id, root).custom_domain
        assert changed is not None
        assert changed.root_destination == "https://example.com/"
        checked = domains.custom_domains_service_check(domain_id).custom_domain
        assert checked is not None
        assert (checked.id, checked.root_destination) == (domain_id, "https://example.com/")
        assert domains.custom_domains_service_get(domain_id).custom_domain == checked
        assert domains.custom_domains_service_list(page_size=5).total_count == 1

        directories = linkbreakers.DirectoriesApi(client)
        top = directories.directories_service_create(
            linkbreakers.CreateDirectoryRequest(name="Campaigns")
        ).directory
        assert top is not None
        below = directories.directories_service_create(
            linkbreakers.CreateDirectoryRequest(name="Spring", parentDirectoryId=top.id)
        ).directory
        assert below is not None
        assert below.path == "Campaigns/Spring"
        assert [
            each.name for each in directories.directories_service_list(page_size=5).directories or []
        ] == ["Campaigns"]
        everything = directories.directories_service_list(page_size=5, recursive=True)
        assert everything.total_count == 2
        link = create(client, customDomainId=domain_id, directoryId=below.id, tags=["spring"])
        assert (link.entrypoint or "").startswith("https://go.shop.example/")
        with pytest.raises(linkbreakers.ApiException) as not_empty:
            directories.directories_service_delete(below.id or "")
        assert (not_empty.value.status, refusal(not_empty.value).code_type) == (412, "FAILED_PRECONDITION")

        tags = linkbreakers.TagsApi(client)
        assert [tag.name for tag in tags.tags_service_list(page_size=5, search="SPR").tags or []] == [
            "spring"
        ]
        tags.tags_service_delete(name="spring")
        assert tags.tags_service_list(page_size=5).tags == []
        with pytest.raises(NotFoundException):
            tags.tags_service_delete(name="spring")

        domains.custom_domains_service_delete(domain_id)
        moved = linkbreakers.LinksApi(client).links_service_get(link.id or "").link
        assert moved is not None
        assert (moved.entrypoint or "").startswith("https://go.example/")
        linkbreakers.LinksApi(client).links_service_delete(link.id or "")
        directories.directories_service_delete(below.id or "")

    await run(served, work)
