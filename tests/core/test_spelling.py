"""Like spellings are found whatever else is said, and at a cost that no answer can drive up."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.core.equivalence import semantic
from consensus.core.equivalence.meaning import MOST_WORDS, meaning_of
from consensus.core.equivalence.spelling import (
    CANDIDATES,
    Vocabulary,
    _edits,
    are_akin,
    likeness,
    traces,
)
from consensus.core.equivalence.words import words
from consensus.core.model import Reading

TABLE = Path(__file__).parents[2] / "benchmarks" / "opposites.jsonl"
JUDGED = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").split("\n") if line]
SAID = sorted({word for pair in JUDGED for word in words(" ".join((*pair["a"], pair["b"])))})
CHANCE = random.Random(7)
CLOSE = st.text("abc", min_size=1, max_size=8)


def drawn(begin: str, length: int, letters: str = "abcdefghijklm", end: str = "") -> str:
    """A made-up word."""
    return begin + "".join(CHANCE.choice(letters) for _ in range(length)) + end


HOSTILE: dict[str, Callable[[], str]] = {
    "one initial": partial(drawn, "s", 5),
    "one prefix": partial(drawn, "sabc", 6),
    "a long prefix": partial(drawn, "sabcdefghijk", 5),
    "two letters": partial(drawn, "s", 14, "ab"),
    "anagrams": lambda: "s" + "".join(CHANCE.sample("abcdefgh", 8)),
    "one ending": partial(drawn, "s", 6, end="itis"),
    "one negation": partial(drawn, "un", 6),
    "names": partial(drawn, "S", 5),
    "one script": partial(drawn, "中", 6, "一七丁丂丈三上下"),
    "long words": partial(drawn, "s", 60, "ab"),
    "one letter": partial(drawn, "", 1),
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_two_long_answers_cost_few_comparisons_of_words(shape: str) -> None:
    """Some thousand words are compared, never each of one answer with each of the other."""
    likeness.cache_clear()
    one, other = (
        meaning_of(Reading(text, text), "Say something long.")
        for _ in range(2)
        if (text := " ".join(HOSTILE[shape]() for _ in range(MOST_WORDS)))
    )
    semantic.probability(one, other)
    assert likeness.cache_info().misses <= 3 * CANDIDATES * MOST_WORDS


def test_a_word_has_few_traces() -> None:
    """What is kept of an answer grows with its words, not with their length."""
    assert max(len(traces("s" * n + "abcdefgh"[: n % 9])) for n in range(1, 80)) < 50
    assert max(len(traces(word)) for word in SAID) < 50


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(SAID), min_size=1, max_size=80), st.sampled_from(SAID))
def test_the_closest_word_is_found(said: list[str], word: str) -> None:
    """Looking at a few candidates finds what looking at every word would."""
    assert Vocabulary(said).closest(word) == max(likeness(word, other) for other in said)


@settings(max_examples=300, deadline=None)
@given(CLOSE, CLOSE, st.integers(0, 2))
def test_slips_are_counted_as_the_textbook_does(one: str, other: str, most: int) -> None:
    """Letters lost, added, changed or swapped, each letter at most once."""
    table = [[i + j for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i, a in enumerate(one, 1):
        for j, b in enumerate(other, 1):
            table[i][j] = min(
                table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a != b)
            )
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    distance = table[-1][-1]
    assert _edits(one, other, most) == (distance if distance <= most else None)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAID), st.sampled_from(SAID))
def test_likeness_is_symmetric(one: str, other: str) -> None:
    """Two words are as like, and as akin, whichever comes first."""
    assert likeness(one, other) == likeness(other, one)
    assert are_akin(one, other) == are_akin(other, one)
