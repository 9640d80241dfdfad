"""`consensus watch`: follow a task of a running service, from its beginning to its end."""

from __future__ import annotations

import asyncio
import re
import sys

from consensus.cli.client import client_of
from consensus.cli.exits import exit_code
from consensus.cli.following import as_json, follow_to_end
from consensus.cli.interrupts import Interrupts, interruptible
from consensus.cli.terminal import note, one_line
from consensus.cli.views import view_on
from consensus.client import Refused
from consensus.config import Settings

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


def watch(task_id: str, url: str, *, json_only: bool) -> int:
    """Watch, and return the exit code of the task's outcome. Raises ConsensusError."""
    if not _ID.fullmatch(task_id):
        message = f'"{one_line(task_id, 60)}" is not a task id; `consensus list` shows yours'
        raise Refused(message, status=0, usage=True)
    interrupts = Interrupts()
    code = asyncio.run(interruptible(watch_on(url, task_id, json_only=json_only), interrupts))
    if interrupts.number:
        note(f"Stopped watching. The task goes on: consensus watch {task_id} --url {url}")
    return code


async def watch_on(url: str, task_id: str, *, json_only: bool) -> int:
    """Follow the task at that service; a finished one is told from its beginning."""
    async with client_of(url, Settings.read()) as client:
        task = dict(await client.task(task_id))
        view = view_on(sys.stderr if json_only else sys.stdout, with_result=not json_only)
        with view:
            final = await follow_to_end(client, task, view)
    if json_only:
        print(as_json(final))
    return exit_code(final)
