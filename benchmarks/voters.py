"""What are weights worth that nobody's gold taught? python -m benchmarks.voters FILE.jsonl

A few votes of each recorded question are drawn and counted: each as one, weighed by what was
learned without gold on other questions, and, for a mark, by weights fitted with their gold.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from consensus.cli.recordings import BadRecording, read_recordings
from consensus.core.gold import is_right
from consensus.core.model import Plan, Reading, Vote, VoterWeight
from consensus.core.reliability import HEAVIEST, LIGHTEST, Division, learn
from consensus.core.tally import Tally, tally_votes
from consensus.readers import answer
from consensus.usecases.replay import Recording, plan_for

Weights = tuple[VoterWeight, ...]
WAYS_TO_ERR = 3.0  # best of 1, 3 and 8 for the weights fitted with gold


@dataclass(frozen=True, slots=True)
class Question:
    """One recorded question with gold."""

    recording: Recording
    plan: Plan

    @property
    def votes(self) -> list[Vote]:
        """Its votes, each by its model."""
        told = [v for v in self.recording.votes if v.answer.strip()]
        return [Vote(n, self._reading(v.answer), v.model) for n, v in enumerate(told)]

    def _reading(self, said: str) -> Reading:
        value = answer.read(said, self.recording.prompt, self.plan.strategy)
        return Reading(said, said, value=value)

    def tally(self, votes: Sequence[Vote], weights: Weights = ()) -> Tally:
        """The tally of some of its votes."""
        return tally_votes(votes, replace(self.plan, voter_weights=weights))

    def is_right(self, said: str) -> bool:
        """Whether the answer is the gold one, by the letter and by value; never by the engine."""
        return is_right(said, self.recording.gold or "")


def measure(questions: Sequence[Question], size: int, draws: int, seed: int) -> dict[str, float]:
    """The share of right answers by each way to count, over two halves that teach each other."""
    dice = random.Random(seed)  # noqa: S311  not a secret
    shuffled = dice.sample(questions, len(questions))
    half = len(shuffled) // 2
    right: dict[str, list[bool]] = defaultdict(list)
    for taught, teaching in (
        (shuffled[:half], shuffled[half:]),
        (shuffled[half:], shuffled[:half]),
    ):
        ways: dict[str, Weights] = {
            "each vote as one": (),
            f"learned from {size} votes a question": learn(_divisions(teaching, size, dice)),
            "learned from all votes": learn(_divisions(teaching, 64, dice)),
            "fitted with gold": _fitted(teaching),
        }
        for question in taught:
            for _ in range(draws):
                votes = dice.sample(question.votes, min(size, len(question.votes)))
                for way, weights in ways.items():
                    leader = question.tally(votes, weights).leader
                    right[way].append(leader is not None and question.is_right(leader.answer))
    return {way: fmean(told) for way, told in right.items()}


def _divisions(questions: Sequence[Question], size: int, dice: random.Random) -> list[Division]:
    drawn = [(q, dice.sample(q.votes, min(size, len(q.votes)))) for q in questions]
    return [[group.voters for group in q.tally(votes).groups] for q, votes in drawn]


def _fitted(questions: Sequence[Question]) -> Weights:
    """Log-odds of each model's accuracy, within the bounds of those that are learned."""
    right: dict[str, list[bool]] = defaultdict(list)
    for question in questions:
        for group in question.tally(question.votes).groups:
            for voter in group.voters:
                right[voter].append(question.is_right(group.answer))
    odds = {v: (sum(told) + 1) / (len(told) - sum(told) + 1) for v, told in right.items()}
    logs = {voter: math.log(WAYS_TO_ERR * ratio) for voter, ratio in odds.items()}
    mean = fmean(logs.values())
    return tuple(
        VoterWeight(voter, min(HEAVIEST, max(LIGHTEST, log / mean)))
        for voter, log in sorted(logs.items())
    )


def main() -> int:
    """Print a line for each way to count; exit code 2 for a file that cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="recorded votes with model and gold")
    parser.add_argument("--votes", type=int, default=5, help="votes drawn of a question")
    parser.add_argument("--draws", type=int, default=5, help="draws of each question")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    try:
        recordings = read_recordings(options.file)
    except BadRecording as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    questions = [Question(r, plan_for(r, 64)) for r in recordings if r.gold is not None]
    for way, accuracy in measure(questions, options.votes, options.draws, options.seed).items():
        print(f"{way:<36}{accuracy:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
