"""CSS colours: the forms designs use, one canonical spelling, and the two measures scanning depends on."""

import colorsys
import re

from PIL import ImageColor

from waypost.qr.limits import MAX_COLOR_CHARS

Rgb = tuple[int, int, int]

_HEX = re.compile(r"#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_FUNCTION = re.compile(r"(rgb|hsl)a?\(\s*([^()]*?)\s*\)")
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(%|deg)?")


class Color(str):
    """A colour as `#rrggbb`, or `#rrggbbaa` when it is not opaque. Make one with `Color.parse`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "Color":
        """Read `#rgb[a]`, `#rrggbb[aa]` (`#` optional), `rgb[a]()`, `hsl[a]()`, a CSS name or `transparent`.

        Raises ValueError with what was expected.
        """
        word = text.strip().lower()
        if len(word) > MAX_COLOR_CHARS:
            raise ValueError(f"a colour has at most {MAX_COLOR_CHARS} characters")
        if word == "transparent":
            return cls("#00000000")
        named = ImageColor.colormap.get(word)
        if isinstance(named, str):
            return cls(named.lower())
        if match := _HEX.fullmatch(word):
            digits = match[1]
            if len(digits) <= 4:
                digits = "".join(digit * 2 for digit in digits)
            return cls("#" + digits[:6] + ("" if digits[6:] in {"", "ff"} else digits[6:]))
        if match := _FUNCTION.fullmatch(word):
            return cls._from_function(match[1], match[2])
        raise ValueError(
            f"{text[:MAX_COLOR_CHARS]!r} is not a colour: use #rrggbb, rgb(), hsl() or a CSS name"
        )

    @classmethod
    def _from_function(cls, kind: str, body: str) -> "Color":
        parts = [part for part in re.split(r"[\s,/]+", body) if part]
        if len(parts) not in {3, 4}:
            raise ValueError(f"{kind}() takes three values and an optional alpha")
        values = [_NUMBER.fullmatch(part) for part in parts]
        if not all(values):
            raise ValueError(f"{kind}({body}) holds something that is not a number")
        numbers = [(float(value[1]), value[2] or "") for value in values if value]
        alpha = 1.0
        if len(numbers) == 4:
            number, unit = numbers[3]
            alpha = _clamp(number / 100 if unit == "%" else number)
        if kind == "rgb":
            red, green, blue = (_clamp(n / 100 if unit == "%" else n / 255) for n, unit in numbers[:3])
        else:
            hue = numbers[0][0] % 360 / 360
            red, green, blue = colorsys.hls_to_rgb(
                hue, _clamp(numbers[2][0] / 100), _clamp(numbers[1][0] / 100)
            )
        return cls.of((round(red * 255), round(green * 255), round(blue * 255)), alpha)

    @classmethod
    def of(cls, rgb: Rgb, alpha: float = 1.0) -> "Color":
        """The colour of three values 0 to 255 and an alpha 0 to 1."""
        opacity = round(alpha * 255)
        return cls("#{:02x}{:02x}{:02x}".format(*rgb) + ("" if opacity == 255 else f"{opacity:02x}"))

    @property
    def rgb(self) -> Rgb:
        return int(self[1:3], 16), int(self[3:5], 16), int(self[5:7], 16)

    @property
    def alpha(self) -> float:
        return int(self[7:9], 16) / 255 if len(self) == 9 else 1.0

    def over(self, paper: Rgb) -> Rgb:
        """This colour seen on an opaque one."""
        alpha = self.alpha
        red, green, blue = (round(p + (c - p) * alpha) for c, p in zip(self.rgb, paper, strict=True))
        return red, green, blue


BLACK = Color("#000000")
WHITE = Color("#ffffff")
PAPER: Rgb = (255, 255, 255)
"""What is assumed to be behind a transparent background."""


def luma(rgb: Rgb) -> float:
    """Brightness 0 to 255 as decoders compute it from RGB (ITU-R BT.601)."""
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    light, dark = sorted((_relative_luminance(one), _relative_luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _relative_luminance(rgb: Rgb) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _clamp(value: float) -> float:
    return min(1.0, max(0.0, value))
