"""The verb that replays recorded votes: `replay`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

REPLAY_HELP = """\b
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
