"""Votes on texts: one of them, word for word, and what the others say to each of its sentences.

The text that the others support most is chosen, never one stitched together. A sentence's support
is how much of it the other answers say too, names and figures above all; an answer speaks to its
point where one of its sentences is about the same, and contradicts it where that one has another
name or figure in its place, or one of the two denies and the other does not. Who contradicts a
sentence does not share it, whatever words they have in common.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from consensus.core.parts.sentences import Sentence, sentences

SPECIFIC = 6.0  # what a name or a figure weighs, in words
CLOSENESS = 3.0  # a text that is close to one's own backs it more than several that are hardly
# How steeply support begins. That any other answer says a word tells best whether it is right; for
# an agreement of the whole it takes more of them.
SAID_BY_ONE, SAID_BY_MOST = 0.25, 0.7
ABOUT_THE_SAME = 0.5  # of two sentences' words in common: they speak to one point
SHORTEST_NAME = 4  # characters of a first word that may be a name, and no "The", "Das" or "She"
COVERED = 0.75  # of one sentence's words are in another: whether both deny tells them apart
MOST_HEARD = 24  # other answers that are asked what they say to a sentence's point
MOST_CHECKED = 100  # sentences that are looked at for contradiction, from the first


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence of the chosen text.

    support (0..1) is of what it says, by any of the other answers, shared how many of them say it;
    speak is how many of them speak to its point, contradict how many of those against it, and
    against what one of those says.
    """

    text: str
    support: float
    shared: float = 0.0
    speak: int = 0
    contradict: int = 0
    against: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The chosen text by number, how alike the others are to it (chrF, 0..1), and its sentences."""

    number: int
    likeness: float
    points: tuple[Point, ...]

    @property
    def support(self) -> float:
        """How many of the others say what it says: the mean of its sentences, by their length."""
        size = sum(len(point.text) for point in self.points)
        return sum(len(p.text) * p.shared for p in self.points) / size if size else 0.0


def choose(texts: Sequence[str], weights: Sequence[float]) -> Chosen:
    """The text that the others are most like; of equals, the first by its letters."""
    import numpy as np  # noqa: PLC0415  a tenth of what `ask` loads, and seldom used

    from consensus.core.parts.likeness import chrf  # noqa: PLC0415  numpy's

    alike = chrf(texts)
    np.fill_diagonal(alike, 0.0)
    backed = alike**CLOSENESS @ np.array(weights)
    number = min(range(len(texts)), key=lambda n: (-round(float(backed[n]), 9), texts[n]))
    others = [n for n in range(len(texts)) if n != number]
    total = sum(weights[n] for n in others)
    likeness = float(alike[number] @ np.array(weights)) / total if total > 0 else 0.0
    points = supported(
        sentences(texts[number]), [texts[n] for n in others], [weights[n] for n in others]
    )
    return Chosen(number, likeness, points)


def supported(
    told: Sequence[Sentence], others: Sequence[str], weights: Sequence[float]
) -> tuple[Point, ...]:
    """What other texts say to each of these sentences."""
    total = sum(weights)
    said_by = _said_by(others, weights)
    answers = [_answer(text) for text in others[:MOST_HEARD]]

    def without(numbers: Sequence[int], sentence: Sentence) -> Mapping[str, float]:
        """What the texts weigh that say each of its words, these texts left out."""
        if not numbers:
            return said_by
        gone = [(answers[n].having, weights[n]) for n in numbers]
        return {
            word: said_by.get(word, 0.0) - math.fsum(w for having, w in gone if word in having)
            for word in sentence.words
        }

    points = []
    for place, sentence in enumerate(told):
        heard = [answer.on(sentence) for answer in answers] if place < MOST_CHECKED else []
        against = [n for n, point in enumerate(heard) if point and _contradicts(sentence, point)]
        denying = [n for n in against if (point := heard[n]) and _opposes(sentence, point)]
        points.append(
            Point(
                sentence.text,
                _support(sentence, without(denying, sentence), total, SAID_BY_ONE),
                _support(sentence, without(against, sentence), total, SAID_BY_MOST),
                sum(point is not None for point in heard),
                len(against),
                min((point.text for n in against if (point := heard[n])), default=""),
            )
        )
    return tuple(points)


def _said_by(texts: Sequence[str], weights: Sequence[float]) -> Mapping[str, float]:
    """What the texts weigh that say each word."""
    said: dict[str, float] = defaultdict(float)
    for text, weight in sorted(zip(texts, weights, strict=True)):
        for word in frozenset().union(*(s.words for s in sentences(text))):
            said[word] += weight
    return said


def _support(
    sentence: Sentence, said_by: Mapping[str, float], total: float, steepness: float
) -> float:
    if not sentence.words or total <= 0:
        return 0.0
    weighed = {word: SPECIFIC if word in sentence.specific else 1.0 for word in sentence.words}
    said: float = sum(
        weighed[word] * min(1.0, max(0.0, said_by.get(word, 0.0)) / total) ** steepness
        for word in sorted(weighed)
    )
    return float(said / sum(weighed.values()))


@dataclass(frozen=True, slots=True)
class _Answer:
    """Another answer's sentences, found by their words."""

    told: tuple[Sentence, ...]
    having: Mapping[str, Sequence[int]]

    def on(self, sentence: Sentence) -> Sentence | None:
        """Its sentence that is about the same; None where it has none."""
        common: Counter[int] = Counter()
        for word in sentence.words:
            common.update(self.having.get(word, ()))
        near = [n for n, shared in common.items() if 4 * shared >= len(sentence.words)]
        if not near:
            return None

        def likeness(number: int) -> float:
            theirs = self.told[number].words
            return 2.0 * common[number] / (len(sentence.words) + len(theirs))

        best = min(near, key=lambda n: (-likeness(n), n))
        other = self.told[best]
        about = likeness(best) >= ABOUT_THE_SAME or _denied(sentence, other)
        return other if about else None


@lru_cache(maxsize=128)
def _answer(text: str) -> _Answer:
    """Cached, since each further vote is a further look at those before it."""
    told = sentences(text)
    having: dict[str, list[int]] = defaultdict(list)
    for number, sentence in enumerate(told):
        for word in sentence.words:
            having[word].append(number)
    return _Answer(told, having)


def _contradicts(sentence: Sentence, other: Sentence) -> bool:
    """Whether each has a name or a figure that the other has not, or one denies what both say."""
    ours, theirs = sentence.specific - other.words, other.specific - sentence.words
    return bool(ours and theirs) or _opposes(sentence, other)


def _opposes(sentence: Sentence, other: Sentence) -> bool:
    """Whether their common words say nothing: of another, or what the other denies."""
    return _of_another(sentence, other) or _denied(sentence, other)


def _of_another(sentence: Sentence, other: Sentence) -> bool:
    """Whether they are the same but for a first word that may be a name."""
    ours, theirs = sentence.words - other.words, other.words - sentence.words
    differ = ours == {sentence.first} and theirs == {other.first}
    return differ and min(len(sentence.first), len(other.first)) >= SHORTEST_NAME


def _denied(sentence: Sentence, other: Sentence) -> bool:
    """Whether one of them denies, the other does not, and the shorter is covered by the longer."""
    least = min(len(sentence.words), len(other.words))
    covered = len(sentence.words & other.words) >= COVERED * least
    return sentence.denies != other.denies and covered
