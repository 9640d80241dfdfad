"""The supervisor's two entry points, deployed as two services: IAM guards a service as a whole.

`submit` is the public HTTP surface; `dispatch` takes the dispatch topic's pushes and holds each one
for its task's life.
"""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from consensus.config import Settings
from consensus.doors.asgi import Lazy


def _supervisor() -> ASGIApp:
    from consensus.bootstrap import supervisor  # noqa: PLC0415  one entry point runs in a process

    return supervisor.build(Settings.read())


def _dispatcher() -> ASGIApp:
    from consensus.bootstrap import dispatcher  # noqa: PLC0415

    return dispatcher.build(Settings.read())


_submit, _dispatch = Lazy(_supervisor), Lazy(_dispatcher)


@functions_framework.aio.http
async def submit(_: Request) -> Response:
    return _submit.response()


@functions_framework.aio.http
async def dispatch(_: Request) -> Response:
    return _dispatch.response()
