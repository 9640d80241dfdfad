"""How a call to the service fails."""

from __future__ import annotations

from consensus.core.errors import CallerError, TransientError


class Refused(CallerError):
    """The service answered with an error. usage says that the request itself was wrong.

    reason is the stable word of its problem document, status its HTTP status, 0 for none; mistakes
    are what is wrong with the request, each with its place."""

    reason = "REFUSED"

    def __init__(self, message: str, *, status: int, usage: bool, reason: str = "REFUSED") -> None:
        super().__init__(message)
        self.status = status
        self.usage = usage
        self.reason = reason


class Unreachable(TransientError):
    """No usable reply: no connection, a broken one, or not this service's protocol."""

    reason = "UNREACHABLE"
