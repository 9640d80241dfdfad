"""The `consensus` command: options in, one call, an exit code out."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from consensus import __version__
from consensus.cli.exits import Exit
from consensus.cli.terminal import complain, tolerant_streams
from consensus.core.errors import ConsensusError
from consensus.core.model import Strategy, Voting

LOCAL_URL = "http://127.0.0.1:8080"

app = typer.Typer(
    rich_markup_mode=None,  # plain help reads the same on a terminal, in a pipe and in a README
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


class VotingChoice(StrEnum):
    """What --voting takes."""

    CONFIDENCE_WEIGHTED = Voting.CONFIDENCE_WEIGHTED
    MAJORITY = Voting.MAJORITY


class StrategyChoice(StrEnum):
    """What --strategy takes."""

    AUTO = "auto"
    EXACT = Strategy.EXACT
    NUMERIC = Strategy.NUMERIC
    SEMANTIC = Strategy.SEMANTIC
    STRUCTURED = Strategy.STRUCTURED
    TEXT = Strategy.TEXT


Url = Annotated[
    str,
    typer.Option(help="The service; CONSENSUS_API_KEY or CONSENSUS_TOKEN says who asks."),
]
TaskId = Annotated[str, typer.Argument(metavar="ID", help="The task's id.")]
JsonOnly = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]


_EXITS = """\b
Exit codes: 0 consensus, 3 no consensus, 4 cancelled, 1 failed, 2 wrong usage, 130 interrupted."""


def _find_local_server(*, wanted: bool) -> None:
    if wanted:
        from consensus.cli.local import use_local_server

        use_local_server()


def _version(wanted: bool) -> None:
    if wanted:
        print(f"consensus {__version__}")
        raise typer.Exit


@app.callback(
    epilog=f"""\b
Start here:
  consensus ask "What is 17% of 2,340?"      asks the bundled demo panel
  export OPENAI_API_KEY=...                  asks a real model from now on
  consensus ask --local "..."                asks a model server of this machine
  export OPENAI_BASE_URL=http://localhost:11434/v1 OPENAI_MODEL=llama3.2
                                             asks one that you name, from now on

{_EXITS}"""
)
def consensus(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """One trusted answer from many LLM votes.

    A question goes to a panel of independent workers; answers that mean the same are grouped and
    weighed, and more are asked only until the answer is settled.
    """


@app.command(
    epilog=f"""\b
Examples:
  consensus ask "What is 17% of 2,340?"
  consensus ask "Is 1,001 a prime number?" --min-votes 5 --min-agreement 0.8
  consensus ask --json "What is the capital of Australia?" | jq -r .result.answer
  consensus ask - < question.txt
  consensus ask --file question.txt --system "Answer in one word."
  consensus ask "What is 17% of 2,340?" --url {LOCAL_URL}

\b
Without OPENAI_API_KEY and OPENAI_BASE_URL the bundled demo panel answers, and
only the questions it knows. Ctrl-C cancels the question.

{_EXITS}"""
)
def ask(
    prompt: Annotated[
        str | None, typer.Argument(help='The question; "-" reads it from standard input.')
    ] = None,
    *,
    file: Annotated[
        Path | None,
        typer.Option(help="A file of text: the question, or what it is about.", exists=True),
    ] = None,
    system: Annotated[
        str | None, typer.Option(help="Instructions that every voter gets before the question.")
    ] = None,
    response_format: Annotated[
        str | None,
        typer.Option(
            "--format", help='"json", or a file with the JSON Schema that answers must satisfy.'
        ),
    ] = None,
    strategy: Annotated[
        StrategyChoice | None,
        typer.Option(help="How answers are compared. Default: chosen from the question."),
    ] = None,
    voting: Annotated[
        VotingChoice | None,
        typer.Option(help="What a vote weighs. Default: confidence_weighted."),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="How far numbers may differ, relative. Default: 1e-6."),
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Kept with the task; may be given again."),
    ] = None,
    min_votes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Votes needed for an answer. Default: 3.")
    ] = None,
    max_votes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Votes asked at most. Default: 15.")
    ] = None,
    min_agreement: Annotated[
        float | None,
        typer.Option(min=0.5, max=1.0, help="Share of the weight that must agree."),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(min=5.0, max=540.0, help="Seconds until it must end.")
    ] = None,
    json_only: Annotated[
        bool, typer.Option("--json", help="Print the finished task as JSON, and nothing else.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(
            help="Ask a running service, as whom CONSENSUS_API_KEY or CONSENSUS_TOKEN says. "
            "Default: a stack of its own, for this question."
        ),
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Ask the first model server found on this machine.")
    ] = False,
) -> None:
    """Ask one question, watch the panel vote, get one answer."""
    from consensus.cli import ask as command
    from consensus.cli import given

    _find_local_server(wanted=local)

    options = {
        "strategy": strategy,
        "voting": voting,
        "numeric_tolerance": tolerance,
        "metadata": given.metadata(metadata or ()),
        "response_format": given.response_format(response_format),
        "min_votes": min_votes,
        "max_votes": max_votes,
        "min_agreement": min_agreement,
        "timeout_seconds": timeout,
    }
    question = command.Question(given.question(prompt, file), options, system)
    raise typer.Exit(command.ask(question, url, json_only=json_only))


@app.command(
    epilog=f"""\b
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
)
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
    local: Annotated[
        bool, typer.Option("--local", help="Ask the first model server found on this machine.")
    ] = False,
) -> None:
    """Run the whole service on this machine."""
    from consensus.cli import serve as command

    _find_local_server(wanted=local)

    raise typer.Exit(command.serve(port, host, emulators=emulators))


