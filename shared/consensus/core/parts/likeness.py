"""How alike texts are: chrF (Popović, 2015), the F-score of their character n-grams.

For each length from 1 to 6 the n-grams of a text without its case and spaces are counted; precision
and recall are averaged over the lengths, and recall weighs twice. N-grams are told by a hash of 64
bits; of very long texts a sample of them is compared, the same ones in each.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

LENGTHS = range(1, 7)
RECALL_SQUARED = 4.0  # beta of 2
MOST_COUNTED = 150_000  # n-grams of one length in all texts; of more, a sample
OFTEN = 4  # times that a text has an n-gram, up to which each time is counted apart
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)

Floats = NDArray[np.float64]
Hashes = NDArray[np.uint64]


def chrf(texts: Sequence[str]) -> Floats:
    """For each text (row), its chrF against each other one as the reference (column), 0..1."""
    precision, recall, orders = (np.zeros((len(texts), len(texts))) for _ in range(3))
    grams = [_grams(text) for text in texts]
    for order in range(len(LENGTHS)):
        common = _in_common([g[order] for g in grams])
        counts = np.diagonal(common)
        precision += common / np.maximum(counts[:, None], 1.0)
        recall += common / np.maximum(counts[None, :], 1.0)
        orders += (counts[:, None] > 0) & (counts[None, :] > 0)
    precision /= np.maximum(orders, 1)
    recall /= np.maximum(orders, 1)
    weighed = RECALL_SQUARED * precision + recall
    scores = (1 + RECALL_SQUARED) * precision * recall / np.where(weighed > 0, weighed, 1.0)
    return np.where(_identical(texts), 1.0, scores)


def _identical(texts: Sequence[str]) -> NDArray[np.bool_]:
    told = ["".join(text.casefold().split()) for text in texts]
    number = {text: n for n, text in enumerate(told)}
    numbers = np.array([number[text] for text in told])
    same: NDArray[np.bool_] = numbers[:, None] == numbers[None, :]
    return same


@lru_cache(maxsize=256)
def _grams(text: str) -> tuple[Hashes, ...]:
    """The hashes of a text's n-grams, an array for each length."""
    told = "".join(text.casefold().split())
    characters = np.frombuffer(told.encode("utf-32-le", "replace"), dtype="<u4").astype(np.uint64)
    hashed = np.zeros(len(characters), dtype=np.uint64)
    found = []
    for length in LENGTHS:
        size = max(0, len(characters) - length + 1)
        hashed = hashed[:size] * _STEP + characters[length - 1 :][:size] + np.uint64(1)
        mixed = (hashed ^ (hashed >> np.uint64(31))) * _MIX
        found.append(mixed ^ (mixed >> np.uint64(29)))
    return tuple(found)


def _in_common(told: Sequence[Hashes]) -> Floats:
    """How many n-grams each two texts have in common, each as often as both have it; of a great
    many, those of a sample."""
    total = sum(map(len, told))
    every = -(-total // MOST_COUNTED)
    if every > 1:
        told = [t[t % np.uint64(every) == 0] for t in told]
    if not any(map(len, told)):
        return np.zeros((len(told), len(told)))
    owner = np.repeat(np.arange(len(told)), [len(t) for t in told])
    _, column = np.unique(np.concatenate(told), return_inverse=True)
    width = int(column.max(initial=-1)) + 1
    counted = np.bincount(owner * width + column, minlength=len(told) * width).reshape(-1, width)
    common = np.zeros((len(told), len(told)))
    for least in range(1, OFTEN + 1):
        has = (counted >= least).astype(np.float32)
        common += has @ has.T
        counted = counted[:, counted.max(axis=0, initial=0) > least]
    more = np.maximum(counted - OFTEN, 0)
    for row in range(len(told)):
        common[row] += np.minimum(more[row], more).sum(axis=1)
    return common
