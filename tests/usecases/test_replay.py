"""Recorded votes, decided again."""

from __future__ import annotations

import random

import pytest

from consensus.core import grouping
from consensus.core.model import Strategy
from consensus.core.values import Licence, Sameness
from consensus.readers import answer
from consensus.usecases.learning import Lessons
from consensus.usecases.replay import (
    RecordedVote,
    Recording,
    Replayed,
    Run,
    calibration_error,
    plan_for,
    replay,
    summarise,
)
from consensus.usecases.rules import named


def _recording(*answers: str, gold: str | None = None, **other: object) -> Recording:
    votes = tuple(RecordedVote(answer) for answer in answers)
    return Recording("q", votes, Strategy.NUMERIC, gold, **other)  # type: ignore[arg-type]


def _runs(recording: Recording, *, orders: int = 5, max_votes: int = 15) -> tuple[Run, ...]:
    return replay(recording, orders=orders, seed=0, max_votes=max_votes, value=answer.read).runs


def test_a_unanimous_panel_is_settled_in_its_first_wave() -> None:
    """Agreeing votes need one wave, save the rest, and come to the answer of all."""
    for run in _runs(_recording(*["42"] * 40, gold="42")):
        assert run.waves == 1
        assert run.votes < 15
        assert run.agrees
        assert run.correct


def test_wordings_of_one_answer_count_together() -> None:
    """The engine's equivalence groups them; gold judges by the letter, numbers by their value."""
    recording = _recording(*["1,000", "1000", "1000.0", "1e3"] * 5, gold="1000")
    replayed = replay(recording, orders=5, seed=0, max_votes=15, value=answer.read)
    assert all(run.agrees and run.correct for run in replayed.runs)
    assert replayed.full_correct


def test_no_more_votes_are_drawn_than_there_are() -> None:
    """When the recording runs out, the leading answer so far is the decision."""
    for run in _runs(_recording("1", "2", gold="3")):
        assert run.votes == 2
        assert run.answer in ("1", "2")
        assert run.correct is False


@pytest.mark.parametrize("max_votes", [1, 2, 3, 7])
def test_votes_are_bounded_by_max_votes(max_votes: int) -> None:
    """A divided panel stops at its bound, also at one below the usual least."""
    divided = _recording(*[str(n) for n in range(30)])
    assert all(run.votes == max_votes for run in _runs(divided, max_votes=max_votes))


def test_an_empty_answer_is_an_abstention() -> None:
    """What holds no answer is no vote, as with a live worker."""
    for run in _runs(_recording("", "  ", "5", gold="5")):
        assert run.votes == 1
        assert run.correct
    assert (
        replay(
            _recording("", gold="5"), orders=1, seed=0, max_votes=3, value=answer.read
        ).full_answer
        is None
    )


def test_the_same_seed_gives_the_same_runs_and_another_others() -> None:
    """Orders come from the seed and the question's id alone."""
    recording = _recording(*[random.Random(1).choice("123") for _ in range(40)])
    mixed = Recording("m", tuple(RecordedVote(str(n % 4)) for n in range(40)), Strategy.EXACT)
    assert _runs(recording) == _runs(recording)
    first = replay(mixed, orders=20, seed=0, max_votes=15, value=answer.read)
    assert first == replay(mixed, orders=20, seed=0, max_votes=15, value=answer.read)
    assert first != replay(mixed, orders=20, seed=1, max_votes=15, value=answer.read)


def test_confidence_weighs_as_in_production() -> None:
    """Sure votes outweigh unsure ones where the voting is weighted by confidence."""
    votes = [RecordedVote("1", 0.99)] * 4 + [RecordedVote("2", 0.05)] * 5
    replayed = replay(
        Recording("q", tuple(votes), Strategy.EXACT),
        orders=1,
        seed=0,
        max_votes=15,
        value=answer.read,
    )
    assert replayed.full_answer == "1"


def test_a_prompt_is_analysed_and_the_strategy_kept() -> None:
    """Analysis plans what the recording does not fix."""
    recording = _recording("1", prompt="Prove it. What is the capital of Australia?")
    plan = plan_for(recording, 9)
    assert (plan.strategy, plan.max_votes) == (Strategy.NUMERIC, 9)
    assert plan_for(recording, 2).min_votes <= 2
    auto = Recording("q", recording.votes, None, prompt="What is 12 * 12?")
    assert plan_for(auto, 15).strategy is Strategy.NUMERIC


