"""What callers see over HTTP: a task's JSON, field by field."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from consensus.codec.responses import task_to_json, time_to_json
from consensus.core.model import (
    CloseReason,
    Doubt,
    Finding,
    GroupShare,
    Message,
    Outcome,
    Plan,
    Progress,
    Result,
    State,
    Task,
    Usage,
    Verdict,
)

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)

QUEUED = Task(
    id="t1",
    owner="local",
    messages=(Message("user", "Why?"),),
    prompt="Why?",
    plan=Plan(reason="a short question"),
    created_at=NOON,
    deadline=NOON + timedelta(seconds=120),
    metadata={"run": "7"},
)


def test_a_queued_task_shows_exactly_the_surface() -> None:
    """These keys are what clients rely on; who owns or holds it is not among them."""
    assert task_to_json(QUEUED) == {
        "id": "t1",
        "state": "QUEUED",
        "prompt": "Why?",
        "plan": {
            "complexity": "medium",
            "strategy": "exact",
            "voting": "confidence_weighted",
            "min_votes": 3,
            "max_votes": 15,
            "min_agreement": 0.6,
            "threshold_is_adaptive": False,
            "timeout_seconds": 120.0,
            "numeric_tolerance": 1e-6,
            "reason": "a short question",
        },
        "progress": {"asked": 0, "voted": 0, "abstained": 0, "waves": 0},
        "seats": {"begun": [], "hedged": []},
        "waves": [],
        "result": None,
        "usage": {
            "calls": 0,
            "adjudication_calls": 0,
            "calls_saved": None,
            "uncertain_calls": 0,
            "input_tokens": 0,
            "output_tokens": 0,
            "cost_usd": 0.0,
            "known_cost_usd": None,
        },
        "metadata": {"run": "7"},
        "created_at": "2026-01-02T12:00:00.000Z",
        "deadline": "2026-01-02T12:02:00.000Z",
        "finished_at": None,
    }


def test_a_task_given_as_messages_shows_messages() -> None:
    """Whichever was given comes back."""
    shown = task_to_json(replace(QUEUED, prompt=None))
    assert "prompt" not in shown
    assert shown["messages"] == [{"role": "user", "content": "Why?"}]


def test_a_finished_task_shows_its_result() -> None:
    """The result's keys are the surface's, and unknown is null."""
    group = GroupShare("42", 3, 2.5, 1.0, seats=(0, 2))
    result = Result(
        Outcome.CONSENSUS, CloseReason.SETTLED, "42", 1.0, 0.6, 1.0, 0.97, None, (group,), "Agreed."
    )
    done = replace(
        QUEUED,
        state=State.DONE,
        result=result,
        progress=Progress(3, 3, 0, 1),
        usage=Usage(20, 100, 30, None),
        finished_at=NOON + timedelta(seconds=4),
    )
    shown = json.loads(json.dumps(task_to_json(done)))
    assert shown["result"] == {
        "outcome": "CONSENSUS",
        "close_reason": "SETTLED",
        "answer": "42",
        "agreement": 1.0,
        "min_agreement": 0.6,
        "margin": 1.0,
        "confidence": 0.97,
        "probability_correct": None,
        "answer_probability": None,
        "groups": [{"answer": "42", "votes": 3, "weight": 2.5, "share": 1.0, "seats": [0, 2]}],
        "explanation": "Agreed.",
    }
    assert shown["usage"]["calls_saved"] == 0
    assert shown["usage"]["adjudication_calls"] == 0
    doubts = (
        Doubt(0, "a", "b", Verdict(0, Finding.SAME, Usage(1))),
        Doubt(1, "a", "c", Verdict(1, Finding.SAME)),
        Doubt(2, "a", "d"),
        Doubt(3, "a", "e"),
    )
    told = task_to_json(replace(done, doubts=doubts))["usage"]
    assert isinstance(told, dict)
    assert told["adjudication_calls"] == 2  # the last two are one call's, which is out
    assert shown["usage"]["cost_usd"] is None
    assert shown["finished_at"] == "2026-01-02T12:00:04.000Z"


def test_times_are_told_in_utc() -> None:
    """Another zone's time is the same moment."""
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert time_to_json(there) == "2026-01-02T12:00:00.000Z"
