"""The texts of a JSON answer are read for what their places ask."""

from __future__ import annotations

import json

import pytest

from consensus.core.model import Format, FormatKind
from consensus.core.parts.leaves import Found
from consensus.core.parts.shapes import Atom
from consensus.core.values import Date, Quantity
from consensus.readers import leaves


@pytest.mark.parametrize(
    ("name", "about", "in_english", "asked"),
    [
        ("date_of_birth", "", True, "What is the date of birth?"),
        (
            "invoiceDate",
            "When it was issued.",
            True,
            "What is the invoice date? When it was issued.",
        ),
        ("Rechnungs-Datum", "", False, "rechnungs datum?"),
        ("", "", True, "What is the value?"),
    ],
)
def test_a_place_asks_by_its_name(name: str, about: str, in_english: bool, asked: str) -> None:
    """And by what the schema says of it; only a question in English gets an English frame."""
    found = Found("/x", "1", name, Atom(about=about))
    assert leaves.question_of(found, in_english=in_english) == asked


def test_each_text_is_read_once_for_its_place() -> None:
    """Numbers and truths say what they are; what a list of choices names needs no reading."""
    schema = {"properties": {"kind": {"enum": ["5 km", "6 km"]}, "due": {"type": "string"}}}
    answer = {"due": "1 March 2024", "kind": "5 km", "far": ["5 km", "5 km"], "n": 3, "ok": True}
    told = list(leaves.read(json.dumps(answer), "?", Format(FormatKind.SCHEMA, json.dumps(schema))))
    assert [(leaf.place, leaf.text, type(leaf.value)) for leaf in told] == [
        ("/due", "1 March 2024", Date),
        ("/far/-", "5 km", Quantity),
    ]


@pytest.mark.parametrize("text", ["[Your Name]", "<date>", "{{x}}", "20__", "3564 **** 1952"])
def test_what_is_left_open_is_no_value(text: str) -> None:
    """A gap of a template, or figures that are masked."""
    assert list(leaves.read(json.dumps({"a": text}), "?", None)) == []


@pytest.mark.parametrize(
    "final", ["no JSON", '{"a": NaN}', '{"a": 1, "a": 2}', "3", "[[[[]]]]", ""]
)
def test_what_holds_no_text_has_no_leaves(final: str) -> None:
    """Nothing is raised."""
    assert list(leaves.read(final, "?", None)) == []


def test_the_first_texts_of_many_are_read() -> None:
    """Within bounds of number and length."""
    many = json.dumps({"a": ["x" * (leaves.LONGEST + 1), *map(str, range(2 * leaves.MOST))]})
    told = list(leaves.read(many, "?", None))
    assert 0 < len(told) <= leaves.MOST
    assert [leaf.text for leaf in told[:3]] == ["0", "1", "2"]
