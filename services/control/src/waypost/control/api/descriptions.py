"""The OpenAPI document in words: what each schema is, and what its members and an operation's parameters mean.

Schemas are described by the docstrings of their structs. Most members and parameters mean the same in many places, and
are explained once, in `members.toml` and `parameters.toml`.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

_OURS = "waypost."

Tables = Mapping[str, Mapping[str, str]]
"""Meanings by name, by patterns of the places where the names have them."""


def describe_schemas(schemas: Mapping[str, dict[str, Any]]) -> None:
    """Add descriptions to a document's schemas, and to their members that have none yet."""
    found = tables("members.toml")
    documents = _docstrings()
    for name, schema in schemas.items():
        members = schema.get("properties", {})
        document = documents.get((str(schema.get("title", name)), frozenset(members)))
        if document and "description" not in schema:
            schema["description"] = document
        for member, shape in members.items():
            if "description" not in shape and (meaning := _meaning(found, name, member)):
                shape["description"] = meaning


def describe_parameters(operations: Iterable[dict[str, Any]]) -> None:
    """Add descriptions to the parameters of operations that have none yet."""
    found = tables("parameters.toml")
    for operation in operations:
        for parameter in operation.get("parameters", ()):
            meaning = _meaning(found, operation["operationId"], parameter["name"])
            if not parameter.get("description") and meaning:
                parameter["description"] = meaning


def tables(name: str) -> Tables:
    """The meanings that a file of this package holds."""
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


def _meaning(found: Tables, place: str, name: str) -> str:
    """What the first table says that is for this place and knows the name; "" when none does."""
    for patterns, meanings in found.items():
        if name in meanings and any(fnmatchcase(place, pattern) for pattern in patterns.split()):
            return meanings[name]
    return ""


def _docstrings() -> dict[tuple[str, frozenset[str]], str]:
    """The docstring of every struct of ours, by its name and its members: names alone repeat."""
    return {
        (kind.__name__, _members(kind)): " ".join(kind.__doc__.split())
        for kind in _kinds(Struct)
        if kind.__doc__ and kind.__module__.startswith(_OURS)
    }


def _members(kind: type[Struct]) -> frozenset[str]:
    tag = kind.__struct_config__.tag_field
    return frozenset(each.encode_name for each in fields(kind)) | ({tag} if tag else set())


def _kinds(base: type[Struct]) -> Iterator[type[Struct]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)
