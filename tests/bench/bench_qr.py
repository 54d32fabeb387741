"""QR codes against their peers in the same run: speed, size, looks, and 1,000 random designs read back.

Peers: qr-code-styling on node, installed below `tests/bench/qr_node` as its lock says, and qrcode's
StyledPilImage. What is not installed is named in the notes and its rows are left out.
"""

import base64
import io
import json
import os
import random
import shutil
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import qrcode  # type: ignore[import-untyped]  # has no stubs
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from qrcode.image.styledpil import StyledPilImage  # type: ignore[import-untyped]  # has no stubs
from qrcode.image.styles.moduledrawers.pil import RoundedModuleDrawer  # type: ignore[import-untyped]  # has no stubs
from tests.bench.report import Section
from tests.qr.camera import grey_of, photograph, read_opencv, read_zbar, read_zxing
from tests.qr.random_designs import random_design, random_logo, random_text

from waypost.qr import design as designs
from waypost.qr.design import Design
from waypost.qr.eyes import outer_radius
from waypost.qr.faults import Unscannable
from waypost.qr.guard import check
from waypost.qr.layout import Format
from waypost.qr.logo import Logo
from waypost.qr.logo_worker import prepare
from waypost.qr.matrix import Matrix, encode
from waypost.qr.render import canvas_size, render, render_matrix
from waypost.qr.verify import verify

URL = "https://lnk.example/aBc123"
NODE = Path(__file__).with_name("qr_node")
ROUNDS = 15
PEER_ROUNDS = 5
DESIGNS = 1000
DOTS = ("square", "dots", "rounded", "extra-rounded", "classy", "classy-rounded")
SHADE = {
    "type": "linear",
    "rotation": 0.8,
    "colorStops": [{"offset": 0, "color": "#1e3a8a"}, {"offset": 1, "color": "#a21caf"}],
}
RADIAL = {
    "type": "radial",
    "colorStops": [{"offset": 0, "color": "#7c2d12"}, {"offset": 1, "color": "#111827"}],
}


@dataclass(frozen=True)
class Row:
    """One comparison. `ratio` is how many times better ours is, or the share that was reached."""

    what: str
    ours: str
    peer: str
    ratio: float
    goal: float

    @property
    def met(self) -> bool:
        return self.ratio >= self.goal

    def cells(self) -> tuple[str, ...]:
        """The row of a table."""
        mark = "met" if self.met else "missed"
        return self.what, self.ours, self.peer, f"{self.ratio:.3g}", f"{self.goal:g}", mark


class Peer:
    """qr-code-styling in a node process that draws one job after the other."""

    def __init__(self) -> None:
        command = ["node", str(NODE / "peer.mjs")]
        self.process = subprocess.Popen(
            command,
            cwd=NODE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def draw(self, options: dict[str, Any], kind: str, size: int = 1024, repeat: int = 1) -> dict[str, Any]:
        """One job: its median time in ms, the file and the modules it drew."""
        assert self.process.stdin
        assert self.process.stdout
        job = {
            "options": {"data": URL, "width": size, "height": size, **options},
            "kind": kind,
            "repeat": repeat,
        }
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        answer["data"] = base64.b64decode(answer["data"])
        return answer

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=20)


def run() -> list[Section]:
    """The sections of docs/benchmarks.md about QR codes."""
    rows: list[Row] = [*_against_qrcode(), _verify_row()]
    notes: list[str] = []
    reason = _without_peer()
    if reason:
        notes.append(f"qr-code-styling left out: {reason}")
    else:
        peer = Peer()
        try:
            rows += _against_styling(peer, notes)
        finally:
            peer.close()
    drawn = Section(
        title="QR codes: speed, size and look",
        method="The same codes by Waypost and by its peers, one after the other in the same run; medians.",
        columns=("what", "Waypost", "peer", "ratio", "goal", ""),
        rows=tuple(row.cells() for row in rows),
        notes=tuple(notes),
    )
    notes = []
    read = _random_designs(notes)
    return [
        drawn,
        Section(
            title="QR codes: random designs read back",
            method=f"{DESIGNS} seeded designs that the guard lets pass without a finding, drawn, photographed "
            "(perspective, blur, noise) and read by three decoders.",
            columns=("what", "read", "of", "share", "goal", ""),
            rows=tuple(row.cells() for row in read),
            notes=tuple(notes),
        ),
    ]


