"""What a question says about its answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.question import (
    asks_for_percent,
    is_about_code,
    is_yes_or_no,
    listed_options,
)

THREE = {"a": "Mars", "b": "Jupiter", "c": "Venus"}


@pytest.mark.parametrize(
    "question",
    [
        "Which? A) Mars B) Jupiter C) Venus",
        "Which? (A) Mars (B) Jupiter (C) Venus",
        "Which? (a) Mars, (b) Jupiter, (c) Venus",
        "Which?\nA. Mars\nB. Jupiter\nC. Venus",
        "Which?\nA: Mars\nB: Jupiter\nC: Venus",
        "Which?\n**A.** Mars\n**B.** Jupiter\n**C.** Venus",
        "Which? A. Mars B. Jupiter C. Venus",
        "Which? {'A': 'Mars', 'B': 'Jupiter', 'C': 'Venus'}",
        "Which planet (A) is it?\n[A] Mars\n[B] Jupiter\n[C] Venus\n\nAnswer with the letter.",
    ],
)
def test_options_are_found_in_every_common_style(question: str) -> None:
    """Letters in brackets, with points, colons, or as an object's keys."""
    assert dict(listed_options(question)) == THREE


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Who was George V. Smith?",
        "A) only one",
        "B) Mars C) Venus",
        "Vitamin A. Vitamin C.",
        "f(a)",
    ],
)
def test_what_is_no_list_has_no_options(question: str) -> None:
    """Options run a, b, ...; anything else is text."""
    assert not listed_options(question)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Is 7 prime?", True),
        ("Tom has 7 apples. Does he have more than 5?", True),
        ("Answer yes or no: the sky is green", True),
        ("True or false: 7 is prime", True),
        ("Is it a cat or a dog?", False),
        ("What is a prime?", False),
        ("Write a poem.", False),
    ],
)
def test_yes_or_no_is_told_from_other_questions(question: str, expected: bool) -> None:
    """An auxiliary begins the sentence that asks, or the words are there."""
    assert is_yes_or_no(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What does `print(1)` show?", True),
        ("def f(x):\n    return x", True),
        ("assert f(3) == ??", True),
        ("Who was first?", False),
        ("Return the book to whom?", False),
    ],
)
def test_code_is_seen(question: str, expected: bool) -> None:
    """Code makes literal values of answers."""
    assert is_about_code(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What percentage of 40 is 10?", True),
        ("By what percent did it rise?", True),
        ("What is 17% of 40?", False),
        ("What is 17 percent of 40?", False),
    ],
)
def test_a_percentage_is_asked_for(question: str, expected: bool) -> None:
    """To be asked in percent is not to be asked about one."""
    assert asks_for_percent(question) == expected


@given(st.text(alphabet="ABC().:, \n?yesno'\"{}a", max_size=300))
def test_any_question_can_be_asked(question: str) -> None:
    """Reading a question is total."""
    listed_options(question)
    is_yes_or_no(question)
    is_about_code(question)
    asks_for_percent(question)


@pytest.mark.parametrize(
    "part", ["\n", " ", "(", "a(", "A) ", "A. ", "?", "what percent ", "\nA", "def "]
)
def test_a_huge_question_is_read_within_bounds(part: str) -> None:
    """Only its end is looked at, and in linear time."""
    question = part * (200_000 // len(part))
    listed_options(question)
    is_yes_or_no(question)
    is_about_code(question)
    asks_for_percent(question)


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("Which is a planet? 1) Moon 2) Mars 3) Sun", ["Moon", "Mars", "Sun"]),
        ("次のうち惑星はどれですか。1. 月 2. 火星 3. 太陽", ["月", "火星", "太陽"]),
        ("一番高い山はどれですか。\nア 富士山\nイ 北岳", ["富士山", "北岳"]),
        ("Sort these: 1. pear 2. apple 3. fig", []),
        ("Complete the tasks: 1. Write a poem 2. Write a song 3. Rest", []),
    ],
)
def test_numbers_in_a_row_are_options_where_one_is_asked_for(
    question: str, options: list[str]
) -> None:
    """And steps, or things to sort, are none."""
    assert list(listed_options(question).values()) == options
