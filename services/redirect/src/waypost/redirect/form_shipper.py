"""Tells control of form answers, one by one, until it says that it has them."""

import asyncio
from pathlib import Path

from waypost.redirect.form_box import FormBox
from waypost.redirect.limits import (
    FORM_ANSWERS_PER_ROUND_MAX,
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
        self.waiting = 0
        self.trouble = ""
        """Why nothing goes out at the moment; empty when all is well."""

    async def run(self) -> None:
        """Ship for ever. Cancel to stop."""
        while True:
            answers = self._box.waiting()
            self.waiting = len(answers)
            try:
                for answer in answers[:FORM_ANSWERS_PER_ROUND_MAX]:
                    await self._ship(answer)
                    self.waiting -= 1
                self._tell("")
            except BrokerUnavailable as away:
                self._tell(str(away))
                await asyncio.sleep(SHIP_RETRY_S)
            await asyncio.sleep(FORM_SHIP_POLL_S)

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
