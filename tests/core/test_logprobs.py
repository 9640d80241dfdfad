"""Confidence from the tokens of the answer."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core import logprobs
from consensus.core.logprobs import Token

SURE = -0.001
HALF = math.log(0.5)


def _tokens(*said: str | tuple[str, float]) -> list[Token]:
    """Tokens nobody doubts, apart from those with a log-probability of their own."""
    return [Token(s, SURE) if isinstance(s, str) else Token(*s) for s in said]


IN_JSON = _tokens(
    '{"', "answer", '":', ' "', ("397", HALF), ".", ("8", HALF), '", "conf', '": 0.8}'
)
BOXED = _tokens("So", " 4", " is", " \\", "boxed{", ("4", HALF), "}", ".\n\nConfidence: 0.4")
TAIL = _tokens("4", " times", " 94", " …\n\n", ("4", HALF), "\n\n", "Confidence", ": ", "0.", "4")
FIRST = _tokens('{"answer": "', ("4", HALF), '", "confidence": 0.', "4", ', "note": "4"}')


@pytest.mark.parametrize(
    ("tokens", "final", "confidence"),
    [
        (IN_JSON, "397.8", 0.25),
        (BOXED, "4", 0.5),
        (TAIL, "4", 0.5),
        (FIRST, "4", 0.5),
        (_tokens("The answer", " is", (" Paris", HALF), "."), "Paris", 0.5),
        (_tokens('{"answer": "', (r"\\frac12", HALF), '"}'), r"\frac12", 0.5),
        (_tokens('{"answer": "', (r"Caf\u00e9", HALF), '"}'), "Café", 0.5),
        (_tokens("答案是", ("四", HALF), "。"), "四", 0.5),
        (_tokens("It is ", ("$12", HALF), ".96", " and not $12.9"), "$12.96", 0.5),
        (_tokens("The Lyon", " is not ", ("Paris", HALF), " is the answer"), "Paris", 0.5),
    ],
)
def test_the_answer_s_own_tokens_count(tokens: list[Token], final: str, confidence: float) -> None:
    """Whatever stands around it, and however it is written, only the final answer is weighed."""
    assert logprobs.confidence(tokens, final) == pytest.approx(confidence, rel=0.01)


@pytest.mark.parametrize("said", [[], _tokens("the cat"), _tokens(""), _tokens("(94)")])
def test_an_answer_that_is_not_there_has_no_confidence(said: list[Token]) -> None:
    """Without tokens, or with others, nothing is known."""
    assert logprobs.confidence(said, "dog") is None
    assert logprobs.confidence(said, "") is None


@pytest.mark.parametrize(
    ("values", "confidence"),
    [
        ([0.0], 1.0),
        ([0.001], 1.0),
        ([-math.inf], 0.0),
        ([-9999.0], 0.0),
        ([-1e308, -1e308], 0.0),
        ([math.nan], None),
        ([math.nan, HALF], 0.5),
        ([0.7], None),
        ([math.inf], None),
        ([HALF] * 3, 0.125),
        ([HALF / 100] * 800, 0.5 ** (logprobs.COUNTED / 100)),
    ],
)
def test_whatever_an_endpoint_tells(values: list[float], confidence: float | None) -> None:
    """Missing, infinite and impossible values are borne; a long answer is not doubted for it."""
    tokens = [Token("x", value) for value in values]
    expected = None if confidence is None else pytest.approx(confidence, abs=1e-9)
    assert logprobs.confidence(tokens, "x" * len(values)) == expected


@given(
    st.lists(st.builds(Token, st.text(max_size=4), st.floats()), max_size=30), st.text(max_size=6)
)
def test_a_confidence_is_a_probability_or_none(tokens: list[Token], final: str) -> None:
    """Nothing an endpoint sends breaks it."""
    sure = logprobs.confidence(tokens, final)
    assert sure is None or 0.0 <= sure <= 1.0


@pytest.mark.parametrize("final", ["a", "a" * 4000, "(" * 4000, "(" * 3999 + ")", "1.", "é"])
@pytest.mark.parametrize("letter", "a(1.é")
def test_long_runs_of_one_letter_are_borne(letter: str, final: str) -> None:
    """A degenerate text takes no time that grows with its square."""
    tokens = [Token(letter, SURE)] * 8192
    found = logprobs.confidence(tokens, final) is not None
    assert found is (final in letter * 8192)
