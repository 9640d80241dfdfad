"""Votes on texts: which is chosen, and what the others say to its sentences."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.parts.likeness import chrf
from consensus.core.parts.sentences import sentences
from consensus.core.parts.texts import choose


def test_chrf_of_known_texts() -> None:
    """1 for the same but for case and spaces, 0 where nothing is in common, recall above all."""
    scores = chrf(["The cat sat.", "the cat  sat.", "xyz", "the cat sat. on the mat."])
    assert scores[0, 1] == pytest.approx(1.0)
    assert scores[0, 2] == 0.0
    assert scores[3, 0] > scores[0, 3]  # what says all of it and more


@pytest.mark.parametrize("text", ["", "   ", "a", "a" * 100_000, "same. " * 20_000, "\ud83d"])
def test_odd_texts_are_compared(text: str) -> None:
    """Nothing at all, one letter over and over, half a surrogate pair."""
    scores = chrf([text, "another text", text])
    assert np.isfinite(scores).all()
    assert scores[0, 2] == pytest.approx(1.0)
    assert choose([text, "another text", text], [1.0] * 3).number in (0, 1, 2)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three?", 3),
        ("It costs 3.5 euros. Dr. Smith pays. J. R. Tolkien wrote.", 3),
        ("First line\nsecond line\n\n- third", 3),
        ("これは一つです。これは二つです。", 2),
        ("Look:\n```python\nx = 1.  # A. B. C.\ny = 2\n```\nDone.", 3),
        ("e.g. this is one, i.e. it is whole", 1),
        ("", 0),
    ],
)
def test_sentences(text: str, count: int) -> None:
    """In any script; abbreviations do not end one, a block of code is one."""
    assert len(sentences(text)) == count


@given(st.text(max_size=300))
def test_sentences_lose_nothing(text: str) -> None:
    """But white space."""
    told = "".join("".join(s.text for s in sentences(text)).split())
    assert told == "".join(text.split())


def test_the_text_that_the_others_support_is_chosen_as_it_is() -> None:
    """And its sentences tell who says so, and who says otherwise."""
    told = [
        "The bridge opened in 1932. It carries eight lanes.",
        "The bridge opened in 1932. It carries eight lanes of traffic.",
        "The bridge was opened in 1932. It carries eight lanes.",
        "The bridge opened in 1945. Penguins live there.",
    ]
    chosen = choose(told, [1.0] * 4)
    assert told[chosen.number] == told[1]
    opened, lanes = chosen.points
    assert (opened.speak, opened.contradict) == (3, 1)
    assert opened.against == "The bridge opened in 1945."
    assert lanes.contradict == 0
    odd = choose([told[3]], [1.0])
    assert odd.number == 0
    assert odd.support == 0.0


@given(
    st.lists(st.sampled_from(["A b c.", "A b d.", "X 1. Y 2.", "", "Z"]), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_any_order_chooses_the_same(texts: list[str], chance: random.Random) -> None:
    """The text and all that is said of it."""
    shuffled = list(texts)
    chance.shuffle(shuffled)
    one, other = (choose(t, [1.0] * len(t)) for t in (texts, shuffled))
    assert texts[one.number] == shuffled[other.number]
    assert one.points == other.points
