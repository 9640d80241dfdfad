"""Answers with parts through the tally, the stopping rule and a task's whole life."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core import stopping
from consensus.core.confidence import confidence
from consensus.core.events import BallotCast, DeadlineReached, Submitted, Taken
from consensus.core.lifecycle import advance
from consensus.core.model import (
    CloseReason,
    Format,
    FormatKind,
    Message,
    Outcome,
    PartShare,
    Plan,
    Reading,
    State,
    Strategy,
    Task,
    Vote,
)
from consensus.core.parts.documents import held
from consensus.core.result import LONGEST_PARTS, MOST_PARTS, shown
from consensus.core.tally import Tally, tally_votes

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RECORDS = Plan(strategy=Strategy.STRUCTURED, threshold_is_adaptive=True)
COMPUTED = Plan(strategy=Strategy.STRUCTURED, derived=True)
TEXTS = Plan(strategy=Strategy.TEXT, max_votes=5, min_agreement=0.5, threshold_is_adaptive=True)
AGREED = [
    "The bridge opened in 1932. It carries eight lanes.",
    "The bridge opened in 1932. It carries eight lanes of traffic.",
    "It opened in 1932, the bridge. It carries eight lanes.",
]
CONTRARY = "Penguins cannot fly, whatever you feed them on a Sunday."


def votes(*answers: object) -> list[Vote]:
    """A vote for each answer, JSON or text."""
    said = [a if isinstance(a, str) else json.dumps(a) for a in answers]
    return [Vote(n, Reading(text, text), voter=f"v{n}") for n, text in enumerate(said)]


def tally(plan: Plan, *answers: object) -> Tally:
    """The tally of votes for these answers."""
    return tally_votes(votes(*answers), plan)


def lived(plan: Plan, answers: Sequence[object]) -> Task:
    """A task that is given these answers as it asks for them, then its deadline."""
    task = Task("t", "o", (Message("user", "?"),), plan, NOW, NOW + timedelta(seconds=60))
    task = advance(advance(task, Submitted(), NOW).task, Taken("h"), NOW).task
    for vote in votes(*answers):
        if task.state is State.DONE:
            break
        task = advance(task, BallotCast(vote), NOW).task
    return advance(task, DeadlineReached(), task.deadline).task


def test_a_record_is_composed_of_its_majorities() -> None:
    """The answer is no vote's, the groups are of whole answers, the result says so."""
    answers = [{"a": 1, "b": 1, "c": 9}, {"a": 1, "b": 9, "c": 1}, {"a": 9, "b": 1, "c": 1}]
    told = tally(RECORDS, *answers)
    assert told.answer is not None
    assert held(told.answer) == {"a": 1, "b": 1, "c": 1}
    assert told.agreement == pytest.approx(2 / 3)
    assert len(told.groups) == 3
    assert told.consensus
    result = lived(RECORDS, answers).result
    assert result is not None
    assert result.composed
    assert result.whole == 0.0
    assert [part.path for part in result.parts] == ["/a", "/b", "/c"]
    assert result.parts[0].contradicted == pytest.approx(1 / 3)
    assert result.parts[0].confidence is not None


def test_a_composition_must_fit_its_schema() -> None:
    """Else the leading whole answer is taken, which does."""
    schema = {
        "type": "object",
        "properties": {"low": {"type": "integer"}, "high": {"type": "integer"}},
        "if": {"properties": {"low": {"const": 1}}},
        "then": {"properties": {"high": {"const": 1}}},
    }
    wanted = Format(FormatKind.SCHEMA, json.dumps(schema))
    plan = Plan(strategy=Strategy.STRUCTURED, format=wanted)
    answers = [{"low": 1, "high": 1}, {"low": 1, "high": 1}, *[{"low": 2, "high": 5}] * 2]
    told = tally(
        plan, *answers, {"low": 1, "high": 1}, {"low": 3, "high": 5}, {"low": 4, "high": 5}
    )
    assert told.answer is not None
    value = held(told.answer)
    assert isinstance(value, dict)
    assert value in [*answers, {"low": 3, "high": 5}]
    assert told.parts is not None
    assert not told.parts.composed


