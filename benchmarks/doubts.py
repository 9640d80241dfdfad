"""What asking a model about answers in doubt costs and saves: python -m benchmarks.doubts [FILE]

Panels vote, and an adjudicator of known honesty decides what is in doubt, as live tasks do it.
Without a file the panels are the demo's: its lines, as likely as they are, and its word on which
mean the same. FILE holds judged pairs as benchmarks.equivalence takes them, each a panel of its
own: of two equivalent answers either is as likely, of two others the first twice as likely, and
right.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean

from benchmarks.equivalence import read as read_pairs
from benchmarks.equivalence import voted
from consensus.core.analysis import analyse
from consensus.core.events import BallotCast, Event, Taken, VerdictsGiven
from consensus.core.lifecycle import advance
from consensus.core.model import (
    Doubt,
    Finding,
    Message,
    Options,
    Outcome,
    Reading,
    State,
    Strategy,
    Task,
    Usage,
    Verdict,
    Vote,
)
from consensus.demo.tasks import TASKS

NOW = datetime(2000, 1, 1, tzinfo=UTC)  # any moment: nothing here takes time
MAX_VOTES = 15


@dataclass(frozen=True, slots=True)
class Panel:
    """A question, its answers with their likelihoods, and what each of them means.

    right is the meaning of the right answer.
    """

    question: str
    answers: tuple[tuple[str, float], ...]
    meanings: dict[str, int]
    right: int


Adjudicator = Callable[[bool, random.Random], Finding]


def _errs(share: float) -> Adjudicator:
    def finding(same: bool, dice: random.Random) -> Finding:
        said = same != (dice.random() < share)
        return Finding.SAME if said else Finding.DIFFERENT

    return finding


ADJUDICATORS: dict[str, tuple[int | None, Adjudicator]] = {
    "none": (0, _errs(0.0)),
    "never wrong": (None, _errs(0.0)),
    "wrong one time in ten": (None, _errs(0.1)),
    "wrong three times in ten": (None, _errs(0.3)),
    "a coin": (None, _errs(0.5)),
    "says same of all": (None, lambda *_: Finding.SAME),
    "says different of all": (None, lambda *_: Finding.DIFFERENT),
    "says nothing": (None, lambda *_: Finding.UNKNOWN),
}


def main() -> int:
    """Print a table; 2 for a file that cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, nargs="?", help="judged pairs; none: the demo panel")
    parser.add_argument("--strategy", default="auto", choices=["auto", *Strategy])
    parser.add_argument("--runs", type=int, default=5, help="panels drawn of each question")
    parser.add_argument("--adjudications", type=int, default=6, help="pairs a task, as the setting")
    options = parser.parse_args()
    try:
        panels = _of_pairs(options.file) if options.file else _of_the_demo()
    except (OSError, ValueError) as error:
        print(f"error: {options.file}: {error}", file=sys.stderr)
        return 2
    strategy = None if options.strategy == "auto" else Strategy(options.strategy)
    print(f"{len(panels)} panels, {options.runs} runs each")
    names = ("votes", "asked", "calls", "consensus", "right", "mixed")
    print(f"{'adjudicator':26}" + "".join(f"{name:>11}" for name in names))
    for name, (cap, adjudicator) in ADJUDICATORS.items():
        pairs = options.adjudications if cap is None else cap
        runs = [
            _run(panel, adjudicator, strategy, pairs, f"{number}/{run}")
            for number, panel in enumerate(panels)
            for run in range(options.runs)
        ]
        means = [fmean(getattr(run, field) for run in runs) for field in names]
        print(f"{name:26}" + "".join(f"{mean:11.3f}" for mean in means))
    return 0


@dataclass(frozen=True, slots=True)
class Run:
    """What one task came to: its votes, its calls about doubts, and all of its calls.

    right: a consensus on the right answer. mixed: the leading group holds different meanings.
    """

    votes: int
    asked: int
    calls: int
    consensus: bool
    right: bool
    mixed: bool


