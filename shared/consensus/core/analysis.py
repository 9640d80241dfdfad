"""A prompt -> a plan, by rules, in well under a millisecond and without a model.

What kind of answer is expected tells how answers are compared; how hard the prompt looks tells how
long the panel gets. What the caller asked for always wins.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from enum import StrEnum

from consensus.core.equivalence.exact import listed_options
from consensus.core.errors import InvalidTask
from consensus.core.model import Complexity, Message, Options, Plan, Strategy, Voting

MIN_VOTES, MAX_VOTES, MOST_VOTES = 3, 15, 64
TIMEOUT = {Complexity.LOW: 60.0, Complexity.MEDIUM: 120.0, Complexity.HIGH: 180.0}  # seconds
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = 5.0, 540.0
TOLERANCE = 1e-6
READ = 20_000  # characters of a prompt that the rules look at


class Kind(StrEnum):
    """What a prompt asks for."""

    OPTION = "one of the listed options"
    NUMBER = "a number"
    YES_NO = "yes or no"
    CODE = "code or a value that code gives"
    TRANSLATION = "a translation"
    FACT = "a short fact"
    TEXT = "open text"


_COMPARED = {
    Kind.OPTION: Strategy.EXACT,
    Kind.NUMBER: Strategy.NUMERIC,
    Kind.YES_NO: Strategy.EXACT,
    Kind.CODE: Strategy.EXACT,
    Kind.TRANSLATION: Strategy.SEMANTIC,
    Kind.FACT: Strategy.SEMANTIC,
    Kind.TEXT: Strategy.SEMANTIC,
}
_AGREEMENT = {Strategy.EXACT: 0.6, Strategy.NUMERIC: 0.6, Strategy.SEMANTIC: 0.6}

_RULES: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (Kind.TRANSLATION, r"\btranslat(?:e|ion)\b|\b(?:into|in) (?:french|german|spanish|english|italian|chinese|japanese|russian|portuguese|arabic|korean)\b[\s.:]*$|how do you say\b"),
        (Kind.CODE, r"```|\bdef \w+\(|\bassert\b.*==|\b(?:output|result|return(?:s|ed)?|print(?:s|ed)?)\b.*\b(?:code|program|function|snippet|expression|script)\b|\b(?:code|program|function|snippet|script)\b.*\b(?:output|print|return|evaluate)|\b(?:sort|list|json)\b.*\b(?:as a|as an?) (?:json|python)"),
        (Kind.TEXT, r"^\s*(?:please )?(?:write|compose|draft|discuss|describe|explain|summari[sz]e|compare|outline|argue|suggest|give (?:me )?(?:advice|tips|an overview)|tell me about|why\b|how (?:do|does|did|can|could|should|would|to)\b)|\b(?:essay|paragraph|poem|story|in one sentence|in your own words|pros and cons)\b"),
        (Kind.NUMBER, r"\bhow (?:many|much|long|old|far|tall|fast|big|heavy|deep|high|wide|large|often)\b|\b(?:calculate|compute|evaluate|simplify|solve|multiply|divide|subtract|convert|round|estimate)\b|\b(?:sum|product|difference|quotient|average|mean|median|total|area|perimeter|volume|probability|percentage|percent|square root|remainder|value|speed|distance|cost|price|profit|number|length|width|height|ratio|derivative|integral|factorial) (?:of|is|was|does|do|will|did)\b|\d\s*%|\d\s*[-+*/×÷^=]\s*\d|\bwhat (?:is|'s|are)\s+[-(\d$√]|\bfind the (?:value|sum|number|area|smallest|largest|least|greatest|remainder|product|ratio|length|probability)"),
        (Kind.YES_NO, r"^\s*(?:is|are|was|were|does|do|did|can|could|will|would|should|has|have|had|may|must)\b[^\n]*\?\s*(?:\(?(?:answer )?(?:yes|no|true|false)\b.*)?$|\b(?:yes or no|true or false|yes/no|true/false)\b"),
        (Kind.FACT, r"\b(?:who|whom|whose|when|where|which|what|name)\b"),
    )
)  # fmt: skip
_SEVERAL_STEPS = re.compile(
    r"\b(?:prove|derive|step by step|if .* then|each|every|after|before|remaining|total|altogether|"
    r"integral|matrix|polynomial|triangle|diagnos\w+|patient|optimal|algorithm)\b",
    re.IGNORECASE,
)


def analyse(
    messages: Sequence[Message], options: Options, max_cost_usd: float | None = None
) -> Plan:
    """The plan for a conversation. Raises InvalidTask for options out of range or in contradiction."""
    question = next((m.content for m in reversed(messages) if m.role == "user"), "")[:READ]
    kind, complexity = kind_of(question), complexity_of(question)
    strategy = options.strategy or _COMPARED[kind]
    low, high = _votes(options)
    chosen = "asked for" if options.strategy else f"the prompt asks for {kind}"
    return Plan(
        complexity=complexity,
        strategy=strategy,
        voting=options.voting or Voting.CONFIDENCE_WEIGHTED,
        min_votes=low,
        max_votes=high,
        min_agreement=_within("min_agreement", options.min_agreement, 0.5, 1.0)
        or _AGREEMENT[strategy],
        timeout_seconds=_within(
            "timeout_seconds", options.timeout_seconds, SHORTEST_TIMEOUT, LONGEST_TIMEOUT
        )
        or TIMEOUT[complexity],
        numeric_tolerance=_tolerance(options.numeric_tolerance),
        threshold_is_adaptive=options.min_agreement is None,
        max_cost_usd=max_cost_usd,
        reason=f"{strategy.value}: {chosen}; complexity {complexity.value}.",
    )


def kind_of(question: str) -> Kind:
    """What kind of answer a question expects."""
    if listed_options(question):
        return Kind.OPTION
    return next((kind for kind, rule in _RULES if rule.search(question)), Kind.TEXT)


def complexity_of(question: str) -> Complexity:
    """How hard a question looks: its length, and words that speak of several steps."""
    score = len(question) / 400 + 0.5 * len(set(_SEVERAL_STEPS.findall(question.casefold())))
    if score < 0.5:
        return Complexity.LOW
    return Complexity.MEDIUM if score < 2 else Complexity.HIGH


def _votes(options: Options) -> tuple[int, int]:
    """min_votes and max_votes; one that was not given follows the one that was."""
    low, high = options.min_votes, options.max_votes
    for name, value in (("min_votes", low), ("max_votes", high)):
        if value is not None and not 1 <= value <= MOST_VOTES:
            raise InvalidTask(f"{name} is {value}; give 1 to {MOST_VOTES}.")
    if low is not None and high is not None and low > high:
        raise InvalidTask(
            f"min_votes ({low}) is above max_votes ({high}); lower one, raise the other."
        )
    high = high or max(MAX_VOTES, low or 0)
    return low or min(MIN_VOTES, high), high


def _within(name: str, value: float | None, low: float, high: float) -> float | None:
    if value is not None and not low <= value <= high:
        raise InvalidTask(f"{name} is {value}; give {low:g} to {high:g}.")
    return value


def _tolerance(value: float | None) -> float:
    if value is None:
        return TOLERANCE
    if not (math.isfinite(value) and value >= 0):
        raise InvalidTask(f"numeric_tolerance is {value}; give 0 or more.")
    return value
