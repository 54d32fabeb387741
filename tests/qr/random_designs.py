"""Random designs, texts and logos from a seed: the whole vocabulary, so that no combination is left out."""

import io
import random
from typing import Any, get_args

from PIL import Image, ImageDraw

from waypost.qr import design as designs
from waypost.qr.design import Design, DotType, EyeType, FrameType, RingType
from waypost.qr.logo import Logo
from waypost.qr.logo_worker import prepare

DARK = (
    "#000000",
    "#111827",
    "#1e3a8a",
    "#7c2d12",
    "#064e3b",
    "#4c1d95",
    "#831843",
    "#0f766e",
    "#1d4ed8",
    "#b91c1c",
)
LIGHT = ("#ffffff", "#f8fafc", "#fef3c7", "#ecfeff", "#fdf2f8", "#e5e7eb", "#fde68a", "#bfdbfe")
ANY = ("#9ca3af", "#f59e0b", "#22c55e", "#a855f7", "#38bdf8", "#ef4444")


def random_text(pick: random.Random) -> str:
    """A short link, a longer one, or words of several scripts."""
    slug = "".join(pick.choices("23456789abcdefghjkmnpqrstuvwxyz", k=pick.randint(3, 12)))
    kinds = (
        f"https://lnk.example/{slug}",
        f"https://lnk.example/{slug}?qr=1",
        f"https://shop.example/{slug}/{slug}?utm_source=poster&utm_campaign={slug}",
        f"Größe {slug} Привет 例え",
    )
    return pick.choices(kinds, weights=(4, 4, 2, 1))[0]


def random_logo(pick: random.Random) -> Logo:
    """A disc, a filled square, or a busy picture, of a random aspect."""
    width, height = pick.choice(((200, 200), (200, 120), (120, 200)))
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    kind = pick.randrange(3)
    if kind == 0:
        draw.ellipse((0, 0, width, height), fill=pick.choice(DARK + LIGHT + ANY))
    elif kind == 1:
        draw.rectangle((0, 0, width, height), fill=pick.choice(DARK + LIGHT + ANY))
    else:
        for _ in range(60):
            x, y = pick.randrange(width), pick.randrange(height)
            draw.rectangle((x, y, x + 25, y + 25), fill=pick.choice(DARK + LIGHT + ANY))
    out = io.BytesIO()
    image.save(out, "PNG")
    return Logo.trusted(prepare(out.getvalue()))


def random_design(pick: random.Random, with_logo: bool, framed: float = 0.15) -> Design:
    """A design over the whole vocabulary; many of them do not pass the guard."""
    background: dict[str, Any] = {"color": pick.choice(LIGHT)}
    if pick.random() < 0.15:
        background = {"gradient": _gradient(pick, LIGHT, LIGHT)}
    if pick.random() < 0.1:
        background["round"] = round(pick.random() * 0.3, 2)
    document: dict[str, Any] = {
        "dots": {"type": pick.choice(get_args(DotType)), **_fill(pick)},
        "background": background,
        "shape": pick.choices(("square", "circle"), weights=(5, 1))[0],
        "margin": pick.choice((2, 3, 4, 4, 4, 5)),
    }
    if pick.random() < 0.7:
        document["corner_square"] = {"type": pick.choice(get_args(RingType))}
        if pick.random() < 0.3:
            document["corner_square"] |= _fill(pick)
        if pick.random() < 0.1:
            document["corner_square"]["radius"] = round(pick.random() * 3.5, 2)
    if pick.random() < 0.7:
        document["corner_dot"] = {"type": pick.choice(get_args(EyeType))}
        if pick.random() < 0.3:
            document["corner_dot"] |= _fill(pick)
    if pick.random() < 0.5:
        document["error_correction"] = pick.choice("LMQH")
    if with_logo:
        document["logo"] = {
            "size": round(0.1 + pick.random() * 0.5, 2),
            "margin": pick.choice((0, 0, 0.5, 1)),
            "hide_background_dots": pick.random() < 0.8,
        }
    if pick.random() < framed:
        document["frame"] = {
            "type": pick.choice(get_args(FrameType)),
            "text": pick.choice(("SCAN ME", "Menü", "Меню")),
        }
    return designs.parse(document)


def _fill(pick: random.Random) -> dict[str, Any]:
    if pick.random() < 0.3:
        return {"gradient": _gradient(pick, DARK, DARK + ANY)}
    return {"color": pick.choices((pick.choice(DARK), pick.choice(ANY)), weights=(8, 1))[0]}


def _gradient(pick: random.Random, first: tuple[str, ...], second: tuple[str, ...]) -> dict[str, Any]:
    stops = [{"offset": 0, "color": pick.choice(first)}, {"offset": 1, "color": pick.choice(second)}]
    if pick.random() < 0.3:
        stops.insert(1, {"offset": 0.5, "color": pick.choice(first)})
    return {
        "type": pick.choice(("linear", "radial")),
        "rotation": round(pick.random() * 6.28, 2),
        "color_stops": stops,
    }
