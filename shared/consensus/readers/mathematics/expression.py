"""The value of a mathematical expression in plain text, by a small parser; nothing is executed.

Rational arithmetic is exact. An expression in letters is known by its values at a few fixed points:
two that agree at all of them are the same expression, up to a chance that nobody will meet.
"""

from __future__ import annotations

import cmath
import math
import re
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction

from consensus.core.values import Number
from consensus.readers.mathematics import arithmetic
from consensus.readers.mathematics.arithmetic import NotMathematicsError

LONGEST = 400  # characters
LONGEST_NUMBER = 400
DEEPEST = 40  # brackets
MOST_LETTERS = 6
# Where expressions in letters are looked at. Letters are seldom negative, but |x| is not x.
POINTS = (0.7390851332, 1.6180339887, 2.2360679775)
BELOW_ZERO = -1.3247179572
NOT_REAL = math.inf  # what stands for a value that only letters below zero make no real number

GROUPED = r"\d{1,3}(?:[,' ]\d{3}){1,40}(?!\d)(?:\.\d{1,60})?"
GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi "
    "rho sigma tau upsilon phi varphi chi psi omega"
).split()
_NUMBER = (
    rf"\d{{1,3}}(?: \d{{3}}){{1,40}},\d{{1,60}}(?!\d)|{GROUPED}|"
    r"\d{1,3}(?:\.\d{3}){2,40}(?:,\d+)?(?!\d)|\d{1,3}(?:\.\d{3})+,\d+|"
    r"\d+\.\d*|\.\d+|\d+,\d+|\d+"
)
_TOKEN = re.compile(
    rf"\s*(?:(?P<mixed>\d+\s+\(?\(?\d+\)?/\(?\d+\)?\)?)(?![\d.^])"
    rf"|(?P<number>(?:{_NUMBER})(?:e[-+]?\d{{1,4}}(?![\w.]))?)"
    rf"|(?P<name>root\d+|(?:[a-z]|{'|'.join(GREEK)})_(?:[a-z0-9]|\([a-z0-9]{{1,4}}\))|[a-z]+)"
    r"|(?P<mark>[-+*/^()\[\]!%°|_;]))"
)
_MIXED = re.compile(r"(\d+)\s+\(?\(?(\d+)\)?/\(?(\d+)")

_CONSTANTS: Mapping[str, Number] = {"pi": math.pi, "e": math.e, "i": 1j}
_FUNCTIONS: Mapping[str, Callable[[complex], complex]] = {
    "ln": cmath.log,
    "log": cmath.log10,
    "lg": cmath.log10,
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "exp": cmath.exp,
    "arcsin": cmath.asin,
    "arccos": cmath.acos,
    "arctan": cmath.atan,
    "cot": lambda x: 1 / cmath.tan(x),
    "sec": lambda x: 1 / cmath.cos(x),
    "csc": lambda x: 1 / cmath.sin(x),
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "arcsinh": cmath.asinh,
}
_ROOTS = {"sqrt": 2, "cbrt": 3}
_CALLS = frozenset(["binom", "floor", "ceil", "root"])
_OF_SEVERAL = {
    "gcd": arithmetic.greatest_divisor,
    "lcm": arithmetic.least_multiple,
    "max": arithmetic.largest,
    "min": arithmetic.smallest,
}
_LISTED = re.compile(rf"\b(?:{'|'.join(_OF_SEVERAL)})\s*[({{]")
# Words that are mathematics.
NAMES = frozenset(
    [*_CONSTANTS, *_FUNCTIONS, *_ROOTS, *_CALLS, *GREEK, "inf", "mod", "gcd", "lcm", "max"]
)


def values(text: str) -> tuple[frozenset[str], tuple[Number, ...]]:
    """The letters of an expression, and its fingerprint. Raises NotMathematicsError."""
    tokens = _tokens(text.casefold())
    letters = frozenset(name for kind, name in tokens if kind == "name" and is_letter(name))
    if len(letters) > MOST_LETTERS:
        raise NotMathematicsError(text)
    try:
        return letters, fingerprint(letters, lambda at: _Parser(tokens, at).whole())
    except (ArithmeticError, RecursionError) as error:
        raise NotMathematicsError(text) from error
    except ValueError as error:  # a function outside its domain
        raise NotMathematicsError(text) from error


