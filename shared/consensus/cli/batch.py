"""`consensus batch`: a file of questions in, a file of results out, going on where it stopped.

A result is in the output file before its line counts as done; what is in the file is never asked
again, but for lines that failed: no seat voted on them. What was asked and not yet written is asked
again with the same idempotency key, which a running service answers with the same task.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from consensus.cli.ask import elsewhere, own_stack
from consensus.cli.batch_output import (
    FAILED,
    BadBatch,
    Known,
    bad,
    counted,
    exit_of,
    finished,
    keep_latest,
    outcome,
    told,
    write,
)
from consensus.cli.client import client_of
from consensus.cli.exits import Exit
from consensus.cli.interrupts import Interrupts, interruptible
from consensus.cli.terminal import is_interactive, note, one_line
from consensus.client import AsyncClient, Refused
from consensus.codec.batch_lines import TASKS, Line, read_line
from consensus.config import Settings

ATTEMPTS: Final = 60  # with pauses of up to 8 s: a service may be away for some minutes
AGAIN: Final = "."  # in a result's id, before the number of the attempt
PER_NOTE: Final = 0.1  # share of the lines between two notes where nobody watches a bar


@dataclass(slots=True)
class Count:
    """How far it is. earlier are the lines that an earlier run answered."""

    lines: int
    earlier: int = 0
    done: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


def batch(file: Path, output: Path, url: str | None, parallel: int) -> int:
    """Ask every line that has no answer yet; return the exit code. Raises BadBatch."""
    if output.exists() and output.samefile(file):
        raise BadBatch("the output would overwrite the questions; name another file with -o")
    known = finished(output)
    lines = _count_lines(file, output, known)
    if not lines:
        note(f"{file} has no questions.")
        return Exit.CONSENSUS
    failed = {name: one for name, one in known.items() if one.outcome == FAILED}
    answered = {name: one for name, one in known.items() if name not in failed}
    count = Count(lines, earlier=len(answered), outcomes=counted(answered))
    stack = elsewhere(url) if url else partial(own_stack, alone=False)
    lines_left = (
        (_key(line, failed.get(line.custom_id)), line)
        for line in read_lines(file)
        if line.custom_id not in answered
    )
    work = _all_of(stack, lines_left, output, count, parallel)
    try:
        code = asyncio.run(interruptible(work, Interrupts()))
    finally:
        if failed:
            keep_latest(output)
    note(_summary(count, output))
    return code


def _summary(count: Count, output: Path) -> str:
    left = count.lines - count.earlier - count.done
    done = f"{count.lines - left:,} of {count.lines:,} lines have their result in {output}"
    if count.outcomes:
        done += f": {told(count.outcomes)}"
    if left:
        return f"{done}; the same command goes on from here."
    again = " The same command asks again what failed." if count.outcomes[FAILED] else ""
    return f"{done}.{again}"


async def _all_of(
    stack: Callable[[], AbstractAsyncContextManager[str]],
    lines: Iterator[tuple[str, Line]],
    output: Path,
    count: Count,
    parallel: int,
) -> int:
    if count.earlier < count.lines:
        with output.open("ab") as out, shown(count) as advance:
            async with stack() as url, client_of(url, Settings.read(), ATTEMPTS) as client:
                async for result in _asked(client, lines, parallel):
                    write(out, result)
                    count.done += 1
                    count.outcomes[outcome(result)] += 1
                    advance()
    return exit_of(count.outcomes)


async def _asked(
    client: AsyncClient, lines: Iterator[tuple[str, Line]], parallel: int
) -> AsyncIterator[dict[str, Any]]:
    """Each line's result, as they come; at most so many are open."""
    open_lines: set[asyncio.Task[dict[str, Any]]] = set()
    try:
        while True:
            while len(open_lines) < parallel and (following := next(lines, None)):
                open_lines.add(asyncio.create_task(_result(client, *following)))
            if not open_lines:
                return
            done, open_lines = await asyncio.wait(open_lines, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in open_lines:
            task.cancel()
        await asyncio.gather(*open_lines, return_exceptions=True)


async def _result(client: AsyncClient, key: str, line: Line) -> dict[str, Any]:
    """The line's result in OpenAI's shape: its response, or its error. Raises Unreachable."""
    named = {"id": key, "custom_id": line.custom_id}
    if line.problem:
        return {**named, "response": None, "error": _error("invalid_line", line.problem)}
    try:
        if line.url == TASKS:
            task = await client.create(line.body, idempotency_key=key)
            body: Any = await client.wait(task["id"])
        else:
            body = await client.post(line.url, line.body, idempotency_key=key)
    except Refused as error:
        if error.status in (401, 403):
            raise  # it is the same with every line, and not the line's fault
        return {**named, "response": None, "error": _error(error.reason.lower(), str(error))}
    result = body.get("result") or {}
    if line.url == TASKS and result.get("outcome") == "FAILED":  # as the chat route says it
        return {**named, "response": None, "error": _error("no_votes", result["explanation"])}
    response = {"status_code": 200, "request_id": str(body.get("id", "")), "body": body}
    return {**named, "response": response, "error": None}


def _error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}


