"""Every fault in every API: each has a status, a code and an envelope, and none is forgotten."""

import inspect

import msgspec
import pytest

from waypost.control.api.problem import SURFACE as NATIVE
from waypost.control.dialects.registry import DIALECTS
from waypost.control.model import faults
from waypost.control.surface import faults as surface_faults
from waypost.control.surface.faults import Surface

SURFACES = [NATIVE, *(dialect.surface for dialect in DIALECTS)]
VALUES: dict[str, object] = {"str": "words", "int": 7}
"""By annotation; everything else that a fault carries is a list of findings."""


def every_fault() -> list[type[faults.Fault]]:
    """Fault and everything below it, those that only HTTP knows included."""
    assert surface_faults.Internal in faults.Fault.__subclasses__()
    found, waiting = [], [faults.Fault]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting.extend(kind.__subclasses__())
    return sorted(set(found), key=lambda kind: kind.__name__)


def sample(kind: type[faults.Fault]) -> faults.Fault:
    """One fault of a class, with a value for everything it carries."""
    if kind.__init__ is Exception.__init__:
        return kind("words")
    given = list(inspect.signature(kind).parameters.values())
    return kind(*(VALUES.get(getattr(each.annotation, "__name__", ""), ()) for each in given))


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
@pytest.mark.parametrize("kind", every_fault(), ids=lambda kind: kind.__name__)
def test_every_fault_has_a_status_a_code_and_a_body_in_every_api(
    kind: type[faults.Fault], surface: Surface
) -> None:
    """A fault without words turns into a 500 at the worst moment: the first time it happens."""
    failure = surface.failure(sample(kind), request_id="r1", method="GET")
    body = msgspec.json.decode(msgspec.json.encode(surface.envelope(failure)))
    assert 400 <= failure.status <= 599
    assert failure.code
    assert isinstance(body, dict)
    assert failure.message in str(body) or isinstance(sample(kind), faults.ScopeMissing)
