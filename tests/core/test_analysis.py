"""Task analysis: what is asked for, and how it will be decided."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.analysis import analyse
from consensus.core.errors import InvalidTask
from consensus.core.kind import Kind, complexity_of, kind_of
from consensus.core.model import Complexity, Message, Options, Strategy

KINDS = [
    ("What is 17% of 2,340?", Kind.NUMBER),
    ("Tom has 12 apples and eats a third of them. How many are left?", Kind.NUMBER),
    ("A car covers 150 miles in 2.5 hours. What is its average speed?", Kind.NUMBER),
    ("Ann is twice as old as Bob, who is 9. How old is Ann?", Kind.NUMBER),
    ("Compute $\\frac{3}{4} + \\frac{1}{6}$.", Kind.NUMBER),
    ("Find the remainder when $7^{100}$ is divided by 13.", Kind.NUMBER),
    ("12 * (3 + 4) = ?", Kind.NUMBER),
    ("How many strings has a violin?", Kind.NUMBER),
    ("A shop sells pens at $3 each. If Jo buys 4 and pays with $20, what is her change in "
     "total amount?", Kind.NUMBER),
    ("A 45-year-old man has chest pain. Which drug is best?\nA. Aspirin\nB. Heparin\nC. Insulin",
     Kind.OPTION),
    ("Which planet is largest? (A) Mars (B) Jupiter (C) Venus", Kind.OPTION),
    ("Which of the following is the most appropriate next step in management?", Kind.OPTION),
    ("Is 1,001 a prime number?", Kind.YES_NO),
    ("Can sound travel through a vacuum?", Kind.YES_NO),
    ("Who painted the ceiling of the Sistine Chapel?", Kind.FACT),
    ("In which year did the Titanic sink?", Kind.FACT),
    ("Which group had hits in 1985 and 1987 with songs about rain?", Kind.FACT),
    ("What is the capital of Australia?", Kind.FACT),
    ("def f(x):\n    return x[::-1]\nassert f('abc') == ??", Kind.CODE),
    ("What does this print?\n```python\nprint(sum(range(5)))\n```", Kind.CODE),
    ("Translate into German: How many apples do you have?", Kind.TRANSLATION),
    ("Translate the following sentence to French: The train leaves at 5.", Kind.TRANSLATION),
    ('How do you say "thank you" in Japanese?', Kind.TRANSLATION),
    ("Write an essay on the causes of the First World War in 500 words.", Kind.TEXT),
    ("Explain how photosynthesis works.", Kind.TEXT),
    ("Why is the sky blue?", Kind.FACT),
    ("Discuss whether a 4-day week of 32 hours raises productivity. How much would it cost?",
     Kind.TEXT),
    ("日本の首都はどこですか。", Kind.FACT),
    ("Столица Франции?", Kind.FACT),
    ("Ann has 5 pens and buys 7. Explain your steps. What does she have now?", Kind.NUMBER),
    ("What is 12 times 12?", Kind.NUMBER),
    ("小明有15个苹果，又买了7个。他现在有多少个苹果？", Kind.NUMBER),
    ("У Маши было 24 конфеты. Сколько осталось?", Kind.NUMBER),
    ("Which country has won the cup 5 times?", Kind.FACT),
    ("What was the first name of Mr Pope, 1688-1744?", Kind.FACT),
    ("Какой орган вырабатывает инсулин?\nА) печень\nБ) поджелудочная железа", Kind.OPTION),
    ("What is the unit of force?\n1) joule\n2) newton\n3) watt", Kind.OPTION),
    ("A 70-year-old has an INR of 9.2. What is the most appropriate next step?", Kind.OPTION),
    ("x = 10\nif x > 5:\n    x -= 3\nWhat is x?", Kind.CODE),
    ("What does len('a b'.split()) return in Python?", Kind.CODE),
    ("Write a poem about print() and def.", Kind.TEXT),
    ("Some say 50% of jobs will go by 2040. Discuss both views.", Kind.TEXT),
    ("Write 0.125 as a fraction.", Kind.NUMBER),
    ("把下面的句子翻译成英文：他有30岁。", Kind.TRANSLATION),
    ("German: Wie viele kommen?\nEnglish:", Kind.TRANSLATION),
    ("写一篇800字的作文。", Kind.TEXT),
    ("((3 * -3) + 4) =", Kind.NUMBER),
    ("((-1 + 2 + 9 * 5) - (-2 + -4 + -4 * -7)) =", Kind.NUMBER),
    ("3/4", Kind.NUMBER),
    ("1914-1918", Kind.TEXT),
    ("555-1234", Kind.TEXT),
    ("If 5x - 2 = 13, find x.", Kind.NUMBER),
    ("What is the cube root of 27?", Kind.NUMBER),
    ("Which city has an area of 600 square miles?", Kind.FACT),
    ("not True and False is", Kind.YES_NO),
    ("not ( True ) and ( True ) =", Kind.YES_NO),
    ("What is the truth value of (2 > 1)?", Kind.YES_NO),
    ("Determine whether 91 is prime.", Kind.YES_NO),
    ("Rom ist die Hauptstadt. Wahr oder falsch?", Kind.YES_NO),
    ("Is the argument valid or invalid?", Kind.YES_NO),
    ("Was ist ein Vulkan?", Kind.FACT),
    ("Was it a volcano?", Kind.YES_NO),
    ("Respond with PASS or FAIL: 3 < 2.", Kind.OPTION),
    ("Fill the gap: she is ___ late. Options: to, too, two", Kind.OPTION),
    ("Sort these words: pear, apple, fig", Kind.LETTERS),
    ("Sort the following words alphabetically: List: oven costume counterpart", Kind.LETTERS),
    ("Reverse the string 'hello'.", Kind.LETTERS),
    ("Close the brackets: complete the rest of the sequence, making sure that the parentheses "
     "are closed. Input: [ { [", Kind.LETTERS),
    ("Explain how to sort a list.", Kind.TEXT),
    ("The capital of France is", Kind.FACT),
    ("State the chemical symbol of gold.", Kind.FACT),
    ("In the poem 'The Raven', what does the bird say?", Kind.FACT),
    ("Which element is named after the Greek word for the Moon?", Kind.FACT),
]  # fmt: skip
KNOWN = Path(__file__).parents[2] / "benchmarks" / "prompts.jsonl"


@pytest.mark.parametrize(("prompt", "kind"), KINDS)
def test_the_kind_of_answer_is_seen(prompt: str, kind: Kind) -> None:
    """The prompt's language and structure tell what is asked for."""
    assert kind_of(prompt) is kind


