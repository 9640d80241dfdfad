"""An amount: one number or several, with what they count."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from consensus.core.values import BARE, Number, Unit
from consensus.core.values.atoms import are_close, order


@dataclass(frozen=True, slots=True)
class Amount:
    """One number, or several: shape tells how they stand together.

    "" is one number; "," some without brackets; "()", "[)" and the like as they are bracketed;
    "of x" an expression in x, by its values; "matrix" with its rows; what is nested has the shapes
    of its parts behind its own. also is what else may be meant by it: 3:4 may be three quarters.
    """

    values: tuple[Number, ...]
    unit: Unit = BARE
    shape: str = ""
    also: tuple[Amount, ...] = ()

    @property
    def key(self) -> str:
        """What equal amounts in the same words share."""
        numbers = ",".join(_spelt(v) for v in self.values)
        counted = " ".join(sorted(self.unit.counted))
        return f"#{self.shape}|{self.unit.dimension}*{self.unit.factor!r} {counted}|{numbers}"


def joined(parts: Sequence[Amount], shape: str) -> Amount | None:
    """Several amounts as one; None where their units differ. In "{}" they have no order.

    Nor have they in ",", which is compared in any order unless what it is compared with has one.
    """
    units = {part.unit for part in parts if not part.unit.is_bare}
    if len(units) > 1:
        return None
    if shape == "{}" or (shape == "," and any(part.shape for part in parts)):
        parts = sorted(parts, key=lambda p: (p.shape, [order(value) for value in p.values]))
    if shape == "{}":  # what is in a set is in it once
        parts = [p for n, p in enumerate(parts) if not n or p.key != parts[n - 1].key]
    nested = "|".join(part.shape for part in parts) if any(part.shape for part in parts) else ""
    return Amount(
        tuple(value for part in parts for value in part.values),
        units.pop() if units else BARE,
        f"{shape}<{nested}>" if nested else shape,
    )


def of_letters(letters: Collection[str], values: tuple[Number, ...]) -> Amount:
    """An expression by its fingerprint: (a - 1)/(1 - a) is -1 whatever a is."""
    if all(are_close(value, values[0], 1e-12) for value in values):
        return Amount(values[:1])
    return Amount(values, shape=f"of {''.join(sorted(letters))}")


def matrix(rows: Sequence[Sequence[Amount | None]]) -> Amount | None:
    """Rows of the same length as one; a single row or column may be meant as a vector."""
    cells = [cell for row in rows for cell in row]
    known = [cell for cell in cells if cell]
    found = joined(known, "()") if len(known) == len(cells) else None
    if found is None or len({len(row) for row in rows}) != 1:
        return None
    also = (found,) if 1 in (len(rows), len(rows[0])) else ()
    return Amount(found.values, found.unit, f"matrix{len(rows)}{found.shape[2:]}", also)


def _spelt(value: Number) -> str:
    if isinstance(value, Fraction):
        return f"{value.numerator:x}/{value.denominator:x}"  # hexadecimal has no limit of digits
    return repr(value)