def test_the_report_is_means_over_orders_and_questions() -> None:
    """Every figure is what its definition says, by hand."""
    runs = (Run(3, 1, "a", 0.9, True, True), Run(5, 2, "b", 0.6, False, False, trusted=False))
    one = Replayed(runs, "a", True, "gold")
    other = Replayed((Run(4, 1, "x", 0.8, True, None), Run(8, 4, "x", 0.8, True, None)), "x", None)
    report = summarise([one, other], 15)
    assert report.questions == 2
    assert report.mean_votes == 5.0
    assert report.votes_saved == 10.0
    assert report.mean_waves == 2.0
    assert report.p95_waves == 4
    assert report.agreement_with_full == 0.75
    assert report.accuracy == 0.5
    assert report.accuracy_full == 1.0
    assert report.ece == pytest.approx((0.1 + 0.6) / 2)
    assert (report.coverage, report.accuracy_covered, report.judged_by) == (0.75, 1.0, "gold")


def test_without_gold_there_is_no_accuracy() -> None:
    """Unknown is None, never zero."""
    report = summarise(
        [replay(_recording("1", "1"), orders=2, seed=0, max_votes=15, value=answer.read)], 15
    )
    assert (report.accuracy, report.accuracy_full, report.ece) == (None, None, None)
    assert (report.accuracy_covered, report.judged_by) == (None, "")


def test_the_ruler_is_not_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the engine to join Ja and Nein, the answer would still be wrong where Nein is right."""
    votes = tuple(RecordedVote(answer) for answer in ("Ja", "Ja", "Ja", "Nein", "Nein"))
    recording = Recording("q", votes, Strategy.EXACT, "Nein")
    monkeypatch.setattr(grouping, "_compared", lambda *_: (Sameness.SAME, Licence.LETTER))
    report = summarise([replay(recording, orders=5, seed=0, max_votes=15, value=answer.read)], 15)
    assert (report.agreement_with_full, report.accuracy, report.judged_by) == (1.0, 0.0, "gold")


def test_labels_judge_where_people_gave_them() -> None:
    """They say of a wording what no gold could; an answer without a label is judged by gold."""
    votes = (
        *(RecordedVote("in 1969", correct=True) for _ in range(4)),
        RecordedVote("1968", correct=False),
    )
    replayed = replay(
        Recording("q", votes, Strategy.EXACT, "1969"),
        orders=3,
        seed=0,
        max_votes=15,
        value=answer.read,
    )
    assert all(run.correct for run in replayed.runs)
    assert summarise([replayed], 15).judged_by == "labels"
    unlabelled = Recording("r", (RecordedVote("1969"),) * 4, Strategy.EXACT, "1969")
    other = replay(unlabelled, orders=3, seed=0, max_votes=15, value=answer.read)
    assert summarise([replayed, other], 15).judged_by == "labels and gold"


def test_what_is_trusted_is_a_consensus_of_which_nothing_warns() -> None:
    """Coverage is its share of the runs, and its accuracy is told apart."""

    def recording(name: str, answers: str, probability: float) -> Recording:
        votes = tuple(RecordedVote(a, probability=probability) for a in answers)
        return Recording(name, votes, Strategy.EXACT, "A")

    trusted = recording("trusted", "AAAA", 0.9)
    warned = recording("warned", "BBBB", 0.1)
    split = recording("split", "ABCD", 0.9)
    replayed = [
        replay(r, orders=2, seed=0, max_votes=4, value=answer.read)
        for r in (trusted, warned, split)
    ]
    report = summarise(replayed, 4)
    assert report.coverage == pytest.approx(1 / 3)
    assert report.accuracy_covered == 1.0


@pytest.mark.parametrize(
    ("judged", "error"),
    [
        ([(1.0, True)] * 4, 0.0),
        ([(0.75, True)] * 3 + [(0.75, False)], 0.0),
        ([(0.95, False)] * 2, 0.95),
        ([(0.0, True), (1.0, True)], 0.5),
        ([(0.71, True), (0.79, False)], 0.25),
    ],
)
def test_calibration_error_is_the_mean_gap_of_ten_bins(
    judged: list[tuple[float, bool]], error: float
) -> None:
    """Each bin's stated mean against its share of truth, by the bin's size."""
    assert calibration_error(judged) == pytest.approx(error)


def _family(questions: int, seed: int = 1) -> list[Recording]:
    """Questions that one model answers alike, with now and then a dissent."""
    rng = random.Random(seed)
    return [
        Recording(
            str(n),
            tuple(
                RecordedVote("1" if rng.random() < 0.97 else rng.choice("23")) for _ in range(40)
            ),
            Strategy.EXACT,
            "1" if n % 5 else "2",
        )
        for n in range(questions)
    ]


def test_learning_saves_votes_and_keeps_the_answers() -> None:
    """What earlier questions showed lets later ones stop sooner."""
    lessons = [Lessons()]
    cold: list[Run] = []
    warm: list[Run] = []
    for recording in _family(120):
        cold += replay(recording, orders=1, seed=0, max_votes=40, value=answer.read).runs
        warm += replay(
            recording, orders=1, seed=0, max_votes=40, value=answer.read, lessons=lessons
        ).runs
    assert [r.votes for r in warm[:30]] == [r.votes for r in cold[:30]]
    assert sum(r.votes for r in warm[60:]) < sum(r.votes for r in cold[60:])
    assert all(run.agrees for run in warm)


def test_gold_on_the_way_teaches_how_often_answers_are_right() -> None:
    """A panel that is unanimous and wrong once in five is told as such."""
    lessons = [Lessons()]
    runs = [
        replay(recording, orders=1, seed=0, max_votes=40, value=answer.read, lessons=lessons).runs[
            0
        ]
        for recording in _family(150)
    ]
    judged = [(run.sure, bool(run.correct)) for run in runs[60:]]
    assert calibration_error(judged) < 0.08
    assert runs[0].sure > 0.9


def test_orders_learn_apart() -> None:
    """What one order saw, no other knows: an order's runs do not depend on how many there are."""
    alone, together = [Lessons()], [Lessons(), Lessons()]
    for recording in _family(40):
        one = replay(recording, orders=1, seed=0, max_votes=40, value=answer.read, lessons=alone)
        both = replay(
            recording, orders=2, seed=0, max_votes=40, value=answer.read, lessons=together
        )
        assert one.runs[0] == both.runs[0]


