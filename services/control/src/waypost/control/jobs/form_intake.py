"""Form answers from the edges into the database, each once; the edge forgets one when this replies."""

from waypost.control.core import form_submissions
from waypost.control.model.faults import WorkspaceNotFound
from waypost.control.store.database import Database
from waypost.runtime.broker import Broker
from waypost.runtime.logs import Log
from waypost.wire import codec, subjects
from waypost.wire.form_answer import FormTakenV1

_log = Log(__name__)
_QUEUE = "control"
_NOBODY = bytes(16)


class FormIntake:
    """Serves the subject on which agents tell of answers."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self._database = database
        self._broker = broker

    async def serve(self) -> None:
        """Begin to take answers."""
        await self._broker.serve(subjects.FORM_ANSWER, self.take, queue=_QUEUE)

    async def take(self, payload: bytes) -> bytes:
        """Store one answer and reply. A failure of the database raises, so that the edge asks again."""
        try:
            answer = codec.decode_form_answer(payload)
        except codec.DECODE_ERRORS as error:
            _log.error("form_answer_unreadable", cause=error)
            return codec.encode(FormTakenV1(_NOBODY, "it cannot be read"))
        refused = ""
        try:
            async with self._database.write() as tx:
                await form_submissions.take(tx, answer)
        except WorkspaceNotFound as error:
            refused = str(error)
        return codec.encode(FormTakenV1(answer.id, refused))
