"""The ruler that puts another answer into a sentence."""

from __future__ import annotations

import random

from benchmarks.equivalence import Judged
from benchmarks.renamed import measure, renamed

PAIRS = (
    Judged("Who wrote Emma?", ("Jane Austen",), "Emma was written by Jane Austen.", True),
    Judged("Who wrote Dune?", ("Frank Herbert",), "Frank Herbert", True),
    Judged("Which novel is by Jane Austen?", ("Jane Austen",), "It is by Jane Austen.", True),
)


def test_another_answer_stands_in_the_sentence() -> None:
    """Not in a bare answer, nor for what the question says itself."""
    sentences = {s for n in range(20) for _, s in renamed(PAIRS, random.Random(n))}
    assert sentences == {"Emma was written by Frank Herbert."}


def test_what_joins_is_counted() -> None:
    """The engine keeps the two writers apart."""
    seed = next(n for n in range(20) if list(renamed(PAIRS, random.Random(n))))
    assert measure(PAIRS, 10, seed, show=False) == {"tried": 1, "joined": 0.0}
