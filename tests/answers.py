"""Answers as workers read them."""

from __future__ import annotations

from consensus.core.model import Reading, Strategy
from consensus.core.values import Value
from consensus.readers import answer


def said(
    text: str,
    strategy: Strategy = Strategy.EXACT,
    question: str = "",
    confidence: float | None = None,
    probability: float | None = None,
) -> Reading:
    """A reading of this final answer, with its value."""
    value = answer.read(text, question, strategy)
    return Reading(text, text, confidence=confidence, probability=probability, value=value)


async def value_of(final: str, question: str, strategy: Strategy) -> Value:
    """A worker's reader, in this process."""
    return answer.read(final, question, strategy)
