"""A question that gets no answer."""

from waypost.wire.queries import QueryError


class Refused(Exception):
    """Why a question is not answered: a stable code, the field at fault, a sentence."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.error = QueryError(code, message, field)
