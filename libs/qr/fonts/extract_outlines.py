"""Turns font files into the package's outline file: `python extract_outlines.py OUT FONT [FONT ...]`.

Run by hand when the font changes, with `fonttools[woff]` installed; nothing imports it. Each glyph becomes an
advance and an SVG path in font units (y up), so that text can be drawn as outlines in every format.
"""

import json
import sys
from pathlib import Path
from typing import Any

from fontTools.pens.basePen import decomposeQuadraticSegment  # type: ignore[import-not-found]  # installed by hand
from fontTools.pens.recordingPen import DecomposingRecordingPen  # type: ignore[import-not-found]  # installed by hand
from fontTools.ttLib import TTFont  # type: ignore[import-not-found]  # installed by hand

UNITS = 1000
# Latin with Extended-A, Romanian commas, Greek, Cyrillic, Vietnamese, punctuation, currency, arrows.
RANGES = (
    range(0x20, 0x180),
    range(0x218, 0x21C),
    range(0x386, 0x3CF),
    range(0x400, 0x460),
    range(0x490, 0x492),
    range(0x1E9E, 0x1F00),
    range(0x2010, 0x2027),
    range(0x20A0, 0x20C0),
    range(0x2122, 0x2123),
    range(0x2190, 0x2194),
)


def outline(glyphs: Any, name: str, scale: float) -> str:
    """One glyph as absolute path commands M, L, Q and Z with whole numbers."""
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    out = []
    for operation, points in pen.value:
        scaled = [(round(x * scale), round(y * scale)) for x, y in (p for p in points if p is not None)]
        if operation == "moveTo":
            out.append(f"M{scaled[0][0]} {scaled[0][1]}")
        elif operation == "lineTo":
            out.append(f"L{scaled[0][0]} {scaled[0][1]}")
        elif operation == "qCurveTo":
            for (cx, cy), (x, y) in decomposeQuadraticSegment(scaled):
                out.append(f"Q{round(cx)} {round(cy)} {round(x)} {round(y)}")
        elif operation == "closePath":
            out.append("Z")
        else:
            raise ValueError(f"{name}: {operation} is not expected in a TrueType glyph")
    return "".join(out)


def main(target: str, sources: list[str]) -> None:
    glyphs_by_code: dict[int, tuple[int, str]] = {}
    cap_height = 0
    for source in sources:
        font = TTFont(source)
        scale = UNITS / font["head"].unitsPerEm
        cap_height = round(font["OS/2"].sCapHeight * scale)
        glyphs = font.getGlyphSet()
        for code, name in sorted(font.getBestCmap().items()):
            if any(code in part for part in RANGES) and code not in glyphs_by_code:
                glyphs_by_code[code] = (round(glyphs[name].width * scale), outline(glyphs, name, scale))
    lines = [
        f"{json.dumps(chr(code))}: {json.dumps(value)}" for code, value in sorted(glyphs_by_code.items())
    ]
    text = f'{{"units": {UNITS}, "cap_height": {cap_height}, "glyphs": {{\n' + ",\n".join(lines) + "\n}}\n"
    Path(target).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
