"""Assets in a bucket of any S3 API, addressed by path: `endpoint/bucket/key`."""

import contextlib
from collections.abc import Callable, Mapping
from urllib.parse import quote

import httpx

from waypost.control.model import sigv4
from waypost.control.model.faults import TooLarge, Unavailable
from waypost.control.model.sigv4 import Credentials
from waypost.runtime.logs import Log

_log = Log(__name__)
_TIMEOUT_S = 20.0
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
        request = self._request("GET", key, b"", {})
        try:
            answer = await self._http.send(request, stream=True)
            async with contextlib.aclosing(answer):
                if answer.status_code == 404:
                    return None
                if answer.status_code != 200:
                    raise self._refused(request, answer.status_code, await answer.aread())
                body = b""
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > bytes_max:
                        raise TooLarge("bytes", bytes_max)
                return body
        except httpx.HTTPError as error:
            raise _away(error) from error

    async def write(self, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Put an object with its headers. Raises Unavailable."""
        await self._send(self._request("PUT", key, body, headers), {200})

    async def remove(self, key: str) -> None:
        """Remove an object; it need not be there. Raises Unavailable."""
        await self._send(self._request("DELETE", key, b"", {}), {200, 204, 404})

    def upload_url(self, key: str, headers: Mapping[str, str], now_ms: int, expires_s: int) -> str:
        """A signed address of the bucket itself."""
        return sigv4.signed_url("PUT", self._url(key), headers, self._credentials, now_ms, expires_s)

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    def _url(self, key: str) -> str:
        return self._base + quote(key, safe=_PATH_SAFE)

    def _request(self, method: str, key: str, body: bytes, headers: Mapping[str, str]) -> httpx.Request:
        url = self._url(key)
        signed = sigv4.signed_headers(method, url, headers, body, self._credentials, self._clock())
        return self._http.build_request(method, url, headers=signed, content=body)

    async def _send(self, request: httpx.Request, good: set[int]) -> None:
        try:
            answer = await self._http.send(request)
        except httpx.HTTPError as error:
            raise _away(error) from error
        if answer.status_code not in good:
            raise self._refused(request, answer.status_code, answer.content)

    def _refused(self, request: httpx.Request, status: int, body: bytes) -> Unavailable:
        # The bucket's own words name the cause (a wrong key, a missing bucket); only the operator may read them.
        _log.error(
            "object_store_refused", method=request.method, status=status, said=body[:500].decode("latin-1")
        )
        return Unavailable("The store of assets")


def _away(error: httpx.HTTPError) -> Unavailable:
    _log.error("object_store_away", kind=type(error).__name__)
    return Unavailable("The store of assets")
