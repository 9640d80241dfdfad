"""The picture that a watcher builds from events, and the facts told of it."""

from __future__ import annotations

import pytest

from consensus.cli.board import Board, Group, reasons, with_event, with_progress, with_task
from consensus.cli.facts import answers, dollars, facts, headline, percent, plan_line
from consensus.cli.plain import plain_lines
from consensus.client import Event
from tests.cli.service import PLAN, PLANNED, TALLY, abstention, done, failed, running, vote


def _board(*events: tuple[str, dict[str, object]]) -> Board:
    board = Board()
    for kind, data in events:
        board = with_event(board, Event(kind, data))
    return board


def test_votes_and_tallies_build_the_picture() -> None:
    """Seats, groups, agreement and plan come from their events."""
    board = _board(PLANNED, vote(0), vote(2, "400"), TALLY)
    assert board.plan == PLAN
    assert sorted(board.seats) == [0, 2]
    assert board.groups == (Group("397.8", 2, 0.75), Group("400", 1, 0.25))
    assert board.agreement == 0.75
    assert board.asked == 3


def test_the_same_event_twice_changes_nothing() -> None:
    """A resumed stream may repeat itself."""
    assert _board(vote(0), vote(0)) == _board(vote(0))


def test_a_vote_replaces_its_seats_abstention() -> None:
    """The seat shows what it brought last."""
    board = _board(abstention(0, "WORKER_LOST"), vote(0))
    assert board.abstentions == ()
    assert board.voted == 1


def test_counts_only_grow() -> None:
    """An older look at the task never takes back seats."""
    board = with_progress(
        with_progress(Board(), {"asked": 5, "waves": 2}), {"asked": 3, "waves": 1}
    )
    assert (board.asked, board.waves) == (5, 2)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"seat": "x", "answer": 7, "confidence": "high", "progress": []},
        {"seat": True, "groups": "none", "confidence": None},
        {"groups": [1, {"votes": "x", "share": None}], "agreement": "all", "id": 5},
        {"plan": "x", "result": [], "progress": 3},
    ],
)
def test_events_of_any_shape_are_survived(data: dict[str, object]) -> None:
    """A server of another version may tell less, more, or nonsense."""
    for kind in ("planned", "vote", "abstention", "tally", "progress", "result", "novelty"):
        board = with_event(Board(), Event(kind, dict(data)))
        assert list(facts(board))


def test_the_question_is_the_prompt_or_the_last_user_message() -> None:
    """Whichever form the task has, people see what was asked."""
    assert with_task(Board(), running("Why?")).question == "Why?"
    messages = [{"role": "user", "content": "a"}, {"role": "user", "content": "b\nc"}]
    assert with_task(Board(), {"messages": messages}).question == "b c"


def test_a_polled_task_tells_all_that_events_would() -> None:
    """Without a stream, groups and result come from the task itself."""
    board = _board(("result", done()))
    assert board.groups[0] == Group("397.8", 2, 0.75)
    assert headline(board) == "Consensus"
    assert list(answers(board)) == [("Answer", "397.8")]


def test_what_is_no_consensus_is_never_told_as_an_answer() -> None:
    """What leads is told as leading; of a tie, all that do."""
    split = done("NO_CONSENSUS")
    assert list(answers(_board(("result", split)))) == [("Leading", "397.8")]
    split["result"]["groups"] = [
        {"answer": answer, "votes": 2, "share": 0.5, "weight": 1.0} for answer in ("Tea", "Coffee")
    ]
    tied = list(answers(_board(("result", split))))
    assert tied == [("Tied", "Tea"), ("Tied", "Coffee")]


def test_what_adapts_is_told_with_both_its_ends() -> None:
    """Who reads 50% to 60% in the plan is not surprised by 52% in the result."""
    plan = {"strategy": "exact", "min_agreement": 0.6, "threshold_is_adaptive": True}
    assert "50% to 60% must agree" in plan_line(plan)
    assert " · 50% must agree" in plan_line({**plan, "min_agreement": 0.5})


