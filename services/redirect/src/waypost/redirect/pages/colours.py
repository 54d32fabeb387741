"""Colour arithmetic: mixing, and contrast by WCAG 2.2 (relative luminance, success criterion 1.4.3)."""

Colour = tuple[float, float, float]

WHITE: Colour = (255.0, 255.0, 255.0)
BLACK: Colour = (0.0, 0.0, 0.0)
TEXT_CONTRAST = 4.5
_STEPS = 50


def parsed(code: str) -> Colour:
    """`#rrggbb` as its three channels, 0 to 255."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def written(colour: Colour) -> str:
    """The channels as `#rrggbb`."""
    return "#" + "".join(f"{round(channel):02x}" for channel in colour)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with a share (0 to 1) of `second`, in whole channels, as it will be written."""
    red, green, blue = (float(round(a + (b - a) * share)) for a, b in zip(first, second, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 (black) to 1 (white)."""
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255 for value in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: Colour, second: Colour) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def is_dark(colour: Colour) -> bool:
    """True when white reads better on the colour than black."""
    return contrast(WHITE, colour) >= contrast(BLACK, colour)


def ink_on(*grounds: Colour) -> Colour:
    """White or black, whichever reads better on the worst of the grounds."""
    return max((WHITE, BLACK), key=lambda ink: min(contrast(ink, ground) for ground in grounds))


def readable(colour: Colour, *grounds: Colour) -> Colour:
    """The nearest mix of a colour and its ink that reads on every ground at TEXT_CONTRAST.

    Grounds on both sides of grey have no such mix; then the ink itself is the best there is.
    """
    ink = ink_on(*grounds)
    for step in range(_STEPS + 1):
        candidate = mixed(colour, ink, step / _STEPS)
        if min(contrast(candidate, ground) for ground in grounds) >= TEXT_CONTRAST:
            return candidate
    return ink


def toned(ground: Colour, colour: Colour, share: float, ink: Colour) -> Colour:
    """A ground with a share of a colour, or as much less of it as keeps the ink readable."""
    for step in range(_STEPS, -1, -1):
        candidate = mixed(ground, colour, share * step / _STEPS)
        if contrast(ink, candidate) >= TEXT_CONTRAST:
            return candidate
    return ground
