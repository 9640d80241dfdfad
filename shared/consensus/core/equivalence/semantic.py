"""Semantic comparison: cheap evidence first, contradictions that block, vectors as one signal.

The cosine of sentence vectors alone merges opposites ("safe" and "not safe" are near) and splits
friends, so it only ever adds to what the words say.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

from consensus.core.equivalence.exact import normal_form
from consensus.core.model import Reading

THRESHOLD = 0.5
WEIGHTS = {"f1": 0.45, "contained": 0.6, "cosine": 0.75}

_TOKEN = re.compile(r"\w+(?:[.,]\d+)*")
_STOP = frozenset(
    ["a", "an", "the", "is", "are", "was", "were", "be", "been", "it", "its", "this", "that", "these", "those", "of", "to", "in", "on", "at", "by", "for", "with", "and", "or", "as", "do", "does", "did", "has", "have", "had", "he", "she", "they", "his", "her", "their", "i", "you", "we", "there", "which", "who", "what"]
)
_NEGATIONS = frozenset(
    ["not", "no", "never", "none", "neither", "nor", "cannot", "without", "isn't", "aren't", "n't", "nothing"]
)
_OPPOSITES = {
    frozenset(pair.split("/"))
    for pair in ["increase/decrease", "increased/decreased", "increases/decreases", "rise/fall", "rose/fell", "up/down", "more/less", "higher/lower", "safe/unsafe", "safe/dangerous", "legal/illegal", "true/false", "yes/no", "before/after", "north/south", "east/west", "left/right", "hot/cold", "positive/negative", "accept/reject", "accepted/rejected", "win/lose", "won/lost", "pass/fail", "passed/failed", "buy/sell", "male/female", "good/bad", "better/worse", "large/small", "larger/smaller", "first/last", "possible/impossible"]
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is compared of an answer. content are its words that the question did not supply."""

    words: tuple[str, ...]
    content: frozenset[str]
    numbers: frozenset[str]
    negated: bool
    names: frozenset[str]
    vector: bytes
    embedder: str


def meaning_of(reading: Reading, question: str) -> Meaning:
    """Read an answer in the light of its question."""
    words = tuple(_TOKEN.findall(normal_form(reading.final)))
    asked = frozenset(_TOKEN.findall(question.casefold()))
    telling = frozenset(words) - _STOP
    raw = _TOKEN.findall(reading.final)
    names = frozenset(w.casefold() for w in raw[1:] if w[:1].isupper()) - _STOP - asked
    return Meaning(
        words=words,
        content=(telling - asked) or telling,
        numbers=frozenset(w for w in words if w[0].isdigit()),
        negated=_negated(reading.final),
        names=names,
        vector=reading.vector,
        embedder=reading.embedder,
    )


def same(one: Meaning, other: Meaning) -> bool:
    """Whether the evidence for one meaning outweighs, with nothing that contradicts it."""
    return not contradict(one, other) and score(one, other) >= THRESHOLD


def contradict(one: Meaning, other: Meaning) -> bool:
    """What no nearness of words may overcome: opposites, negation, other numbers."""
    if one.negated != other.negated:
        return True
    if (
        one.numbers
        and other.numbers
        and not (one.numbers <= other.numbers or other.numbers <= one.numbers)
    ):
        return True
    ours, theirs = one.content - other.content, other.content - one.content
    return any(frozenset((a, b)) in _OPPOSITES for a in ours for b in theirs)


def score(one: Meaning, other: Meaning) -> float:
    """Evidence, 0 and up, that two answers mean the same; symmetric."""
    found = features(one, other)
    return sum(WEIGHTS[name] * value for name, value in found.items())


def features(one: Meaning, other: Meaning) -> dict[str, float]:
    """f1 of words, whether one's telling words are all in the other, and how near the vectors are."""
    return {
        "f1": _f1(one.content, other.content),
        "contained": float(_contained(one, other)),
        "cosine": max(0.0, _cosine(one, other) - 0.5),
    }


def _contained(one: Meaning, other: Meaning) -> bool:
    small, large = sorted((one.content, other.content), key=lambda c: (len(c), sorted(c)))
    return bool(small) and small <= large


def _f1(a: frozenset[str], b: frozenset[str]) -> float:
    return 2.0 * len(a & b) / (len(a) + len(b)) if a or b else 0.0


def _cosine(one: Meaning, other: Meaning) -> float:
    """The cosine of two vectors of one embedder; 0 where they cannot be compared."""
    comparable = one.embedder == other.embedder and len(one.vector) == len(other.vector)
    if not comparable or not one.vector or len(one.vector) % 4:
        return 0.0
    a, b = (np.frombuffer(m.vector, "<f4").astype(np.float64) for m in (one, other))
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    cosine = float(a @ b) / scale if scale > 0 else 0.0
    return cosine if math.isfinite(cosine) else 0.0


def _negated(text: str) -> bool:
    words = Counter(re.findall(r"[\w']+", text.casefold().replace("’", "'")))
    count = sum(n for word, n in words.items() if word in _NEGATIONS or word.endswith("n't"))
    return count % 2 == 1