def read_lines(file: Path) -> Iterator[Line]:
    """The requests of a file, in order, without blank lines; a broken one says its problem."""
    with file.open("rb") as source:
        for number, raw in enumerate(source, start=1):
            if raw.strip():
                yield read_line(number, raw)


def _count_lines(file: Path, output: Path, known: Mapping[str, Known]) -> int:
    """How many lines the file has. Raises BadBatch where the results are those of other lines."""
    lines = found = 0
    for line in _checked(read_lines(file)):
        lines += 1
        earlier = known.get(line.custom_id)
        found += earlier is not None
        if earlier is not None and earlier.id.partition(AGAIN)[0] != _key(line):
            name = one_line(line.custom_id, 60)
            has = f'{output} has a result for "{name}", and line {line.number} asks something else'
            raise BadBatch(f"{has}; name another file with -o, or give each line a custom_id")
    if found < len(known):
        raise BadBatch(f"{output} has results of lines that {file} has not; name another with -o")
    return lines


def _key(line: Line, failed: Known | None = None) -> str:
    """An idempotency key of this very request under this name, which is its result's id, too.

    After a result that failed it is another one, which asks for another task.
    """
    request = json.dumps([line.custom_id, line.url, line.body, line.problem], sort_keys=True)
    key = "batch-" + hashlib.sha256(request.encode()).hexdigest()[:40]
    return f"{key}{AGAIN}{int(failed.id.partition(AGAIN)[2] or 1) + 1}" if failed else key


def _checked(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines, while each name is new. Raises BadBatch for one that comes twice."""
    seen: dict[str, int] = {}
    for line in lines:
        first = seen.setdefault(line.custom_id, line.number)
        if first != line.number:
            name = one_line(line.custom_id, 60)
            message = f'custom_id "{name}" is on the lines {first} and {line.number}'
            raise BadBatch(f"{message}; give each line one of its own")
        yield line


@contextmanager
def shown(count: Count) -> Iterator[Callable[[], None]]:
    """A bar on a terminal; a note now and then elsewhere. Yields what tells it of a line."""
    with ExitStack() as stack:
        if not is_interactive(sys.stderr):
            yield _noting(count)
            return
        bar = Progress(
            TextColumn("{task.fields[told]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True, highlight=False),
        )
        stack.enter_context(bar)
        row = bar.add_task("", total=count.lines, completed=count.earlier, told="Asking")

        def advance() -> None:
            wrong = bad(count.outcomes)
            doing = f"Asking, {wrong:,} without an answer" if wrong else "Asking"
            bar.update(row, completed=count.earlier + count.done, told=doing)

        yield advance


def _noting(count: Count) -> Callable[[], None]:
    step = max(1, round(count.lines * PER_NOTE))

    def advance() -> None:
        if count.done % step == 0:
            note(f"{count.earlier + count.done:,} of {count.lines:,}")

    return advance