def test_a_computed_value_is_as_agreed_as_its_whole() -> None:
    """However far its items are."""
    told = tally(COMPUTED, [1, 2], [1, 2], [1, 3])
    assert told.agreement == pytest.approx(2 / 3)
    assert told.margin == pytest.approx(1 / 3)
    assert held(told.answer or "") == [1, 2]


def test_a_text_is_chosen_word_for_word_and_asks_for_few_votes() -> None:
    """Settled by three that support one another; five where they do not; no posterior."""
    done = lived(TEXTS, [*AGREED, *AGREED])
    result = done.result
    assert result is not None
    assert (result.outcome, result.close_reason) == (Outcome.CONSENSUS, CloseReason.SETTLED)
    assert result.answer in AGREED
    assert result.confidence is None
    assert done.progress.voted == 3
    assert [part.path for part in result.parts] == ["0", "1"]
    split = lived(TEXTS, [AGREED[0], CONTRARY, "Tea is a drink. So is rain."] * 2)
    assert split.result is not None
    assert split.result.outcome is Outcome.NO_CONSENSUS
    assert split.result.close_reason is CloseReason.EXHAUSTED
    assert split.progress.voted == 5


def test_a_contrary_text_does_not_hide_that_the_others_agree() -> None:
    """Five that support one another and one that speaks of something else."""
    told = tally(TEXTS, *AGREED, CONTRARY, *AGREED[:1])
    assert told.answer in AGREED
    assert told.consensus


def test_the_element_at_a_coin_flip_is_told() -> None:
    """Beside the mean of its collection; and that more votes could change it is not denied."""
    said = [{"people": ["Ada", "Bob"], "n": 1}, {"people": ["Ada"], "n": 1}]
    result = lived(RECORDS, [said[0], said[0], said[1], said[0]]).result
    assert result is not None
    assert result.weakest == "/people"
    assert "the elements at /people have 88% of the weight in the mean" in result.explanation
    assert "the least agreed element, /people/1, has 75%" in result.explanation
    assert "more votes, which could change 1 of its 3 parts, are not worth it" in result.explanation
    sure = lived(RECORDS, [said[0]] * 4).result
    assert sure is not None
    assert "more votes would hardly change a part" in sure.explanation


BUILT = "The bridge was built in 1932 by Ann Lee."
OTHERWISE = "The bridge was built in 1871 by Bob Ray."
NEVER = "The bridge was never built."


@pytest.mark.parametrize(
    "texts",
    [
        (BUILT, OTHERWISE, NEVER),
        (BUILT, OTHERWISE, NEVER, NEVER),
        (BUILT, BUILT, NEVER, NEVER),
        ("The bridge opened in 1932.", "The bridge didn't open in 1932.") * 2,
        ("Paris is the capital.", "Lyon is the capital.", "Nice is the capital."),
        ("It has three lanes.", "It has four lanes.", "It has 6 lanes."),
        ("Die Brücke wurde 1932 gebaut.", "Die Brücke wurde nicht gebaut.") * 2,
        ("Мост был построен.", "Мост не был построен.") * 2,
    ],
)
def test_words_in_common_are_no_support_where_the_texts_contradict(texts: tuple[str, ...]) -> None:
    """Another name or figure in its place, or a denial: no consensus, and the part shows it."""
    told = tally(TEXTS, *texts)
    assert not told.consensus
    assert told.agreement < TEXTS.min_agreement
    assert told.parts is not None
    (part,) = told.parts.parts
    assert 2 * part.contradicted > 1
    assert part.groups


def test_a_majority_that_some_deny_is_a_consensus_and_tells_who_denies() -> None:
    """Four to one."""
    told = tally(TEXTS, *[BUILT] * 4, NEVER)
    assert told.consensus
    assert told.parts is not None
    (part,) = told.parts.parts
    assert part.contradicted == pytest.approx(1 / 4)
    assert [group.value for group in part.groups] == [NEVER]


