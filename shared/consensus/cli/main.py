"""The `consensus` command: its verbs, and what becomes of a failure."""

from __future__ import annotations

import os
import sys
from http import HTTPStatus
from typing import Annotated

import typer

from consensus import __version__
from consensus.cli.exits import Exit
from consensus.cli.terminal import complain, tolerant_streams
from consensus.cli.verbs import asking, replaying, serving, tasks
from consensus.cli.verbs.options import EXITS
from consensus.core.errors import ConsensusError, TaskNotFound
from consensus.distribution import pip_install

NO_SUCH_TASK = "you have no task of that id; `consensus list`, with the same --url, lists yours"

app = typer.Typer(
    rich_markup_mode=None,  # plain help reads the same on a terminal, in a pipe and in a README
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


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

{EXITS}"""
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


app.command(epilog=asking.ASK_HELP)(asking.ask)
app.command(epilog=serving.SERVE_HELP)(serving.serve)
app.command(epilog=tasks.WATCH_HELP)(tasks.watch)
app.command("list", epilog=tasks.LIST_HELP)(tasks.list_tasks)
app.command()(tasks.votes)
app.command()(tasks.cancel)
app.command(epilog=asking.BATCH_HELP)(asking.batch)
app.command(epilog=asking.MCP_HELP)(asking.mcp)
app.command(epilog=replaying.REPLAY_HELP)(replaying.replay)
app.command(epilog=serving.DOCTOR_HELP)(serving.doctor)
app.command(epilog=serving.REJECTIONS_HELP)(serving.rejections)


def run() -> None:
    """The console script. Ends the process; every failure is one line on stderr."""
    tolerant_streams()
    try:
        app(prog_name="consensus")
    except ConsensusError as error:
        complain(_in_terms_of_the_command(error))
        sys.exit(Exit.USAGE if getattr(error, "usage", False) else Exit.FAILED)
    except BrokenPipeError:
        # Whoever read our output has left; the interpreter must not try to flush it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.FAILED)
    except ModuleNotFoundError as error:
        if (error.name or "consensus").partition(".")[0] == "consensus":
            raise
        complain(f"the package {error.name} is not installed: {pip_install()}")
        sys.exit(Exit.FAILED)
    except Exception as error:
        if os.environ.get("CONSENSUS_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        complain(
            f"this should not happen ({type(error).__name__}: {error}). Run it again with "
            "CONSENSUS_LOG_LEVEL=DEBUG for the whole story, and report it"
        )
        sys.exit(Exit.FAILED)


def _in_terms_of_the_command(error: ConsensusError) -> object:
    """What a person is told, where the service speaks to programs."""
    if error.reason == TaskNotFound.reason:
        return NO_SUCH_TASK
    if getattr(error, "status", 0) == HTTPStatus.UNAUTHORIZED:
        stands = "was sent, and refused" if os.environ.get("CONSENSUS_API_KEY") else "is not set"
        return f"CONSENSUS_API_KEY {stands}. The service says: {error}"
    return error


if __name__ == "__main__":
    run()
