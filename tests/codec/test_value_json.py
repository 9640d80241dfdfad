"""What an answer was read as, as callers see it."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import pytest

from consensus.codec.values import value_to_json
from consensus.core.values import (
    Choice,
    Clock,
    Code,
    Date,
    Identifier,
    Opaque,
    Quantity,
    Truth,
    Unit,
    Value,
)

METRE = Unit("length", Fraction(1))
APPLES = Unit(counted=frozenset({"red apples", "apples"}))
NOTHING = {"dimension": "", "counted": [], "approximate": False}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Truth(value=True), {"kind": "truth", "value": True}),
        (Choice("B"), {"kind": "choice", "label": "B"}),
        (Quantity(Fraction(5, 2)), {"kind": "quantity", "number": 2.5, **NOTHING}),
        (
            Quantity(Fraction(3), METRE, approximate=True),
            {
                "kind": "quantity",
                "number": 3.0,
                "dimension": "length",
                "counted": [],
                "approximate": True,
            },
        ),
        (
            Quantity(Fraction(5), APPLES),
            {"kind": "quantity", "number": 5.0, **NOTHING, "counted": ["apples", "red apples"]},
        ),
        (Quantity(Fraction(10**400)), {"kind": "quantity", "number": None, **NOTHING}),
        (Quantity(math.inf), {"kind": "quantity", "number": None, **NOTHING}),
        (Quantity(1 + 2j), {"kind": "quantity", "number": None, **NOTHING}),
        (Clock(90), {"kind": "clock", "minutes": 90, "seconds": 0}),
        (
            Date(2026, 11),
            {
                "kind": "date",
                "year": 2026,
                "month": 11,
                "day": None,
                "years": 1,
                "weekday": None,
            },
        ),
        (Identifier("v1.2"), {"kind": "identifier", "text": "v1.2"}),
        (Code("python", "x"), {"kind": "code", "language": "python"}),
        (Opaque("newer", "{}"), {"kind": "newer"}),
    ],
)
def test_a_value_is_told_by_its_kind(value: Value, told: dict[str, object]) -> None:
    """With what is plain of it, as JSON that any program reads."""
    assert value_to_json(value) == told
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_an_answer_that_was_not_read_has_none() -> None:
    """An older worker sends none."""
    assert value_to_json(None) is None
