"""Exact equivalence: one normal form for the spellings of one answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.equivalence import equivalent
from consensus.core.equivalence.dates import iso
from consensus.core.equivalence.exact import normal_form
from consensus.core.model import Plan, Reading, Strategy

PLAN = Plan(strategy=Strategy.EXACT)
GASES = "Which gas makes up most of the air? A) Oxygen B) Nitrogen C) Carbon dioxide D) Argon"
LINES = "Which is best?\nA. Aspirin\nB. Heparin 5,000 units\nC. A stent\nD. Watchful waiting"
YES_NO = "Is 1,001 a prime number?"
CYRILLIC = "Какой орган вырабатывает инсулин?\nА) печень\nБ) поджелудочная железа\nВ) почки"
NUMBERED = "What is the SI unit of force?\n1) joule\n2) newton\n3) watt"
CODE = "What does this return?\n```python\ndef f(s):\n    return s.swapcase()\n```\nf('aB')"


def judged(one: str, other: str, question: str = "") -> bool:
    """The engine's word on two answers, asked both ways round."""
    a, b = Reading(one, one), Reading(other, other)
    there, back = equivalent(a, b, PLAN, question), equivalent(b, a, PLAN, question)
    assert there == back
    return there


SAME = [
    ("Paris", "paris.", ""),
    ("The Nile", "nile", ""),
    ("An apple", "apple", ""),
    ("Café", "Cafe\u0301", ""),
    ("ｐａｒｉｓ", "Paris", ""),
    ("Pa\u200bris", "Paris", ""),
    ("Рaris", "Paris", ""),  # a Cyrillic letter among Latin ones
    ("“Paris”", '"Paris"', ""),
    ("**Paris**", "Paris", ""),
    ("well-known", "well known", ""),
    ("Answer: B", "B", ""),
    ("The answer is B", "b", ""),
    ("(B)", "B.", ""),
    ("Option B", "B", ""),
    ("1,234,567", "1234567", ""),
    ("[1, 2]", "[1,2]", ""),
    ('{"a": 1, "b": [2]}', "{'b': [2], 'a': 1}", ""),
    ("(1, 'x')", '(1,"x")', ""),
    (r"\text{Paris}", "Paris", ""),
    (r"$\boxed{B}$", "B", ""),
    ("true", "Yes", ""),
    ("FALSE.", "no", ""),
    ("July 4, 1776", "1776-07-04", ""),
    ("4th of July 1776", "Thursday, July 4th, 1776", ""),
    ("4 Sept 1776", "September 4, 1776", ""),
    ("25/12/2020", "12/25/2020", ""),
    ("4.7.1776", "4 July 1776", ""),
    # options that the question lists
    ("B", "(B)", GASES),
    ("B", "B) Nitrogen", GASES),
    ("B", "Nitrogen", GASES),
    ("B", "option B: Nitrogen", GASES),
    ("B", "**B**", GASES),
    ("B", "The correct answer is B.", GASES),
    ("B", "It's B", GASES),
    ("B", "B, because it is most common", GASES),
    ("B", "nitrogen.", GASES),
    ("B", "Heparin 5000 units", LINES),
    ("C", "a stent", LINES),
    ("D", "D. Watchful waiting", LINES),
    # yes or no
    ("No", "No, it is 7 x 11 x 13.", YES_NO),
    ("no", "False", YES_NO),
    ("Yes", "Yes! Indeed.", YES_NO),
    ("no", "It is not prime.", YES_NO),
    ("yes", "It is prime", YES_NO),
    # options that are quoted in part, or in another script
    ("B", "Nitrogen gas", GASES),
    ("B", "heparin", LINES),
    ("A", "Aspirin (A)", LINES),
    ("Б", "поджелудочная железа", CYRILLIC),
    ("2", "newton", NUMBERED),
    # figures and initials
    ("U.S.A.", "USA", ""),
    ("St. Louis", "St Louis", ""),
    ("rock & roll", "rock and roll", ""),
    ("+10.0", "10", ""),
    ("50 %", "50%", ""),
    ('{"x": 1.0}', "{'x': 1}", ""),
    # literal values
    ("'Ab'", '"Ab"', CODE),
    ("'Ab'", "Ab", CODE),
    ("True", "true", CODE),
    ("None", "null", CODE),
    ("0x10", "16", CODE),
    ("[1,2]", "The output is [1, 2].", CODE),
    ("'Ab'", "assert f('aB') == 'Ab'", CODE),
    ("[1, 2]", "```python\n[1,2]\n```", CODE),
    ("a  \nb\n", "a\nb", CODE),
    ("{2, 1}", "{1, 2}", CODE),
]