def test_what_was_cancelled_has_saved_nothing() -> None:
    """Nor is it told how sure nobody is."""
    cancelled = done("CANCELLED")
    cancelled["result"]["groups"] = []
    told = dict(facts(_board(("result", cancelled))))
    assert "saved" not in told["Votes"]
    assert "Confidence" not in told


def test_a_cost_that_is_not_known_whole_is_told_as_far_as_it_is() -> None:
    """A straggler that was cut off takes nothing from what the others are known to have cost."""
    task = done()
    assert dict(facts(_board(("result", task))))["Cost"] == "unknown"
    task["usage"]["known_cost_usd"] = 0.012
    told = dict(facts(_board(("result", task))))["Cost"]
    assert told == "at least $0.012: a call was cut off, or had no price"


def test_reasons_are_grouped_with_advice() -> None:
    """The commonest reason comes first, with what to do about it."""
    board = _board(
        abstention(0, "OUT_OF_TIME"),
        abstention(1, "MODEL_UNREACHABLE", "refused"),
        abstention(2, "MODEL_UNREACHABLE", "refused"),
    )
    assert reasons(board) == [
        "2 seats, MODEL_UNREACHABLE: refused (check OPENAI_BASE_URL and that the endpoint is up)",
        "1 seat, OUT_OF_TIME (allow more with --timeout)",
    ]


def test_advice_is_not_given_twice() -> None:
    """A detail that names the setting to change knows better."""
    board = _board(abstention(0, "MODEL_REFUSED", "401: check OPENAI_API_KEY"))
    assert reasons(board) == ["1 seat, MODEL_REFUSED: 401: check OPENAI_API_KEY"]


def test_a_failure_claims_no_confidence() -> None:
    """Without an answer there is nothing to be sure of."""
    labels = [label for label, _ in facts(with_task(Board(), failed()))]
    assert "Confidence" not in labels
    assert "Votes" in labels


def test_probability_correct_is_told_beside_confidence() -> None:
    """The two probabilities are different things, and each says which it is."""
    told_facts = dict(facts(with_task(Board(), done(probability_correct=0.9))))
    assert told_facts["Confidence"] == (
        "97% that more votes would not change the answer; 90% that it is right"
    )


def test_what_the_tokens_say_is_told_as_what_it_is() -> None:
    """It is no estimate of being right, and only there where an endpoint told it."""
    assert "Probability" not in dict(facts(with_task(Board(), done())))
    told_facts = dict(facts(with_task(Board(), done(answer_probability=0.31))))
    assert told_facts["Probability"] == "31% by the voters' own tokens, uncalibrated"


def test_much_dissent_is_counted_not_listed() -> None:
    """The groups that matter are told, the tail is a number."""
    groups = [{"answer": str(n), "votes": 1, "share": 0.1} for n in range(10)]
    dissent = dict(facts(with_task(Board(), done(groups=groups))))["Dissent"]
    assert dissent == "10% 1; 10% 2; 10% 3; 10% 4; 10% 5; 4 more"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "100%"),
        (1.0, "100%"),
        (0.9999, ">99.9%"),
        (0.995, "99.5%"),
        (0.756, "76%"),
        (0.005, "0.5%"),
        (0.00001, "<0.1%"),
        (0, "0%"),
        (None, "unknown"),
    ],
)
def test_percent_never_rounds_to_certainty(value: object, text: str) -> None:
    """100% and 0% are said only of exactly that."""
    assert percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"),
        (0, "$0"),
        (0.0, "$0"),
        (1.234, "$1.23"),
        (0.01234, "$0.012"),
        (0.00042, "$0.00042"),
        (0.0000042, "$4.2e-06"),
    ],
)
def test_dollars_keep_small_sums_visible(value: object, text: str) -> None:
    """A fraction of a cent is not zero, and an unknown cost is not zero either."""
    assert dollars(value) == text


def test_a_plan_reads_in_one_line() -> None:
    """Strategy, votes, threshold, voting and time."""
    line = "numeric · 3 to 15 votes · 60% must agree · confidence-weighted · 120 s at most"
    assert plan_line(PLAN) == line
    assert plan_line({**PLAN, "min_votes": 15}).startswith("numeric · 15 votes")


