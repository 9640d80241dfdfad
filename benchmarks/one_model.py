"""One model asked forty times a question, synthetic: python -m benchmarks.one_model KIND > FILE

How the forty votes of a question divide is taken from the tables below, and nothing else is known
of such questions here. The tables were chosen so that the published stopping rules come out on them
as they do on recorded votes of gpt-4o-mini for grade-school maths (GSM8K, 1,318 questions) and
medical multiple choice (MedQA, 1,273): votes and agreement of Adaptive-Consistency, ESC and SPRT at
several thresholds, and of fixed numbers of votes, within rounding. Many other tables would do as
well. Answers and their order are drawn by the seed; so is which of them is right, as often as on
those questions for so united a vote.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

VOTES = 40


class Answered(TypedDict):
    """One recorded vote."""

    answer: str


class Question(TypedDict):
    """A line of a recording."""

    id: int
    strategy: str
    gold: str
    votes: list[Answered]


@dataclass(frozen=True, slots=True)
class Kind:
    """How many questions have which division of their votes, the leader first; what rests is ones.

    right maps the leader's least votes to how often it is then right.
    """

    strategy: str
    divisions: Sequence[tuple[int, tuple[int, ...]]]
    right: Mapping[int, float]


KINDS: Mapping[str, Kind] = {
    "maths": Kind(
        "numeric",
        (
            *((850, (40,)), (4, (39,)), (36, (38, 2)), (12, (38,)), (1, (37, 2)), (32, (37,))),
            *((45, (36, 4)), (7, (36, 3)), (4, (36, 2)), (10, (36,)), (12, (35, 5)), (3, (35, 4))),
            *((9, (35, 2)), (18, (35,)), (45, (34, 5)), (1, (34,)), (84, (33, 2, 2)), (2, (33,))),
            *((2, (31, 3)), (5, (26, 4, 4, 3)), (34, (25, 7, 4, 2)), (5, (23, 8, 4, 2))),
            *((2, (22, 9, 4, 2)), (6, (22, 6, 5, 3, 2)), (5, (20, 20)), (52, (20, 8, 5, 3, 2))),
            *((2, (16, 15, 4, 2)), (24, (15, 12, 6, 3, 2)), (3, (11, 6, 6, 6, 5, 3))),
            (3, (4, *[2] * 17)),
        ),
        {40: 0.98, 33: 0.96, 0: 0.62},
    ),
    "medical": Kind(
        "exact",
        (
            *((793, (40,)), (79, (39,)), (1, (38, 2)), (25, (36, 4)), (49, (31, 8))),
            *((3, (31, 7)), (15, (30, 10)), (83, (30, 9)), (28, (28, 12)), (55, (28, 11))),
            *((24, (27, 13)), (2, (26, 13)), (13, (26, 12)), (2, (22, 17)), (2, (21, 18))),
            *((4, (20, 20)), (55, (20, 17, 2)), (10, (16, 13, 9, 2)), (28, (15, 10, 10, 5))),
            (2, (14, 14, 11)),
        ),
        {39: 0.83, 28: 0.62, 0: 0.45},
    ),
}


def main() -> int:
    """Print a question a line, as consensus replay reads them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for question in questions(KINDS[options.kind], options.seed):
        print(json.dumps(question))
    return 0


def questions(kind: Kind, seed: int) -> Iterator[Question]:
    """Every question of the table once, in an order of the seed's."""
    rng = random.Random(seed)  # noqa: S311  not a secret
    divisions = [_whole(sizes) for times, sizes in kind.divisions for _ in range(times)]
    rng.shuffle(divisions)
    for number, sizes in enumerate(divisions):
        answers = _answers(kind, len(sizes) + 1, rng)
        votes = [a for a, times in zip(answers, sizes, strict=False) for _ in range(times)]
        rng.shuffle(votes)
        odds = next(p for least, p in kind.right.items() if sizes[0] >= least)
        gold = answers[0] if rng.random() < odds else answers[1]
        yield {
            "id": number,
            "strategy": kind.strategy,
            "gold": gold,
            "votes": [{"answer": answer} for answer in votes],
        }


def _whole(sizes: tuple[int, ...]) -> tuple[int, ...]:
    return (*sizes, *[1] * (VOTES - sum(sizes)))


def _answers(kind: Kind, count: int, rng: random.Random) -> list[str]:
    """Distinct answers: letters of five options, or whole numbers."""
    if kind.strategy == "exact":
        return rng.sample("ABCDE", count)
    return [str(number) for number in rng.sample(range(2, 500), count)]


if __name__ == "__main__":
    raise SystemExit(main())
