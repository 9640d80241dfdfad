"""Numbers as expressions need them: exact where they are rational, and of bounded size.

Everything here raises NotMathematicsError for what is too large to reckon with.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from fractions import Fraction

from consensus.core.values import Number

LARGEST = 40_000  # bits of a numerator or a denominator
LARGEST_FACTORIAL = 3_000


class NotMathematicsError(ValueError):
    """The text is no expression, or one that is too large to evaluate."""


def add(a: Number, b: Number) -> Number:
    """Both together."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return _small(a) + _small(b)
    return real(as_complex(a) + as_complex(b))


def multiply(a: Number, b: Number) -> Number:
    """Both multiplied. Raises NotMathematicsError for what is too large."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return _small(a) * _small(b)
    return real(as_complex(a) * as_complex(b))


def negated(value: Number) -> Number:
    """The number with its sign turned."""
    return multiply(Fraction(-1), value)


def divide(a: Number, b: Number) -> Number:
    """One over the other. Raises ZeroDivisionError too."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return _small(a) / _small(b)
    return real(as_complex(a) / as_complex(b))


def power(base: Number, exponent: Number) -> Number:
    """The base to the exponent: exact where the exponent is whole, or the root is rational."""
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        if exponent.denominator == 1:
            if abs(exponent) * _bits(base) > LARGEST:
                raise NotMathematicsError("too large a power")
            return Fraction(base ** int(exponent))
        return root(power(base, Fraction(exponent.numerator)), exponent.denominator)
    return real(as_complex(base) ** as_complex(exponent))


def _small(value: Fraction) -> Fraction:
    """The value, if it is one to reckon with."""
    if _bits(value) > LARGEST:
        raise NotMathematicsError("too large")
    return value


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def root(value: Number, degree: int) -> Number:
    """The real root where there is one, exact where it is rational."""
    if isinstance(value, Fraction) and 0 < degree < 20 and (value >= 0 or degree % 2):
        over, under = (
            _whole_root(abs(value.numerator), degree),
            _whole_root(value.denominator, degree),
        )
        if over is not None and under is not None:
            return Fraction(over if value >= 0 else -over, under)
    plain = as_complex(value)
    if plain.imag == 0 and plain.real < 0 and degree % 2:
        return -float((-plain.real) ** (1 / degree))
    return real(plain ** (1 / degree))


def _whole_root(value: int, degree: int) -> int | None:
    """The whole number whose power it is; None where none is."""
    if degree == 2:
        near = math.isqrt(value)
    elif value.bit_length() < 1_000:
        near = round(value ** (1 / degree))
    else:
        return None
    return near if near**degree == value else None


def nth_root(value: Number, degree: Number) -> Number:
    """The root of any degree, whole or not."""
    if isinstance(degree, Fraction) and degree.denominator == 1 and degree > 0:
        return root(value, int(degree))
    return power(value, divide(Fraction(1), degree))


def logarithm(value: Number, base: Number) -> Number:
    """Exact where it is whole: the logarithm of 8 to the base 2 is 3."""
    found = real(cmath.log(as_complex(value)) / cmath.log(as_complex(base)))
    near = Fraction(round(found)) if isinstance(found, float) and abs(found) < LARGEST else None
    exact = isinstance(value, Fraction) and isinstance(base, Fraction)
    return near if exact and near is not None and power(base, near) == value else found


def factorial(value: Number) -> Number:
    """n!, of what is not whole by the gamma function."""
    if isinstance(value, Fraction):
        if value.denominator == 1 and 0 <= value <= LARGEST_FACTORIAL:
            return Fraction(math.factorial(int(value)))
    elif isinstance(value, float) and -1 < value < 150:
        return math.gamma(value + 1)
    raise NotMathematicsError("factorial")


def binomial(above: Number, below: Number) -> Number:
    """n over k, of what is not whole by the gamma function."""
    if isinstance(above, Fraction) and isinstance(below, Fraction):
        if above.denominator == below.denominator == 1 and 0 <= below <= above <= LARGEST_FACTORIAL:
            return Fraction(math.comb(int(above), int(below)))
        raise NotMathematicsError("binomial")
    under = multiply(_gamma(below), _gamma(add(above, negated(below))))
    return divide(_gamma(above), under)


def remainder(value: Number, by: Number) -> Number:
    """What is left of a whole number, from 0 to below the positive one that divides it."""
    value, by = _whole([value, by])
    if by <= 0:
        raise NotMathematicsError("modulo")
    return Fraction(value % by)


def greatest_divisor(values: Sequence[Number]) -> Number:
    """The greatest common divisor of whole numbers."""
    return Fraction(math.gcd(*_whole(values)))


def least_multiple(values: Sequence[Number]) -> Number:
    """The least common multiple of whole numbers."""
    found = math.lcm(*_whole(values))
    return _small(Fraction(found))


def largest(values: Sequence[Number]) -> Number:
    """The largest of real numbers."""
    return max(_reals(values))


def smallest(values: Sequence[Number]) -> Number:
    """The smallest of real numbers."""
    return min(_reals(values))


def _whole(values: Sequence[Number]) -> list[int]:
    if not all(isinstance(value, Fraction) and value.denominator == 1 for value in values):
        raise NotMathematicsError("not whole")
    return [int(value.real) for value in values]


def _reals(values: Sequence[Number]) -> list[Fraction | float]:
    found = [value for value in values if not isinstance(value, complex)]
    if len(found) < len(values):
        raise NotMathematicsError("not real")
    return found


def _gamma(value: Number) -> Number:
    """The factorial of a value that need not be whole."""
    plain = real(as_complex(value))
    if not isinstance(plain, float) or (plain <= -1 and plain == int(plain)) or abs(plain) > 150:
        raise NotMathematicsError("factorial")
    return math.gamma(plain + 1)


def as_complex(value: Number) -> complex:
    """The number as a complex one."""
    return complex(float(value)) if isinstance(value, Fraction) else complex(value)


def real(value: complex) -> Number:
    """A complex number whose imaginary part is rounding noise is real."""
    noise = abs(value.imag) <= 1e-12 * max(1.0, abs(value.real))
    return value.real if noise else value


def is_presentable(value: Number) -> bool:
    """Whether it is finite, and not too large to compare."""
    if isinstance(value, Fraction):
        return _bits(value) <= LARGEST
    return cmath.isfinite(value)
