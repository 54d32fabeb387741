"""Pictures as a camera would take them, and the decoders that read them."""

import io
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.uint8]


def grey_of(picture: bytes) -> Grey:
    """A rendered raster picture as brightness, on white paper."""
    with Image.open(io.BytesIO(picture)) as image:
        rgba = image.convert("RGBA")
    paper = Image.new("RGBA", rgba.size, "white")
    return np.asarray(Image.alpha_composite(paper, rgba).convert("L"))


def photograph(picture: Grey, random: np.random.Generator) -> Grey:
    """Slight perspective and rotation on a light table, uneven light, blur and noise."""
    height, width = picture.shape
    pad = 30
    placed = np.full((height + 2 * pad, width + 2 * pad), 255, np.uint8)
    placed[pad:-pad, pad:-pad] = picture
    h, w = placed.shape
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    moved = corners + random.uniform(-0.02, 0.02, (4, 2)).astype(np.float32) * (w, h)
    angle = float(np.deg2rad(random.uniform(-6, 6)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    moved = (moved - (w / 2, h / 2)) @ turn.T * 0.9 + (w / 2, h / 2)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    shot = cv2.warpPerspective(placed, matrix, (w, h), flags=cv2.INTER_AREA, borderValue=255).astype(
        np.float32
    )
    light = np.linspace(random.uniform(0.8, 1), random.uniform(0.8, 1), w)[None, :]
    blurred = cv2.GaussianBlur(shot * light, (0, 0), random.uniform(0.7, 0.9))
    noisy = blurred + random.normal(0, 4, blurred.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def read_zxing(picture: Grey) -> list[str]:
    """The texts ZXing finds."""
    formats: Any = zxingcpp.BarcodeFormat.QRCode
    return [found.text for found in zxingcpp.read_barcodes(np.ascontiguousarray(picture), formats=formats)]


def read_zbar(picture: Grey) -> list[str]:
    """The texts zbar finds at the picture's size or at half or double of it, as its apps try."""
    from pyzbar import pyzbar

    for scale in (1.0, 0.5, 2.0):
        seen = (
            picture
            if scale == 1
            else cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        )
        found = pyzbar.decode(seen, symbols=[pyzbar.ZBarSymbol.QRCODE])
        if found:
            return [code.data.decode("utf-8", "replace") for code in found]
    return []


def _scaled(picture: Grey, scale: float) -> Grey:
    if scale == 1:
        return picture
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def read_opencv(picture: Grey) -> list[str]:
    """The texts that either of OpenCV's two detectors finds, at three sizes."""
    color = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    for scale in (1.0, 0.6, 1.5):
        seen = (
            color if scale == 1 else cv2.resize(color, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        )
        for detector in (cv2.QRCodeDetector(), cv2.QRCodeDetectorAruco()):
            text, _, _ = detector.detectAndDecode(seen)
            if text:
                return [text]
    return []