def fingerprint(
    letters: Collection[str], number_at: Callable[[Mapping[str, Number]], Number]
) -> tuple[Number, ...]:
    """What an expression comes to: its value, or where it has letters its values at the points.

    number_at tells its value where letters have these. The last point is below zero, where a value
    that is not real although the others are, such as that of a root, counts as NOT_REAL.
    """
    if not letters:
        return (number_at({}),)
    found = [number_at(at(point, letters)) for point in POINTS]
    try:
        below = number_at(at(BELOW_ZERO, letters))
    except (ArithmeticError, ValueError):
        return (*found, NOT_REAL)
    is_real = isinstance(below, complex) <= any(isinstance(value, complex) for value in found)
    return (*found, below if is_real else NOT_REAL)


def line(text: str) -> tuple[str, Fraction, Fraction] | None:
    """The letter, slope and height of what is a straight line in one letter: x, 2, -6 for 2x - 6.

    None for anything else. Raises NotMathematicsError.
    """
    tokens = _tokens(text.casefold())
    letters = {name for kind, name in tokens if kind == "name" and is_letter(name)}
    if len(letters) != 1:
        return None
    (letter,) = letters
    try:
        two, three, seven = (_Parser(tokens, {letter: Fraction(at)}).whole() for at in (2, 3, 7))
    except (ArithmeticError, RecursionError, ValueError):
        return None
    if not (isinstance(two, Fraction) and isinstance(three, Fraction)):
        return None
    slope = three - two
    height = two - 2 * slope
    return (letter, slope, height) if slope and seven == 7 * slope + height else None


def at(point: float, letters: Collection[str]) -> dict[str, Number]:
    """What each letter stands for at a point."""
    # No multiple of one point is another: y = 2x and y = x/2 would look alike.
    return {name: point * (1 + place / 7) + place / 3 for place, name in enumerate(sorted(letters))}


def is_letter(name: str) -> bool:
    """Whether a name is a variable's: x, x_1, alpha."""
    return "_" in name or name in GREEK or (len(name) == 1 and name not in _CONSTANTS)


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
    text = _with_arguments(text.rstrip())
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise NotMathematicsError(text)
        kind, token = match.lastgroup, match[match.lastgroup]
        if kind == "name" and "_" in token:
            tokens.append((kind, re.sub(r"[()]", "", token)))
        elif kind == "name" and len(token) > 1 and not _is_known(token):
            # 2xy is a product, but a word is not.
            if len(token) > 3 or (tokens and _is_factor(tokens[-1])) or _is_word(text):
                raise NotMathematicsError(text)
            tokens += [("name", letter) for letter in token]
        else:
            tokens.append((kind, token))
        place = match.end()
    return tokens


def _with_arguments(text: str) -> str:
    """max{3, 5} as max(3; 5): between arguments a comma is no decimal one."""
    for match in reversed(list(_LISTED.finditer(text))):
        depth = 1
        for place in range(match.end(), len(text)):
            depth += (text[place] in "([{") - (text[place] in ")]}")
            if depth == 1 and text[place] == ",":
                text = f"{text[:place]};{text[place + 1 :]}"
            elif depth == 0:
                text = f"{text[: match.end() - 1]}({text[match.end() : place]}){text[place + 1 :]}"
                break
    return text


def _is_factor(token: tuple[str, str]) -> bool:
    """Whether letters after it would be a second word; but log xy is of a product."""
    return token[0] == "name" and token[1] not in _FUNCTIONS


def _is_known(name: str) -> bool:
    return name in NAMES or name in _OF_SEVERAL or name.startswith("root")


def _is_word(text: str) -> bool:
    return text.strip().isalpha()


