"""xQR's operations as a document: what is served is what was reviewed, and each operation says its scope."""

from typing import Any

import pytest
from tests.contract.openapi_files import file_of, generated, written

from waypost.control.dialects.xqr.dialect import XQR
from waypost.control.model.access import SCOPES

DOCUMENTED = {
    "/api/v1/links": {"get", "post"},
    "/api/v1/links/{link_id}": {"get", "patch", "delete"},
    "/api/v1/links/bulk": {"post"},
    "/api/v1/links/bulk/status": {"patch"},
    "/api/v1/links/bulk/{batch_id}": {"get"},
    "/api/v1/links/{link_id}/qr": {"get"},
    "/api/v1/qr/templates": {"get", "post"},
    "/api/v1/qr/templates/{template_id}": {"get", "patch", "delete"},
    "/api/v1/qr/templates/{template_id}/render": {"post"},
    "/api/v1/qr/generate": {"post"},
    "/api/v1/analytics/summary": {"get"},
    "/api/v1/analytics/timeseries": {"get"},
    "/api/v1/analytics/geography": {"get"},
    "/api/v1/analytics/devices": {"get"},
    "/api/v1/analytics/top-links": {"get"},
    "/api/v1/analytics/links/{link_id}": {"get"},
    "/api/v1/workspace": {"get"},
    "/api/v1/workspace/members": {"get"},
    "/api/v1/workspace/usage": {"get"},
    "/api/v1/bio/pages": {"get", "post"},
    "/api/v1/bio/pages/{page_id}": {"get", "patch", "delete"},
    "/api/v1/bio/pages/{page_id}/publish": {"post"},
    "/api/v1/bio/pages/{page_id}/unpublish": {"post"},
    "/api/v1/bio/pages/{page_id}/stats": {"get"},
    "/api/v1/assets": {"get"},
    "/api/v1/assets/presign": {"post"},
    "/api/v1/assets/presign/{asset_id}/confirm": {"post"},
    "/api/v1/assets/{asset_id}": {"get", "delete"},
    "/api/v1/assets/{asset_id}/confirm": {"post"},
    "/api/v1/assets/{asset_id}/publish": {"post"},
    "/api/v1/webhooks": {"get", "post"},
    "/api/v1/webhooks/{webhook_id}": {"get", "patch", "delete"},
    "/api/v1/webhooks/{webhook_id}/deliveries": {"get"},
}
"""Every operation of the seed, and the vendor's other path to a confirmation."""


@pytest.fixture
async def document() -> dict[str, Any]:
    """The document as it is served."""
    return await generated(XQR)


async def test_the_committed_document_is_the_one_that_is_served(document: dict[str, Any]) -> None:
    """A change of the contract is seen in review: `python -m tests.contract.openapi_files xqr` writes it anew."""
    assert file_of(XQR).read_text() == written(document)


async def test_every_documented_operation_is_there_and_no_other(document: dict[str, Any]) -> None:
    """C-list of the seed: an endpoint that is forgotten is found by a client otherwise."""
    found = {path: set(item) for path, item in document["paths"].items()}
    assert found == DOCUMENTED


def test_every_scope_that_an_operation_needs_exists() -> None:
    """C18: a scope that no key can hold would lock an operation for ever."""
    assert {handler.opt["scope"] for handler in XQR.routes()} <= SCOPES
