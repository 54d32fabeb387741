"""Tells control of form answers, one by one, until it says that it has them."""

import asyncio
import time
from pathlib import Path

from waypost.redirect.form_box import FormBox
from waypost.redirect.limits import (
    FORM_ANSWERS_PER_ROUND_MAX,
    FORM_DRAFT_AGE_MAX_S,
    FORM_SHIP_POLL_S,
    FORM_SHIP_TIMEOUT_S,
    SHIP_RETRY_S,
)
from waypost.runtime.broker import Broker, BrokerUnavailable
from waypost.runtime.logs import Log
from waypost.wire import subjects
from waypost.wire.codec import DECODE_ERRORS, decode_form_taken

_log = Log(__name__)


class FormShipper:
    """Empties the box. What control does not confirm stays in it."""

    def __init__(self, broker: Broker, box: FormBox) -> None:
        self._broker = broker
        self._box = box
        self._failures: dict[str, int] = {}
        self.waiting = 0
        self.trouble = ""
        """Why nothing goes out at the moment; empty when all is well."""

    async def run(self) -> None:
        """Ship for ever, and keep the box clean. Cancel to stop."""
        swept_s = float("-inf")
        while True:
            if time.monotonic() - swept_s >= FORM_DRAFT_AGE_MAX_S:
                swept_s = time.monotonic()
                self._box.sweep(time.time())
            self._tell(await self._ship_all())
            await asyncio.sleep(SHIP_RETRY_S if self.trouble else FORM_SHIP_POLL_S)

    async def _ship_all(self) -> str:
        """Ship what waits; why that ended early, "" when it did not."""
        answers = self._box.waiting()
        self.waiting = len(answers)
        # One that nobody can take must not keep the others waiting.
        answers.sort(key=lambda answer: self._failures.get(answer.name, 0))
        for answer in answers[:FORM_ANSWERS_PER_ROUND_MAX]:
            try:
                await self._ship(answer)
            except (BrokerUnavailable, OSError) as trouble:
                self._failures[answer.name] = self._failures.get(answer.name, 0) + 1
                return str(trouble)
            self._failures.pop(answer.name, None)
            self.waiting -= 1
        return ""

    async def _ship(self, answer: Path) -> None:
        raw = await self._broker.request(
            subjects.FORM_ANSWER, self._box.read(answer), timeout_s=FORM_SHIP_TIMEOUT_S
        )
        try:
            taken = decode_form_taken(raw)
        except DECODE_ERRORS as error:
            raise BrokerUnavailable(f"a reply that cannot be read: {error}") from error
        if taken.refused:
            _log.error("form_answer_refused", file=answer.name, why=taken.refused)
            self._box.set_aside(answer)
        else:
            self._box.remove(answer)

    def _tell(self, trouble: str) -> None:
        if trouble != self.trouble:
            (_log.warning if trouble else _log.info)("form_answers", wait=bool(trouble), why=trouble)
        self.trouble = trouble