def _without_peer() -> str:
    """Install the peer as its lock says; why there is none, or nothing."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are not installed"
    if (NODE / "node_modules").is_dir():
        return ""
    install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(install, cwd=NODE, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        return f"npm ci ended with {done.returncode}"
    _build_node_canvas()
    return ""


def _build_node_canvas() -> None:
    """Build the faster peer from its source: its ready-made binary is not in the package. Needs a compiler and
    Cairo's and node's headers (libcairo2-dev, libpango1.0-dev); the other peer stands in where they are missing."""
    build = {"npm_config_build_from_source": "true", "npm_config_nodedir": "/usr"}
    subprocess.run(
        ["npm", "rebuild", "canvas"],
        cwd=NODE,
        capture_output=True,
        timeout=600,
        check=False,
        env={**os.environ, **build},
    )


def median_ms(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The middle of several timings, after one that warms up."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def _design(options: dict[str, Any]) -> Design:
    """qr-code-styling's options as ours, with its defaults."""
    look = {key: value for key, value in options.items() if key.endswith("Options") and key != "qrOptions"}
    return designs.parse(
        {
            "margin": 0,
            "error_correction": "Q",
            "boost": False,
            **look,
            "shape": options.get("shape", "square"),
        }
    )


def _against_qrcode() -> list[Row]:
    def theirs() -> bytes:
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, box_size=28, border=4)
        code.add_data(URL)
        out = io.BytesIO()
        code.make_image(image_factory=StyledPilImage, module_drawer=RoundedModuleDrawer()).save(out)
        return out.getvalue()

    design = _design({"dotsOptions": {"type": "rounded"}})
    ours_ms, peer_ms = median_ms(lambda: _fresh(design, 1024)), median_ms(theirs, PEER_ROUNDS)
    return [
        Row(
            "1024 px rounded PNG, qrcode StyledPil",
            f"{ours_ms:.1f} ms",
            f"{peer_ms:.1f} ms",
            peer_ms / ours_ms,
            4,
        )
    ]


def _fresh(design: Design, size: int, kind: Format = "png") -> bytes:
    """A drawing whose symbol is encoded anew, as for a first request."""
    from waypost.qr import matrix

    matrix._encode.cache_clear()
    return render(URL, design, kind, size)


def _verify_row() -> Row:
    design = designs.parse({"dots": {"type": "rounded"}})
    matrix = encode(URL, design)
    ours = median_ms(lambda: verify(matrix, design))
    return Row("verify, ms of at most 1.5", f"{ours:.2f} ms", "1.5 ms", 1.5 / ours, 1)


def _against_styling(peer: Peer, notes: list[str]) -> list[Row]:
    rows = []
    for what, goal, options in (
        ("1024 px rounded PNG", 10, {"dotsOptions": {"type": "rounded"}}),
        ("1024 px linear gradient PNG", 3, {"dotsOptions": {"type": "rounded", "gradient": SHADE}}),
        ("1024 px radial gradient PNG", 3, {"dotsOptions": {"type": "rounded", "gradient": RADIAL}}),
    ):
        design = _design(options)
        theirs = peer.draw(options, "png", repeat=PEER_ROUNDS)
        ours = median_ms(lambda design=design: _fresh(design, 1024))  # type: ignore[misc]  # bound on purpose
        name = f"{what}, qr-code-styling on {theirs['canvas']}"
        peer_ms = theirs["milliseconds"]
        rows.append(Row(name, f"{ours:.1f} ms", f"{peer_ms:.1f} ms", peer_ms / ours, goal))
    if theirs["canvas"] != "node-canvas":
        notes.append(
            "node-canvas, the faster peer, could not be built here (see the needs in bench_qr.py); its stand-in "
            "is @napi-rs/canvas"
        )
    for style in DOTS:
        options = _look(style, {"type": "square"}, {"type": "square"})
        theirs = peer.draw(options, "svg")
        ours_bytes = len(render_matrix(_matrix(theirs), _design(options), "svg", 1024))
        peer_bytes = len(theirs["data"])
        rows.append(Row(f"SVG of {style}", f"{ours_bytes} B", f"{peer_bytes} B", peer_bytes / ours_bytes, 5))
    if shutil.which("rsvg-convert"):
        similar = [_similarity(peer, options) for options in _looks()]
        what = f"SSIM to qr-code-styling, PNG and SVG, {len(similar)} designs"
        worst, mean = min(similar), statistics.mean(similar)
        rows.append(Row(what, f"min {worst:.4f}", f"mean {mean:.4f}", worst, 0.995))
    else:
        notes.append("similarity left out: rsvg-convert is not installed")
    return rows


def _looks() -> list[dict[str, Any]]:
    """Designs over all types: dots by rings, inner dots, gradients, circles, logos, rounded backgrounds."""
    looks: list[dict[str, Any]] = []
    for index, style in enumerate(DOTS):
        for ring in ("square", "extra-rounded", "dot", DOTS[index - 1]):
            eye = ("square", "dot", "rounded", "classy")[index % 4]
            looks.append(_look(style, {"type": ring}, {"type": eye}))
        looks.append(_look(style, {}, {"type": "dot"}))
        looks[-1]["dotsOptions"]["gradient"] = SHADE
        looks.append(
            _look(style, {"type": "dot", "gradient": RADIAL}, {"type": "square", "color": "#be123c"})
        )
        looks.append(_look(style, {}, {"type": "square"}) | {"shape": "circle"})
        looks.append(_look(style, {}, {"type": "square"}) | {"image": True})
        looks[-1]["imageOptions"] = {"imageSize": 0.3 + index / 50}
        looks[-1]["backgroundOptions"] = {"color": "#fef3c7", "round": 0.1}
    return looks


