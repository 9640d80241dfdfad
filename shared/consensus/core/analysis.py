"""A prompt -> a plan, by rules, in a millisecond and without a model.

What kind of answer is expected tells how answers are compared; how hard the prompt looks tells how
long the panel gets. Where it is opted for, a model's advice (`advice`) takes the place of the
rules. What the caller asked for always wins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from consensus.core.errors import InvalidTask
from consensus.core.kind import Kind, complexity_of, kind_of
from consensus.core.model import (
    Complexity,
    Format,
    FormatKind,
    Message,
    Options,
    Plan,
    Strategy,
    Voting,
    question_of,
)
from consensus.core.question import is_about_code

MIN_VOTES, MAX_VOTES, MOST_VOTES = 3, 15, 64
MIN_AGREEMENT = 0.6
# A text is chosen, not counted: a few of them show which one the others support, and how far.
MAX_TEXTS, MIN_SUPPORT = 5, 0.5
TIMEOUT = {Complexity.LOW: 60.0, Complexity.MEDIUM: 120.0, Complexity.HIGH: 180.0}  # seconds
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = 5.0, 540.0  # seconds
TOLERANCE = 1e-6  # relative

_COMPARED = {
    Kind.JSON: Strategy.STRUCTURED,
    Kind.OPTION: Strategy.EXACT,
    Kind.YES_NO: Strategy.EXACT,
    Kind.NUMBER: Strategy.NUMERIC,
    Kind.LETTERS: Strategy.EXACT,
    Kind.CODE: Strategy.EXACT,
    Kind.TRANSLATION: Strategy.TEXT,
    Kind.FACT: Strategy.SEMANTIC,
    Kind.TEXT: Strategy.TEXT,
}


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a prompt seems to need; the caller's own options come before all of it."""

    kind: Kind
    strategy: Strategy
    complexity: Complexity
    timeout_seconds: float
    min_votes: int = MIN_VOTES
    max_votes: int = MAX_VOTES
    min_agreement: float = MIN_AGREEMENT
    numeric_tolerance: float = TOLERANCE


def analyse(
    messages: Sequence[Message],
    options: Options,
    max_cost_usd: float | None = None,
    advice: Analysis | None = None,
) -> Plan:
    """The plan for a conversation, by rules where there is no advice.

    Raises InvalidTask for options out of range or contradictory.
    """
    found = advice or _by_rules(messages)
    strategy = _strategy(options, found)
    if strategy is Strategy.TEXT:
        votes = max(found.min_votes, min(found.max_votes, MAX_TEXTS))
        found = replace(found, max_votes=votes, min_agreement=MIN_SUPPORT)
    low, high = _votes(options, found)
    agreement = _within("min_agreement", options.min_agreement, 0.5, 1.0)
    seconds = _within("timeout_seconds", options.timeout_seconds, SHORTEST_TIMEOUT, LONGEST_TIMEOUT)
    tolerance = _within("numeric_tolerance", options.numeric_tolerance, 0.0, math.inf)
    chosen = options.strategy or options.format
    why = "the caller chose it" if chosen else f"the prompt asks for {found.kind}"
    return Plan(
        complexity=found.complexity,
        strategy=strategy,
        voting=options.voting or Voting.CONFIDENCE_WEIGHTED,
        min_votes=low,
        max_votes=high,
        min_agreement=found.min_agreement if agreement is None else agreement,
        timeout_seconds=found.timeout_seconds if seconds is None else seconds,
        numeric_tolerance=found.numeric_tolerance if tolerance is None else tolerance,
        threshold_is_adaptive=agreement is None,
        max_cost_usd=max_cost_usd,
        format=options.format,
        compose=options.compose if strategy is Strategy.TEXT else None,
        derived=strategy is Strategy.STRUCTURED and _is_derived(messages, options.format),
        reason=f"{strategy.value}: {why}; complexity {found.complexity.value}.",
    )


def _strategy(options: Options, found: Analysis) -> Strategy:
    """Raises InvalidTask where JSON is wanted and would be compared as something else."""
    if options.format is None:
        return options.strategy or found.strategy
    if options.strategy not in (None, Strategy.STRUCTURED):
        raise InvalidTask(
            "JSON is wanted, which is compared part by part: make strategy structured, or leave it"
            " out."
        )
    return Strategy.STRUCTURED


def _is_derived(messages: Sequence[Message], wanted: Format | None) -> bool:
    """Whether the parts of an answer follow from one another, so that their errors go together.

    A call's arguments do, and what code gives; what is extracted or labelled does not. Measured:
    composing extracted records part by part gains 10 to 16 points of F1, and loses one to three of
    computed lists.
    """
    if wanted is not None and wanted.kind is FormatKind.TOOLS:
        return True
    return is_about_code(question_of(messages))


def _by_rules(messages: Sequence[Message]) -> Analysis:
    """What the last user message needs, as far as its words tell."""
    question = question_of(messages)
    kind, complexity = kind_of(question), complexity_of(question)
    return Analysis(kind, _COMPARED[kind], complexity, TIMEOUT[complexity])


def _votes(options: Options, found: Analysis) -> tuple[int, int]:
    """min_votes and max_votes; one that was not given follows the one that was."""
    low, high = options.min_votes, options.max_votes
    _within("min_votes", low, 1, MOST_VOTES)
    _within("max_votes", high, 1, MOST_VOTES)
    if low is not None and high is not None and low > high:
        raise InvalidTask(
            f"min_votes ({low}) is above max_votes ({high}): lower it, or raise that."
        )
    high = high or max(found.max_votes, low or 0)
    return low or min(found.min_votes, high), high


def _within(name: str, value: float | None, low: float, high: float) -> float | None:
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        bounds = f"{low:g} to {high:g}" if math.isfinite(high) else f"{low:g} or more"
        raise InvalidTask(f"{name} is {value}; give {bounds}.")
    return value
