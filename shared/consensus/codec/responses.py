"""What callers see over HTTP: tasks, plans, groups, times and workers as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from consensus.codec.values import value_to_json
from consensus.core.model import (
    Ballot,
    Feedback,
    Format,
    FormatKind,
    GroupShare,
    PartShare,
    Plan,
    Recorded,
    Result,
    SaidShare,
    Strategy,
    Task,
    Usage,
    Vote,
)
from consensus.core.parts.documents import NotOneValue, held
from consensus.core.result import groups_by_seat
from consensus.core.spending import known_cost
from consensus.core.statistics import Statistics
from consensus.ports import WorkerStatus

BRIEF: Final = 240  # characters of a text in a listing


def task_to_json(task: Task) -> dict[str, object]:
    """The task as the surface shows it, without its votes."""
    return {
        "id": task.id,
        "state": task.state,
        **_asked(task),
        **format_to_json(task.plan.format),
        "plan": plan_to_json(task.plan),
        "progress": _progress(task),
        "seats": _seats(task),
        "waves": [
            {"at": time_to_json(w.at), "first_seat": w.first, "seats": w.seats} for w in task.waves
        ],
        "result": None if task.result is None else _result(task.result, task.plan.strategy),
        "usage": {**_usage(task), "known_cost_usd": _dollars(known_cost(task))},
        **_around(task),
    }


def summary_to_json(task: Task) -> dict[str, object]:
    """The task as a listing shows it: without its plan and its groups, and with long texts cut.

    prompt is what it asks, however it was asked.
    """
    result = task.result
    told = None if result is None else {**_figures(result), "answer": _brief(result.answer)}
    return {
        "id": task.id,
        "state": task.state,
        "prompt": _brief(task.question),
        "progress": _progress(task),
        "seats": _seats(task),
        "result": told,
        "unsettled": bool(result and result.unsettled),
        "usage": _usage(task),
        **_around(task),
    }


def ballot_to_json(
    recorded: Recorded, *, counted: bool, group: int | None, seconds: float | None
) -> dict[str, object]:
    """A ballot whole. group is the place of its group among the result's, seconds how long after
    its seat was asked it was recorded; None where that is not known."""
    ballot = recorded.ballot
    told: dict[str, object] = {
        "seat": ballot.seat,
        "kind": "vote" if isinstance(ballot, Vote) else "abstention",
        "counted": counted,
        "order": recorded.order,
        "at": time_to_json(recorded.at),
        "seconds": seconds,
        "voter": ballot.voter,
    }
    if isinstance(ballot, Vote):
        told |= {
            "model": ballot.model,
            "answer": ballot.reading.final,
            "text": ballot.reading.text,
            "value": value_to_json(ballot.reading.value),
            "group": group,
            "confidence": ballot.reading.confidence,
            "probability": ballot.reading.probability,
        }
    else:
        told |= {"reason": ballot.reason, "detail": ballot.detail}
    return told | {"usage": usage_to_json(ballot.usage), **timing_to_json(ballot)}


def timing_to_json(ballot: Ballot) -> dict[str, object]:
    """How long the seat's worker had it, and when its model's first word came, in seconds from the
    moment that it took the seat; null where nobody told."""
    timing = ballot.timing
    return {
        "worked_seconds": None if timing is None else round(timing.seconds, 3),
        "first_word_seconds": None
        if timing is None or timing.first_word is None
        else round(timing.first_word, 3),
    }


def ballots_to_json(task: Task, late: Sequence[Recorded]) -> list[dict[str, object]]:
    """Every ballot of a task whole, in recorded order; then those that came too late to count."""
    groups = groups_by_seat(task)
    told = []
    for recorded, counted in [*((b, True) for b in task.ballots), *((b, False) for b in late)]:
        seat = recorded.ballot.seat
        asked = task.asked_at(seat)
        seconds = round((recorded.at - asked).total_seconds(), 3) if asked else None
        group = groups.get(seat) if counted else None
        told.append(ballot_to_json(recorded, counted=counted, group=group, seconds=seconds))
    return told


def statistics_to_json(told: Statistics) -> dict[str, object]:
    """Figures over time as GET /v1/statistics shows them."""
    return {
        "tasks": told.tasks,
        "outcomes": dict(told.outcomes),
        "period_seconds": told.period.total_seconds(),
        "periods": [
            {
                "from": time_to_json(period.start),
                "tasks": period.tasks,
                "agreement": period.agreement,
                "abstained": period.abstained,
                "saved": period.saved,
                "seconds": period.seconds,
                "cost_usd": _dollars(period.cost_usd),
                "unpriced": period.unpriced,
            }
            for period in told.periods
        ],
        "voters": [asdict(record) for record in told.voters],
        "calibration": [asdict(found) for found in told.calibration],
        "calibrated_by": told.by,
    }


def feedback_to_json(feedback: Feedback) -> dict[str, object]:
    """What was said of a task's answer."""
    return {
        "correct": feedback.correct,
        "answer": feedback.answer,
        "at": time_to_json(feedback.at),
        "by": feedback.by or None,
    }


def usage_to_json(usage: Usage) -> dict[str, object]:
    """What model calls cost."""
    return {
        "calls": usage.calls,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": _dollars(usage.cost_usd),
    }


def plan_to_json(plan: Plan) -> dict[str, object]:
    """The plan as the surface shows it."""
    return {
        "complexity": plan.complexity,
        "strategy": plan.strategy,
        "voting": plan.voting,
        "min_votes": plan.min_votes,
        "max_votes": plan.max_votes,
        "min_agreement": plan.min_agreement,
        "threshold_is_adaptive": plan.threshold_is_adaptive,
        "timeout_seconds": plan.timeout_seconds,
        "numeric_tolerance": plan.numeric_tolerance,
        "reason": plan.reason,
        **({"compose": plan.compose} if plan.compose else {}),
        **({"derived": plan.derived} if plan.strategy is Strategy.STRUCTURED else {}),
    }


