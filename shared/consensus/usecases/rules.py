"""Published stopping rules, from their papers, to compare with: how many votes to draw next.

A rule sees the answers drawn so far, as numbers of their groups, and how many may be drawn in all;
it says how many to draw next, 0 to stop. It knows nothing of weights, quorums or priors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from consensus.core.confidence import beta_posterior

Rule = Callable[[Sequence[int], int], int]

POSTERIOR = 0.95  # Adaptive-Consistency's threshold
WINDOW = 5  # ESC's
LEAD = 3  # what ConSol's sequential ratio test comes to with its published parameters


def two_first(answers: Sequence[int]) -> tuple[int, int]:
    """How often the leading answer came, and the one after it."""
    counts = [times for _, times in Counter(answers).most_common(2)]
    leader, runner_up = (*counts, 0, 0)[:2]
    return leader, runner_up


def adaptive_consistency(answers: Sequence[int], most: int) -> int:
    """One at a time until the Beta posterior is sure (Aggarwal et al., EMNLP 2023)."""
    del most
    return 0 if beta_posterior(*two_first(answers)) >= POSTERIOR else 1


def adaptive_consistency_in_waves(answers: Sequence[int], most: int) -> int:
    """The same, drawing at once as many as would end it if they all agreed (as ConSol does)."""
    leader, runner_up = two_first(answers)
    left = most - len(answers)
    return next(
        (more for more in range(left) if beta_posterior(leader + more, runner_up) >= POSTERIOR),
        left,
    )


def esc(answers: Sequence[int], most: int) -> int:
    """Windows of five until one is unanimous (Li et al., ICLR 2024)."""
    del most
    window = answers[-WINDOW:]
    return 0 if len(window) == WINDOW and len(set(window)) == 1 else WINDOW


def sprt(answers: Sequence[int], most: int) -> int:
    """ConSol's sequential probability ratio test (2025), in its own waves."""
    del most
    leader, runner_up = two_first(answers)
    return max(0, LEAD - (leader - runner_up))


def fixed(votes: int) -> Rule:
    """Self-consistency (Wang et al., 2022): that many at once."""
    return lambda answers, most: max(0, votes - len(answers))


RULES: Mapping[str, Rule] = {
    "adaptive-consistency": adaptive_consistency,
    "adaptive-consistency-waves": adaptive_consistency_in_waves,
    "esc": esc,
    "sprt": sprt,
}


def named(name: str) -> Rule | None:
    """The rule of this name, also fixed-N; None where there is none."""
    kind, _, number = name.partition("-")
    if kind == "fixed" and number.isascii() and number.isdigit() and 0 < int(number) <= 1000:
        return fixed(int(number))
    return RULES.get(name)


def drawn(answers: Sequence[int], rule: Rule, most: int) -> tuple[int, int]:
    """How many of the answers the rule draws, at most that many, and in how many waves."""
    most = min(most, len(answers))
    votes = waves = 0
    while votes < most:
        more = min(rule(answers[:votes], most), most - votes)
        if more <= 0:
            break
        votes, waves = votes + more, waves + 1
    return votes, waves
