"""The committed document of events is the code's."""

import json

import jsonschema  # type: ignore[import-untyped]  # brings no types
import msgspec
from tests.control.webhooks.asyncapi_file import FILE, generated, written

from waypost.wire.event import CountedScanV1, ScannedV1, ThresholdV1


def test_the_committed_document_is_current() -> None:
    """A change of the contract is seen in review: `python -m tests.control.webhooks.asyncapi_file` writes it."""
    assert FILE.read_text() == written(generated())


def test_messages_of_the_stream_fit_their_schemas() -> None:
    """Whoever reads the stream in another language has nothing but the schema."""
    document = json.loads(FILE.read_text())
    scan = CountedScanV1(id="edge-0.1.7", at_ms=1, link_id=b"l" * 16, workspace_id=b"w" * 16)
    mark = ThresholdV1(link_id=b"l" * 16, workspace_id=b"w" * 16, threshold=10, scan_count=11, at_ms=1)
    for message in (ScannedV1((scan,)), mark):
        schema = {
            "$ref": f"#/components/schemas/{type(message).__name__}",
            "components": document["components"],
        }
        jsonschema.validate(json.loads(msgspec.json.encode(message)), schema)
