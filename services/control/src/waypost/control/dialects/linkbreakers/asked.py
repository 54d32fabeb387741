"""What every handler takes from its request, and how it answers."""

from typing import Any, TypeVar, cast

import msgspec
from litestar import Response
from litestar.dto import AbstractDTO, DTOConfig
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from waypost.control.dialects.linkbreakers.query import Pager, Query
from waypost.control.dialects.linkbreakers.spelling import Case, decode, read, spell
from waypost.control.model.faults import Invalid
from waypost.control.surface.call import Call, answer

BodyT = TypeVar("BodyT")


class Spelled(AbstractDTO[BodyT]):
    """Reads a body in either spelling: `dto=Spelled[LinkCreate]`, with `data: LinkCreate` in the handler."""

    config = DTOConfig()

    def decode_bytes(self, value: bytes) -> Any:
        """The body as its Struct. Raises Malformed, Invalid."""
        return read(decode(value), cast("type[Struct]", self.model_type))

    @classmethod
    def create_for_field_definition(cls, *_args: Any, **_options: Any) -> None:
        """Nothing to prepare: the Struct is the model."""

    @classmethod
    def create_openapi_schema(cls, field_definition: Any, handler_id: str, schema_creator: Any) -> Any:
        """The Struct's own schema; the document says that camelCase is as good."""
        return schema_creator.for_field_definition(field_definition)

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Any:
        """Nothing is generated."""
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: Any) -> bool:
        """Nothing is nested."""
        return False


def answers(kind: type[Struct], status: int = 200) -> dict[int, ResponseSpec]:
    """What the OpenAPI document says of a handler's answer."""
    return {status: ResponseSpec(data_container=kind, generate_examples=False, description="Done.")}


def takes(body: type[Struct], result: type[Struct], tag: str, *, status: int = 200) -> dict[str, Any]:
    """The arguments of a handler that reads a body in either spelling; creations answer 200 too."""
    return {
        "status_code": status,
        "dto": cast("Any", Spelled)[body],
        "return_dto": None,
        "responses": answers(result, status),
        "tags": [tag],
    }


def gives(result: type[Struct], tag: str) -> dict[str, Any]:
    """The arguments of a handler that reads no body and answers 200."""
    return {"status_code": 200, "responses": answers(result), "tags": [tag]}


def case_of(call: Call) -> Case:
    """The spellings that the caller wants. Raises Invalid."""
    text = call.request.headers.get("x-field-case", "").strip().lower()
    if text in ("", "both"):
        return "both"
    if text == "snake":
        return "snake"
    if text == "camel":
        return "camel"
    raise Invalid("X-Field-Case", "must be snake or camel")


def query_of(call: Call) -> Query:
    """The query string."""
    return Query(list(call.request.query_params.multi_items()))


def pager_of(call: Call, path: str, *filters: object) -> Pager:
    """Page tokens of this list, for this workspace and these filters."""
    question = (call.actor.workspace_id, path, *(str(value) for value in filters))
    return Pager(call.control.peppers.secrets[0], *question)


def base_url(call: Call) -> str:
    """Where the caller reached this dialect, without a trailing slash."""
    scope = call.request.scope
    host = call.request.headers.get("host", "localhost")
    return f"{scope['scheme']}://{host}{scope.get('mounted_at') or scope.get('root_path', '')}".rstrip("/")


def shown(call: Call, body: Struct, status: int = 200) -> Response[Any]:
    """An answer in the spellings that were asked for."""
    return answer(msgspec.json.encode(spell(body, case_of(call))), status=status)


def nothing(_result: object) -> dict[str, str]:
    """The body of a deletion."""
    return {}
