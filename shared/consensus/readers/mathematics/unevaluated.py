r"""What an answer leaves to be worked out: \sum_{k=1}^{4} k, an integral, a limit, matrices added.

`algebra` works it out, and is loaded with the first answer that needs it. What may grow without end
is refused beforehand; the rest is bounded by the clock of the process that reads.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from consensus.readers.mathematics.amount import Amount

LONGEST = 400  # characters
DEEPEST = 12  # brackets
LARGEST_POWER = 1_000_000  # of all exponents together
LARGEST_INTEGRATED = 100  # of all exponents together, where there is an integral
LARGEST_CHOICE = 9_999  # in factorials and binomials

_LEFT = re.compile(
    r"\\(?:sum|prod|i?int|lim|det|partial)(?![a-z])|\\begin\{[a-zA-Z]*(?:matrix|array)\}|"
    r"\\frac\s*\{\s*d\s*\}\s*\{\s*d\s*[a-z]\s*\}|[∑∏∫]"
)
_SPELT = (
    (re.compile(r"\\(?:displaystyle|limits|nolimits|quad|qquad|[Bb]ig[lr]?)(?![A-Za-z])"), " "),
    (re.compile(r"\\[dtc]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\\bmod(?![A-Za-z])"), r"\\mod"),
    (re.compile(r"\\begin\{array\}\s*\{[^{}]*\}"), r"\\begin{matrix}"),
    (re.compile(r"\\end\{array\}"), r"\\end{matrix}"),
    (re.compile(r"\\left\s*\|\s*\\begin\{matrix\}"), r"\\begin{vmatrix}"),
    (re.compile(r"\\end\{matrix\}\s*\\right\s*\|"), r"\\end{vmatrix}"),
    (re.compile(r"(?<!\\)\\[,;:! ]|~"), " "),
    (re.compile(r"\^\s*([A-Za-z0-9]|[+-](?=\s*[}\s]))"), r"^{\1}"),
    (re.compile(r"_\s*([A-Za-z0-9])"), r"_{\1}"),
    (re.compile(r"([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]+)"), r"^{\1}"),
    (re.compile(r"([₀₁₂₃₄₅₆₇₈₉ₙ]+)"), r"_{\1}"),
)  # fmt: skip
_LETTERS = str.maketrans(
    {
        **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ₀₁₂₃₄₅₆₇₈₉ₙ", "0123456789-+n0123456789n", strict=True)),
        **{"∑": r"\sum ", "∏": r"\prod ", "∫": r"\int ", "∞": r"\infty ", "π": r"\pi "},
        **{"→": r"\to ", "−": "-", "·": r"\cdot ", "×": r"\times ", "√": r"\sqrt "},
    }
)
_EXPONENT = re.compile(r"\^\{?\s*-?(\d+)")
_INTEGRAL = re.compile(r"\\i?int(?![a-z])")
_FIGURES = re.compile(r"\d+")
_TOWER = re.compile(r"\d\s*\^\s*\{[^{}]*\d\s*\^")
_REPEATED = re.compile(r"!\s*[)}\]]*\s*!")


def is_one(text: str) -> bool:
    """Whether a text leaves something of this kind to be worked out."""
    return _LEFT.search(text) is not None


@lru_cache(maxsize=1)
def load() -> None:
    """Load the libraries, which takes longer than an answer may."""
    read(r"\sum_{k=1}^{2} \frac{k}{2}")


def read(text: str) -> Amount | None:
    """What the text comes to; None where it cannot be read, or grows too large."""
    latex = _spelt(text)
    if not is_one(latex) or not _is_bounded(latex):
        return None
    from consensus.readers.mathematics import algebra  # noqa: PLC0415  heavy, and few need it

    return algebra.worked_out(latex)


def _spelt(text: str) -> str:
    """The text as the library's grammar has it."""
    latex = _last_side(text.strip().strip("$").strip().rstrip("."))
    for pattern, spelt in _SPELT:
        latex = pattern.sub(spelt, latex)
    return latex.translate(_LETTERS)


def _last_side(latex: str) -> str:
    """What the last equals sign outside of brackets says that the rest is."""
    depth = begun = 0
    for place, letter in enumerate(latex):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "=" and not depth:
            begun = place + 1
    return latex[begun:]


def _is_bounded(latex: str) -> bool:
    """Whether what it is made of is small."""
    depth = deepest = 0
    for letter in latex[: LONGEST + 1]:
        depth += (letter in "([{") - (letter in ")]}")
        deepest = max(deepest, depth)
    largest = LARGEST_INTEGRATED if _INTEGRAL.search(latex) else LARGEST_POWER
    figures = [int(found) for found in _FIGURES.findall(latex[:LONGEST])]
    chooses = "!" in latex or "binom" in latex or "choose" in latex
    return (
        len(latex) <= LONGEST
        and deepest <= DEEPEST
        and math.prod(int(found) or 1 for found in _EXPONENT.findall(latex)) <= largest
        and not (chooses and max(figures, default=0) > LARGEST_CHOICE)
        and not _TOWER.search(latex)
        and not _REPEATED.search(latex)
    )
