"""Sums, integrals, limits and matrices: latex2sympy2-extended reads them, sympy works them out.

What comes out is the same fingerprint that `expression` gives: exact where it is rational, in
letters its values at the fixed points. To import this takes longer than an answer may.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Set
from fractions import Fraction
from functools import partial
from typing import Any

import sympy
from latex2sympy2_extended import latex2sympy
from latex2sympy2_extended.latex2sympy2 import ConversionConfig

from consensus.core.values import Number
from consensus.readers.mathematics import arithmetic, expression
from consensus.readers.mathematics.amount import Amount, matrix, of_letters
from consensus.readers.mathematics.arithmetic import NotMathematicsError

MOST_TERMS = 300  # that are added or multiplied one by one
DIGITS = 15
MOST_DIGITS = 30  # that are worked with to have those


def worked_out(latex: str) -> Amount | None:
    """What it comes to; None where the library cannot read it, or finds no number that is sure."""
    try:
        parsed = latex2sympy(latex, conversion_config=ConversionConfig(lowercase_symbols=False))
        found = _evaluated(parsed, one_sided="^{+}" in latex or "^{-}" in latex)
        if isinstance(found, sympy.MatrixBase | sympy.MatrixExpr):
            return _matrix(found) if "|" not in latex else None
        return _scalar(found)
    except Exception:  # the parser and sympy have no error in common
        return None


def _evaluated(parsed: Any, *, one_sided: bool) -> Any:
    """Sums, products, derivatives and limits; most integrals are left, to be had in numbers."""
    parsed = sympy.sympify(parsed)  # nosemgrep: no-code-from-data  what was parsed, no text
    if isinstance(parsed, sympy.MatrixBase):
        return parsed
    if not one_sided:  # x -> 0 is from both sides, and not from above, as the library takes it
        parsed = parsed.xreplace({found: _two_sided(found) for found in parsed.atoms(sympy.Limit)})
    series, integrals = parsed.atoms(sympy.Sum, sympy.Product), parsed.atoms(sympy.Integral)
    reason = _reason_against(parsed, series, integrals)
    if reason:
        raise NotMathematicsError(reason)
    parsed = parsed.xreplace({one: _term_by_term(one) for one in series})
    polynomial = all(found.function.is_polynomial() for found in integrals)
    worked = parsed.doit(integrals=polynomial)
    if worked.has(sympy.Sum, sympy.Product) and worked.free_symbols:
        raise NotMathematicsError("no closed form")
    return worked


def _reason_against(parsed: Any, series: Set[Any], integrals: Set[Any]) -> str:
    """Why the library would take long, or err; "" where it would not."""
    limits = parsed.atoms(sympy.Limit)
    bound = {str(letter) for one in series for letter in one.variables}
    bound |= {str(limit.args[1]) for limit in limits}
    names = {_name(symbol) for symbol in parsed.free_symbols}
    lengths = [high - low for one in series for _, low, high in one.limits]
    if math.prod(_terms(one) for one in series) > MOST_TERMS:
        return "too many terms"
    if not all(_converges_plainly(one) for one in series):
        return "no plain series"
    if bound & {name.partition("_")[2] for name in names}:
        return "terms that only their index tells apart"
    if not all(expression.is_letter(name) for name in names):
        return "words"
    if any(length.is_negative for length in lengths):
        return "nothing to add, of which conventions differ"
    if any(limit.has(sympy.Sum, sympy.Product) for limit in limits):
        return "a limit of sums"
    if any(len(bounds) < 3 for found in integrals for bounds in found.limits):
        return "known but for a constant"
    return ""


def _terms(series: Any) -> int:
    """How many terms there are to add or multiply; 1 where the library knows a closed form."""
    if isinstance(series, sympy.Sum) and series.function.is_polynomial(*series.variables):
        return 1
    lengths = [high - low for _, low, high in series.limits]
    return math.prod(int(length) + 1 for length in lengths if length.is_Integer)


def _converges_plainly(series: Any) -> bool:
    """Whether an endless sum is hypergeometric, and a product rational: others take long."""
    letter, low, high = series.limits[-1]
    if (high - low).is_finite is not False:
        return True
    if isinstance(series, sympy.Product):
        return bool(series.function.is_rational_function(letter))
    return sympy.hypersimp(series.function, letter) is not None


def _term_by_term(series: Any) -> Any:
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


def _matrix(worked: Any) -> Amount | None:
    rows = worked.as_explicit().tolist()
    return matrix([[_scalar(cell) for cell in row] for row in rows])


def _scalar(worked: Any) -> Amount:
    """A number, or an expression in letters. Raises what the library raises, and ours."""
    symbols = {_name(symbol): symbol for symbol in worked.free_symbols}
    if len(symbols) < len(worked.free_symbols) or len(symbols) > expression.MOST_LETTERS:
        raise NotMathematicsError("letters that only their case tells apart")
    number_at = partial(_number_at, worked, symbols)
    return of_letters(symbols, expression.fingerprint(symbols, number_at))


def _name(symbol: Any) -> str:
    """x_{1} as `expression` names it."""
    return re.sub(r"[{}\\ ]", "", str(symbol)).casefold()


def _number_at(worked: Any, symbols: Mapping[str, Any], at: Mapping[str, Number]) -> Number:
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
