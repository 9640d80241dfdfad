"""The aggregator's entry point: it takes the pushes of votes, timers and dead letters."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from consensus.config import Settings
from consensus.doors.asgi import Lazy


def _aggregator() -> ASGIApp:
    from consensus.bootstrap import aggregator  # noqa: PLC0415  importing a function reads nothing

    return aggregator.build(Settings.read())


_aggregate = Lazy(_aggregator)


@functions_framework.aio.http
async def aggregate(_: Request) -> Response:
    return _aggregate.response()