def test_a_rule_decides_instead_of_the_engine() -> None:
    """A published rule draws by its own law, on the engine's groups."""
    mixed = _recording(*["1,000", "1000.0"] * 20, gold="1000")
    (run,) = replay(
        mixed, orders=1, seed=0, max_votes=40, value=answer.read, rule=named("esc")
    ).runs
    assert (run.votes, run.waves, run.agrees, run.correct) == (5, 1, True, True)
    nothing = _recording("", " ", gold="1")
    (empty,) = replay(
        nothing, orders=1, seed=0, max_votes=40, value=answer.read, rule=named("esc")
    ).runs
    assert (empty.votes, empty.answer, empty.correct) == (0, None, False)


def test_a_clear_leader_without_a_majority_is_not_asked_about_for_ever() -> None:
    """Where neither leader nor outcome would change, asking ends before the cap."""
    scattered = _recording(*["7"] * 14, *[str(n) for n in range(100, 126)])
    runs = _runs(scattered, orders=20, max_votes=40)
    assert any(run.votes < 40 for run in runs)
    assert all(run.agrees for run in runs)


def _many_models(question: int, models: dict[str, float], dice: random.Random) -> Recording:
    """One question that each model answers, right as often as it is."""
    votes = tuple(
        RecordedVote("0" if dice.random() < chance else str(dice.randint(1, 3)), model=model)
        for model, chance in models.items()
    )
    return Recording(str(question), votes, Strategy.EXACT, "0")


def _right(replayed: list[Replayed]) -> int:
    return sum(bool(question.runs[0].correct) for question in replayed)


@pytest.mark.parametrize("models", [12, 1])
def test_models_are_weighed_as_it_goes_and_one_alone_never(models: int) -> None:
    """Unequal models are right more often; with one model nothing changes at all."""
    chances = {f"m{n}": 0.95 - 0.077 * n for n in range(12)}
    dice = random.Random(7)
    recordings = [_many_models(n, chances, dice) for n in range(300)]
    if models == 1:
        recordings = [
            Recording(r.id, tuple(RecordedVote(v.answer, model="m") for v in r.votes), r.strategy)
            for r in recordings
        ]

    def learning(weigh: bool) -> list[Replayed]:
        lessons = [Lessons(weigh)]
        return [
            replay(r, orders=1, seed=0, max_votes=7, value=answer.read, lessons=lessons)
            for r in recordings
        ]

    weighed, plain = learning(True), learning(False)
    if models == 1:
        assert weighed == plain
    else:
        assert _right(weighed) >= _right(plain) + 10
