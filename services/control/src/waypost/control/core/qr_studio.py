"""Drawing QR pictures: guarded, read back, cached, a few at a time.

A picture costs milliseconds of a core, so drawing happens in a small pool of threads with a bounded
queue. Same order, same bytes: what was drawn once is kept by the digest of its order.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import TypeVar

import msgspec

from waypost.control import limits
from waypost.control.model.faults import Invalid, Unavailable
from waypost.control.model.qr import MEDIA_TYPES, Picture, PictureOrder, Unscannable
from waypost.qr import guard
from waypost.qr.design import Design, parse, to_document
from waypost.qr.faults import QrFault
from waypost.qr.faults import Unscannable as UnreadableCode
from waypost.qr.layout import PrintSize, Size
from waypost.qr.logo import Logo
from waypost.qr.picture import Picture as CleanPicture
from waypost.qr.produce import Refused, produce
from waypost.qr.repair import Change, fix
from waypost.qr.sandbox import read_logo, read_picture

_DIGEST_BYTES = 16
_ORDER_MEMBERS = {
    "text": "text",
    "width": "size_px",
    "height": "height_px",
    "width_mm": "width_mm",
    "dpi": "dpi",
    "logo": "logo",
    "design": "design",
}
ArgumentT = TypeVar("ArgumentT")
ResultT = TypeVar("ResultT")


class Studio:
    """One per process."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(limits.QR_DRAWING_MAX, "qr-studio")
        self._waiting = 0
        self._pictures: OrderedDict[bytes, Picture] = OrderedDict()
        self._bytes = 0

    async def draw(self, order: PictureOrder, *, in_line: bool = True) -> Picture:
        """The finished picture. Raises Invalid, Unscannable, and Unavailable when too many wait.

        With `in_line` False it is drawn however many wait: for one of many that has begun already.
        """
        key = blake2b(msgspec.msgpack.encode(order), digest_size=_DIGEST_BYTES).digest()
        if (found := self._pictures.get(key)) is not None:
            self._pictures.move_to_end(key)
            return found
        picture = await self._in_thread(draw, order, in_line=in_line)
        self._keep(key, picture)
        return picture

    async def draw_readable(self, order: PictureOrder) -> Picture:
        """The same, mended as `repaired` does where it would not scan as it was ordered: a design is judged before
        the text of each link is known."""
        try:
            return await self.draw(order)
        except Unscannable:
            return await self.draw(await self.repaired(order))

    async def prepare_logo(self, upload: bytes) -> Logo:
        """An uploaded picture, decoded in a process of its own. Raises Invalid."""
        if len(upload) > limits.QR_LOGO_BYTES_MAX:
            raise Invalid("logo", f"more than {limits.QR_LOGO_BYTES_MAX} bytes")
        return await self._in_thread(_prepare, upload)

    async def prepare_picture(self, upload: bytes) -> CleanPicture:
        """A picture written anew in a process of its own. Raises Invalid, Unavailable."""
        return await self._in_thread(_rewrite, upload)

    async def assess(self, order: PictureOrder) -> guard.Report:
        """What stands against an order, without drawing it. Raises Invalid."""
        return await self._in_thread(_assess, order)

    async def repaired(self, order: PictureOrder) -> PictureOrder:
        """The order with error correction raised, the logo shrunk or a quiet zone put back. Raises Invalid."""
        better, _ = await self.repair(order)
        return better

    async def repair(self, order: PictureOrder) -> tuple[PictureOrder, tuple[Change, ...]]:
        """The same, with what was changed. Raises Invalid."""
        return await self._in_thread(_repaired, order)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(
        self, work: Callable[[ArgumentT], ResultT], argument: ArgumentT, *, in_line: bool = True
    ) -> ResultT:
        if in_line and self._waiting >= limits.QR_WAITING_MAX:
            raise Unavailable("QR pictures")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, argument)
        finally:
            self._waiting -= 1

    def _keep(self, key: bytes, picture: Picture) -> None:
        self._pictures[key] = picture
        self._bytes += len(picture.body)
        while self._bytes > limits.QR_CACHE_BYTES_MAX and self._pictures:
            _, dropped = self._pictures.popitem(last=False)
            self._bytes -= len(dropped.body)


def read_design(document: dict[str, object]) -> Design:
    """A design from its document. Raises Invalid naming the member."""
    try:
        return parse(document)
    except QrFault as fault:
        raise Invalid(f"design.{fault.field}".rstrip("."), fault.message) from fault


def draw(order: PictureOrder) -> Picture:
    """Draw an order on this thread. Raises Invalid and Unscannable."""
    design, size, logo = _inputs(order)
    try:
        body = produce(order.text, design, order.format, size, logo).picture
    except Refused as refused:
        findings = _plain(refused.report.findings)
        raise Unscannable(_member(refused.field), refused.message, findings) from refused
    except UnreadableCode as fault:
        raise Unscannable(_member(fault.field), fault.message) from fault
    except QrFault as fault:
        raise Invalid(_member(fault.field), fault.message) from fault
    etag = blake2b(body, digest_size=_DIGEST_BYTES).hexdigest()
    return Picture(body, MEDIA_TYPES[order.format], f'"{etag}"')


def _inputs(order: PictureOrder) -> tuple[Design, int | Size | PrintSize, Logo | None]:
    if len(order.text.encode()) > limits.QR_TEXT_BYTES_MAX:
        raise Invalid("text", f"more than {limits.QR_TEXT_BYTES_MAX} bytes, which no code can hold")
    return read_design(order.design), _size(order), Logo.trusted(order.logo_png) if order.logo_png else None


def _size(order: PictureOrder) -> int | Size | PrintSize:
    if order.width_mm:
        return PrintSize(order.width_mm, order.dpi)
    return Size(order.size_px, order.height_px) if order.height_px else order.size_px


def _assess(order: PictureOrder) -> guard.Report:
    design, size, logo = _inputs(order)
    try:
        return guard.assess(order.text, design, size, logo)
    except QrFault as fault:
        raise Invalid(_member(fault.field), fault.message) from fault


def _repaired(order: PictureOrder) -> tuple[PictureOrder, tuple[Change, ...]]:
    design, size, logo = _inputs(order)
    try:
        better, changes = fix(order.text, design, size, logo)
    except QrFault as fault:
        raise Invalid(_member(fault.field), fault.message) from fault
    return msgspec.structs.replace(order, design=to_document(better)), changes


def _prepare(upload: bytes) -> Logo:
    try:
        return read_logo(upload)
    except QrFault as fault:
        raise Invalid("logo", fault.message) from fault


def _rewrite(upload: bytes) -> CleanPicture:
    try:
        return read_picture(upload)
    except QrFault as fault:
        raise Invalid("file", fault.message) from fault


def _plain(findings: tuple[guard.Finding, ...]) -> tuple[dict[str, object], ...]:
    return tuple(msgspec.to_builtins(finding) for finding in findings)


def _member(field: str) -> str:
    """The member of a request that the library's field is: of the order itself, or of its design."""
    if field in _ORDER_MEMBERS:
        return _ORDER_MEMBERS[field]
    return f"design.{field}".rstrip(".")
