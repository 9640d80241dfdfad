"""One text of what a panel's texts say alike, written by a model and held to them.

Where the caller asked for it and there is a consensus, a model is given the sentences that the
panel supports, from whichever text, to make one text of. What it writes counts only where each of
its sentences is one of them, and the panel supports it as a whole; else the chosen text stands.
Words alone cannot tell what another wording turns round, so there is no other wording.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from consensus.core.model import Compose, Doubt, Finding, PartShare, Task, Vote
from consensus.core.parts.atoms import folded
from consensus.core.parts.sentences import Sentence, sentences
from consensus.core.parts.texts import Point, supported
from consensus.core.parts.writing import LONGEST_CLAIMS, MOST_CLAIMS
from consensus.core.tally import Tally

SUPPORTED = 0.5  # of the other answers say what a sentence says, from which it is a claim of all
ALIKE = 0.8  # of two sentences' words in common: one of them is enough


def raise_writing(task: Task, tally: Tally) -> tuple[Doubt, ...]:
    """What a model is to be asked for, once a task: none where it was, or there is nothing to write
    of."""
    wants = task.plan.compose is Compose.SUPPORTED and tally.parts is not None
    if not wants or any(doubt.claims for doubt in task.doubts):
        return ()
    told = tuple(claims(_texts(task.votes, tally)))
    return (Doubt(len(task.doubts), "", "", claims=told),) if told else ()


def claims(texts: Sequence[str]) -> Iterator[str]:
    """The sentences that the others support, those of the first text first, each once.

    texts: the chosen one, then the others; within bounds.
    """
    kept: list[Sentence] = []
    left = LONGEST_CLAIMS
    for number, text in enumerate(texts):
        others = [other for place, other in enumerate(texts) if place != number]
        told = sentences(text)
        for sentence, point in zip(told, _points(told, others), strict=True):
            if not _is_supported(point) or any(_are_alike(sentence, other) for other in kept):
                continue
            left -= len(sentence.text)
            if left < 0 or len(kept) == MOST_CLAIMS:
                return
            kept.append(sentence)
            yield sentence.text


def with_written(task: Task, tally: Tally) -> Tally:
    """The tally with the text that was written as its answer, where one was, and it is held to the
    panel: a function of the sets of votes and of verdicts."""
    doubt = next((doubt for doubt in task.doubts if doubt.claims), None)
    written = doubt.verdict.text if doubt and doubt.verdict else ""
    if not doubt or not written or tally.parts is None or not _follows(written, doubt.claims):
        return tally
    texts = sorted(vote.reading.final for vote in task.votes)
    points = [_point(sentence, texts) for sentence in sentences(written)]
    parts = tuple(
        PartShare(str(n), point.text, point.support, None, _against(point), point.speak)
        for n, point in enumerate(points)
    )
    size = math.fsum(len(point.text) for point in points)
    weakest = min(parts, key=lambda part: part.agreement)
    told = replace(
        tally.parts,
        answer=written,
        parts=parts,
        agreement=math.fsum(len(p.text) * p.shared for p in points) / size,
        rival=max(map(_against, points)),
        whole=0.0,
        composed=True,
        weakest=weakest.path,
        disputed=not all(_is_undisputed(point) for point in points),
    )
    as_told = replace(tally, parts=told)
    return as_told if as_told.consensus else tally


def was_written(task: Task) -> bool | None:
    """Whether a model wrote what was asked of it; None where nothing was."""
    asked = next((doubt for doubt in task.doubts if doubt.claims), None)
    if asked is None:
        return None
    return asked.verdict is not None and asked.verdict.finding is Finding.WRITTEN


def _texts(votes: Sequence[Vote], tally: Tally) -> list[str]:
    """Each vote's text in an order of their own, the chosen one first."""
    texts = sorted(vote.reading.final for vote in votes)
    if tally.answer in texts:
        texts.remove(tally.answer)
    return [tally.answer or "", *texts]


def _point(sentence: Sentence, texts: Sequence[str]) -> Point:
    """What all texts but the one that the sentence is from say to it."""
    said = folded(sentence.text)
    source = next((text for text in texts if said in _sentences(text)), "")
    others = [*texts]
    if source:
        others.remove(source)
    return _points([sentence], others)[0]


def _sentences(text: str) -> frozenset[str]:
    return frozenset(folded(sentence.text) for sentence in sentences(text))


def _points(told: Sequence[Sentence], others: Sequence[str]) -> tuple[Point, ...]:
    return supported(told, sorted(others), [1.0] * len(others))


def _is_supported(point: Point) -> bool:
    return point.shared >= SUPPORTED and _is_undisputed(point)


def _is_undisputed(point: Point) -> bool:
    return point.speak < 2 or 2 * point.contradict <= point.speak


def _against(point: Point) -> float:
    return point.contradict / point.speak if point.speak else 0.0


def _are_alike(one: Sentence, other: Sentence) -> bool:
    common = len(one.words & other.words)
    return one.specific <= other.words and common >= ALIKE * max(1, len(one.words))


def _follows(written: str, told: Sequence[str]) -> bool:
    """Whether each sentence is one of the claims, but for case, spaces and marks around it."""
    known = frozenset().union(*map(_sentences, told))
    return all(folded(sentence.text) in known for sentence in sentences(written))
