r"""What an answer leaves to be worked out: \sum_{k=1}^{4} k, an integral, a limit, matrices added.

latex2sympy2-extended reads its LaTeX and sympy works it out, to the same fingerprint that
`expression` gives: exact where it is rational, in letters its values at the fixed points. Both are
loaded with the first answer that needs them. What may grow without end is refused beforehand; the
rest is bounded by the clock of the process that reads.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

from consensus.core.values import Number
from consensus.readers.mathematics import arithmetic, expression
from consensus.readers.mathematics.amount import Amount, matrix, of_letters
from consensus.readers.mathematics.arithmetic import NotMathematicsError

LONGEST = 400  # characters
DEEPEST = 12  # brackets
LARGEST_POWER = 1_000_000  # of all exponents together
MOST_TERMS = 300  # that are added or multiplied one by one
LARGEST_CHOICE = 9_999  # in factorials and binomials
DIGITS = 15
MOST_DIGITS = 30  # that are worked with to have those

_LEFT = re.compile(
    r"\\(?:sum|prod|i?int|lim|det|partial)(?![a-z])|\\begin\{[a-zA-Z]*(?:matrix|array)\}|"
    r"\\frac\s*\{\s*d\s*\}\s*\{\s*d\s*[a-z]\s*\}|[∑∏∫]"
)
_NAMED = re.compile(r"^\s*[A-Za-z](?:_\{?\w\}?|\([a-z]\))?\s*=\s*(?=\\)")
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
    import sympy  # noqa: PLC0415  heavy, and few answers need it
    from latex2sympy2_extended import latex2sympy  # noqa: PLC0415
    from latex2sympy2_extended.latex2sympy2 import ConversionConfig  # noqa: PLC0415

    try:
        parsed = latex2sympy(latex, conversion_config=ConversionConfig(lowercase_symbols=False))
        worked = _worked_out(sympy, parsed, one_sided="^{+}" in latex or "^{-}" in latex)
        if isinstance(worked, sympy.MatrixBase | sympy.MatrixExpr):
            return _matrix(sympy, worked) if "|" not in latex else None
        return _scalar(sympy, worked)
    except Exception:  # the parser and sympy have no error in common
        return None


def _spelt(text: str) -> str:
    """The text as the library's grammar has it."""
    latex = _NAMED.sub("", text.strip().strip("$").strip().rstrip("."))
    for pattern, spelt in _SPELT:
        latex = pattern.sub(spelt, latex)
    return latex.translate(_LETTERS)


def _is_bounded(latex: str) -> bool:
    """Whether what it is made of is small."""
    depth = deepest = 0
    for letter in latex[: LONGEST + 1]:
        depth += (letter in "([{") - (letter in ")]}")
        deepest = max(deepest, depth)
    figures = [int(found) for found in _FIGURES.findall(latex[:LONGEST])]
    chooses = "!" in latex or "binom" in latex or "choose" in latex
    return (
        len(latex) <= LONGEST
        and deepest <= DEEPEST
        and math.prod(int(found) or 1 for found in _EXPONENT.findall(latex)) <= LARGEST_POWER
        and not (chooses and max(figures, default=0) > LARGEST_CHOICE)
        and not _TOWER.search(latex)
        and not _REPEATED.search(latex)
    )


