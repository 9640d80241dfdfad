"""Answers as workers read them."""

from __future__ import annotations

from consensus.core.model import Format, Leaf, Reading, Strategy
from consensus.core.values import Value
from consensus.readers import answer, leaves


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


async def leaves_of(final: str, question: str, wanted: Format | None) -> tuple[Leaf, ...]:
    """A worker's reader of a JSON answer's texts, in this process."""
    return tuple(leaves.read(final, question, wanted))


async def value_of(final: str, question: str, strategy: Strategy) -> Value:
    """A worker's reader, in this process."""
    return answer.read(final, question, strategy)
