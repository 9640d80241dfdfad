"""The verbs that ask a panel: `ask`, `batch` and `mcp`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from consensus.cli.verbs.options import EXITS, LOCAL_URL, Local, TaskAsJson
from consensus.core.model import Compose, Strategy, Voting


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


ASK_HELP = f"""\b
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

{EXITS}"""


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
    compose: Annotated[
        Compose | None,
        typer.Option(help="Of texts that agree, have a model write one of what they support."),
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
    json_only: TaskAsJson = False,
    url: Annotated[
        str | None,
        typer.Option(
            help="Ask a running service, as whom CONSENSUS_API_KEY or CONSENSUS_TOKEN says. "
            "Default: a stack of its own, for this question."
        ),
    ] = None,
    local: Local = False,
) -> None:
    """Ask one question, watch the panel vote, get one answer."""
    from consensus.cli import ask as command
    from consensus.cli import given
    from consensus.cli.local import use_local_server

    if local:
        use_local_server()
    options = {
        "strategy": strategy,
        "voting": voting,
        "numeric_tolerance": tolerance,
        "compose": compose,
        "metadata": given.metadata(metadata or ()),
        "response_format": given.response_format(response_format),
        "min_votes": min_votes,
        "max_votes": max_votes,
        "min_agreement": min_agreement,
        "timeout_seconds": timeout,
    }
    question = command.Question(given.question(prompt, file), options, system)
    raise typer.Exit(command.ask(question, url, json_only=json_only))


BATCH_HELP = """\b
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
killed, the same command goes on where it stopped; only lines that failed, on which
no seat voted, are asked again.
With --served the service keeps the file and goes on by itself: this command only
waits for the end, and all lines go to the endpoint of the first.

\b
Exit codes: 0 every line has its answer or no consensus, 1 some failed, were cancelled
or have errors, 2 wrong usage, 130 interrupted."""


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
    local: Local = False,
    served: Annotated[
        bool, typer.Option("--served", help="The service keeps the file and asks its lines.")
    ] = False,
) -> None:
    """Ask a whole file of questions."""
    if served:
        from consensus.cli.served_batch import served_batch

        raise typer.Exit(served_batch(file, output, url or LOCAL_URL))
    from consensus.cli import batch as command
    from consensus.cli.local import use_local_server

    if local:
        use_local_server()
    raise typer.Exit(command.batch(file, output, url, parallel))


MCP_HELP = """\b
Examples:
  claude mcp add consensus -- consensus mcp
  consensus mcp --url http://127.0.0.1:8080

\b
Agents start this command and speak MCP with it, over standard input and output.
A running service has the same tools at /mcp."""


def mcp(
    *,
    url: Annotated[
        str | None,
        typer.Option(help="Ask a running service. Default: one of its own, from the first call."),
    ] = None,
    local: Local = False,
) -> None:
    """Give agents the panel as tools."""
    from consensus.cli import mcp as command
    from consensus.cli.local import use_local_server

    if local:
        use_local_server()
    raise typer.Exit(command.mcp(url))
