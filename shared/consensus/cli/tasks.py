"""`consensus list`, `votes` and `cancel`: what a running service keeps, from the shell."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from consensus.cli.client import client_of
from consensus.cli.exits import Exit
from consensus.cli.facts import percent
from consensus.cli.following import as_json
from consensus.cli.terminal import block, local_time, note, one_line
from consensus.client import Ballot
from consensus.config import Settings

PAGE = 100
ATTEMPTS = 3


def list_tasks(url: str, filters: Mapping[str, str | None], limit: int, *, json_only: bool) -> int:
    """Print the newest tasks, a line each, or all of them as a JSON list."""
    found = asyncio.run(_listed(url, {k: v for k, v in filters.items() if v}, limit))
    if json_only:
        print(as_json(found))
        return Exit.CONSENSUS
    for task in found:
        print(summary(task))
    if not found:
        note("No task.")
    return Exit.CONSENSUS


async def _listed(url: str, filters: Mapping[str, str], limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    async with client_of(url, Settings.read(), ATTEMPTS) as client:
        while len(found) < limit:
            size = min(PAGE, limit - len(found))
            page = await client.list(page_size=size, **filters, **more)
            found += page["tasks"]
            if not page["next_page_token"]:
                break
            more = {"page_token": page["next_page_token"]}
    return found


def summary(task: Mapping[str, Any]) -> str:
    """A task in one line: when, its id, how it stands, what was asked, and the panel's answer."""
    result = task.get("result") or {}
    stands = str(result.get("outcome") or task.get("state", "")).lower().replace("_", " ")
    asked = one_line(task.get("prompt") or "", 60)
    is_agreed = result.get("outcome") == "CONSENSUS"
    answer = one_line(result.get("answer") or "", 60) if is_agreed else ""
    line = f"{local_time(task.get('created_at'))}  {task.get('id', '')}  {stands:12}  {asked}"
    return f"{line} → {answer}" if answer else line


def votes(task_id: str, url: str, *, json_only: bool) -> int:
    """Print each ballot with its whole text."""

    async def read() -> list[Ballot]:
        async with client_of(url, Settings.read(), ATTEMPTS) as client:
            return await client.votes(task_id)

    ballots = asyncio.run(read())
    if json_only:
        print(as_json([dict(ballot) for ballot in ballots]))
        return Exit.CONSENSUS
    for ballot in ballots:
        print(_headline(ballot))
        if ballot.get("text"):
            print("    " + block(ballot["text"]).replace("\n", "\n    "))
    if not ballots:
        note("No seat has voted yet.")
    return Exit.CONSENSUS


def _headline(ballot: Ballot) -> str:
    late = "" if ballot["counted"] else ", late: not counted"
    seat = f"seat {ballot['seat']}"
    if ballot["kind"] == "abstention":
        told = one_line(ballot.get("detail") or "", 200)
        return f"{seat}: abstained, {ballot.get('reason')}{': ' if told else ''}{told}{late}"
    place = ballot.get("group")
    group = "" if place is None else f", group {place + 1}"
    confidence = ballot.get("confidence")
    sure = "" if confidence is None else f", confidence {percent(confidence)}"
    model = one_line(ballot.get("model") or "", 60)
    return f"{seat}: {one_line(ballot.get('answer') or '', 200)} ({model}{group}{sure}{late})"


def cancel(task_id: str, url: str, *, json_only: bool) -> int:
    """End the task; 0 whether it was running or done."""

    async def end() -> dict[str, Any]:
        async with client_of(url, Settings.read(), ATTEMPTS) as client:
            return dict(await client.cancel(task_id))

    task = asyncio.run(end())
    if json_only:
        print(as_json(task))
    else:
        outcome = str((task.get("result") or {}).get("outcome", ""))
        told = "cancelled" if outcome == "CANCELLED" else f"was done already: {outcome}"
        print(f"{one_line(task_id, 80)}: {told}")
    return Exit.CONSENSUS