@pytest.mark.parametrize("text", ["1 " * 30_000, "(1 + " * 8_000, "true and " * 5_000, "not (" * 9])
def test_long_and_broken_expressions_have_a_kind(text: str) -> None:
    """What looks like an expression and is none is read like any other text."""
    assert kind_of(text) in Kind


def test_the_table_of_known_prompts_is_planned_right() -> None:
    """Of prompts in the style of public sets, in many scripts, hardly any is taken wrongly."""
    known = [json.loads(line) for line in KNOWN.read_text(encoding="utf-8").splitlines() if line]
    wrong = [
        k["prompt"]
        for k in known
        if analyse(messages(k["prompt"]), Options()).strategy != k["strategy"]
    ]
    assert len(known) > 300
    assert len(wrong) <= len(known) / 50, wrong


def messages(prompt: str) -> tuple[Message, ...]:
    """A conversation of one message."""
    return (Message("user", prompt),)


def test_the_callers_options_win() -> None:
    """Whatever was asked for is kept, and the plan says so."""
    asked = Options(
        strategy=Strategy.SEMANTIC,
        min_votes=5,
        max_votes=9,
        min_agreement=0.9,
        timeout_seconds=7,
        numeric_tolerance=0.0,
    )
    plan = analyse(messages("What is 2 + 2?"), asked, 0.5)
    assert (plan.strategy, plan.min_votes, plan.max_votes) == (Strategy.SEMANTIC, 5, 9)
    assert (plan.min_agreement, plan.timeout_seconds, plan.numeric_tolerance) == (0.9, 7, 0.0)
    assert not plan.threshold_is_adaptive
    assert plan.max_cost_usd == 0.5
    assert plan.reason.startswith("semantic: the caller chose it;")


def test_one_bound_of_votes_follows_the_other() -> None:
    """A lone max_votes lowers the minimum, a lone min_votes raises the maximum."""
    assert analyse(messages("x"), Options(max_votes=2)).min_votes == 2
    assert analyse(messages("x"), Options(min_votes=20)).max_votes == 20


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_votes": 0},
        {"max_votes": 65},
        {"min_votes": 9, "max_votes": 3},
        {"min_agreement": 0.49},
        {"min_agreement": math.nan},
        {"timeout_seconds": 541.0},
        {"numeric_tolerance": -1.0},
        {"numeric_tolerance": math.inf},
    ],
)
def test_options_that_cannot_be_kept_are_refused(wrong: dict[str, Any]) -> None:
    """Out of range or contradictory: the error names the option and what it takes."""
    with pytest.raises(InvalidTask, match=next(iter(wrong))):
        analyse(messages("x"), replace(Options(), **wrong))


def test_a_bound_that_is_none_is_not_told_as_infinite() -> None:
    """A tolerance has no upper bound: the error asks for a number that somebody could give."""
    with pytest.raises(InvalidTask, match="numeric_tolerance is -1; give 0 or more"):
        analyse(messages("x"), Options(numeric_tolerance=-1))


def test_a_longer_question_looks_harder() -> None:
    """Complexity grows with length and steps, and decides the time the panel gets."""
    assert complexity_of("What is the capital of Peru?") is Complexity.LOW
    assert complexity_of("Prove it for each matrix. " * 60) is Complexity.HIGH


@given(st.text(max_size=300))
def test_any_text_gets_a_plan(prompt: str) -> None:
    """No prompt, in whatever script, is too strange to plan."""
    plan = analyse(messages(prompt), Options())
    assert 1 <= plan.min_votes <= plan.max_votes
    assert plan.reason


def test_a_megabyte_is_planned_from_its_ends() -> None:
    """The rules look at a bounded part of the prompt."""
    prompt = "Translate into French: " + "word " * 200_000
    assert analyse(messages(prompt), Options()).strategy is Strategy.TEXT


@pytest.mark.parametrize(
    "part", ["1,", "1.", "-1", "$", "(", "what ", "\n", " ", "A) ", "```", "x ="]
)
def test_a_hostile_prompt_is_analysed_within_bounds(part: str) -> None:
    """Repeated without end, anything is still a prompt, and read in linear time."""
    analyse((Message("user", part * (100_000 // len(part))),), Options())