@app.command(
    epilog=f"""\b
Examples:
  consensus watch 0197f3c2a1
  consensus watch 0197f3c2a1 --url http://127.0.0.1:9000

\b
Ctrl-C stops watching; the task goes on.

{_EXITS}"""
)
def watch(
    task_id: Annotated[
        str, typer.Argument(metavar="ID", help="The task's id, as POST /v1/tasks told it.")
    ],
    url: Annotated[
        str,
        typer.Option(
            help="The service that has it; CONSENSUS_API_KEY or CONSENSUS_TOKEN says who asks."
        ),
    ] = LOCAL_URL,
    json_only: Annotated[
        bool, typer.Option("--json", help="Print the finished task as JSON, and nothing else.")
    ] = False,
) -> None:
    """Follow a running or finished task to its result."""
    from consensus.cli import watch as command

    raise typer.Exit(command.watch(task_id, url, json_only=json_only))


@app.command(
    "list",
    epilog="""\b
Examples:
  consensus list
  consensus list --outcome NO_CONSENSUS --limit 100
  consensus list --unsettled
  consensus list --metadata run=nightly --json""",
)
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


@app.command()
def votes(task_id: TaskId, *, url: Url = LOCAL_URL, json_only: JsonOnly = False) -> None:
    """Show how each seat of a task voted, in full."""
    from consensus.cli import tasks as command

    raise typer.Exit(command.votes(task_id, url, json_only=json_only))


@app.command()
def cancel(task_id: TaskId, *, url: Url = LOCAL_URL, json_only: JsonOnly = False) -> None:
    """End a running task, and its model calls with it. A finished one stays as it is."""
    from consensus.cli import tasks as command

    raise typer.Exit(command.cancel(task_id, url, json_only=json_only))


@app.command(
    epilog="""\b
Examples:
  consensus batch questions.jsonl -o answers.jsonl
  consensus batch questions.jsonl -o answers.jsonl --url http://127.0.0.1:8080
  consensus batch questions.jsonl -o answers.jsonl --url http://127.0.0.1:8080 --served

\b
A line is a question in quotes, a request of POST /v1/tasks, or one of OpenAI's
batch files:
  {"custom_id": "q1", "prompt": "What is 17% of 2,340?", "max_votes": 5}
  {"custom_id": "q2", "method": "POST", "url": "/v1/chat/completions",
   "body": {"model": "consensus", "messages": [...]}}

\b
Results are written as they come, a line each, in OpenAI's shape. Interrupted, or
killed, the same command goes on where it stopped; no line is asked twice.
With --served the service keeps the file and goes on by itself: this command only
waits for the end, and all lines go to the endpoint of the first.

\b
Exit codes: 0 every line has its result, 1 some have errors, 2 wrong usage, 130
interrupted."""
)
def batch(
    file: Annotated[Path, typer.Argument(help="Questions, JSON lines.", exists=True)],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where results are written.")],
    parallel: Annotated[
        int, typer.Option(min=1, max=256, help="Questions open at the same time.")
    ] = 8,
    url: Annotated[
        str | None, typer.Option(help="Ask a running service. Default: a stack of its own.")
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Ask the first model server found on this machine.")
    ] = False,
    served: Annotated[
        bool, typer.Option("--served", help="The service keeps the file and asks its lines.")
    ] = False,
) -> None:
    """Ask a whole file of questions."""
    if served:
        from consensus.cli.served_batch import served_batch

        raise typer.Exit(served_batch(file, output, url or LOCAL_URL))
    from consensus.cli import batch as command

    _find_local_server(wanted=local)
    raise typer.Exit(command.batch(file, output, url, parallel))


