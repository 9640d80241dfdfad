"""`consensus replay`: what recorded votes would have cost, and come to."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import track
from rich.table import Table

from consensus.cli import plots
from consensus.cli.exits import Exit
from consensus.cli.facts import percent
from consensus.cli.recordings import read_recordings
from consensus.cli.terminal import is_interactive, note
from consensus.codec import calibrations
from consensus.core.calibration import LEAST_TASKS
from consensus.core.errors import CallerError, ConfigurationError
from consensus.readers import answer, leaves
from consensus.usecases import replay as engine
from consensus.usecases import rules
from consensus.usecases.learning import Lessons, calibrated
from consensus.usecases.replay import Recording, Report
from consensus.usecases.rules import Rule


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for. rule is the name of a published one, "" for the engine."""

    orders: int = 20
    seed: int = 0
    max_votes: int = 15
    learn: bool = False
    weigh_voters: bool = True
    rule: str = ""
    plot: Path | None = None
    calibration: Path | None = None
    json_only: bool = False


def replay(file: Path, wanted: Wanted) -> int:
    """Replay the file and print its report. Raises CallerError."""
    rule = _rule(wanted)
    if wanted.plot:
        plots.require()  # before the work, not after it
    lessons = [Lessons(wanted.weigh_voters) for _ in range(wanted.orders)] if wanted.learn else []
    recordings = read_recordings(file, note)
    replayed = [
        engine.replay(
            recording,
            orders=wanted.orders,
            seed=wanted.seed,
            max_votes=wanted.max_votes,
            value=answer.read,
            leaves=leaves.read,
            lessons=lessons,
            rule=rule,
        )
        for recording in _with_progress(recordings)
    ]
    report = engine.summarise(replayed, wanted.max_votes)
    if wanted.plot:
        plots.save(replayed, wanted.plot)
    if wanted.calibration:
        _save(lessons, wanted.calibration)
    if wanted.json_only:
        print(json.dumps(dataclasses.asdict(report), indent=2))
    else:
        _print_table(report, wanted.orders, wanted.max_votes)
    return Exit.CONSENSUS


def _save(lessons: Sequence[Lessons], file: Path) -> None:
    """Write what the first order learned of being right.

    Raises NothingLearned, and ConfigurationError where the file cannot be written.
    """
    known = calibrated(lessons[0].ended) if lessons else {}
    if not known:
        raise NothingLearned(
            f"no {file}: a calibration takes --learn and {LEAST_TASKS} questions with gold"
        )
    try:
        file.write_text(calibrations.to_json(known), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot write {file}: {error.strerror}") from error


def _rule(wanted: Wanted) -> Rule | None:
    if not wanted.rule:
        return None
    rule = rules.named(wanted.rule)
    if rule is None:
        raise UnknownRule(f"no rule {wanted.rule!r}; give {', '.join(rules.RULES)} or fixed-N")
    if wanted.learn:
        raise UnknownRule("--learn teaches the engine; a published rule has nothing to learn")
    return rule


class NothingLearned(CallerError):
    """A calibration was asked for, and there is none to write."""

    reason = "NOTHING_LEARNED"
    usage = True


class UnknownRule(CallerError):
    """A --rule that there is not, or that does not fit the other options."""

    reason = "UNKNOWN_RULE"
    usage = True


def _with_progress(recordings: list[Recording]) -> Iterable[Recording]:
    return track(
        recordings,
        description="Replaying",
        console=Console(stderr=True),
        transient=True,
        disable=not is_interactive(sys.stderr),
    )


def _print_table(report: Report, orders: int, max_votes: int) -> None:
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

    by = {"gold": "gold, by the letter", "labels": "the votes' labels"}
    judged = " and ".join(by[name] for name in report.judged_by.split(" and ") if name)

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
        ("Accuracy", share(report.accuracy), f"runs whose answer is right by {judged or 'gold'}"),
        ("Accuracy, all votes", share(report.accuracy_full), "questions, with every vote counted"),
        (
            "Coverage",
            f"{report.coverage:.1%}",
            "runs to trust: a consensus, of which nothing warns",
        ),
        ("Accuracy, covered", share(report.accuracy_covered), "runs to trust that are right"),
        (
            "Calibration error",
            "no gold" if report.ece is None else f"{report.ece:.3f}",
            "stated probability against truth, 10 bins",
        ),
    ]
