"""Mathematics as answers write it, LaTeX or plain -> values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from consensus.core.plain import folded
from consensus.core.values import Mathematics, Quantity
from consensus.readers.mathematics import notation
from consensus.readers.mathematics.amount import Amount, joined

_BARE_BOUND = re.compile(r"\s*(?:[<>≤≥]=?|\\[lg]eq?\b)\s*-?\d")
_REVERSED = re.compile(r"([\[\](])([^\[\](){}]{1,60}[,;][^\[\](){}]{1,60})([\[\])])")


def read(
    text: str, *, in_percent: bool = False, of_interval: bool | None = False
) -> Quantity | Mathematics | None:
    """What a text states, where it is mathematics; None where it is not.

    in_percent: the question asks for a percentage, so that a bare 25 is 25%. of_interval: it asks
    for a part of the real line, so that (1, 2) is no point; None: it may be one, or it may not.
    """
    amount = notation.parse(_in_brackets(text), in_percent)
    if amount and of_interval is not False and amount.shape == "()" and len(amount.values) == 2:
        interval = replace(amount, shape="][")
        amount = interval if of_interval else replace(amount, also=(*amount.also, interval))
    return _value(amount) if amount else None


def listed(items: Sequence[Quantity]) -> Mathematics | Quantity | None:
    """Several numbers as one, in no order; None where their units differ, or one is rounded."""
    if any(item.approximate for item in items):
        return None
    found = joined([Amount((item.number,), item.unit) for item in items], ",")
    return _value(found) if found else None


def names_set(text: str) -> bool:
    """Whether words name a set: all real numbers, no solution."""
    return notation.set_in_words(folded(text)) is not None


def _in_brackets(text: str) -> str:
    """]0, 1[ as it is written elsewhere, (0, 1), and >= 5 with what it is said of."""
    if _BARE_BOUND.match(text):
        return f"x {text}"
    match = _REVERSED.fullmatch(text.strip().strip("$"))
    if match is None or (match[1] == "[" and match[3] == "]"):
        return text
    return f"{'(' if match[1] == ']' else match[1]}{match[2]}{')' if match[3] == '[' else match[3]}"


def _value(amount: Amount) -> Quantity | Mathematics:
    also = tuple(_value(meant) for meant in amount.also)
    if not amount.shape and len(amount.values) == 1 and not also:
        return Quantity(amount.values[0], amount.unit)
    return Mathematics(amount.shape, amount.values, amount.unit, also)