def _run(
    panel: Panel, adjudicator: Adjudicator, strategy: Strategy | None, pairs: int, salt: str
) -> Run:
    """One task's life; its votes are drawn alike for every adjudicator."""
    votes, verdicts = (random.Random(f"{salt}/{what}") for what in ("votes", "verdicts"))  # noqa: S311
    said, likely = zip(*panel.answers, strict=True)
    task, asked = _task(panel, strategy, pairs), 0
    meant: list[int] = []  # by each seat
    meanings: dict[str, int] = {}  # of answers as they were read
    while task.state is not State.DONE:
        event: Event
        if task.open_doubts:
            truth = [meanings[d.one] == meanings[d.other] for d in task.open_doubts]
            findings = [adjudicator(same, verdicts) for same in truth]
            if adjudicator(False, verdicts) is Finding.SAME:
                findings = [Finding.UNKNOWN for _ in truth]
            event, asked = _verdicts(task.open_doubts, findings), asked + 1
        elif task.progress.missing:
            (answer,) = votes.choices(said, likely)
            reading = _reading(answer, task)
            event = BallotCast(Vote(len(meant), reading, usage=Usage(calls=1)))
            meant.append(panel.meanings[answer.strip()])
            meanings[reading.final.strip()] = meant[-1]
        else:
            event = Taken("benchmark")
        task = advance(task, event, NOW).task
    return _summed(task, panel, meant, asked)


def _task(panel: Panel, strategy: Strategy | None, pairs: int) -> Task:
    asked = (Message("user", panel.question),)
    plan = analyse(asked, Options(strategy=strategy, max_votes=MAX_VOTES), None)
    plan = replace(plan, adjudications=pairs)
    return Task("t", "benchmark", asked, plan, NOW, NOW + timedelta(seconds=60))


def _reading(answer: str, task: Task) -> Reading:
    """As a worker reads it; the whole text where it finds no answer in it."""
    told = json.dumps({"answer": answer}, ensure_ascii=False)
    return voted(told, task.question, task.plan.strategy) or Reading(answer, answer)


def _verdicts(doubts: Sequence[Doubt], findings: Sequence[Finding]) -> VerdictsGiven:
    costs = (Usage(calls=1), *(Usage() for _ in doubts[1:]))
    told = zip(doubts, findings, costs, strict=True)
    return VerdictsGiven(tuple(Verdict(d.number, finding, cost) for d, finding, cost in told))


def _summed(task: Task, panel: Panel, meant: Sequence[int], asked: int) -> Run:
    assert task.result is not None
    leading = {meant[seat] for seat in task.result.groups[0].seats}
    agreed = task.result.outcome is Outcome.CONSENSUS
    return Run(
        task.progress.voted,
        asked,
        task.usage.calls,
        consensus=agreed,
        right=agreed and leading == {panel.right},
        mixed=len(leading) > 1,
    )


def _of_the_demo() -> list[Panel]:
    return [
        Panel(
            task.prompt,
            tuple((line.answer, line.likelihood) for line in task.lines),
            {
                line.answer.strip(): max(0, place - task.alike + 1)
                for place, line in reversed(tuple(enumerate(task.lines)))
            },
            right=0,
        )
        for task in TASKS
    ]


def _of_pairs(file: Path) -> list[Panel]:
    return list(_panels(file))


def _panels(file: Path) -> Iterator[Panel]:
    for pair in read_pairs(file):
        one, other = pair.aliases[0].strip(), pair.answer.strip()
        if one != other:
            weights = (1.0, 1.0) if pair.equivalent else (2.0, 1.0)
            answers = tuple(zip((one, other), weights, strict=True))
            yield Panel(pair.question, answers, {one: 0, other: 0 if pair.equivalent else 1}, 0)


if __name__ == "__main__":
    raise SystemExit(main())
