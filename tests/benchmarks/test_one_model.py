"""Synthetic questions of one model: published rules do on them what they do on recorded ones."""

from __future__ import annotations

from statistics import fmean

import pytest

from benchmarks.one_model import KINDS, VOTES, questions
from consensus.usecases.rules import RULES, drawn


@pytest.mark.parametrize(
    ("kind", "count", "rule", "votes"),
    [
        ("maths", 1318, "adaptive-consistency-waves", 6.24),
        ("maths", 1318, "esc", 9.27),
        ("maths", 1318, "sprt", 4.01),
        ("medical", 1273, "adaptive-consistency-waves", 8.05),
        ("medical", 1273, "esc", 10.98),
        ("medical", 1273, "sprt", 4.40),
    ],
)
def test_published_rules_draw_as_many_votes(kind: str, count: int, rule: str, votes: float) -> None:
    """Within chance: one order of each question's votes."""
    taken = []
    for question in questions(KINDS[kind], seed=1):
        answers = [vote["answer"] for vote in question["votes"]]
        names = {answer: number for number, answer in enumerate(dict.fromkeys(answers))}
        assert len(answers) == VOTES
        taken.append(drawn([names[a] for a in answers], RULES[rule], VOTES)[0])
    assert len(taken) == count
    assert fmean(taken) == pytest.approx(votes, rel=0.06)


def test_a_seed_gives_the_same_questions_again() -> None:
    """And another seed others."""
    medical = KINDS["medical"]
    assert list(questions(medical, 3)) == list(questions(medical, 3))
    assert list(questions(medical, 3)) != list(questions(medical, 4))
