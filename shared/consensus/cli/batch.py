"""`consensus batch`: a file of questions in, a file of results out, going on where it stopped.

A result is in the output file before its line counts as done; what is in the file is never asked
again. What was asked and not yet written is asked again with the same idempotency key, which a
running service answers with the same task.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from consensus.cli.ask import elsewhere, own_stack
from consensus.cli.client import client_of
from consensus.cli.exits import Exit
from consensus.cli.interrupts import Interrupts, interruptible
from consensus.cli.terminal import is_interactive, note, one_line
from consensus.client import AsyncClient, Refused
from consensus.codec.batch_lines import TASKS, Line, read_line
from consensus.config import Settings

ATTEMPTS: Final = 60  # with pauses of up to 8 s: a service may be away for some minutes
PER_NOTE: Final = 0.1  # share of the lines between two notes where nobody watches a bar


class BadBatch(Refused):
    """The file cannot be asked as it is: nothing of it was."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=0, usage=True)


@dataclass(slots=True)
class Count:
    """How far it is. errors are lines without a result; earlier are those of an earlier run."""

    lines: int
    earlier: int = 0
    done: int = 0
    errors: int = 0


def batch(file: Path, output: Path, url: str | None, parallel: int) -> int:
    """Ask every line that has no result yet; return the exit code. Raises BadBatch."""
    if output.exists() and output.samefile(file):
        raise BadBatch("the output would overwrite the questions; name another file with -o")
    known, errors = finished(output)
    lines = _count_lines(file, output, known)
    count = Count(lines, earlier=len(known), errors=errors)
    if not lines:
        note(f"{file} has no questions.")
        return Exit.CONSENSUS
    stack = elsewhere(url) if url else partial(own_stack, alone=False)
    interrupts = Interrupts()
    lines_left = (line for line in read_lines(file) if line.custom_id not in known)
    work = _all_of(stack, lines_left, output, count, parallel)
    code = asyncio.run(interruptible(work, interrupts))
    left = count.lines - count.earlier - count.done
    told = f"{count.lines - left:,} of {count.lines:,} lines have their result in {output}"
    if count.errors:
        told += f", {count.errors:,} of them an error"
    note(told + ("." if not left else "; the same command goes on from here."))
    return code


async def _all_of(
    stack: Callable[[], AbstractAsyncContextManager[str]],
    lines: Iterator[Line],
    output: Path,
    count: Count,
    parallel: int,
) -> int:
    if count.earlier < count.lines:
        with output.open("ab") as out, shown(count) as advance:
            async with stack() as url, client_of(url, Settings.read(), ATTEMPTS) as client:
                async for result in _asked(client, lines, parallel):
                    _write(out, result)
                    count.done += 1
                    count.errors += result["error"] is not None
                    advance()
    return Exit.FAILED if count.errors else Exit.CONSENSUS


async def _asked(
    client: AsyncClient, lines: Iterator[Line], parallel: int
) -> AsyncIterator[dict[str, Any]]:
    """Each line's result, as they come; at most so many are open."""
    open_lines: set[asyncio.Task[dict[str, Any]]] = set()
    try:
        while True:
            while len(open_lines) < parallel and (line := next(lines, None)):
                open_lines.add(asyncio.create_task(_result(client, line)))
            if not open_lines:
                return
            done, open_lines = await asyncio.wait(open_lines, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in open_lines:
            task.cancel()
        await asyncio.gather(*open_lines, return_exceptions=True)


async def _result(client: AsyncClient, line: Line) -> dict[str, Any]:
    """The line's result in OpenAI's shape: its response, or its error. Raises Unreachable."""
    told = {"id": _key(line), "custom_id": line.custom_id}
    if line.problem:
        return {**told, "response": None, "error": _error("invalid_line", line.problem)}
    try:
        if line.url == TASKS:
            task = await client.create(line.body, idempotency_key=_key(line))
            body: Any = await client.wait(task["id"])
        else:
            body = await client.post(line.url, line.body, idempotency_key=_key(line))
    except Refused as error:
        if error.status in (401, 403):
            raise  # it is the same with every line, and not the line's fault
        return {**told, "response": None, "error": _error(error.reason.lower(), str(error))}
    response = {"status_code": 200, "request_id": str(body.get("id", "")), "body": body}
    return {**told, "response": response, "error": None}


def _error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}


def read_lines(file: Path) -> Iterator[Line]:
    """The requests of a file, in order, without blank lines; a broken one says its problem."""
    with file.open("rb") as source:
        for number, raw in enumerate(source, start=1):
            if raw.strip():
                yield read_line(number, raw)


def _count_lines(file: Path, output: Path, known: Mapping[str, str]) -> int:
    """How many lines the file has. Raises BadBatch where the results are those of other lines."""
    lines = found = 0
    for line in _checked(read_lines(file)):
        lines += 1
        key = known.get(line.custom_id)
        found += key is not None
        if key is not None and key != _key(line):
            name = one_line(line.custom_id, 60)
            told = f'{output} has a result for "{name}", and line {line.number} asks something else'
            raise BadBatch(f"{told}; name another file with -o, or give each line a custom_id")
    if found < len(known):
        raise BadBatch(f"{output} has results of lines that {file} has not; name another with -o")
    return lines


def _key(line: Line) -> str:
    """An idempotency key of this very request under this name, which is its result's id, too."""
    told = json.dumps([line.custom_id, line.url, line.body, line.problem], sort_keys=True)
    return "batch-" + hashlib.sha256(told.encode()).hexdigest()[:40]


def _checked(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines, while each name is new. Raises BadBatch for one that comes twice."""
    seen: dict[str, int] = {}
    for line in lines:
        first = seen.setdefault(line.custom_id, line.number)
        if first != line.number:
            told = one_line(line.custom_id, 60)
            message = f'custom_id "{told}" is on the lines {first} and {line.number}'
            raise BadBatch(f"{message}; give each line one of its own")
        yield line


def finished(output: Path) -> tuple[dict[str, str], int]:
    """The names of the lines that have their result, each with its id, and how many are errors.

    A last line that was cut, as a kill leaves it, is taken out of the file. Raises BadBatch where
    the file holds something else.
    """
    if not output.exists():
        return {}, 0
    known: dict[str, str] = {}
    errors = whole = 0
    with output.open("r+b") as out:
        for raw in out:
            if not raw.endswith(b"\n"):
                break
            try:
                told = json.loads(raw)
                known[told["custom_id"]] = told["id"]
                errors += told["error"] is not None
            except (ValueError, KeyError, TypeError) as error:
                raise BadBatch(f"{output} is there and holds no results; name another") from error
            whole += len(raw)
        out.truncate(whole)
    return known, errors


def _write(out: BinaryIO, result: dict[str, Any]) -> None:
    out.write(json.dumps(result, ensure_ascii=False).encode(errors="replace") + b"\n")
    out.flush()
    os.fdatasync(out.fileno())


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
            told = f"Asking, {count.errors:,} errors" if count.errors else "Asking"
            bar.update(row, completed=count.earlier + count.done, told=told)

        yield advance


def _noting(count: Count) -> Callable[[], None]:
    step = max(1, round(count.lines * PER_NOTE))

    def advance() -> None:
        if count.done % step == 0:
            note(f"{count.earlier + count.done:,} of {count.lines:,}")

    return advance