def _worked_out(sympy: Any, parsed: Any, *, one_sided: bool) -> Any:
    """Sums, products, derivatives and limits; most integrals are left, to be had in numbers."""
    parsed = sympy.sympify(parsed)
    if isinstance(parsed, sympy.MatrixBase):
        return parsed
    if not one_sided:  # x -> 0 is from both sides, and not from above, as the library takes it
        parsed = parsed.xreplace({found: _two_sided(found) for found in parsed.atoms(sympy.Limit)})
    series = parsed.atoms(sympy.Sum, sympy.Product)
    if math.prod(_terms(sympy, one) for one in series) > MOST_TERMS:
        raise NotMathematicsError("too many terms")
    if not all(_converges_plainly(sympy, one) for one in series):
        raise NotMathematicsError("no plain series")
    if any(limit.has(sympy.Sum, sympy.Product) for limit in parsed.atoms(sympy.Limit)):
        raise NotMathematicsError("a limit of sums, which the library errs in")
    parsed = parsed.xreplace({one: _term_by_term(sympy, one) for one in series})
    integrals = parsed.atoms(sympy.Integral)
    if any(len(bounds) < 3 for found in integrals for bounds in found.limits):
        raise NotMathematicsError("known but for a constant")
    polynomial = all(found.function.is_polynomial() for found in integrals)
    worked = parsed.doit(integrals=polynomial)
    if worked.has(sympy.Sum, sympy.Product) and worked.free_symbols:
        raise NotMathematicsError("no closed form")
    return worked


def _terms(sympy: Any, series: Any) -> int:
    """How many terms there are to add or multiply; 1 where the library knows a closed form."""
    if isinstance(series, sympy.Sum) and series.function.is_polynomial(*series.variables):
        return 1
    lengths = [high - low for _, low, high in series.limits]
    return math.prod(int(length) + 1 for length in lengths if length.is_Integer)


def _converges_plainly(sympy: Any, series: Any) -> bool:
    """Whether an endless sum is hypergeometric, and a product rational: others take long."""
    letter, low, high = series.limits[-1]
    if (high - low).is_finite is not False:
        return True
    if isinstance(series, sympy.Product):
        return bool(series.function.is_rational_function(letter))
    return sympy.hypersimp(series.function, letter) is not None


def _term_by_term(sympy: Any, series: Any) -> Any:
    """A short sum or product written out, for which the library would seek a closed form."""
    letter, low, high = series.limits[0]
    length = high - low
    if len(series.limits) > 1 or not length.is_Integer or not 0 < length < MOST_TERMS:
        return series
    joined = sympy.Add if isinstance(series, sympy.Sum) else sympy.Mul
    return joined(*(series.function.subs(letter, low + n) for n in range(int(length) + 1)))


def _two_sided(limit: Any) -> Any:
    of, letter, end, _ = limit.args
    return limit.func(of, letter, end, "+-") if end.is_finite else limit


def _matrix(sympy: Any, worked: Any) -> Amount | None:
    rows = worked.as_explicit().tolist()
    return matrix([[_scalar(sympy, cell) for cell in row] for row in rows])


def _scalar(sympy: Any, worked: Any) -> Amount:
    """A number, or an expression in letters. Raises what the library raises, and ours."""
    symbols = {_name(symbol): symbol for symbol in worked.free_symbols}
    if len(symbols) < len(worked.free_symbols) or len(symbols) > expression.MOST_LETTERS:
        raise NotMathematicsError("letters that only their case tells apart")
    number_at = partial(_number_at, sympy, worked, symbols)
    return of_letters(symbols, expression.fingerprint(symbols, number_at))


def _name(symbol: Any) -> str:
    """x_{1} as `expression` names it."""
    return re.sub(r"[{}\\ ]", "", str(symbol)).casefold()


def _number_at(
    sympy: Any, worked: Any, symbols: Mapping[str, Any], at: Mapping[str, Number]
) -> Number:
    """Its value where the letters have these. An integral that converges slowly has none."""
    placed = worked.subs({symbol: at[name] for name, symbol in symbols.items()})
    if placed in (sympy.oo, -sympy.oo):
        return float(placed)
    if isinstance(placed, sympy.Rational):
        found: Number = Fraction(int(placed.p), int(placed.q))
    else:
        near = placed.evalf(DIGITS, maxn=MOST_DIGITS, strict=True)
        found = arithmetic.real(complex(near))
        if not found and near:
            raise NotMathematicsError("too small")
    if not arithmetic.is_presentable(found):
        raise NotMathematicsError("too large, or none")
    return found
