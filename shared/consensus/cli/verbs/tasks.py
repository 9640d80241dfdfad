"""The verbs for the tasks of a running service: `watch`, `list`, `votes` and `cancel`."""

from __future__ import annotations

from typing import Annotated

import typer

from consensus.cli.verbs.options import EXITS, LOCAL_URL, JsonOnly, TaskAsJson, TaskId, Url

WATCH_HELP = f"""\b
Examples:
  consensus watch 0197f3c2a1
  consensus watch 0197f3c2a1 --url http://127.0.0.1:9000

\b
Ctrl-C stops watching; the task goes on.

{EXITS}"""


def watch(
    task_id: Annotated[
        str, typer.Argument(metavar="ID", help="The task's id, as `consensus list` shows it.")
    ],
    url: Annotated[
        str,
        typer.Option(
            help="The service that has it; CONSENSUS_API_KEY or CONSENSUS_TOKEN says who asks."
        ),
    ] = LOCAL_URL,
    json_only: TaskAsJson = False,
) -> None:
    """Follow a running or finished task to its result."""
    from consensus.cli import watch as command

    raise typer.Exit(command.watch(task_id, url, json_only=json_only))


LIST_HELP = """\b
Examples:
  consensus list
  consensus list --outcome NO_CONSENSUS --limit 100
  consensus list --unsettled
  consensus list --metadata run=nightly --json"""


def list_tasks(
    *,
    state: Annotated[str | None, typer.Option(help="QUEUED, RUNNING or DONE.")] = None,
    outcome: Annotated[
        str | None, typer.Option(help="CONSENSUS, NO_CONSENSUS, FAILED or CANCELLED.")
    ] = None,
    metadata: Annotated[
        str | None, typer.Option(metavar="NAME=VALUE", help="Tasks submitted with that.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="RFC 3339 time, such as 2026-11-28T09:30:00Z.")
    ] = None,
    unsettled: Annotated[
        bool, typer.Option("--unsettled", help="What waits for somebody's decision.")
    ] = False,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="With --unsettled, others' too, if you may decide.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many to list.")] = 20,
    url: Url = LOCAL_URL,
    json_only: JsonOnly = False,
) -> None:
    """List your tasks, newest first."""
    from consensus.cli import tasks as command

    filters = {"state": state, "outcome": outcome, "metadata": metadata, "since": since}
    wanted = {"unsettled": unsettled, "everyone": everyone}
    filters |= {name: "true" for name, asked in wanted.items() if asked}
    raise typer.Exit(command.list_tasks(url, filters, limit, json_only=json_only))


def votes(task_id: TaskId, *, url: Url = LOCAL_URL, json_only: JsonOnly = False) -> None:
    """Show how each seat of a task voted, in full."""
    from consensus.cli import tasks as command

    raise typer.Exit(command.votes(task_id, url, json_only=json_only))


def cancel(task_id: TaskId, *, url: Url = LOCAL_URL, json_only: JsonOnly = False) -> None:
    """End a running task, and its model calls with it. A finished one stays as it is."""
    from consensus.cli import tasks as command

    raise typer.Exit(command.cancel(task_id, url, json_only=json_only))