def test_a_number_in_words_is_that_number() -> None:
    """Five is no contradiction of 5."""
    told = tally(TEXTS, "The bridge has five lanes.", *["The bridge has 5 lanes."] * 2)
    assert told.consensus
    assert told.agreement == pytest.approx(1.0)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_texts_that_share_no_word_are_a_tie(times: int) -> None:
    """As many say the one as the other."""
    assert not tally(TEXTS, *["Alpha"] * times, *["Beta"] * times).consensus
    assert tally(TEXTS, *["Alpha"] * (times + 2), *["Beta"] * times).consensus


def test_a_sentence_that_most_contradict_is_no_consensus() -> None:
    """Though the text as a whole is the one most like the others."""
    texts = [f"The bridge opened in {year}. It carries eight lanes." for year in (1932, 1945, 1951)]
    told = tally(TEXTS, *texts)
    assert told.parts is not None
    assert told.parts.disputed
    assert not told.consensus


def test_what_is_no_json_is_taken_for_its_text() -> None:
    """From an older or broken worker: it never stops a task."""
    assert tally(RECORDS, "{", "{", '{"a": 1}').answer == '"{"'


@pytest.mark.parametrize("plan", [RECORDS, COMPUTED, TEXTS])
def test_no_vote_at_all(plan: Plan) -> None:
    """Is no answer, and asks for the first wave."""
    nothing = tally(plan)
    assert nothing.answer is None
    assert not nothing.consensus
    assert stopping.first_wave(plan) >= plan.min_votes
    assert not stopping.is_settled(nothing, plan)


def test_parts_are_kept_within_bounds() -> None:
    """The least agreed of them, in their order, with long values cut."""
    many = [PartShare(f"/{n}", "x" * 5000, 1.0 - n / 1000) for n in range(900)]
    kept = shown(many)
    assert 0 < len(kept) <= MOST_PARTS
    assert sum(len(part.value) for part in kept) <= LONGEST_PARTS
    assert kept[-1].path == "/899"
    assert [part.path for part in kept] == sorted((p.path for p in kept), key=lambda p: int(p[1:]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["a", "A", "b c", ""]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)
SAID = st.sampled_from([*AGREED, CONTRARY, "", "Yes.", "No."])


@st.composite
def cast(draw: st.DrawFn) -> tuple[Plan, list[Vote]]:
    """A plan of either strategy, and votes under it."""
    plan = draw(st.sampled_from([RECORDS, COMPUTED, TEXTS]))
    answers: list[Any] = draw(
        st.lists(SAID if plan.strategy is Strategy.TEXT else JSON, min_size=1, max_size=6)
    )
    told = []
    for vote in votes(*answers):
        sure = draw(st.sampled_from([None, 0.2, 0.9]))
        said = vote.reading
        told.append(Vote(vote.seat, Reading(said.text, said.final, confidence=sure), vote.voter))
    return plan, told


@given(cast(), st.randoms(use_true_random=False))
def test_a_result_is_a_function_of_the_set_of_votes(
    given_votes: tuple[Plan, list[Vote]], chance: random.Random
) -> None:
    """In any order, each given twice: the same to the last bit, parts and groups too."""
    plan, told = given_votes
    again = [*told, *told]
    chance.shuffle(again)
    assert tally_votes(told, plan) == tally_votes(again, plan)


@given(cast())
def test_a_tally_with_parts_keeps_its_bounds(given_votes: tuple[Plan, list[Vote]]) -> None:
    """Shares are shares, every vote is in one group, waves fit what is left."""
    plan, told = given_votes
    now = tally_votes(told, plan)
    assert 0.0 <= now.agreement <= 1.0 + 1e-9
    assert sum(group.votes for group in now.groups) == len(told)
    assert sorted(seat for g in now.groups for seat in g.seats) == [v.seat for v in told]
    assert 0 <= stopping.next_wave(now, plan) <= max(0, plan.max_votes - len(told))
    sure = confidence(now, plan)
    assert sure is None if plan.strategy is Strategy.TEXT else 0.0 <= (sure or 0.0) <= 1.0
    if stopping.is_settled(now, plan):
        assert stopping.next_wave(now, plan) == 0
