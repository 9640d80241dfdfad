"""The value of a mathematical expression in plain text, by a small parser; nothing is executed.

Rational arithmetic is exact. An expression in letters is known by its values at a few fixed points:
two that agree at all of them are the same expression, up to a chance that nobody will meet.
"""

from __future__ import annotations

import cmath
import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

LONGEST = 400  # characters
LONGEST_NUMBER = 400
DEEPEST = 40  # brackets
LARGEST = 12_000  # bits of a numerator or a denominator
LARGEST_FACTORIAL = 1_000
POINTS = (0.7390851332, 1.6180339887, 2.2360679775)  # where expressions in letters are looked at

Number = Fraction | float | complex

GROUPED = r"\d{1,3}(?:[,' ]\d{3}){1,40}(?!\d)(?:\.\d{1,60})?"
_NUMBER = (
    rf"{GROUPED}|\d{{1,3}}(?:\.\d{{3}}){{2,40}}(?:,\d+)?(?!\d)|\d{{1,3}}(?:\.\d{{3}})+,\d+|"
    r"\d+\.\d*|\.\d+|\d+,\d+|\d+"
)
_TOKEN = re.compile(
    rf"\s*(?:(?P<mixed>\d+\s+\(?\(?\d+\)?/\(?\d+\)?\)?)(?![\d.^])"
    rf"|(?P<number>(?:{_NUMBER})(?:e[-+]?\d{{1,4}}(?![\w.]))?)"
    r"|(?P<name>root\d+|[a-z]+)|(?P<mark>[-+*/^()!%]))"
)
_MIXED = re.compile(r"(\d+)\s+\(?\(?(\d+)\)?/\(?(\d+)")

_CONSTANTS: Mapping[str, Number] = {"pi": math.pi, "e": math.e, "i": 1j}
_FUNCTIONS: Mapping[str, Callable[[complex], complex]] = {
    "ln": cmath.log,
    "log": cmath.log10,
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "exp": cmath.exp,
    "arcsin": cmath.asin,
    "arccos": cmath.acos,
    "arctan": cmath.atan,
}
_ROOTS = {"sqrt": 2, "cbrt": 3}
NAMES = frozenset([*_CONSTANTS, *_FUNCTIONS, *_ROOTS, "inf"])  # words that are mathematics


class NotMathematicsError(ValueError):
    """The text is no expression, or one that is too large to evaluate."""


def values(text: str) -> tuple[frozenset[str], tuple[Number, ...]]:
    """The letters of an expression, and its value, or its values at the fixed points.

    Raises NotMathematicsError.
    """
    tokens = _tokens(text.casefold())
    letters = frozenset(
        name for kind, name in tokens if kind == "name" and len(name) == 1
    ) - frozenset(_CONSTANTS)
    if len(letters) > 6:
        raise NotMathematicsError(text)
    try:
        if not letters:
            return letters, (_Parser(tokens, {}).whole(),)
        named = sorted(letters)
        return letters, tuple(
            _Parser(tokens, {n: p * (1 + k / 7) for k, n in enumerate(named)}).whole()
            for p in POINTS
        )
    except (ArithmeticError, RecursionError) as error:
        raise NotMathematicsError(text) from error
    except ValueError as error:  # a function outside its domain
        raise NotMathematicsError(text) from error


def number(text: str) -> Fraction:
    """A number in either habit: 1,234.5 and 1.234,5; one comma before three digits groups."""
    digits, _, exponent = re.sub(r"[' ]", "", text).partition("e")
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma > point >= 0 or digits.count(".") > 1:
        digits = digits.replace(".", "").replace(",", ".")
    elif comma >= 0 and point < 0 and digits.count(",") == 1 and len(digits) - comma != 4:
        digits = digits.replace(",", ".")
    if len(digits) > LONGEST_NUMBER or len(exponent) > 5:
        raise NotMathematicsError(text)
    return Fraction(digits.replace(",", "")) * Fraction(10) ** int(exponent or 0)


