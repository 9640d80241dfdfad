"""Texts within JSON answers join by what they are, as whole answers do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from consensus.core.model import Format, FormatKind, Leaf, Plan, Reading, Strategy, Vote
from consensus.core.parts.documents import Json, held
from consensus.core.parts.formats import shape_for
from consensus.core.parts.leaves import in_common, texts
from consensus.core.parts.places import key
from consensus.core.parts.standing import whole_keys
from consensus.core.tally import Tally, tally_votes
from consensus.core.values import Choice, Date
from consensus.readers import leaves

PROPERTIES = {
    "date": {"type": "string", "description": "The day on which the invoice was issued."},
    "total": {"type": "string"},
    "city": {"type": "string"},
    "status": {"enum": ["in 5 km", "in 5000 m"]},
    "code": {"type": "string", "pattern": "^.*$"},
    "lines": {
        "type": "array",
        "items": {"type": "object", "properties": {"price": {"type": "string"}}},
    },
}
WANTED = Format(FormatKind.SCHEMA, json.dumps({"type": "object", "properties": PROPERTIES}))
PLAN = Plan(strategy=Strategy.STRUCTURED, format=WANTED)
QUESTION = "Extract the fields of this invoice."


def votes(*answers: object, read: Sequence[bool] = (), plan: Plan = PLAN) -> list[Vote]:
    """A vote for each answer; read says which of them a worker read that reads leaves."""
    told = []
    for seat, answer in enumerate(answers):
        text = json.dumps(answer)
        found = tuple(leaves.read(text, QUESTION, plan.format)) if not read or read[seat] else ()
        told.append(Vote(seat, Reading(text, text, leaves=found), voter=f"v{seat}"))
    return told


def tally(*answers: object, read: Sequence[bool] = (), plan: Plan = PLAN) -> Tally:
    """The tally of votes for these answers."""
    return tally_votes(votes(*answers, read=read, plan=plan), plan)


SAME = [
    ({"date": "2024-03-01"}, {"date": "1 March 2024"}),
    ({"date": "March 1st, 2024"}, {"date": "1 March 2024"}),
    ({"total": "$1,200"}, {"total": "1200 USD"}),
    ({"total": "$1,200.00"}, {"total": "1200 dollars"}),
    ({"city": "Berlin"}, {"city": "berlin"}),
    (
        {"lines": [{"price": "$5"}, {"price": "$9"}]},
        {"lines": [{"price": "5 USD"}, {"price": "$9"}]},
    ),
]
DIFFERENT = [
    ({"date": "2024-03-01"}, {"date": "2 March 2024"}),
    ({"total": "$1,200"}, {"total": "€1,200"}),
    ({"total": "1200"}, {"total": 1200}),
    ({"city": "Berlin"}, {"city": "Berlin, Germany"}),  # another text may tell another place
    ({"status": "in 5 km"}, {"status": "in 5000 m"}),  # the schema tells them apart
    ({"code": "5 km"}, {"code": "5000 m"}),  # and holds this to its letters
    ({"date": "10:03:30"}, {"date": "10:03:45"}),
    ({"city": "[Your City]"}, {"city": "Your City"}),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_texts_that_are_one_value_join(one: object, other: object) -> None:
    """Whatever their notation, the record is agreed, in the words of one of them."""
    told = tally(one, other, one)
    assert len(told.groups) == 1
    assert told.agreement == pytest.approx(1.0)
    assert told.answer == json.dumps(one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_values_stay_apart(one: object, other: object) -> None:
    """What has no licence joins nothing."""
    assert len(tally(one, other).groups) == 2


def test_values_that_differ_part_texts_that_look_alike() -> None:
    """Letters that only differ in case join, unless they were read as two things."""
    shape = shape_for(None, derived=False)
    alike: list[Json] = [{"a": "ab"}, {"a": "AB"}]
    apart = [Leaf("/a", "ab", Choice("1")), Leaf("/a", "AB", Choice("2"))]
    assert len({key(v, shape) for v in in_common(alike, apart, shape, 1e-6)}) == 2
    assert len({key(v, shape) for v in in_common(alike, apart[:1], shape, 1e-6)}) == 1


@pytest.mark.parametrize("read", [(True, False, False), (False, True, False)])
def test_votes_of_older_workers_join_what_others_read(read: tuple[bool, ...]) -> None:
    """A text means what any worker read it as at its place; unread ones go by their letters."""
    one, other = {"date": "2024-03-01"}, {"date": "1 March 2024"}
    assert len(tally(one, other, one, read=read).groups) == 2
    assert len(tally(one, other, other, one, read=(True, True, False, False)).groups) == 1
    assert len(tally({"city": "Bonn"}, {"city": "bonn"}, {"date": "x"}, read=read).groups) == 2


def test_an_older_worker_alone_compares_as_before() -> None:
    """Without leaves nothing changes."""
    told = votes(*[a for pair in SAME for a in pair], read=[False] * 12)
    plain = [Vote(v.seat, Reading(v.reading.text, v.reading.final), v.voter) for v in told]
    assert tally_votes(told, PLAN) == tally_votes(plain, PLAN)


def test_the_order_of_votes_changes_nothing() -> None:
    """Groups, parts and answer are a function of the set of votes."""
    answers = [
        {"date": "2024-03-01", "total": "$1,200"},
        {"date": "1 March 2024", "total": "1200"},
        {"date": "2024", "total": "1200 USD"},
        {"date": "March 2024", "total": "€1,200"},
    ]
    cast = votes(*answers)
    first = tally_votes(cast, PLAN)
    for order in permutations(cast):
        told = tally_votes(order, PLAN)
        assert (told.groups, told.parts) == (first.groups, first.parts)


def test_the_wording_is_one_of_a_vote() -> None:
    """The composed field says what most who agree wrote there, to the letter."""
    told = tally({"total": "$1,200"}, {"total": "1200 USD"}, {"total": "1200 USD"}, {"total": "$5"})
    assert told.answer == '{"total": "1200 USD"}'
    assert told.parts is not None
    assert [said.value for said in told.parts.parts[0].groups] == ['"1200 USD"', '"$5"']


def test_tool_calls_join_by_their_arguments() -> None:
    """A call in other notation is the same; the leading call is made as a vote made it."""
    tool = {"name": "book", "parameters": {"properties": {"day": {"type": "string"}}}}
    plan = Plan(
        strategy=Strategy.STRUCTURED,
        derived=True,
        format=Format(FormatKind.TOOLS, json.dumps([tool])),
    )
    calls = [[{"book": {"day": day}}] for day in ("2024-03-01", "1 March 2024", "2 March 2024")]
    told = tally(*calls, plan=plan)
    assert [group.votes for group in told.groups] == [2, 1]
    assert told.answer in [json.dumps(call) for call in calls[:2]]


def test_a_default_is_an_argument_left_out() -> None:
    """Whether its text was read or not."""
    parameters = {"properties": {"unit": {"type": "string", "default": "5 km"}}}
    wanted = Format(FormatKind.TOOLS, json.dumps([{"name": "f", "parameters": parameters}]))
    plan = Plan(strategy=Strategy.STRUCTURED, derived=True, format=wanted)
    assert len(tally([{"f": {"unit": "5 km"}}], [{"f": {}}], plan=plan).groups) == 1


def test_a_computed_value_is_compared_to_the_letter() -> None:
    """What code prints has one notation."""
    plan = Plan(strategy=Strategy.STRUCTURED, derived=True)
    assert len(tally(["5 km"], ["5000 m"], plan=plan).groups) == 2


def test_places_tell_texts_apart() -> None:
    """The same text may be two things at two places; items of an array share a place."""
    value = held('{"a": "1", "b": ["1", {"c/d": "2"}], "e": 3}')
    found = [(f.place, f.text, f.name) for f in texts(value, shape_for(None, derived=False))]
    assert found == [("/a", "1", "a"), ("/b/-", "1", "b"), ("/b/-/c~1d", "2", "c/d")]


def test_whole_answers_are_told_the_same_by_their_leaves() -> None:
    """As recorded answers are compared with the one that all votes give."""
    answers = ['{"date": "2024-03-01"}', '{"date": "1 March 2024"}', '{"date": "2 March 2024"}']
    read = [leaf for a in answers for leaf in leaves.read(a, QUESTION, WANTED)]
    one, other, third = whole_keys(answers, read, PLAN)
    assert one == other != third
    assert len(set(whole_keys(answers, [], PLAN))) == 3


def test_workers_that_read_otherwise_are_settled_by_rule() -> None:
    """Not by who came first."""
    shape = shape_for(None, derived=False)
    values: list[Any] = [{"a": "x"}, {"a": "y"}]
    told = [Leaf("/a", "x", Date(2024)), Leaf("/a", "x", Date(2025)), Leaf("/a", "y", Date(2025))]
    keys = {
        tuple(key(v, shape) for v in in_common(values, order, shape, 1e-6))
        for order in permutations(told)
    }
    assert len(keys) == 1