def test_fields_are_told_with_what_others_say() -> None:
    """One a line, with its share, and what is left out as nothing."""
    parts = [
        {
            "path": "/people/0",
            "value": "Ann",
            "agreement": 0.75,
            "confidence": 0.31,
            "groups": [{"value": "Ann", "share": 0.75}, {"value": "Bo", "share": 0.25}],
        },
        {"path": "/year", "value": None, "absent": True, "agreement": 1.0, "groups": []},
    ]
    task = done(value={}, composed=True, parts=parts, whole_agreement=0.0, weakest="/people/0")
    told_facts = list(facts(with_task(Board(), task)))
    fields = [text for label, text in told_facts if label == "Field"]
    assert fields == [
        '/people/0 = "Ann" (75%, 31% likely right; 25% "Bo")',
        "/year = nothing (100%)",
    ]
    assert "Composed" in dict(told_facts)
    assert "at its weakest, /people/0" in dict(told_facts)["Agreement"]


def test_an_element_below_the_mean_of_its_collection_is_told() -> None:
    """The agreement is the mean; who reads it learns of the coin flip in it."""
    parts = [
        {"path": "/people/0", "value": "Ann", "agreement": 1.0, "groups": []},
        {"path": "/people/1", "value": "Bo", "agreement": 0.51, "groups": []},
    ]
    task = done(value={}, parts=parts, agreement=0.755, whole_agreement=0.5, weakest="/people")
    agreement = dict(facts(with_task(Board(), task)))["Agreement"]
    assert "at its weakest, /people" in agreement
    assert agreement.endswith("; of single elements, /people/1 has 51%")


def test_doubtful_sentences_are_told() -> None:
    """Those that few support, or that others contradict; no confidence of a text is claimed."""
    parts = [
        {"path": "0", "text": "It opened in 1932.", "agreement": 0.9, "contradicted": 0.0},
        {
            "path": "1",
            "text": "It is red.",
            "agreement": 0.9,
            "contradicted": 0.5,
            "groups": [{"text": "It is blue."}],
        },
        {"path": "2", "text": "It sings.", "agreement": 0.1, "contradicted": 0.0},
    ]
    told_facts = list(facts(with_task(Board(), done(confidence=None, parts=parts))))
    doubtful = [text for label, text in told_facts if label == "Doubtful"]
    assert doubtful == [
        "90% supported: It is red. (others: It is blue.)",
        "10% supported: It sings.",
    ]
    assert dict(told_facts)["Confidence"] == ""


def test_anything_in_place_of_parts_is_told() -> None:
    """A broken server's, too."""
    for parts in (None, 5, [1], [{}], [{"groups": 5}], [{"groups": [1], "agreement": "x"}]):
        assert list(facts(with_task(Board(), done(parts=parts))))
        assert list(facts(with_task(Board(), done(parts=parts, value=None))))


@pytest.mark.parametrize(
    ("groups", "agreement", "says"),
    [
        ([("4", 2, 0.75), ("5", 1, 0.25)], 0.75, "4 leads with 75%, 1 other answer"),
        ([("4", 2, 1.0)], 1.0, "4 leads with 100%, alone"),
        ([("4", 1, 1 / 3), ("5", 1, 1 / 3), ("6", 1, 1 / 3)], 1 / 3, "4 / 5 / 6 are tied at 33%"),
        (
            [("4", 2, 0.4), ("5", 2, 0.4), ("6", 1, 0.2)],
            0.4,
            "4 / 5 are tied at 40%, 1 other answer",
        ),
        ([("A text.", 1, 1.0)], 0.0, "first vote in"),
        ([("A text.", 1, 0.5), ("Another.", 1, 0.5)], 0.0, "2 votes in, none supported yet"),
    ],
)
def test_a_line_says_leads_only_of_what_does(
    groups: list[tuple[str, int, float]], agreement: float, says: str
) -> None:
    """Not of one of several in a tie, nor of what nobody supports."""
    told = [{"answer": answer, "votes": votes, "share": share} for answer, votes, share in groups]
    event = ("tally", {"groups": told, "agreement": agreement})
    assert list(plain_lines(_board(event), Event(*event))) == [f"tally: {says}"]
