"""A scene as a one-page PDF 1.4: gradients as shadings, the logo with its soft mask. ISO 32000."""

import zlib

import numpy as np

from waypost.qr.color import PAPER, Color
from waypost.qr.outline import POINTS_PER_PX, digits, operators, placed, rgb_digits, shading
from waypost.qr.paint import Paint
from waypost.qr.paths import Path, rectangle
from waypost.qr.scene import Picture, Place, Scene

_CATALOG, _PAGES, _PAGE, _CONTENT = 1, 2, 3, 4


class _Objects:
    """Numbered objects; the first four are fixed, shadings and pictures follow."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = [b""] * 4
        self.shadings: list[int] = []
        self.pictures: list[int] = []

    def add(self, body: bytes) -> int:
        self.bodies.append(body)
        return len(self.bodies)

    def stream(self, entries: str, data: bytes) -> bytes:
        packed = zlib.compress(data, 9)
        return (
            f"<< {entries} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode()
            + packed
            + b"\nendstream"
        )


def write_pdf(scene: Scene, width_mm: float | None = None) -> bytes:
    """The PDF of a scene, `width_mm` wide on paper, or one CSS pixel a px."""
    scale = width_mm / 25.4 * 72 / scene.size.width if width_mm else POINTS_PER_PX
    width, height = scene.size.width * scale, scene.size.height * scale
    objects = _Objects()
    content = [f"{digits(scale, 6)} 0 0 {digits(-scale, 6)} 0 {digits(height)} cm"]
    ground = scene.background
    if not (isinstance(ground, Color) and ground.alpha == 0):
        backdrop = scene.backdrop or rectangle(0, 0, scene.size.width, scene.size.height)
        content.append(_filled(backdrop, ground, Place(), objects))
    for layer in scene.layers:
        if isinstance(layer, Picture):
            content.append(_picture(layer, objects))
        elif layer.path:
            content.append(_filled(layer.path, layer.paint, layer.place, objects))
    box = f"[0 0 {digits(width)} {digits(height)}]"
    objects.bodies[_CATALOG - 1] = f"<< /Type /Catalog /Pages {_PAGES} 0 R >>".encode()
    objects.bodies[_PAGES - 1] = f"<< /Type /Pages /Kids [{_PAGE} 0 R] /Count 1 >>".encode()
    objects.bodies[_PAGE - 1] = (
        f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox {box} /Contents {_CONTENT} 0 R"
        f" /Resources << /Shading << {_names('S', objects.shadings)} >>"
        f" /XObject << {_names('I', objects.pictures)} >> >> >>"
    ).encode()
    objects.bodies[_CONTENT - 1] = objects.stream("", "\n".join(content).encode())
    return _file(objects.bodies)


def _filled(path: Path, paint: Paint, place: Place, objects: _Objects) -> str:
    matrix = placed(place)
    move = f"{matrix} cm\n" if matrix else ""
    if isinstance(paint, Color):
        return f"q {move}{rgb_digits(paint.over(PAPER))} rg\n{operators(path)}\nf Q"
    objects.shadings.append(objects.add(f"<< {shading(paint, place)} >>".encode()))
    return f"q {move}{operators(path)}\nW n /S{len(objects.shadings) - 1} sh Q"


def _picture(layer: Picture, objects: _Objects) -> str:
    pixels = layer.logo.pixels(layer.logo.width, layer.logo.height)
    size = f"/Width {layer.logo.width} /Height {layer.logo.height}"
    common = f"/Type /XObject /Subtype /Image {size} /BitsPerComponent 8"
    mask = objects.add(objects.stream(f"{common} /ColorSpace /DeviceGray", pixels[..., 3].tobytes()))
    colors = np.ascontiguousarray(pixels[..., :3]).tobytes()
    objects.pictures.append(
        objects.add(objects.stream(f"{common} /ColorSpace /DeviceRGB /SMask {mask} 0 R", colors))
    )
    box = layer.box
    matrix = f"{digits(box.width)} 0 0 {digits(-box.height)} {digits(box.x)} {digits(box.y + box.height)}"
    return f"q {matrix} cm /I{len(objects.pictures) - 1} Do Q"


def _names(letter: str, numbers: list[int]) -> str:
    return " ".join(f"/{letter}{index} {number} 0 R" for index, number in enumerate(numbers))


def _file(bodies: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += (
        f"trailer\n<< /Size {len(bodies) + 1} /Root {_CATALOG} 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    )
    return bytes(out)