def _look(style: str, ring: dict[str, Any], eye: dict[str, Any]) -> dict[str, Any]:
    return {"dotsOptions": {"type": style}, "cornersSquareOptions": ring, "cornersDotOptions": eye}


def _similarity(peer: Peer, options: dict[str, Any]) -> float:
    """Our PNG and SVG against the peer's SVG, drawn by librsvg: canvas libraries differ among themselves."""
    logo = _logo() if options.get("image") else None
    sent = dict(options)
    if logo:
        sent["image"] = "data:image/png;base64," + base64.b64encode(logo.png).decode()
    theirs = peer.draw(sent, "svg", 512)
    matrix, design = _matrix(theirs), _design(options)
    expected = _drawn(theirs["data"])
    png = ssim(grey_of(render_matrix(matrix, design, "png", 512, logo)), expected)
    svg = ssim(_drawn(render_matrix(matrix, design, "svg", 512, logo)), expected)
    return min(png, svg)


def _drawn(svg: bytes) -> NDArray[np.uint8]:
    command = ["rsvg-convert", "-b", "white"]
    return grey_of(subprocess.run(command, input=svg, capture_output=True, check=True, timeout=60).stdout)


def _matrix(drawn: dict[str, Any]) -> Matrix:
    """The peer's own modules, since masks may be chosen differently."""
    return Matrix(np.array(drawn["matrix"], bool), "Q", micro=False, text=URL)


def _logo() -> Logo:
    image = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((0, 0, 299, 199), fill="#0f766e")
    out = io.BytesIO()
    image.save(out, "PNG")
    return Logo.trusted(prepare(out.getvalue()))


def ssim(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Structural similarity of two grey pictures: Gaussian window of 11, sigma 1.5 (Wang et al. 2004)."""
    x, y = one.astype(np.float64), other.astype(np.float64)

    def smooth(picture: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(cv2.GaussianBlur(picture, (11, 11), 1.5))

    mean_x, mean_y = smooth(x), smooth(y)
    var_x, var_y = smooth(x * x) - mean_x**2, smooth(y * y) - mean_y**2
    both = smooth(x * y) - mean_x * mean_y
    low, high = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    quality = (2 * mean_x * mean_y + low) * (2 * both + high)
    return float((quality / ((mean_x**2 + mean_y**2 + low) * (var_x + var_y + high))).mean())


def _random_designs(notes: list[str]) -> list[Row]:
    """Designs that pass the guard without findings, drawn, photographed and read."""
    pick, noise = random.Random(2024), np.random.default_rng(2024)
    count: Counter[str] = Counter()
    zbar = _has_zbar(notes)
    while count["passed"] < DESIGNS:
        text, with_logo = random_text(pick), pick.random() < 0.35
        logo = random_logo(pick) if with_logo else None
        design, size = random_design(pick, with_logo), pick.choice((256, 300, 400, 512))
        if check(text, design, size, logo):
            continue
        count["passed"] += 1
        try:
            verify(encode(text, design, with_logo), design, logo, canvas_size(design, size))
        except Unscannable:
            count["refused by verify"] += 1
            continue
        count["drawn"] += 1
        picture = grey_of(render(text, design, "png", size, logo))
        for name, seen in (("clean", picture), ("camera", photograph(picture, noise))):
            count[f"zxing {name}"] += read_zxing(seen) == [text]
            if zbar and text.isascii():
                count[f"zbar of {name}"] += 1
                count[f"zbar {name}"] += text in read_zbar(seen)
            if text.isascii() and outer_radius(design.ring_type, design.ring_radius) <= 1:
                count[f"opencv of {name}"] += 1
                count[f"opencv {name}"] += text in read_opencv(seen)
    notes.append(
        f"of {DESIGNS} random designs that passed the guard, verify refused {count['refused by verify']}"
    )
    rows = []
    for name in ("clean", "camera"):
        for reader, goal in (("zxing", 1.0), ("zbar", 0.99), ("opencv", 0.98)):
            total = count["drawn"] if reader == "zxing" else count[f"{reader} of {name}"]
            if total:
                read = count[f"{reader} {name}"]
                rows.append(
                    Row(
                        f"random designs, {reader}, {name}", f"{read} read", f"of {total}", read / total, goal
                    )
                )
    return rows


def _has_zbar(notes: list[str]) -> bool:
    try:
        from pyzbar import pyzbar
    except ImportError:
        notes.append("zbar left out: libzbar0 is not installed")
        return False
    return bool(pyzbar)
