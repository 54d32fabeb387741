"""The pictures of `docs/qr.md`: `python -m waypost.qr.gallery docs/qr` writes them; a test compares."""

import io
import sys
from pathlib import Path
from typing import Any, get_args

from PIL import Image, ImageDraw

from waypost.qr import design as designs
from waypost.qr.design import DotType, EyeType, FrameType, RingType
from waypost.qr.layout import Format
from waypost.qr.logo import Logo
from waypost.qr.logo_worker import prepare
from waypost.qr.render import render

TEXT = "https://lnk.example/aBc123"
INK = "#1e293b"
WIDTH_PX = 231
"""Seven pixels a module for the text above, with its margin."""
_COLORS = ("#0f766e", "#1d4ed8", "#be123c", "#6d28d9", "#1e293b", "#b45309", "#166534", "#9d174d", "#0e7490")
_SUNSET = [
    {"offset": 0, "color": "#7c3aed"},
    {"offset": 0.5, "color": "#be185d"},
    {"offset": 1, "color": "#c2410c"},
]
_DEEP = [{"offset": 0, "color": "#0369a1"}, {"offset": 1, "color": "#172554"}]

FINDINGS: dict[str, dict[str, Any]] = {
    "contrast": {"dots": {"color": "#d1d5db"}},
    "contrast-thin": {"dots": {"color": "#9ca3af"}},
    "inverted": {"dots": {"color": "#ffffff"}, "background": {"color": "#111827"}},
    "red-light": {"dots": {"color": "#dc2626"}},
    "background-transparent": {"background": {"color": "transparent"}},
    "quiet-zone": {"margin": 0},
    "quiet-zone-thin": {"margin": 2},
    "eye-dots": {"corner_dot": {"type": "dots"}},
    "eye-pale": {"corner_dot": {"type": "dot", "color": "#a855f7"}},
    "ring-round": {"corner_square": {"type": "dot"}, "corner_dot": {"type": "dot"}},
    "ring-dots": {"corner_square": {"type": "dots"}},
    "micro": {"micro": True, "margin": 2},
    "frame-contrast": {"frame": {"color": "#334155", "text_color": "#475569"}},
    "logo-budget": {"logo": {"width_share": 0.5}},
    "logo-budget-thin": {"logo": {"width_share": 0.3}},
    "logo-micro": {"micro": True, "margin": 2, "error_correction": "M"},
}
"""One design for each finding of the guard that a picture can show."""


def pictures() -> dict[str, bytes]:
    """Every picture of the page by its file name."""
    found: dict[str, bytes] = {}

    def add(
        name: str, document: dict[str, Any], logo: Logo | None = None, text: str = TEXT, kind: Format = "svg"
    ) -> None:
        found[f"{name}.{kind}"] = render(text, designs.parse(document), kind, WIDTH_PX, logo)

    for style in get_args(DotType):
        add(f"dots-{style}", {"dots": {"type": style, "color": INK}})
    for ring in get_args(RingType):
        add(f"ring-{ring}", {"dots": {"color": INK}, "corner_square": {"type": ring, "color": "#be123c"}})
    for eye in get_args(EyeType):
        add(f"eye-{eye}", {"dots": {"color": INK}, "corner_dot": {"type": eye, "color": "#be123c"}})
    for color, frame in zip(_COLORS, get_args(FrameType), strict=True):
        look = {"dots": {"type": "rounded", "color": color}, "corner_square": {"type": "extra-rounded"}}
        add(f"frame-{frame}", {**look, "frame": {"type": frame, "text": "Scan me"}})
    for name, document in _LOOKS.items():
        add(f"look-{name}", document, sample_logo() if "logo" in document else None, kind=_kind(document))
    for code, document in FINDINGS.items():
        logo = sample_logo() if code.startswith("logo") else None
        add(
            f"finding-{code}",
            document,
            logo,
            "12345" if document.get("micro") else TEXT,
            _kind(document, logo),
        )
    return found


_LOOKS: dict[str, dict[str, Any]] = {
    "linear": {"dots": {"type": "rounded", "gradient": {"rotation": 0.8, "color_stops": _SUNSET}}},
    "radial": {
        "dots": {"type": "dots", "gradient": {"type": "radial", "color_stops": _DEEP}},
        "corner_square": {"type": "extra-rounded", "color": "#172554"},
        "corner_dot": {"type": "dot", "color": "#0369a1"},
    },
    "background": {
        "dots": {"type": "classy-rounded", "color": "#78350f"},
        "background": {"gradient": {"rotation": 0.8, "color_stops": [
            {"offset": 0, "color": "#fffbeb"}, {"offset": 1, "color": "#fde68a"}]}},
    },
    "round": {
        "dots": {"type": "extra-rounded", "color": "#064e3b"},
        "corner_square": {"type": "extra-rounded"},
        "background": {"color": "#d1fae5", "round": 0.25},
    },
    "circle": {"shape": "circle", "dots": {"type": "rounded", "color": "#4c1d95"}, "margin": 2},
    "logo": {
        "dots": {"type": "rounded", "color": "#134e4a"},
        "corner_square": {"type": "extra-rounded"},
        "logo": {"size": 0.3, "margin": 0.4},
    },
    "circuit": {
        "dots": {"type": "circuit-chip", "gradient": {"color_stops": _DEEP}},
        "corner_square": {"type": "octagon"},
        "corner_dot": {"type": "octagon", "color": "#0369a1"},
    },
    "leaf": {
        "dots": {"type": "classy", "color": "#166534"},
        "corner_square": {"type": "leaf"},
        "corner_dot": {"type": "teardrop", "color": "#b45309"},
    },
}  # fmt: skip


def sample_logo() -> Logo:
    """A coffee cup of plain shapes."""
    scale = 4
    image = Image.new("RGBA", (64 * scale, 64 * scale), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)

    def at(*values: float) -> list[float]:
        return [value * scale for value in values]

    draw.ellipse(at(0, 0, 64, 64), fill="#f59e0b")
    draw.ellipse(at(39, 28, 53, 42), outline="#ffffff", width=4 * scale)
    draw.rounded_rectangle(at(14, 26, 45, 50), 9 * scale, fill="#ffffff")
    draw.rectangle(at(14, 24, 45, 34), fill="#ffffff")
    for x in (22, 30, 38):
        draw.rounded_rectangle(at(x - 1.5, 10, x + 1.5, 19), 1.5 * scale, fill="#ffffff")
    out = io.BytesIO()
    image.save(out, "PNG")
    return Logo.trusted(prepare(out.getvalue(), 96))


def _kind(document: dict[str, Any], logo: Logo | None = None) -> Format:
    """PNG where there is a logo, which an SVG would have to carry in full."""
    return "png" if logo or "logo" in document else "svg"


def main() -> int:
    """Write the pictures into the folder given."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in pictures().items():
        (folder / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
