"""What votes on values with parts decide."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.model import Leaf
from consensus.core.parts.atoms import Meant
from consensus.core.parts.composing import Ballot, Decision, Part, decide
from consensus.core.parts.documents import Json, dumps
from consensus.core.parts.leaves import in_common
from consensus.core.parts.places import key, same
from consensus.core.parts.shapes import Open, shape_of
from consensus.core.values import Choice

FOUND, COMPUTED = Open(), Open(ordered=True, letter=True)


def found(*values: Json) -> Decision:
    """What equal votes on extracted values decide."""
    return decide([Ballot(value) for value in values], FOUND, derived=False)


def computed(*values: Json) -> Decision:
    """What equal votes on computed values decide."""
    return decide([Ballot(value) for value in values], COMPUTED, derived=True)


def part(decision: Decision, path: str) -> Part:
    """The part at a path."""
    return next(p for p in decision.parts if p.path == path)


def test_each_field_goes_to_its_majority() -> None:
    """No vote said it whole, and the decision says so."""
    told = found({"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "y"})
    assert told.value == {"a": 1, "b": "y"}
    assert not told.composed
    told = found({"a": 1, "b": 1, "c": 9}, {"a": 1, "b": 9, "c": 1}, {"a": 9, "b": 1, "c": 1})
    assert told.value == {"a": 1, "b": 1, "c": 1}
    assert told.composed
    assert told.whole == 0.0
    assert part(told, "/a").agreement == pytest.approx(2 / 3)
    assert [(g.value, g.votes) for g in part(told, "/a").groups] == [(1, 2), (9, 1)]


def test_a_computed_value_is_taken_whole() -> None:
    """The leading one, though each of its items has a rival; parts tell how far each is agreed."""
    told = computed([1, 2, 3], [1, 2, 3], [9, 2, 3], [1, 9, 3])
    assert told.value == [1, 2, 3]
    assert not told.composed
    assert part(told, "/0").agreement == pytest.approx(3 / 4)
    three = computed([1, 2], [1, 3], [4, 3])
    assert three.value == [1, 3]  # the one most like the others


def test_nobody_averages_numbers() -> None:
    """A year is one of those that were said."""
    assert found({"year": 1998}, {"year": 1998}, {"year": 2020}).value == {"year": 1998}


def test_absence_is_a_candidate() -> None:
    """A field that most leave out is left out, and its dissent is told."""
    told = found({"a": 1}, {"a": 1}, {"a": 1, "b": 2})
    assert told.value == {"a": 1}
    left = part(told, "/b")
    assert left.absent
    assert left.agreement == pytest.approx(2 / 3)
    assert [g.value for g in left.groups if not g.absent] == [2]
    assert found({"a": 1, "b": None}, {"a": 1, "b": None}, {"a": 1, "b": 2}).value == {
        "a": 1,
        "b": None,
    }


def test_collections_keep_what_more_than_half_hold() -> None:
    """Half is enough only where nothing is held by more; silence is an answer where most are
    silent."""
    assert found(["a", "b"], ["a", "c"], ["a", "b"]).value == ["a", "b"]
    assert found(["a", "b"], ["a"], ["a", "b"], ["a"]).value == ["a"]
    assert found(["a"], ["b"], ["a"], ["c"]).value == ["a"]
    assert found([], [], ["a"]).value == []
    assert found({}, {"x": ["a"]}, {"x": ["a"]}).value == {"x": ["a"]}
    assert found(["a", "a"], ["a", "a"], ["a"]).value == ["a", "a"]


def test_rows_are_aligned_by_a_key_field_or_by_likeness() -> None:
    """In any order; each row's fields are voted on by the votes that have the row."""
    one: Json = [{"id": 1, "n": "x"}, {"id": 2, "n": "y"}]
    other: Json = [{"id": 2, "n": "y"}, {"id": 1, "n": "z"}]
    third: Json = [{"id": 1, "n": "x"}]
    assert found(one, other, third).value == [{"id": 1, "n": "x"}, {"id": 2, "n": "y"}]
    alike = found(
        [{"who": "Ann Lee", "age": 3, "town": "Ayr", "job": "cook"}],
        [{"who": "Ann Lea", "age": 3, "town": "Ayr", "job": "cook"}],
        [{"who": "Ann Lee", "age": 3, "town": "Ayr", "job": "baker"}],
    )
    assert alike.value == [{"who": "Ann Lee", "age": 3, "town": "Ayr", "job": "cook"}]


def test_votes_of_three_shapes_go_to_the_heaviest() -> None:
    """First what there is, then what it says."""
    assert found({"a": 1}, [1], "1").parts
    assert found({"a": 1}, {"a": 2}, {"a": 2}, [1], "1").value == {"a": 2}
    mixed = found({"x": {"y": 1}}, {"x": [1]}, {"x": {"y": 2}})
    assert isinstance(mixed.value, dict)
    assert isinstance(mixed.value["x"], dict)


def test_weights_count() -> None:
    """A share is of the weight."""
    ballots = [Ballot({"a": 1}, 3.0), Ballot({"a": 2}, 1.0), Ballot({"a": 2}, 1.0)]
    told = decide(ballots, FOUND, derived=False)
    assert told.value == {"a": 1}
    assert part(told, "/a").agreement == pytest.approx(0.6)


