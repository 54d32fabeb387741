"""SVG pictures written anew: what draws stays, what runs, loads or grows without end does not."""

import pytest

from waypost.qr.faults import LogoRefused
from waypost.qr.limits import MAX_VECTOR_DEPTH, MAX_VECTOR_ELEMENTS
from waypost.qr.sandbox import read_picture
from waypost.qr.vector import is_svg, rewritten, size_of

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def drawing(inner: str, attributes: str = 'viewBox="0 0 40 20"') -> bytes:
    """A picture around its elements."""
    return f"{HEAD} {attributes}>{inner}</svg>".encode()


PLAIN = (
    '<defs><linearGradient id="g"><stop offset="0" stop-color="#112233"></stop></linearGradient></defs>'
    "<style>.a { fill: url(#g); } @media print { .a { fill: black } }</style>"
    '<g transform="translate(1 2)"><path class="a" d="M0 0L10 10Z" style="opacity:.5"></path></g>'
    '<use href="#g" x="3"></use><text x="1">a &lt; b &amp; c</text>'
)


def test_what_only_draws_stays() -> None:
    """Shapes, gradients, styles, words and copies come back as they were, with one spelling of links."""
    body = drawing(PLAIN.replace("<use href", "<use xlink:href"))
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">'
    assert rewritten(body).decode() == f"{head}{PLAIN}</svg>"
    assert rewritten(rewritten(body)) == rewritten(body)


ATTACKS = [
    "<script>alert(1)</script>",
    '<script href="//evil.example/x.js"/>',
    '<g onload="alert(1)"/>',
    '<g ONCLICK="alert(1)"/>',
    '<a href="javascript:alert(1)"><rect/></a>',
    "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'><iframe src='//evil.example'/></body></foreignObject>",
    '<image href="https://evil.example/x.png"/>',
    '<image xlink:href="file:///etc/passwd"/>',
    '<image href="data:image/svg+xml;base64,PHN2Zz4="/>',
    '<use href="https://evil.example/x.svg#a"/>',
    '<rect fill="url(https://evil.example/x)"/>',
    """<rect fill="url( 'https://evil.example/x')"/>""",
    '<rect style="background:u\\72l(https://evil.example)"/>',
    "<style>@import 'https://evil.example/x.css';</style>",
    "<style>@font-face { src: url(https://evil.example/f) }</style>",
    "<style>rect { fill: u<!-- -->rl(https://evil.example/x) }</style>",
    '<set attributeName="href" to="javascript:alert(1)"/>',
    '<animate attributeName="href" values="javascript:alert(1)"/>',
    '<html:script xmlns:html="http://www.w3.org/1999/xhtml">alert(1)</html:script>',
    "<?xml-stylesheet href='https://evil.example/x.css'?>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_runs_or_is_fetched(attack: str) -> None:
    """Each is left out, and what is drawn beside it is still there."""
    body = rewritten(drawing(f'{attack}<circle r="4"/>')).decode()
    assert '<circle r="4"></circle>' in body
    for word in ("evil", "alert", "script", "passwd", "foreign", "base64", "onload"):
        assert word not in body.lower(), body


def bomb(levels: int) -> str:
    """Copies of copies: 2 ** levels circles."""
    parts = '<circle id="c0" r="1"/>'
    for level in range(1, levels + 1):
        parts += f'<g id="c{level}"><use href="#c{level - 1}"/><use href="#c{level - 1}"/></g>'
    return parts


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<svg", "damaged"),
        (b"<svg/>", "damaged"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + drawing("&a;"), "damaged"),
        (drawing("&nobody;"), "damaged"),
        (drawing("<g/>" * MAX_VECTOR_ELEMENTS), "too_many_elements"),
        (drawing("<g>" * MAX_VECTOR_DEPTH + "</g>" * MAX_VECTOR_DEPTH), "too_many_elements"),
        (drawing(bomb(40)), "too_many_elements"),
        (drawing('<g id="a"><use href="#a"/></g>'), "too_many_elements"),
    ],
    ids=["broken", "of no space", "entities", "unknown entity", "many", "deep", "copies", "itself"],
)
def test_what_cannot_be_drawn_is_refused(body: bytes, reason: str) -> None:
    """With the reason, before anybody's browser has it."""
    with pytest.raises(LogoRefused) as refused:
        rewritten(body)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="64" height="32px"', (64, 32)),
        ('viewBox="0,0,40.4,20"', (40, 20)),
        ('width="100%" height="3em"', (300, 150)),
        ('width="1e9" height="99999999"', (300, 16384)),
    ],
)
def test_a_picture_says_how_large_it_is(attributes: str, size: tuple[int, int]) -> None:
    """By its size, else its view box, else as browsers do."""
    assert size_of(rewritten(drawing("", attributes))) == size


def test_it_is_known_by_its_beginning_and_written_in_a_process_of_its_own() -> None:
    """With the declaration and the document type that drawing programs write; nothing else begins so."""
    public = (
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    )
    body = b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by hand -->\n' + public + drawing(PLAIN)
    assert is_svg(body)
    assert not is_svg(b"<html><svg>")
    picture = read_picture(body)
    assert (picture.kind, picture.width, picture.height) == ("svg", 40, 20)
    assert picture.body == rewritten(body)
