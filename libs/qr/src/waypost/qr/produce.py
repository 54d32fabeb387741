"""From text and design to a picture that may be handed out: repair if asked, guard, verify, draw."""

from dataclasses import dataclass

from waypost.qr.design import Design
from waypost.qr.faults import Unscannable
from waypost.qr.guard import Report, assess, errors
from waypost.qr.layout import RASTER, Format, PrintSize, Size
from waypost.qr.logo import Logo
from waypost.qr.matrix import encode
from waypost.qr.render import canvas_size, render_matrix
from waypost.qr.repair import Change, fix
from waypost.qr.verify import verify


@dataclass(frozen=True)
class Product:
    """A picture that was read back, with what the guard says of it and what the automatic mode changed."""

    picture: bytes
    design: Design
    report: Report
    changes: tuple[Change, ...] = ()


class Refused(Unscannable):
    """The guard found errors; they are in `report`."""

    def __init__(self, report: Report) -> None:
        first = errors(report.findings)[0]
        super().__init__(first.field, first.message)
        self.report = report


def produce(
    text: str,
    design: Design,
    kind: Format,
    size: int | Size | PrintSize,
    logo: Logo | None = None,
    repair: bool = False,
) -> Product:
    """A picture that scans. Raises Refused with the findings, or Unscannable when it does not read back.

    `repair` lets the automatic mode change the design first. Impossible texts and sizes are findings too.
    """
    changes: tuple[Change, ...] = ()
    if repair:
        design, changes = fix(text, design, size, logo)
    report = assess(text, design, size, logo)
    if errors(report.findings):
        raise Refused(report)
    matrix = encode(text, design, logo is not None)
    verify(matrix, design, logo, canvas_size(design, size) if kind in RASTER or design.frame else None)
    return Product(render_matrix(matrix, design, kind, size, logo), design, report, changes)