def test_pointers_are_escaped() -> None:
    """As RFC 6901 says."""
    told = found({"a/b": {"~": 1}}, {"a/b": {"~": 1}})
    assert [p.path for p in told.parts] == ["/a~1b/~0"]


def test_a_wide_schema_and_its_record() -> None:
    """A thousand fields."""
    schema = {"type": "object", "properties": {f"f{n}": {"type": "integer"} for n in range(1000)}}
    record: Json = {f"f{n}": n for n in range(1000)}
    told = decide([Ballot(record)] * 3, shape_of(schema), derived=False)
    assert told.value == record
    assert len(told.parts) == 1000


ATOMS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "A", "b", "-1", ""])
VALUES: st.SearchStrategy[Any] = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)
BALLOTS = st.lists(
    st.builds(Ballot, VALUES, st.sampled_from([0.5, 0.75, 1.0])), min_size=1, max_size=7
)


@given(BALLOTS, st.booleans(), st.randoms(use_true_random=False))
def test_any_order_decides_the_same(
    ballots: list[Ballot], derived: bool, chance: random.Random
) -> None:
    """To the letter, with all parts."""
    shape = COMPUTED if derived else FOUND
    shuffled = list(ballots)
    chance.shuffle(shuffled)
    assert _told(decide(ballots, shape, derived=derived)) == _told(
        decide(shuffled, shape, derived=derived)
    )


@given(BALLOTS, st.booleans())
def test_a_decision_says_nothing_that_no_vote_said(ballots: list[Ballot], derived: bool) -> None:
    """Every leaf is some vote's, a computed value is a whole vote, and shares are shares."""
    shape = COMPUTED if derived else FOUND
    told = decide(ballots, shape, derived=derived)
    said = {dumps(leaf) for b in ballots for leaf in _leaves(b.value)}
    assert {dumps(leaf) for leaf in _leaves(told.value)} <= said | {"[]", "{}"}
    if derived:
        assert dumps(told.value) in {dumps(b.value) for b in ballots}
    assert told.composed == (key(told.value, shape) not in {key(b.value, shape) for b in ballots})
    for p in told.parts:
        assert 0.0 <= p.agreement <= 1.0 + 1e-9
        assert sum(g.share for g in p.groups) == pytest.approx(1.0)


@given(VALUES, st.integers(1, 4), st.booleans())
def test_agreed_votes_decide_what_they_say(value: Any, votes: int, derived: bool) -> None:
    """And nothing is in dispute."""
    told = decide([Ballot(value)] * votes, COMPUTED if derived else FOUND, derived=derived)
    assert key(told.value, FOUND) == key(value, FOUND)
    assert not told.composed
    assert all(p.agreement == pytest.approx(1.0) for p in told.parts)


def _told(decision: Decision) -> str:
    return repr((dumps(decision.value), decision))


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)] or [{}]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)] or [[]]
    return [value]


@pytest.mark.parametrize(
    ("values", "agreement"),
    [
        ([{"Name": "x"}, {"name": "x"}, {"NAME": "x"}], 1 / 3),  # each names another field
        ([{"a": 1, "b": 1}, {"a": 1, "b": 1}, {"a": 1}], 2 / 3),
        ([[1], {"0": 1}, [1]], 2 / 3),  # not even of one kind
        ([{"a": [1]}, {"a": {"0": 1}}, {"a": [1]}], 2 / 3),
        ([[{"a": 1}], [{"b": 2}], [{"c": 3}]], 1 / 3),  # rows that nobody else has
        ([{"a": {"b": 1}}, {"a": {"b": 1}}, {}], 2 / 3),
        ([{"a": 1}, {"a": 1}, {"a": 1}], 1.0),
    ],
)
def test_who_has_nothing_there_does_not_agree(values: list[Any], agreement: float) -> None:
    """A part is agreed by as many as hold it, not only of those who speak of it."""
    told = found(*values)
    assert min(part.agreement for part in told.parts) == pytest.approx(agreement)


def test_nothing_said_is_one_thing_however_it_is_said() -> None:
    """Null, an empty array and no field at all outvote what few say; "" and {} say something."""
    said: tuple[Any, ...] = (None, "", [], {})
    values: list[Any] = [*({"a": 1, "b": b} for b in said), {"a": 1}]
    told = found(*values)
    assert part(told, "/b").agreement == pytest.approx(3 / 5)
    assert part(told, "/b").value in (None, [])
    assert not told.composed


def test_a_place_with_very_many_texts_is_compared_by_letters() -> None:
    """Those with few are read first: deciding stays cheap, whatever was read."""
    many: list[Json] = [
        {"a": [f"{n} km" for n in range(100)], "b": far} for far in ("5 km", "5000 m")
    ]
    read = [Leaf("/a/-", f"{n} km", Choice("x")) for n in range(100)]
    read += [Leaf("/b", far, Choice("y")) for far in ("5 km", "5000 m")]
    one, other = in_common(many, read, FOUND, 1e-6)
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    assert same(one["b"], other["b"], FOUND)
    assert not any(isinstance(text, Meant) for text in one["a"])  # type: ignore[union-attr]
