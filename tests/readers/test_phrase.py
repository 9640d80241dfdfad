"""A sentence is read into atoms and words, each with its part; one row for each form of token."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.model import Strategy
from consensus.core.values import (
    BARE,
    Clock,
    Code,
    Date,
    Identifier,
    Mathematics,
    Quantity,
    Role,
    Row,
    Span,
)
from consensus.core.values.model import Atom
from consensus.readers import asked, phrase


def tokens(text: str, question: str = "What is it?") -> list[tuple[object, Role]]:
    """What a text is read into, and the part that each token plays."""
    about = asked.read(question, Strategy.SEMANTIC)
    return [(token.value, token.role) for token in phrase.read(text, about).tokens]


@pytest.mark.parametrize(
    ("text", "atom"),
    [
        ("it is `ls -la` here", Code),
        ("it is at (1, 2) here", Mathematics),
        ("it is 2 h 30 min here", Quantity),
        ("it is World War II", Quantity),
        ("it is 3 May 1990 here", Date),
        ("it is 5:30 pm here", Clock),
        ("it is 5 km here", Quantity),
        ("it is 5 to 7 km here", Span),
        ("it is 5 x 7 cm here", Row),
        ("it is H2SO4 here", Identifier),
        ("it is forty-two here", Quantity),
        ("它是5公里", Quantity),
    ],
)
def test_each_form_of_atom_is_found_among_words(text: str, atom: type[Atom]) -> None:
    """One atom in a sentence, whatever its form."""
    atoms = [value for value, _ in tokens(text) if not isinstance(value, str)]
    assert [type(value) for value in atoms] == [atom]


@pytest.mark.parametrize(
    ("text", "said", "role"),
    [
        ("a green ship", "green", Role.CONTENT),
        ("a green ship", "ship", Role.ECHO),
        ("a green ship", "a", Role.FUNCTION),
        ("never a ship", "never", Role.NEGATION),
        ("except a ship", "except", Role.LIMIT),
        ("a boat or a ship", "or", Role.OR),
        ("probably a ship", "probably", Role.HEDGE),
        ("a boat, not a ship", ",", Role.BREAK),
        ("1st ship", "first", Role.LIMIT),
    ],
)
def test_each_word_plays_its_part(text: str, said: str, role: Role) -> None:
    """As the pack of the language, the question, and the place in the sentence tell."""
    assert (said, role) in tokens(text, "Which ship is it?")


def test_a_number_has_its_unit_and_scale() -> None:
    """5 million km are five thousand million metres, as a number of kilometres."""
    ((value, _),) = tokens("5 million km")
    assert isinstance(value, Quantity)
    assert value.number == 5_000_000
    assert value.unit.dimension == "length"
    assert tokens("5")[0][0] == Quantity(value.number / 1_000_000, BARE)


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    """No text raises, and no phrase begins or ends with a mark."""
    found = tokens(text)
    assert all(role is not Role.BREAK for _, role in (*found[:1], *found[-1:]))
