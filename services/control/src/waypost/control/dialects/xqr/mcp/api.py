"""The xQR API as its MCP tools call it: one method per kind of answer; refusals become tool errors."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import httpx
from mcp.server.mcpserver.exceptions import ResourceError, ToolError

_TIMEOUT_S = 30.0
Json: TypeAlias = dict[str, Any]


def new_client(base_url: str, key: str) -> httpx.AsyncClient:
    """A client of an API with a key; `base_url` ends with `/api/v1`."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=base_url.rstrip("/") + "/", headers=headers, timeout=_TIMEOUT_S)


class XqrApi:
    """Calls the API. What was not given (None) is not sent."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str, **query: Any) -> Json:
        """Read; the whole envelope. Raises ToolError."""
        return _json(await self._send("GET", path, query=query))

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """Write; the whole envelope, or `{"ok": true}` where the answer has no body. Raises ToolError."""
        return _json(await self._send(method, path, body=body))

    async def picture(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: Any
    ) -> bytes:
        """A QR code's bytes. Raises ToolError."""
        return (await self._send(method, path, body=body, query=query)).content

    async def read(self, path: str, **query: Any) -> str:
        """A resource as JSON text. Raises ResourceError."""
        try:
            return (await self._send("GET", path, query=query)).text
        except ToolError as error:
            raise ResourceError(str(error)) from error

    async def _send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        try:
            answer = await self._client.request(
                method, path, json=None if body is None else _given(body), params=_given(query or {})
            )
        except httpx.HTTPError as error:
            raise ToolError(f"The xQR API cannot be reached: {error or type(error).__name__}") from error
        if answer.is_success:
            return answer
        raise ToolError(_refusal(answer))


def _given(values: Mapping[str, Any]) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def _json(answer: httpx.Response) -> Json:
    if not answer.content:
        return {"ok": True}
    found: Json = answer.json()
    return found


def _refusal(answer: httpx.Response) -> str:
    try:
        error = answer.json()["error"]
        text = f"{error['code']} ({error['status']}): {error['message']}"
    except (ValueError, KeyError, TypeError):
        text = f"HTTP {answer.status_code}"
    wait_s = answer.headers.get("retry-after")
    return f"{text} Try again in {wait_s} s." if wait_s else text
