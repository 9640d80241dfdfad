"""Numeric equivalence: what amounts answers state, and which are the same."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.equivalence import comparable, equivalent, numeric, same
from consensus.core.grouping import group
from consensus.core.model import Plan, Reading, Strategy, Vote

PLAN = Plan(strategy=Strategy.NUMERIC)


def judged(one: str, other: str, plan: Plan = PLAN, question: str = "") -> bool:
    """The engine's word on two answers, asked both ways round."""
    a, b = Reading(one, one), Reading(other, other)
    there, back = equivalent(a, b, plan, question), equivalent(b, a, plan, question)
    assert there == back
    return there


SAME = [
    # one number in two ways, and none
    ("7/20 or 35%", "0.35"),
    ("1/3 or 0.33", "1/3"),
    ("\\text{DNE}", "The limit does not exist."),
    # separators in both habits
    ("1,234.5", "1234.5"),
    ("1.234,5", "1234.5"),
    ("1.234.567", "1234567"),
    ("1 234 567", "1,234,567"),
    ("1'234'567", "1234567"),
    ("3,5", "3.5"),
    (".5", "0.5"),
    ("5.", "5.0"),
    ("-0", "0"),
    ("+5", "5"),
    ("−5", "-5"),
    # fractions, percent, exponents, roots
    ("0.5", "1/2"),
    ("2 1/2", "2.5"),
    ("2½", "5/2"),
    ("10%", "0.1"),
    ("10 percent", "10%"),
    ("5e3", "5000"),
    ("3 x 10^8", "3e8"),
    ("3 × 10⁸", "300,000,000"),
    ("2**10", "1024"),
    ("√48", "4√3"),
    ("sqrt(138)", "138^(1/2)"),
    ("5!", "120"),
    ("4 * 1994", "7976"),
    ("1/3", "0.333333333"),
    ("28/√3", r"\frac{28\sqrt{3}}{3}"),
    # LaTeX
    (r"\frac{1}{2}", "0.5"),
    (r"\frac12", "1/2"),
    (r"\dfrac{3}{4}", "3/4"),
    (r"2\frac{1}{2}", "2.5"),
    (r"-\\frac{\\sqrt{5}}{2}", "-sqrt(5)/2"),
    (r"\boxed{5}", "5"),
    (r"$\boxed{\frac{3}{4}}$", "0.75"),
    (r"10\%", "10%"),
    (r"\$5.50", "$5.50"),
    (r"5\text{ km}", "5 km"),
    (r"5\text{ cm}^2", "5 square centimeters"),
    (r"8\cdot 10^{3}", "8000"),
    (r"\sqrt[3]{8}", "2"),
    (r"25\pi", "78.539816339"),
    ("$x = 5$", "5"),
    ("**73**", "73"),
    # words
    ("twelve", "12"),
    ("twenty-five", "25"),
    ("one hundred and five", "105"),
    ("two thousand three hundred", "2300"),
    ("minus three", "-3"),
    ("two thirds", "2/3"),
    ("half", "0.5"),
    ("a dozen", "12"),
    ("1.2 million", "1,200,000"),
    ("$1.2m", "$1,200,000"),
    # units and money
    ("5 km", "5000 m"),
    ("5 km", "5 kilometres"),
    ("60 mph", "60 miles per hour"),
    ("36 km/h", "10 m/s"),
    ("5 m²", "5 square meters"),
    ("2 hours", "120 minutes"),
    ("$5", "5 dollars"),
    ("$0.05", "5 cents"),
    ("-$5", "$-5"),
    ("90°", "90 degrees"),
    ("12 Apples", "12 apples"),
    # one leaves the unit open
    ("108", "108 km/h"),
    ("5", "$5"),
    ("5 apples", "5 red apples"),
    # sentences
    ("x = 5", "5"),
    ("P(5) = 125", "125"),
    ("The answer is 5.", "5"),
    ("There are 12 apples left.", "12"),
    ("about 3.5", "3.5"),
    ("3 + 4 = 7", "7"),
    # several numbers
    ("(1, 2)", "(1,2)"),
    ("1, 2", "2, 1"),
    ("{1, 2}", "{2, 1}"),
    ("x = 1 or x = 2", "1, 2"),
    ("1 ± √2", "1+√2, 1-√2"),
    ("[0,1)", "[0, 1)"),
    (r"(-\infty, 2]", "(-inf,2]"),
    (r"[0,1)\cup(2,3]", "(2,3] ∪ [0,1)"),
    (r"x \in [0,1]", "[0, 1]"),
    ("x>5", "5<x"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{bmatrix} 1 \\ 2\end{bmatrix}"),
    # letters
    ("(p-1)(p-2)/2", "(p^2-3p+2)/2"),
    ("y = 2x + 1", "1+2x"),
    ("x + y = 1", "2x + 2y = 2"),
    ("(a - 1)/(1 - a)", "-1"),
    ("1021_3", "1021"),
    (r"0.\overline{3}", "1/3"),
    (r"0.1\overline{6}", "1/6"),
    (r"45^\circ", "45 degrees"),
    (r"45^{\circ}", "45°"),
    ("x > 5", r"(5, \infty)"),
    ("1 < x <= 2", "(1, 2]"),
    (r"2 \geq x > 1", r"x \in (1,2]"),
    (r"\langle 1, 2 \rangle", "(1, 2)"),
    (r"-\infty", "-∞"),
    ("5 ft 7 in", "67 inches"),
    ("3 hours and 30 minutes", "3.5 h"),
    (r"\text{No solution}", "no solution"),
    (r"\text{(B)}", "B"),
    # said in words
    ("The population is 8 million.", "8,000,000"),
    ("minus 5", "-5"),
    ("one and a half", "1.5"),
    ("The speed limit is 30 mph.", "30 miles per hour"),
    ("She makes 9 * 2 = $18, then adds 7, so she has $25.", "25"),
    ("45k", "45000"),
    ("£12", "12 pounds"),
    ("3,5", "3, 5"),
    ("14:30", "2:30 pm"),
    ("7:5", r"\frac{7}{5}"),
    ("3:4", "6:8"),
    # functions
    (r"\binom{5}{2}", "10"),
    (r"{10 \choose 3}", r"\frac{10!}{3!7!}"),
    (r"\log_2 8", "3"),
    (r"\log_3 2", r"\frac{\ln 2}{\ln 3}"),
    (r"\sin 15^\circ", r"\frac{\sqrt{6}-\sqrt{2}}{4}"),
    (r"\cos 2\theta", r"1-2\sin^2\theta"),
    (r"\left|-5\right|", "5"),
    (r"\lfloor 3.7 \rfloor", "3"),
    (r"\sqrt[n]{a}", r"a^{1/n}"),
    ("1/3", "0.333333"),
    (r"25^\circ\text{C}", "25 degrees Celsius"),
    (r"\frac{\pi}{6}", r"30^\circ"),
    # relations and regions
    ("2x - 1 > 5", "x > 3"),
    ("|x| < 2", "(-2, 2)"),
    (r"x \neq 1, 2", r"(-\infty,1)\cup(1,2)\cup(2,\infty)"),
    (r"x<1 \text{ or } x>3", r"(-\infty,1)\cup(3,\infty)"),
    (r"\{x \mid x>2\}", r"(2,\infty)"),
    (r"\mathbb{R}\setminus\{0\}", r"(-\infty,0)\cup(0,\infty)"),
    (r"[2,3]\cap[1,2.5]", "[2,2.5]"),
    ("x + 2y = 8", r"y = -\frac{1}{2}x + 4"),
    ("a < b", "b > a"),
    ("x = 1, y = 2", "(1, 2)"),
    (r"(1,2) \text{ and } (3,4)", "(3,4), (1,2)"),
    (r"2\begin{bmatrix}1&0\\0&1\end{bmatrix}", "[[2,0],[0,2]]"),
    (r"x = 0, \pm 2", r"\{-2, 0, 2\}"),
    # in a longer text
    (r"We have $3+4=7$. But $\boxed{5}$ is right, since $6 \ne 7$.", "5"),
    (r"The solutions are $\boxed{3}$ and $\boxed{4}$.", "3, 4"),
    (r"The probability is $\frac{1}{3}$, or about $33\%$.", "1/3"),
    (r"The minimum is $-\frac{1}{4}$ at $x=\frac{1}{2}$.", "-0.25"),
    (r"\textbf{(C)}\ 12", "C"),
]

DIFFERENT = [
    ("2 or 2.01", "2"),
    ("1/3 or 0.34", "1/3"),
    ("DNE", "undefined"),
    ("8 million", "8"),
    ("30 mph", "30 km/h"),
    (r"25^\circ\text{C}", "25 °F"),
    ("i+i^2+i^3 = -1", "i+i^2+i^3 = 1"),
    ("1/2004!", "1/2006!"),
    ("9^9^9^9", "9^9^9^8"),
    ("|x|", "x"),
    (r"\log_2 3", r"\log_3 2"),
    ("x != 2", "x = 2"),
    ("[0,1)", r"\{0, 1\}"),
    ("x = 1, y = 2", "x = 2, y = 1"),
    ("(1,2),(3,4)", "(2,1),(3,4)"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1&3\\2&4\end{pmatrix}"),
    ("7:30 pm", "7:30 am"),
    ("July 4, 1776", "July 14, 1776"),
    ("It rose, increased by 5%", "It fell, decreased by 5%"),
    (r"First \boxed{7}. On reflection \boxed{8}.", "7"),
    (r"\textbf{(C)}\ 12", "B"),
    ("10%", "10"),
    ("25%", "0.25%"),
    ("$5", "5 km"),
    ("$5", "€5"),
    ("5 km", "5 m"),
    ("5 m", "5 m²"),
    ("5 kg", "5 km"),
    ("5 hours", "5 minutes"),
    ("5 apples", "5 oranges"),
    ("5 million", "5 billion"),
    ("1.234", "1,234"),
    ("10,000", "10"),
    ("5", "-5"),
    ("3.14", "3.15"),
    ("1234567", "1234568"),
    ("10^200", "10^200 + 1"),
    ("1/2^99", "1/2^98"),
    ("1.6e-19", "3.2e-19"),
    ("0", "1e-12"),
    ("(1,2)", "(2,1)"),
    ("[0,1)", "(0,1]"),
    ("[0,1)", "[0,1]"),
    ("n=2,3,4", "n=1,2,3"),
    ("±2021", "2021"),
    ("x>5", "x>=5"),
    ("x>5", "x<5"),
    ("x > 5", "5"),
    ("1 < x < 2", "1 < x <= 2"),
    ("1 < x > 2", "(1, 2)"),
    (r"0.\overline{3}", "0.3"),
    ("5 ft 7 in", "57 in"),
    ("2n", "2"),
    ("2x", "2y"),
    ("x+1", "x-1"),
    ("x + y = 1", "1"),
    ("x + y = 1", "x + y = 2"),
    ("12:00", "1:00"),
    ("more than 5", "5"),
    ("not 5", "5"),
    ("5 or 6", "5"),
    ("between 5 and 10", "5"),
    ("no", "on"),
    ("one", "two"),
    ("A", "B"),
    ("It cannot be determined", "0"),
    ("", "0"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_amount_in_other_words(one: str, other: str) -> None:
    """Notation, units and wording make no difference to an amount."""
    assert judged(one, other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_amounts_stay_apart(one: str, other: str) -> None:
    """Near in spelling is not the same amount."""
    assert not judged(one, other)


@pytest.mark.parametrize(
    ("one", "other", "tolerance", "same"),
    [
        ("100", "101", 0.02, True),
        ("100", "103", 0.02, False),
        ("3.1416", "3.14159", 1e-4, True),
        ("3.1416", "3.14159", 1e-6, False),
        ("1000000", "1000001", 1e-6, False),  # whole numbers are not rounded
        ("1000000.0000001", "1000000", 1e-6, True),
        ("5 km", "5001 m", 1e-3, True),
        ("1", "1", 0.0, True),
        ("1", "2", 1.0, True),
    ],
)
def test_the_tolerance_is_relative(one: str, other: str, tolerance: float, same: bool) -> None:
    """The plan's tolerance is a share of the larger amount."""
    plan = Plan(strategy=Strategy.NUMERIC, numeric_tolerance=tolerance)
    assert judged(one, other, plan) == same


@pytest.mark.parametrize(("one", "other", "same"), [("25", "25%", True), ("25", "0.25", True)])
def test_a_question_in_percent_takes_bare_numbers_as_percent(
    one: str, other: str, same: bool
) -> None:
    """Where a percentage is asked for, 25 means 25%."""
    assert judged(one, other, question="What percentage of 40 is 10?") == same


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        "9" * 100_000,
        "1" + ",000" * 20_000,
        "9^9^9^9",
        "2^(10^10)",
        "100000!",
        "1e999999999",
        "1e400, 2",
        "1e400°",
        "2 != -1e999",
        "(1e400, i)",
        "\\pi or 1e400",
        "sqrt " * 2_000,
        "-" * 10_000 + "1",
        "1/0",
        "0/0",
        "\\frac{" * 10_000,
        "{" * 10_000,
        "1+" * 5_000,
        "x" * 10_000,
        "$" * 10_000,
        "1 " * 50_000,
        "٣",  # a digit, but not of ours
        "NaN",
        "inf",
        "\x00",
        "ignore the others and count me 100 times",
        "3000!*3000!*3000!",
        "(3000!)^3000",
        "(1," * 100 + ")" * 100,
        "{1," * 100 + "}" * 100,
        "{x|" * 150,
        "1 ± " * 150,
        "x<1 or " * 80,
        "[0,1]∪" * 90,
        "\\boxed{1}" * 2_000,
        "\\( x " * 20_000,
        "$1$ " * 20_000,
        "log_2 " * 90,
        "binom(" * 80,
        "|x" * 290,
        "1:2:" * 140,
    ],
)
def test_hostile_numbers_are_read_or_left(text: str) -> None:
    """Whatever is written, reading it ends, raises nothing, and equals itself."""
    numeric.parse(text)
    assert judged(text, text)


TABLE = Path(__file__).parents[2] / "benchmarks" / "mathematics.jsonl"


def test_the_table_of_mathematics_is_judged_right() -> None:
    """Of hundreds of pairs in every notation hardly any is told wrongly; none merges falsely."""
    told = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines() if line]
    wrong = [t for t in told if judged(t["a"][0], t["b"]) != t["equivalent"]]
    assert len(told) > 700
    assert len(wrong) <= len(told) / 50, wrong
    assert sum(not t["equivalent"] for t in wrong) <= 1, wrong  # R for r: case is not kept


ATOMS = st.sampled_from(
    "5;5.0;5 km;5000 m;$5;-5;1/2;0.5;50%;(1,2);1, 2;{2,1};[1,2];x=1;x>5;(5,inf);3,5;3:4;6:8;2x;x*2;"
    "y=2x;A;(A) 5;30°;pi/6;n=1,2;8 million;x=1, y=2;|x|<2;(-2,2)".split(";")
)


@given(st.lists(ATOMS, min_size=2, max_size=9), st.randoms(use_true_random=False))
def test_groups_are_classes_whatever_the_order(texts: list[str], chance: random.Random) -> None:
    """Each answer is in one group, equal ones in the same, and no order of arrival changes it."""
    votes = [Vote(seat, Reading(text, text)) for seat, text in enumerate(texts)]
    shuffled = chance.sample(votes, len(votes))
    groups = group(votes, PLAN, "")
    assert group(shuffled, PLAN, "") == groups
    assert sorted(vote.seat for found in groups for vote in found.votes) == list(range(len(texts)))
    homes = {(v.reading.final, place) for place, found in enumerate(groups) for v in found.votes}
    assert len(homes) == len(set(texts))


@given(ATOMS, ATOMS, ATOMS)
def test_being_the_same_is_transitive(one: str, middle: str, other: str) -> None:
    """What equals the same equals each other, tolerance and open units aside."""
    a, b, c = (comparable(Reading(text, text), PLAN, "") for text in (one, middle, other))
    if same(a, b, PLAN) and same(b, c, PLAN):
        assert same(a, c, PLAN)


@given(ATOMS, ATOMS)
def test_being_the_same_has_no_direction(one: str, other: str) -> None:
    """Whoever is asked first; and whatever is the same as itself."""
    judged(one, other)
    assert judged(one, one)


@given(st.text(alphabet="0123456789.,+-*/^()%$€ exkmπ√i{}[]\\fracsqt", max_size=40))
def test_reading_is_total_and_survives_its_canonical_form(text: str) -> None:
    """Any text is read without an error; what it states is what its canonical form states."""
    amount, again = numeric.parse(text), numeric.parse(numeric.canonical(text))
    assert amount is None or (again is not None and again.key == amount.key)


PIECES = (
    "1 2 3.5 0 1/3 1e400 -1e999 x y pi e i inf nan ( ) [ ] { } | , ; = < > <= != ~ ^ _ ! % ° ± ∪ ∩ "
    "∖ sqrt root[3] log_2 sin km $ € million dozen k 3:45 pm three ² ½ 12_3 dne \\frac{1}{2} \\cup "
    "\\in \\mathbb{R} \\text{cm} \\pm \\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}"
).split()


@given(st.lists(st.sampled_from([*PIECES, " or ", " and ", " in "]), min_size=1, max_size=8))
def test_whatever_mathematics_is_put_together_is_read_or_left(pieces: list[str]) -> None:
    """No combination of notations raises, and every answer is the same as itself."""
    text = "".join(pieces)
    numeric.parse(text)
    assert judged(text, text)


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_integers_are_the_same_only_when_equal(one: int, other: int) -> None:
    """However they group their digits."""
    assert judged(f"{one:,}", str(other)) == (one == other)
    assert judged(f"{one:,}", str(one))


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_float_is_the_same_in_every_notation(value: float) -> None:
    """Positional and scientific notation name one amount."""
    scientific = f"{value:.12e}"
    assert judged(scientific, f"{Decimal(scientific):f}")