def format_to_json(wanted: Format | None) -> dict[str, object]:
    """The JSON that was asked for, in the words in which it was."""
    if wanted is None:
        return {}
    if wanted.kind is FormatKind.TOOLS:
        return {"tools": _value(wanted.schema)}
    told: dict[str, object] = {"type": wanted.kind}
    if wanted.kind is FormatKind.SCHEMA:
        schema = {"name": wanted.name, "schema": _value(wanted.schema), "strict": wanted.strict}
        told["json_schema"] = schema
    return {"response_format": told}


def group_to_json(group: GroupShare) -> dict[str, object]:
    """One group of equivalent answers as the surface shows it."""
    return {
        "answer": group.answer,
        "votes": group.votes,
        "weight": _tidy(group.weight),
        "share": _tidy(group.share),
        "seats": list(group.seats),
    }


def worker_to_json(status: WorkerStatus) -> dict[str, object]:
    """A worker's status as GET /ready shows it."""
    return {
        "worker": status.worker or status.target,
        "availability": status.availability,
        "in_flight": status.in_flight,
        "capacity": status.capacity,
        "cpu": round(status.cpu, 3),
        "memory_bytes": status.memory_bytes,
        "restarts": status.restarts,
    }


def time_to_json(moment: datetime) -> str:
    """RFC 3339, UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _tidy(value: float) -> float:
    """Three votes of five are 0.6: what the binary sum adds far behind the point tells nobody."""
    return round(value, 12)


def _dollars(cost: float | None) -> float | None:
    return None if cost is None else _tidy(cost)


def _asked(task: Task) -> dict[str, object]:
    if task.prompt is not None:
        return {"prompt": task.prompt}
    return {"messages": [{"role": m.role, "content": m.content} for m in task.messages]}


def _progress(task: Task) -> dict[str, object]:
    return {
        "asked": task.progress.asked,
        "voted": task.progress.voted,
        "abstained": task.progress.abstained,
        "waves": task.progress.waves,
    }


def _seats(task: Task) -> dict[str, object]:
    """The seats that a worker has in hand, and those that were asked a second time."""
    return {"begun": list(task.begun), "hedged": list(task.hedged)}


def _usage(task: Task) -> dict[str, object]:
    return {
        **usage_to_json(task.usage),
        "adjudication_calls": task.adjudication_calls,
        "calls_saved": task.calls_saved,
        "uncertain_calls": task.uncertain,
    }


def _around(task: Task) -> dict[str, object]:
    """What its owner noted on a task, and when it was what."""
    return {
        "metadata": dict(task.metadata),
        "created_at": time_to_json(task.created_at),
        "deadline": time_to_json(task.deadline),
        "finished_at": None if task.finished_at is None else time_to_json(task.finished_at),
    }


def _brief(text: str | None) -> str | None:
    return text if text is None or len(text) <= BRIEF else f"{text[:BRIEF].rstrip()}…"


def _figures(result: Result) -> dict[str, object]:
    return {
        "outcome": result.outcome,
        "close_reason": result.close_reason,
        "answer": result.answer,
        "agreement": _tidy(result.agreement),
        "min_agreement": _tidy(result.min_agreement),
        "margin": _tidy(result.margin),
        "confidence": None if result.confidence is None else _tidy(result.confidence),
        "probability_correct": result.probability_correct,
        "answer_probability": result.answer_probability,
    }


def _parts(result: Result, strategy: Strategy) -> dict[str, object]:
    """What an answer with parts has besides: its JSON, and how far each part is agreed."""
    if not strategy.has_parts:
        return {}
    is_json = strategy is Strategy.STRUCTURED
    told: dict[str, object] = {}
    if is_json:
        told["value"] = None if result.answer is None else _value(result.answer)
    return told | {
        "composed": result.composed,
        "whole_agreement": None if result.whole is None else _tidy(result.whole),
        "weakest": result.weakest,
        "parts": [part_to_json(part, is_json=is_json) for part in result.parts],
        "part_count": result.part_count,
    }


def part_to_json(part: PartShare, *, is_json: bool) -> dict[str, object]:
    """A part of an answer: a place in its JSON, or a sentence of its text."""
    told: dict[str, object] = {"path": part.path}
    if is_json:
        told |= {"value": None if part.absent else _value(part.value), "absent": part.absent}
    else:
        told["text"] = part.value
    return told | {
        "agreement": _tidy(part.agreement),
        "confidence": None if part.confidence is None else _tidy(part.confidence),
        "contradicted": _tidy(part.contradicted),
        "votes": part.votes,
        "groups": [_said(group, is_json=is_json) for group in part.groups],
    }


def _said(group: SaidShare, *, is_json: bool) -> dict[str, object]:
    told: dict[str, object] = {"value": None if group.absent else _value(group.value)}
    if not is_json:
        told = {"text": group.value}
    elif group.absent:
        told["absent"] = True
    return told | {"votes": group.votes, "share": _tidy(group.share)}


def _value(text: str) -> object:
    """JSON as it is; what is cut, or none, as its text."""
    try:
        return held(text)
    except NotOneValue:
        return text


def _result(result: Result, strategy: Strategy) -> dict[str, object]:
    return {
        **_figures(result),
        **_parts(result, strategy),
        "groups": [group_to_json(group) for group in result.groups],
        "explanation": result.explanation,
    }