def _tokens(text: str) -> list[tuple[str, str]]:
    if not text.strip() or len(text) > LONGEST or text.count("(") > DEEPEST:
        raise NotMathematicsError(text)
    tokens: list[tuple[str, str]] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise NotMathematicsError(text)
        kind, token = match.lastgroup, match[match.lastgroup]
        known = token in _CONSTANTS or token in _FUNCTIONS or token in _ROOTS
        if kind == "name" and len(token) > 1 and not known and not token.startswith("root"):
            # 2xy is a product, but a word is not.
            if len(token) > 3 or not tokens or tokens[-1][0] == "name":
                raise NotMathematicsError(text)
            tokens += [("name", letter) for letter in token]
        else:
            tokens.append((kind, token))
        place = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens, evaluating on the way."""

    def __init__(self, tokens: list[tuple[str, str]], letters: Mapping[str, Number]) -> None:
        self._tokens = tokens
        self._place = 0
        self._letters = letters
        self._depth = 0

    def whole(self) -> Number:
        value = self._sum()
        if self._place != len(self._tokens):
            raise NotMathematicsError(self._tokens[self._place][1])
        if not _is_presentable(value):
            raise NotMathematicsError("too large")
        return value

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("", "")

    def _take(self, *marks: str) -> str:
        kind, token = self._peek()
        if kind == "mark" and token in marks:
            self._place += 1
            return token
        return ""

    def _sum(self) -> Number:
        value = self._product()
        while mark := self._take("+", "-"):
            other = self._product()
            value = _add(value, other if mark == "+" else _times(Fraction(-1), other))
        return value

    def _product(self) -> Number:
        value = self._signed()
        while True:
            if mark := self._take("*", "/"):
                other = self._signed()
                value = _times(value, other) if mark == "*" else _divide(value, other)
            elif self._peek()[0] in ("name",) or self._peek() == ("mark", "("):
                value = _times(value, self._power())
            else:
                return value

    def _signed(self) -> Number:
        self._depth += 1
        if self._depth > 2 * DEEPEST:
            raise NotMathematicsError("too deep")
        try:
            if mark := self._take("+", "-"):
                value = self._signed()
                return value if mark == "+" else _times(Fraction(-1), value)
            return self._power()
        finally:
            self._depth -= 1

    def _power(self) -> Number:
        base = self._atom()
        while mark := self._take("!", "%"):
            base = _factorial(base) if mark == "!" else _divide(base, Fraction(100))
        return _power(base, self._signed()) if self._take("^") else base

    def _atom(self) -> Number:
        kind, token = self._peek()
        self._place += 1
        if kind == "number":
            return number(token)
        if kind == "mixed":
            return _mixed(token)
        if kind == "name":
            return self._named(token)
        if (kind, token) == ("mark", "("):
            value = self._sum()
            if self._take(")"):
                return value
        raise NotMathematicsError(token)

    def _named(self, name: str) -> Number:
        if name in self._letters:
            return self._letters[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        degree = _ROOTS.get(name) or (int(name[4:6]) if name.startswith("root") else 0)
        if degree:
            return _root(self._power(), degree)
        if name in _FUNCTIONS:
            power = self._signed() if self._take("^") else Fraction(1)
            return _power(_real(_FUNCTIONS[name](complex(self._power()))), power)
        raise NotMathematicsError(name)


def _mixed(token: str) -> Number:
    match = _MIXED.match(token)
    if match is None or not int(match[3]):
        raise NotMathematicsError(token)
    return int(match[1]) + Fraction(int(match[2]), int(match[3]))


def _add(a: Number, b: Number) -> Number:
    return a + b if isinstance(a, Fraction) and isinstance(b, Fraction) else _real(_c(a) + _c(b))


def _times(a: Number, b: Number) -> Number:
    return a * b if isinstance(a, Fraction) and isinstance(b, Fraction) else _real(_c(a) * _c(b))


def _divide(a: Number, b: Number) -> Number:
    return a / b if isinstance(a, Fraction) and isinstance(b, Fraction) else _real(_c(a) / _c(b))


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if exponent.denominator == 1:
            if abs(exponent) * bits > LARGEST:
                raise NotMathematicsError("too large a power")
            return Fraction(base ** int(exponent))
        if exponent == Fraction(1, 2):
            return _root(base, 2)
    return _real(_c(base) ** _c(exponent))


def _root(value: Number, degree: int) -> Number:
    """The real root where there is one, exact where it is rational."""
    if isinstance(value, Fraction) and value >= 0 and degree == 2:
        over, under = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if over * over == value.numerator and under * under == value.denominator:
            return Fraction(over, under)
    plain = _c(value)
    if plain.imag == 0 and plain.real < 0 and degree % 2:
        return -float((-plain.real) ** (1 / degree))
    return _real(plain ** (1 / degree))


def _factorial(value: Number) -> Number:
    if isinstance(value, Fraction) and value.denominator == 1 and 0 <= value <= LARGEST_FACTORIAL:
        return Fraction(math.factorial(int(value)))
    raise NotMathematicsError("factorial")


def _c(value: Number) -> complex:
    return complex(float(value)) if isinstance(value, Fraction) else complex(value)


def _real(value: complex) -> Number:
    """A complex number whose imaginary part is rounding noise is real."""
    noise = abs(value.imag) <= 1e-12 * max(1.0, abs(value.real))
    return value.real if noise else value


def _is_presentable(value: Number) -> bool:
    if isinstance(value, Fraction):
        return max(value.numerator.bit_length(), value.denominator.bit_length()) <= LARGEST
    return cmath.isfinite(value)