@app.command(
    epilog="""\b
Examples:
  claude mcp add consensus -- consensus mcp
  consensus mcp --url http://127.0.0.1:8080

\b
Agents start this command and speak MCP with it, over standard input and output.
A running service has the same tools at /mcp."""
)
def mcp(
    *,
    url: Annotated[
        str | None,
        typer.Option(help="Ask a running service. Default: one of its own, from the first call."),
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Ask the first model server found on this machine.")
    ] = False,
) -> None:
    """Give agents the panel as tools."""
    from consensus.cli import mcp as command

    _find_local_server(wanted=local)
    raise typer.Exit(command.mcp(url))


@app.command(
    epilog="""\b
Examples:
  consensus replay votes.jsonl
  consensus replay votes.jsonl --max-votes 40 --json
  consensus replay votes.jsonl --learn           learns from the questions before
  consensus replay votes.jsonl --rule esc        what a published rule would do

\b
One question a line; only answers are needed in the votes:
  {"id": 1, "strategy": "numeric", "gold": "397.8", "prompt": "What is ...",
   "votes": [{"answer": "397.8", "confidence": 0.9, "model": "m", "tokens": 80}]}
A vote may have "probability", what its tokens say of it, and "correct", what a
person says of it. Without such labels answers are right that are gold by the
letter; how the engine joins answers is never asked.

\b
Votes are drawn in seeded random orders, wave by wave, by the very engine that
decides live tasks; no model is asked. It reports what the votes would have cost
and whether the answer is the one that all recorded votes give.

\b
Exit codes: 0 replayed, 1 failed, 2 wrong usage or a malformed file, 130 interrupted."""
)
def replay(
    file: Annotated[Path, typer.Argument(help="Recorded votes, JSON lines.")],
    *,
    json_only: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    orders: Annotated[
        int, typer.Option(min=1, max=10_000, help="Shufflings of each question's votes.")
    ] = 20,
    seed: Annotated[int, typer.Option(help="Seed of the shufflings.")] = 0,
    max_votes: Annotated[
        int, typer.Option(min=1, max=64, help="Votes drawn at most for a question.")
    ] = 15,
    learn: Annotated[
        bool,
        typer.Option(
            "--learn",
            help="Learn on the way how answers spread, which models agree with the others, and "
            "with gold how often answers are right.",
        ),
    ] = False,
    weigh_voters: Annotated[
        bool,
        typer.Option(help="With --learn: weigh a model's votes by how it agreed with the others."),
    ] = True,
    rule: Annotated[
        str,
        typer.Option(
            help="Decide by a published rule: adaptive-consistency, adaptive-consistency-waves, "
            "esc, sprt, fixed-N."
        ),
    ] = "",
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw votes against agreement, and reliability, into a file."),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            help="With --learn: write how often answers were right, for CONSENSUS_CALIBRATION."
        ),
    ] = None,
) -> None:
    """Replay recorded votes through the engine.

    Reports what they would have cost, and whether the answers would have been the same.
    """
    from consensus.cli import replay as command

    wanted = command.Wanted(
        orders=orders,
        seed=seed,
        max_votes=max_votes,
        learn=learn,
        weigh_voters=weigh_voters,
        rule=rule,
        plot=plot,
        calibration=calibration,
        json_only=json_only,
    )
    raise typer.Exit(command.replay(file, wanted))


@app.command(
    epilog="""\b
Exit codes: 0 `consensus ask` can work here, 1 something that it needs is broken."""
)
def doctor(json_only: JsonOnly = False) -> None:
    """Check this machine and its settings.

    Says what to do about each problem; a note is about something optional.
    """
    from consensus.cli import doctor as command

    raise typer.Exit(command.doctor(json_only=json_only))


@app.command(
    epilog="""\b
Examples:
  consensus rejections
  consensus rejections --replay 3fa9c1d2e4b5
  GOOGLE_CLOUD_PROJECT=my-project consensus rejections --replay-dead-letters

Exit codes: 0 done, 1 one of them could not be handled again."""
)
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


def run() -> None:
    """The console script. Ends the process; every failure is one line on stderr."""
    tolerant_streams()
    try:
        app(prog_name="consensus")
    except ConsensusError as error:
        complain(error)
        sys.exit(Exit.USAGE if getattr(error, "usage", False) else Exit.FAILED)
    except BrokenPipeError:
        # Whoever read our output has left; the interpreter must not try to flush it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.FAILED)
    except Exception as error:
        if os.environ.get("CONSENSUS_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        complain(
            f"this should not happen ({type(error).__name__}: {error}). Run it again with "
            "CONSENSUS_LOG_LEVEL=DEBUG for the whole story, and report it"
        )
        sys.exit(Exit.FAILED)


if __name__ == "__main__":
    run()
