"""The verbs for whoever runs the service: `serve`, `doctor` and `rejections`."""

from __future__ import annotations

from typing import Annotated

import typer

from consensus.cli.verbs.options import LOCAL_URL, JsonOnly, Local

SERVE_HELP = f"""\b
Examples:
  consensus serve
  consensus serve --port 9000
  consensus serve --emulators       the deployables, on Google's own emulators

\b
Then, from anywhere on this machine:
  curl -s {LOCAL_URL}/v1/tasks -H 'Content-Type: application/json' \\
    -H 'Prefer: wait=60' -d '{{"prompt": "What is 17% of 2,340?"}}'

\b
Tasks are kept in the file that CONSENSUS_STORE names; open ones carry on at the
next start. Ctrl-C or SIGTERM ends the service with exit code 0."""


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8080,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on; any but this machine's own needs API keys."),
    ] = "127.0.0.1",
    emulators: Annotated[
        bool,
        typer.Option("--emulators", help="Run on the Firestore and Pub/Sub emulators instead."),
    ] = False,
    local: Local = False,
) -> None:
    """Run the whole service on this machine."""
    from consensus.cli import serve as command
    from consensus.cli.local import use_local_server

    if local:
        use_local_server()
    raise typer.Exit(command.serve(port, host, emulators=emulators))


DOCTOR_HELP = """\b
Exit codes: 0 `consensus ask` can work here, 1 something that it needs is broken."""


def doctor(json_only: JsonOnly = False) -> None:
    """Check this machine and its settings.

    Says what to do about each problem; a note is about something optional.
    """
    from consensus.cli import doctor as command

    raise typer.Exit(command.doctor(json_only=json_only))


REJECTIONS_HELP = """\b
Examples:
  consensus rejections
  consensus rejections --replay 3fa9c1d2e4b5
  GOOGLE_CLOUD_PROJECT=my-project consensus rejections --replay-dead-letters

Exit codes: 0 done, 1 one of them could not be handled again."""


def rejections(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to list.")] = 20,
    show: Annotated[
        bool, typer.Option("--show", help="Print the messages too; they may hold answers.")
    ] = False,
    json_only: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
    replay: Annotated[
        list[str] | None,
        typer.Option(help="Handle the message of this key again; its beginning is enough."),
    ] = None,
    replay_dead_letters: Annotated[
        bool,
        typer.Option("--replay-dead-letters", help="Handle every dead letter again."),
    ] = False,
) -> None:
    """List messages that had no effect, newest first, or handle some again.

    Dead letters, poison, and votes for tasks that are not there end here. On the stack that
    GOOGLE_CLOUD_PROJECT or FIRESTORE_EMULATOR_HOST names, else in CONSENSUS_STORE. A message that
    is handled twice has no second effect.
    """
    from consensus.cli import rejections as command

    wanted = command.Wanted(limit, show, json_only, tuple(replay or ()), replay_dead_letters)
    raise typer.Exit(command.rejections(wanted))
