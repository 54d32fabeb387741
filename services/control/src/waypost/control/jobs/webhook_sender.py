"""One attempt: sign, call, and say how it went."""

import asyncio
from collections.abc import Callable

from waypost.control.model.webhooks import limits
from waypost.control.model.webhooks.delivery import Job, Result
from waypost.control.model.webhooks.schedule import parse_retry_after
from waypost.control.model.webhooks.secrets import SecretUnreadable, unseal
from waypost.control.model.webhooks.signing import Signed, headers
from waypost.control.outgoing.client import GuardedClient
from waypost.control.outgoing.faults import OutgoingFault

_USER_AGENT = "Waypost-Webhooks/1"


class Sender:
    """Makes attempts through the guarded client. `keys` open the endpoints' secrets."""

    def __init__(self, client: GuardedClient, keys: tuple[bytes, ...], clock: Callable[[], int]) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock

    async def attempt(self, job: Job) -> Result:
        """Try once; whatever happens out there becomes a result."""
        at_ms, started = self._clock(), asyncio.get_running_loop().time()
        try:
            secrets = tuple(
                unseal(sealed, place=job.endpoint_id, keys=self._keys) for sealed in job.sealed_secrets
            )
            signed = Signed(job.message_id, job.delivery_id, job.event_name, job.body)
            answer = await self._client.send(
                "POST",
                job.url,
                headers={
                    "user-agent": _USER_AGENT,
                    **headers(job.format, signed, secrets, at_s=at_ms // 1000),
                },
                body=job.body,
                total_timeout_s=limits.SUCCESS_WITHIN_S,
            )
        except OutgoingFault as fault:
            return self._result(job, at_ms, started, error=f"{fault.code}: {fault.detail}")
        except SecretUnreadable:
            return self._result(job, at_ms, started, error="secret_unreadable: rotate the secret")
        retry_after = answer.headers.get("retry-after")
        return self._result(
            job,
            at_ms,
            started,
            status=answer.status,
            response_head=answer.body[: limits.RESPONSE_HEAD_BYTES_MAX].decode("utf-8", "replace"),
            retry_after_s=None if retry_after is None else parse_retry_after(retry_after, self._clock()),
        )

    def _result(
        self,
        job: Job,
        at_ms: int,
        started: float,
        *,
        status: int | None = None,
        error: str = "",
        response_head: str = "",
        retry_after_s: int | None = None,
    ) -> Result:
        return Result(
            delivery_id=job.delivery_id,
            claim=job.claim,
            endpoint_id=job.endpoint_id,
            at_ms=at_ms,
            duration_ms=int((asyncio.get_running_loop().time() - started) * 1000),
            status=status,
            error=error,
            # PostgreSQL text cannot hold NUL.
            response_head=response_head.replace("\x00", "\ufffd"),
            retry_after_s=retry_after_s,
        )
