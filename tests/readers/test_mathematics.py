"""Mathematics is read by what it comes to: a sum by its total, letters by a fingerprint."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.adapters.processes.value_process import ValueProcess
from consensus.codec.values import decode_value, encode_value
from consensus.core.model import Strategy
from consensus.core.values import Identifier, Mathematics, Phrase, Quantity, Sameness, compare
from consensus.readers.mathematics import expression, unevaluated
from tests.answers import said

SAME, DIFFERENT, UNKNOWN = Sameness


def told(one: str, other: str, question: str = "") -> Sameness:
    """How two answers to a calculation compare, either way round."""
    a, b = (said(text, Strategy.NUMERIC, question).value for text in (one, other))
    assert a is not None
    assert b is not None
    assert compare(a, b).sameness is compare(b, a).sameness
    return compare(a, b).sameness


WORKED_OUT = [
    (r"\sum_{k=1}^{4} k", "10"),
    (r"\sum\limits_{i=0}^{5} 2^i", "63"),
    ("∑_{k=1}^{10} k²", "385"),
    (r"\sum_{i=1}^{3}\sum_{j=1}^{i} j", "10"),
    (r"\sum_{k=1}^{100000} k^2", "333338333350000"),
    (r"\sum_{n=1}^{\infty} \frac{1}{n^2}", r"\frac{\pi^2}{6}"),
    (r"\sum_{n=1}^{\infty} \frac{1}{n}", r"\infty"),
    (r"\sum_{k=1}^{n} k", r"\frac{n(n+1)}{2}"),
    (r"\prod_{k=1}^{5} k", "5!"),
    (r"\prod_{i=1}^{3} (2i+1)", "105"),
    (r"\int_0^1 x^2 \, dx", r"\frac13"),
    (r"\int_{-\infty}^{\infty} e^{-x^2} \, dx", r"\sqrt{\pi}"),
    (r"\int_0^1 \int_0^1 xy \, dx \, dy", "0.25"),
    (r"\int_{0}^{t} s ds", r"\frac{t^2}{2}"),
    (r"\lim_{x \to 0} \frac{\sin x}{x}", "1"),
    (r"\lim_{n\to\infty} \left(1+\frac{1}{n}\right)^n", "e"),
    (r"\lim_{x\to 0^+} x \ln x", "0"),
    (r"\lim_{x\to 0^-} \frac{1}{x}", r"-\infty"),
    (r"\frac{d}{dx} x^3", "3x^2"),
    (r"\frac{\partial}{\partial x} x^2y", "2xy"),
    (r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", "-2"),
    (r"\left|\begin{array}{cc}1&2\\3&4\end{array}\right|", "-2"),
    (r"\det \begin{bmatrix} 2 & 0 & 1\\ 1 & 3 & 2 \\ 1 & 1 & 1\end{bmatrix}", "0"),
    (
        r"\begin{pmatrix}1\\2\end{pmatrix} + \begin{pmatrix}3\\4\end{pmatrix}",
        r"\begin{bmatrix}4\\6\end{bmatrix}",
    ),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}\begin{pmatrix}1\\1\end{pmatrix}", "(3, 7)"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}^{-1}", "[[-2, 1], [3/2, -1/2]]"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}^T", r"\begin{pmatrix}1&3\\2&4\end{pmatrix}"),
    (r"\gcd(12,18)", "6"),
    (r"\operatorname{lcm}(4, 6)", "12"),
    (r"\max\{3,5\}", "5"),
    (r"\min(3, 5, -2)", "-2"),
    (r"\min(x, y)", r"\min(y, x)"),
    (r"17 \bmod 5", "2"),
    (r"2^{10} \bmod 7", "2"),
    (r"\binom{10}{3}", "120"),
    (r"\frac{10!}{3!7!}", "120"),
    ("⌊3.7⌋", "3"),
    (r"\left\lceil \frac{7}{2} \right\rceil", "4"),
    (r"\log_2 8", "3"),
    ("log2(8)", "3"),
    (r"|3 + 4i|", "5"),
    (r"2e^{i\pi/2}", "2i"),
]


def test_an_integral_of_a_large_power_is_not_worked_out() -> None:
    """It would hold a worker for seconds."""
    assert unevaluated.read(r"\int_0^1 x^{100000} dx") is None


@pytest.mark.parametrize(("unevaluated_", "value"), WORKED_OUT)
def test_what_is_left_unevaluated_is_worked_out(unevaluated_: str, value: str) -> None:
    """Whoever stops before the last step and whoever takes it say the same."""
    assert told(unevaluated_, value) is SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\boxed{3} and \boxed{5}", "$5$ and $3$"),
        (r"$x = \boxed{3}$ or $x = \boxed{5}$.", r"\{3, 5\}"),
        (
            "So the matrix is:\n\\[\n\\begin{pmatrix}\n1 & 2 \\\\\n3 & 4\n\\end{pmatrix}\n\\]",
            "[[1, 2], [3, 4]]",
        ),
        (r"11,\! 111,\! 100", "11111100"),
        ("3,14", "3.14"),
        ("1{,}024", "1024"),
        (r"\{(1,2), (3,4)\}", "$(3,4)$ and $(1,2)$"),
        ("(1, 1)、(0, 0)", "(0,0), (1,1)"),
        ("x = 4, y = 9", "4, 9"),
        (r"\{x \mid 1 < x < 2\}", "(1, 2)"),
        ("]-1, 2]", r"-1 < x \le 2"),
        ("There is no solution.", r"\emptyset"),
        (r"\mathbb{R} \setminus \{1\}", r"(-\infty,1)\cup(1,\infty)"),
        (r"\frac{7}{20} or 35%", "0.35"),
        (r"45^\circ = \frac{\pi}{4} \text{ rad}", r"\frac{\pi}{4}"),
        (r"2\mathbf{i} - 5\mathbf{j}", r"\langle 2, -5\rangle"),
        (r"\sqrt{6}+\sqrt{2} \over 4", r"\frac{\sqrt{6}+\sqrt{2}}{4}"),
        ("0.333...", "1/3"),
        (r"x \equiv 3 \pmod 5", r"x \equiv 8 \pmod{5}"),
        ("[0,5; 1,5]", "[0.5, 1.5]"),
        (r"2\pi n, n \in \mathbb{Z}", r"2\pi n"),
        (r"\{1\} \cup [2,3]", r"x=1 \text{ or } 2 \le x \le 3"),
        (r"A = 2\begin{pmatrix}1\\2\end{pmatrix} = \begin{pmatrix}2\\4\end{pmatrix}", "(2, 4)"),
        (r"\sqrt{x^2}", "|x|"),
        (r"\sqrt{a^3}", r"a\sqrt{a}"),
        (r"\ln(xy)", r"\ln x + \ln y"),
    ],
)
def test_notations_of_one_value_join(one: str, other: str) -> None:
    """However it was written down."""
    assert told(one, other) is SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\sum_{k=1}^{4} k", "11"),
        (r"\int x\,dx", r"\frac{x^2}{2}"),  # which is known but for a constant
        (r"\lim_{x\to 0} \frac{1}{x}", r"\infty"),  # from above only
        (r"\sum_{i=1}^{3} X_i", "3X_i"),
        (r"\lim_{n \to \infty} a_n", "a_n"),
        (r"\sum_{k=5}^{1} k", "-9"),
        (r"\left|\begin{matrix}1&2\\3&4\end{matrix}\right|", "[[1, 2], [3, 4]]"),
        (r"\sqrt{x^2}", "x"),
        ("|x|", "x"),
        ("2,5", "5,2"),
        ("x = 9, y = 4", "4, 9"),
        ("(2, 1)", "1, 2"),
        ("45 min", "45 h"),
        (r"x \equiv 3 \pmod 5", r"x \equiv 4 \pmod{5}"),
        (r"2\pi n, n \in \mathbb{Z}", r"2\pi"),
        (r"f(x)=\begin{cases} x & x>0 \\ -x & x \le 0\end{cases}", "0"),
        ("Centre (-1, 2), radius 3", "Centre (1, -2), radius 3"),
        ("[1,3]", "1.3"),
    ],
)
def test_what_only_looks_alike_stays_apart(one: str, other: str) -> None:
    """UNKNOWN will do, SAME would not."""
    assert told(one, other) is not SAME


def test_a_point_is_no_interval_where_the_question_tells() -> None:
    """Without a question (1, 3) may be either."""
    assert told("(1, 3)", "1 < x < 3", "Where do the curves meet?") is not SAME
    assert told("(1, 3)", "1 < x < 3", "On which interval does it fall?") is SAME
    assert told("(1, 3)", "1 < x < 3") is SAME


HOSTILE = [
    "(" * 1000 + "x" + ")" * 1000,
    "9^9^9^9",
    "9^{9^{9^9}}",
    "1000000000!",
    r"\binom{1000000000}{500000000}",
    r"\sum_{k=1}^{1000000000000} k^k",
    r"\sum_{k=1}^{4} 9^{9^{9^9}}",
    r"\sum_{k=1}^{9999} k!!",
    r"\sum_{n=1}^{\infty} \frac{\sin^2 n \cos n}{n^3+n+1}",
    r"\prod_{n=1}^{\infty} \left(1+\frac{\sin n}{n^2}\right)",
    r"\prod_{k=1}^{1000000} \frac{k^2+3k+7}{k^3+k+1}",
    r"\sum_{a=1}^{300}\sum_{b=1}^{300} \sin(ab)",
    r"\int_0^1 \frac{1}{x} dx",
    r"\sum_{k=1}^{",
    r"\int_{\int_{\int",
    r"\lim_{n\to\infty} \prod_{k=1}^{n} (1+\frac{k}{n^2+1})",
    r"\begin{pmatrix}" + "1 & " * 2000 + r"\end{pmatrix}",
    "gcd(1.5, 2)",
    "7 mod 0",
    r"\sum" * 500,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_mathematics_is_read_as_no_number(text: str) -> None:
    """What grows without end, or comes to nothing, is refused before it is worked out."""
    value = said(text, Strategy.NUMERIC).value
    assert isinstance(value, Identifier | Phrase)
    assert compare(value, Quantity(Fraction(0))).sameness is not SAME


async def test_the_reading_process_loads_what_an_answer_needs() -> None:
    """Loading the libraries is no part of the time that an answer may take."""
    process = ValueProcess()
    try:
        told = await process(r"\sum_{k=1}^{4} k", "What is the sum?", Strategy.NUMERIC)
        faulty = await process(r"\sum_{k=1}^{", "What is the sum?", Strategy.NUMERIC)
    finally:
        await process.close()
    assert told == Quantity(Fraction(10))
    assert not isinstance(faulty, Quantity)


COEFFICIENTS = st.integers(-9, 9)


@given(st.integers(1, 9), COEFFICIENTS, COEFFICIENTS)
@settings(deadline=None)
def test_an_expression_is_its_fingerprint(a: int, b: int, c: int) -> None:
    """A quadratic and its expansion are the same; with another coefficient it is another."""
    expanded = f"{a}x^2 + ({a * b + c})x + ({b * c})"
    assert told(f"({a}x + {c})(x + {b})", expanded) is SAME
    assert told(f"{a + 1}x^2 + ({a * b + c})x + ({b * c})", expanded) is DIFFERENT


@given(COEFFICIENTS.filter(bool), COEFFICIENTS.filter(bool), COEFFICIENTS.filter(bool))
@settings(deadline=None)
def test_an_equation_is_known_up_to_a_factor(a: int, b: int, times: int) -> None:
    """And an inequality up to a positive one: a negative one turns it round."""
    line, scaled = f"{a}x + ({b})y", f"({times * a})x + ({times * b})y"
    assert told(f"{line} = 7", f"{scaled} = {7 * times}") is SAME
    turned = "<" if times > 0 else ">"
    assert told(f"{line} < 7", f"{scaled} {turned} {7 * times}") is SAME
    assert told(f"{line} < 7", f"{scaled} {'><'[turned == '>']} {7 * times}") is not SAME


@given(st.integers(-5, 20), st.integers(0, 30), COEFFICIENTS)
@settings(deadline=None, max_examples=25)
def test_the_library_adds_as_python_does(low: int, length: int, slope: int) -> None:
    """A sum of whole numbers is exact."""
    total = sum(slope * k + k**3 for k in range(low, low + length + 1))
    found = unevaluated.read(rf"\sum_{{k={low}}}^{{{low + length}}} \left({slope}k + k^3\right)")
    assert found is not None
    assert found.values == (total,)


@given(st.text(alphabet="\\sumprodintlim{}_^0123456789kx+-/()& ", max_size=80))
@settings(deadline=None)
def test_whatever_looks_like_a_sum_is_read_or_not(text: str) -> None:
    """Nothing is raised, and what comes of it travels."""
    value = said(rf"\sum_{{k=1}}^{{3}} {text}", Strategy.NUMERIC).value
    assert value is not None
    assert decode_value(encode_value(value)) == value


def test_letters_below_zero_are_evidence_where_they_give_real_numbers() -> None:
    """Alike above zero and not below is no verdict; where one is not real below, it is the same."""
    above = (1.0, 2.0, 3.0)
    size, itself, root = (Mathematics("of x", (*above, below)) for below in (1.0, -1.0, math.inf))
    assert compare(size, itself).sameness is UNKNOWN
    assert compare(size, root).sameness is SAME
    assert compare(size, Mathematics("of x", (1.0, 2.0, 4.0, 1.0))).sameness is DIFFERENT


def test_a_vote_of_an_older_reader_is_no_evidence_against() -> None:
    """It was looked at above zero only: the same there is UNKNOWN, and else it is another."""
    value = said("2x + 1", Strategy.NUMERIC, "Simplify.").value
    assert isinstance(value, Mathematics)
    assert len(value.numbers) == len(expression.POINTS) + 1
    older = Mathematics(value.form, value.numbers[:-1])
    assert compare(value, older).sameness is UNKNOWN
    assert compare(said("3x", Strategy.NUMERIC, "Simplify.").value, older).sameness is DIFFERENT