DIFFERENT = [
    ("A", "B", ""),
    ("A", "", ""),
    ("A B", "B", ""),
    ("C", "C++", ""),
    ("C", "C#", ""),
    ("5!", "5", ""),
    (".5", "5", ""),
    ("-5", "5", ""),
    ("[1, 2]", "[2, 1]", ""),
    ("[1]", "1", ""),
    ("Yes", "No", ""),
    ("Paris", "Not Paris", ""),
    ("3/4/1969", "April 3, 1969", ""),  # nobody can tell
    ("30 February 2020", "1 March 2020", ""),
    ("A", "B", GASES),
    ("B. Oxygen", "B", GASES),
    ("B. Oxygen", "A", GASES),
    ("Oxygen", "B", GASES),
    ("a gas", "A", GASES),
    ("E", "A", GASES),
    ("'aB'", "'Ab'", CODE),
    ("Ab", "AB", CODE),
    ("1", "1.0", CODE),
    ("1", "'1'", CODE),
    ("True", "1", CODE),
    ("None", "'None'", CODE),
    ("(1, 2)", "[1, 2]", CODE),
    ("1 2", "1\n2", CODE),
    ("'a '", "'a'", CODE),
    ("b'a'", "'a'", CODE),
    ("[]", "{}", CODE),
    ("(1, 2)", "[1, 2]", ""),
    ("not nitrogen", "B", GASES),
    ("nitrogen or oxygen", "B", GASES),
    ("It is odd", "yes", YES_NO),
    ("-3", "3", ""),
    ("50%", "50", ""),
    ("No", "Nobody", YES_NO),
]


@pytest.mark.parametrize(("one", "other", "question"), SAME)
def test_spellings_of_one_answer_are_one(one: str, other: str, question: str) -> None:
    """Case, articles, punctuation and letters of options make no difference."""
    assert judged(one, other, question)


@pytest.mark.parametrize(("one", "other", "question"), DIFFERENT)
def test_other_answers_stay_apart(one: str, other: str, question: str) -> None:
    """What reads nearly the same may be another answer."""
    assert not judged(one, other, question)


@pytest.mark.parametrize(
    "text", ["A", "a", "The", "I", "-", "+", "?", "...", "’", "()", "\\", "$$", "日本", "😀"]
)
def test_no_answer_is_normalised_away(text: str) -> None:
    """However short an answer is, something of it is left."""
    assert normal_form(text)


@given(st.text(min_size=1, max_size=80), st.sampled_from(["", GASES, LINES, YES_NO, CODE]))
def test_normal_form_is_total(text: str, question: str) -> None:
    """Any text has one, and it is empty only for text that nobody can see."""
    assert normal_form(text, question) or not text.strip() or not text.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{" * 10_000,
        "[" * 5_000 + "]" * 5_000,
        "'" * 10_000,
        "(" + "1," * 4_000 + ")",
        "a " * 50_000,
        "the " * 30_000,
        "A) " * 30_000,
        "answer is " * 20_000,
        '["\\ud800"]',
    ],
    ids=lambda text: repr(text[:6]),
)
def test_hostile_text_is_normalised_within_bounds(text: str) -> None:
    """Deep or long, and as a question too: it ends, and raises nothing."""
    assert normal_form(text, text)


@pytest.mark.parametrize(
    "text", ["32 May 2020", "May", "1/2", "13/13/2020", "0 July 2000", "5" * 30]
)
def test_what_is_no_date_is_none(text: str) -> None:
    """A date that no calendar has is only text."""
    assert iso(text.casefold()) is None
