"""`consensus replay`: what recorded votes would have cost, and come to."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import track
from rich.table import Table

from consensus.cli.exits import Exit
from consensus.cli.facts import percent
from consensus.cli.recordings import read_recordings
from consensus.cli.terminal import is_interactive
from consensus.usecases import replay as engine
from consensus.usecases.replay import Recording, Replayed, Report


def replay(file: Path, *, json_only: bool, orders: int, seed: int, max_votes: int) -> int:
    """Replay the file and print its report. Raises BadRecording, InvalidTask."""
    recordings = read_recordings(file)
    replayed = [
        engine.replay(recording, orders=orders, seed=seed, max_votes=max_votes)
        for recording in _with_progress(recordings)
    ]
    report = engine.summarise(replayed, max_votes)
    if json_only:
        print(json.dumps(dataclasses.asdict(report), indent=2))
    else:
        _print_table(report, replayed, orders, max_votes)
    return Exit.CONSENSUS


def _with_progress(recordings: list[Recording]) -> Iterable[Recording]:
    return track(
        recordings,
        description="Replaying",
        console=Console(stderr=True),
        transient=True,
        disable=not is_interactive(sys.stderr),
    )


def _print_table(report: Report, replayed: list[Replayed], orders: int, max_votes: int) -> None:
    table = Table(box=SIMPLE, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", style="bold", no_wrap=True)
    table.add_column(style="dim")
    for row in rows(report, orders, max_votes):
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


def rows(report: Report, orders: int, max_votes: int) -> list[tuple[str, str, str]]:
    """The report as label, value and what it means."""

    def share(value: float | None) -> str:
        return "no gold" if value is None else f"{value:.1%}"

    return [
        ("Questions", f"{report.questions:,}", f"each in {orders:,} orders of its votes"),
        ("Votes", f"{report.mean_votes:.2f}", "mean, until the answer was settled"),
        (
            "Votes saved",
            f"{report.votes_saved:.2f}",
            f"mean, of {max_votes} ({percent(report.votes_saved / max_votes)})",
        ),
        ("Waves", f"{report.mean_waves:.2f}", f"mean; 95% needed at most {report.p95_waves}"),
        (
            "Agreement",
            share(report.agreement_with_full),
            "runs whose answer is that of all the votes",
        ),
        ("Accuracy", share(report.accuracy), "runs whose answer is the gold one"),
        ("Accuracy, all votes", share(report.accuracy_full), "questions, with every vote counted"),
        (
            "Calibration error",
            "no gold" if report.ece is None else f"{report.ece:.3f}",
            "stated probability against truth, 10 bins",
        ),
    ]