class _Parser:
    """Recursive descent over the tokens, evaluating on the way."""

    def __init__(self, tokens: list[tuple[str, str]], letters: Mapping[str, Number]) -> None:
        self._tokens = tokens
        self._place = 0
        self._letters = letters
        self._depth = 0
        self._in_size = False

    def whole(self) -> Number:
        value = self._sum()
        if self._place != len(self._tokens):
            raise NotMathematicsError(self._tokens[self._place][1])
        if not arithmetic.is_presentable(value):
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
            value = arithmetic.add(value, other if mark == "+" else arithmetic.negated(other))
        return value

    def _product(self) -> Number:
        value = self._signed()
        while True:
            if mark := self._take("*", "/"):
                other = self._signed()
                value = (
                    arithmetic.multiply(value, other)
                    if mark == "*"
                    else arithmetic.divide(value, other)
                )
            elif self._peek() == ("name", "mod"):
                self._place += 1
                value = arithmetic.remainder(value, self._signed())
            elif self._is_factor():
                value = arithmetic.multiply(value, self._power())
            else:
                return value

    def _is_factor(self) -> bool:
        """Whether what comes is multiplied without a mark: 2x, 2(x + 1), 2|x|."""
        kind, mark = self._peek()
        if kind == "number" and self._tokens[self._place - 1] == ("mark", "!"):
            return True
        return kind == "name" or mark == "(" or (mark == "|" and not self._in_size)

    def _signed(self) -> Number:
        self._depth += 1
        if self._depth > 2 * DEEPEST:
            raise NotMathematicsError("too deep")
        try:
            if mark := self._take("+", "-"):
                value = self._signed()
                return value if mark == "+" else arithmetic.negated(value)
            return self._power()
        finally:
            self._depth -= 1

    def _power(self) -> Number:
        base = self._atom()
        while True:
            if self._take("!"):
                base = arithmetic.factorial(base)
            elif self._take("%"):
                base = arithmetic.divide(base, Fraction(100))
            elif self._take("°"):
                base = arithmetic.multiply(base, math.pi / 180)
            elif self._take("^"):
                base = arithmetic.power(base, self._signed())
            else:
                return base

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
            was, self._in_size = self._in_size, False
            value = self._sum()
            self._in_size = was
            if self._take(")"):
                return value
        if (kind, token) == ("mark", "|") and not self._in_size:
            self._in_size = True
            value = self._sum()
            self._in_size = False
            if self._take("|"):
                return abs(value) if isinstance(value, Fraction) else float(abs(value))
        raise NotMathematicsError(token)

    def _named(self, name: str) -> Number:
        if name in self._letters:
            return self._letters[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name in _CALLS:
            return self._call(name)
        if name in _OF_SEVERAL:
            return _OF_SEVERAL[name](self._listed())
        degree = _ROOTS.get(name) or (int(name[4:6]) if name.startswith("root") else 0)
        if degree:
            return arithmetic.root(self._atom(), degree)
        if name in _FUNCTIONS:
            return self._function(name)
        raise NotMathematicsError(name)

    def _call(self, name: str) -> Number:
        if name == "root":
            self._expect("[")
            degree = self._sum()
            self._expect("]")
            return arithmetic.nth_root(self._atom(), degree)
        self._expect("(")
        first = self._sum()
        if name == "binom":
            self._expect(";")
            second = self._sum()
            self._expect(")")
            return arithmetic.binomial(first, second)
        self._expect(")")
        plain = arithmetic.real(arithmetic.as_complex(first))
        if isinstance(plain, complex):
            raise NotMathematicsError(name)
        whole = first if isinstance(first, Fraction) else plain
        return Fraction(math.floor(whole) if name == "floor" else math.ceil(whole))

    def _listed(self) -> list[Number]:
        self._expect("(")
        values = [self._sum()]
        while self._take(";"):
            values.append(self._sum())
        self._expect(")")
        return values

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise NotMathematicsError(mark)

    def _function(self, name: str) -> Number:
        base = self._atom() if name == "log" and self._take("_") else None
        power = self._signed() if self._take("^") else Fraction(1)
        argument = self._argument()
        if base is not None:
            return arithmetic.power(arithmetic.logarithm(argument, base), power)
        if isinstance(power, Fraction) and power == -1 and name in ("sin", "cos", "tan"):
            name, power = f"arc{name}", Fraction(1)
        return arithmetic.power(
            arithmetic.real(_FUNCTIONS[name](arithmetic.as_complex(argument))), power
        )

    def _argument(self) -> Number:
        """What a function is of: sin 2x takes all of 2x, but sin x cos x only x."""
        value = self._power()
        while self._peek()[0] == "name" and (
            is_letter(self._peek()[1]) or self._peek()[1] in _CONSTANTS
        ):
            value = arithmetic.multiply(value, self._power())
        return value


def _mixed(token: str) -> Number:
    match = _MIXED.match(token)
    if match is None or not int(match[3]):
        raise NotMathematicsError(token)
    return int(match[1]) + Fraction(int(match[2]), int(match[3]))
