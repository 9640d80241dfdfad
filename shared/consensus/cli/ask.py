"""`consensus ask`: one question, its panel live, one answer.

Without --url the embedded stack runs for just this question, over a store that is thrown away; the
question then takes the very path it takes to a service elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from consensus.cli.capture import capture_logs
from consensus.cli.client import Json, client_of
from consensus.cli.exits import Exit, exit_code
from consensus.cli.following import as_json, follow_to_end
from consensus.cli.interrupts import Interrupts, interruptible
from consensus.cli.local import hints
from consensus.cli.terminal import note
from consensus.cli.views import view_on, waiting
from consensus.client import AsyncClient, Refused, Unreachable
from consensus.config import Settings

EXAMPLES = 4
LONGEST_EXAMPLE = 60  # characters
CANCEL_SECONDS = 5.0  # for the service to end a cancelled task

Stack = Callable[[], AbstractAsyncContextManager[str]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and the options given; what was not given is left to task analysis."""

    prompt: str
    options: Mapping[str, Any] = field(default_factory=dict)
    system: str | None = None

    def body(self) -> Json:
        """The request body."""
        given = {name: value for name, value in self.options.items() if value is not None}
        if self.system is None:
            return {"prompt": self.prompt, **given}
        messages = [("system", self.system), ("user", self.prompt)]
        return {"messages": [{"role": r, "content": c} for r, c in messages], **given}


def ask(question: Question, url: str | None, *, json_only: bool) -> int:
    """Ask, show, and return the exit code. Raises ConsensusError."""
    stack = elsewhere(url) if url else own_stack
    interrupts = Interrupts()
    code = asyncio.run(
        interruptible(ask_on(stack, question, interrupts, json_only=json_only), interrupts)
    )
    if code == Exit.FAILED and not url and not Settings.read().has_endpoint:
        note(demo_examples())
    return code


async def ask_on(
    stack: Stack, question: Question, interrupts: Interrupts, *, json_only: bool
) -> int:
    """Ask a stack. A first interrupt cancels the task there and lets it end."""
    async with stack() as url, client_of(url, Settings.read()) as client:
        task = dict(await client.create(question.body()))
        interrupts.patient = True
        view = view_on(sys.stderr if json_only else sys.stdout, with_result=not json_only)
        with view:
            following = asyncio.ensure_future(follow_to_end(client, task, view))
            try:
                await _first(following, interrupts)
                if not following.done():
                    await _cancel(client, str(task["id"]), following)
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
        interrupts.patient = False
        final = await _end_of(following, client, task)
    if json_only:
        print(as_json(final))
    return interrupts.exit_code if interrupts.number else exit_code(final)


async def _first(following: asyncio.Future[Json], interrupts: Interrupts) -> None:
    interrupted = asyncio.ensure_future(interrupts.wait())
    both: set[asyncio.Future[Any]] = {following, interrupted}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    interrupted.cancel()


async def _cancel(client: AsyncClient, task_id: str, following: asyncio.Future[Json]) -> None:
    note(f"Cancelling task {task_id}; once more to leave at once.")
    with contextlib.suppress(Refused, Unreachable):
        await client.cancel(task_id)
        await asyncio.wait({following}, timeout=CANCEL_SECONDS)


async def _end_of(following: asyncio.Future[Json], client: AsyncClient, task: Json) -> Json:
    """The task as followed to its end; where an interrupt ended the following, as it stands."""
    if not following.cancelled():
        return following.result()
    with contextlib.suppress(Refused, Unreachable):
        return dict(await client.task(str(task["id"])))
    return task


def elsewhere(url: str) -> Stack:
    """The service at that URL."""

    @contextlib.asynccontextmanager
    async def stack() -> AsyncIterator[str]:
        yield url

    return stack


@contextlib.asynccontextmanager
async def own_stack(*, alone: bool = True) -> AsyncIterator[str]:
    """A stack of our own, for as long as the context is open; nothing of it is kept.

    alone: within this process, unless somebody asked for workers.
    """
    settings = Settings.read()
    if not settings.has_endpoint:
        note(demo_notice())
        for hint in await asyncio.to_thread(lambda: list(hints())):
            note(hint)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(capture_logs(settings))
        with waiting("Starting"):
            # Only here: it brings all that a question to another service never needs.
            from consensus.bootstrap.embedded import embedded

            running = await stack.enter_async_context(
                embedded(
                    # Nobody else is told of its end: whoever asks is here, and gone before an
                    # endpoint would answer.
                    settings.with_changes(webhooks=None),
                    store=":memory:",
                    say=note,
                    alone=alone and "workers" not in settings.model_fields_set,
                )
            )
        yield running.url


def demo_notice() -> str:
    """That the demo panel answers, and what it can."""
    from consensus.demo.tasks import prompts

    return (
        "No OPENAI_API_KEY or OPENAI_BASE_URL: asking the bundled demo panel, "
        f"which knows only its own {len(prompts())} tasks."
    )


def demo_examples() -> str:
    """A few of the demo panel's tasks, of different kinds."""
    from consensus.demo.tasks import prompts

    known = [prompt for prompt in prompts() if len(prompt) < LONGEST_EXAMPLE]
    some = known[:: max(1, len(known) // EXAMPLES)][:EXAMPLES]
    return "The demo panel knows, for example: " + " ".join(f'"{prompt}"' for prompt in some)
