"""Assets in a bucket of any S3 API, addressed by path: `endpoint/bucket/key`."""

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import quote, urlencode

import httpx

from waypost.control.model import sigv4
from waypost.control.model.faults import TooLarge, Unavailable
from waypost.control.model.sigv4 import Credentials
from waypost.control.objects import Reading
from waypost.runtime.logs import Log

_log = Log(__name__)
_TIMEOUT_S = 20.0
_PART_BYTES = 8 * 1024 * 1024
"""How much of a file is in memory while it is sent in parts; all but the last must have 5 MiB."""
_UPLOAD_ID = re.compile(rb"<UploadId>([^<]+)</UploadId>")
_FAILED = b"<Error"
"""A copy and the end of an upload in parts may be refused behind a status of 200."""
_PATH_SAFE = "/-._~"


class S3Objects:
    """One bucket. Open until `close`."""

    def __init__(
        self, endpoint: str, bucket: str, credentials: Credentials, clock: Callable[[], int]
    ) -> None:
        self._base = f"{endpoint.rstrip('/')}/{bucket}/"
        self._credentials = credentials
        self._clock = clock
        # The operator named this host; the guard for addresses that callers name is not for it.
        self._http = httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, follow_redirects=False)

    async def read(self, key: str, bytes_max: int) -> bytes | None:
        """A whole object; None when there is none. Raises TooLarge, Unavailable."""
        async with self.opened(key) as reading:
            if reading is None:
                return None
            body = bytearray()
            async for piece in reading.pieces:
                body += piece
                if len(body) > bytes_max:
                    raise TooLarge("bytes", bytes_max)
            return bytes(body)

    async def write(self, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Put an object with its headers. Raises Unavailable."""
        await self._send(self._request("PUT", key, body, headers), {200})

    @asynccontextmanager
    async def opened(self, key: str) -> AsyncIterator[Reading | None]:
        """An object to be read; None when there is none. Raises Unavailable."""
        request = self._request("GET", key, b"", {})
        try:
            answer = await self._http.send(request, stream=True)
            async with contextlib.aclosing(answer):
                if answer.status_code == 404:
                    yield None
                    return
                if answer.status_code != 200:
                    raise self._refused(request, answer.status_code, await answer.aread())
                size = int(answer.headers.get("content-length", 0))
                yield Reading(size, answer.headers.get("etag", ""), answer.aiter_raw())
        except httpx.HTTPError as error:
            raise _away(error) from error

    async def copy(self, key: str, to: str, headers: Mapping[str, str], version: str = "") -> bool:
        """Let the bucket copy an object; False when there is none, or no more the one of this version."""
        source = {"x-amz-copy-source": self._path(key), "x-amz-metadata-directive": "REPLACE"}
        if version:
            source["x-amz-copy-source-if-match"] = version
        request = self._request("PUT", to, b"", {**headers, **source})
        if (await self._send(request, {200, 404, 412})).status_code != 200:
            return False
        # Not every bucket knows the condition, so it is asked what was there.
        return not version or await self._version(key) == version

    async def receive(
        self, key: str, pieces: AsyncIterator[bytes], bytes_max: int, headers: Mapping[str, str]
    ) -> int:
        """Put an object as it arrives, in parts when it is large. Raises TooLarge, Unavailable."""
        size, waiting, parts, upload_id = 0, bytearray(), list[str](), ""
        try:
            async for piece in pieces:
                size += len(piece)
                if size > bytes_max:
                    raise TooLarge("bytes", bytes_max)
                waiting += piece
                while len(waiting) > _PART_BYTES:
                    upload_id = upload_id or await self._begin_parts(key, headers)
                    parts.append(
                        await self._put_part(key, upload_id, len(parts) + 1, bytes(waiting[:_PART_BYTES]))
                    )
                    del waiting[:_PART_BYTES]
            if upload_id:
                parts.append(await self._put_part(key, upload_id, len(parts) + 1, bytes(waiting)))
                await self._end_parts(key, upload_id, parts)
                upload_id = ""
            else:
                await self.write(key, bytes(waiting), headers)
        finally:
            if upload_id:
                await self._send(self._request("DELETE", key, b"", {}, uploadId=upload_id), {204, 404})
        return size

    async def remove(self, key: str) -> None:
        """Remove an object; it need not be there. Raises Unavailable."""
        await self._send(self._request("DELETE", key, b"", {}), {200, 204, 404})

    def upload_url(self, key: str, headers: Mapping[str, str], now_ms: int, expires_s: int) -> str:
        """A signed address of the bucket itself."""
        return sigv4.signed_url("PUT", self._url(key), headers, self._credentials, now_ms, expires_s)

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def _version(self, key: str) -> str:
        answer = await self._send(self._request("HEAD", key, b"", {}), {200, 404})
        etag: str = answer.headers.get("etag", "")
        return etag

    async def _begin_parts(self, key: str, headers: Mapping[str, str]) -> str:
        request = self._request("POST", key, b"", headers, uploads="")
        said = (await self._send(request, {200})).content
        found = _UPLOAD_ID.search(said)
        if found is None:
            raise self._refused(request, 200, said)
        return found[1].decode()

    async def _put_part(self, key: str, upload_id: str, number: int, body: bytes) -> str:
        request = self._request("PUT", key, body, {}, partNumber=str(number), uploadId=upload_id)
        etag: str = (await self._send(request, {200})).headers.get("etag", "")
        return etag

    async def _end_parts(self, key: str, upload_id: str, parts: list[str]) -> None:
        lines = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
            for number, etag in enumerate(parts, start=1)
        )
        body = f"<CompleteMultipartUpload>{lines}</CompleteMultipartUpload>".encode()
        await self._send(self._request("POST", key, body, {}, uploadId=upload_id), {200})

    def _url(self, key: str) -> str:
        return self._base + quote(key, safe=_PATH_SAFE)

    def _path(self, key: str) -> str:
        """Bucket and key, as the source of a copy is named."""
        return httpx.URL(self._url(key)).raw_path.decode()

    def _request(
        self, method: str, key: str, body: bytes, headers: Mapping[str, str], **query: str
    ) -> httpx.Request:
        url = self._url(key) + (f"?{urlencode(query)}" if query else "")
        signed = sigv4.signed_headers(method, url, headers, body, self._credentials, self._clock())
        return self._http.build_request(method, url, headers=signed, content=body)

    async def _send(self, request: httpx.Request, good: set[int]) -> httpx.Response:
        try:
            answer = await self._http.send(request)
        except httpx.HTTPError as error:
            raise _away(error) from error
        if answer.status_code not in good or (answer.status_code == 200 and _FAILED in answer.content[:500]):
            raise self._refused(request, answer.status_code, answer.content)
        return answer

    def _refused(self, request: httpx.Request, status: int, body: bytes) -> Unavailable:
        # The bucket's own words name the cause (a wrong key, a missing bucket); only the operator may read them.
        _log.error(
            "object_store_refused", method=request.method, status=status, said=body[:500].decode("latin-1")
        )
        return Unavailable("The store of assets")


def _away(error: httpx.HTTPError) -> Unavailable:
    _log.error("object_store_away", kind=type(error).__name__)
    return Unavailable("The store of assets")
