"""What callers see over HTTP: tasks, plans, groups, times and workers as JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from consensus.core.model import GroupShare, Plan, Result, Task
from consensus.ports import WorkerStatus


def task_to_json(task: Task) -> dict[str, object]:
    """The task as the surface shows it, without its votes."""
    return {
        "id": task.id,
        "state": task.state,
        **_asked(task),
        "plan": plan_to_json(task.plan),
        "progress": {
            "asked": task.progress.asked,
            "voted": task.progress.voted,
            "abstained": task.progress.abstained,
            "waves": task.progress.waves,
        },
        "result": None if task.result is None else _result(task.result),
        "usage": {
            "calls": task.usage.calls,
            "calls_saved": task.calls_saved,
            "input_tokens": task.usage.input_tokens,
            "output_tokens": task.usage.output_tokens,
            "cost_usd": task.usage.cost_usd,
        },
        "metadata": dict(task.metadata),
        "created_at": time_to_json(task.created_at),
        "deadline": time_to_json(task.deadline),
        "finished_at": None if task.finished_at is None else time_to_json(task.finished_at),
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
        "timeout_seconds": plan.timeout_seconds,
        "numeric_tolerance": plan.numeric_tolerance,
        "reason": plan.reason,
    }


def group_to_json(group: GroupShare) -> dict[str, object]:
    """One group of equivalent answers as the surface shows it."""
    return {
        "answer": group.answer,
        "votes": group.votes,
        "weight": _tidy(group.weight),
        "share": _tidy(group.share),
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
    }


def time_to_json(moment: datetime) -> str:
    """RFC 3339, UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _tidy(value: float) -> float:
    """Three votes of five are 0.6: what the binary sum adds far behind the point tells nobody."""
    return round(value, 12)


def _asked(task: Task) -> dict[str, object]:
    if task.prompt is not None:
        return {"prompt": task.prompt}
    return {"messages": [{"role": m.role, "content": m.content} for m in task.messages]}


def _result(result: Result) -> dict[str, object]:
    return {
        "outcome": result.outcome,
        "close_reason": result.close_reason,
        "answer": result.answer,
        "agreement": _tidy(result.agreement),
        "min_agreement": _tidy(result.min_agreement),
        "margin": _tidy(result.margin),
        "confidence": _tidy(result.confidence),
        "probability_correct": result.probability_correct,
        "groups": [group_to_json(group) for group in result.groups],
        "explanation": result.explanation,
    }
