"""Figures that operators watch: tasks and how they end, votes, time, spend; model calls.

Units are in the names' second half as OpenTelemetry writes them: s, {task}, {token}. Attributes
have few values each, so that a time series stays cheap; no owner, task or text is among them.
"""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry import metrics

from consensus.core.model import State, Task, Usage

_METER = metrics.get_meter("consensus")
_SECONDS = [0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 240, 480, 960]
_COUNTS = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 64]
_TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576]

_ended = _METER.create_counter(
    "consensus.tasks", "{task}", "Tasks that ended, by outcome and reason."
)
_accepted = _METER.create_counter("consensus.tasks.accepted", "{task}", "Tasks that were taken in.")
_duration = _METER.create_histogram(
    "consensus.task.duration",
    "s",
    "From submission to result.",
    explicit_bucket_boundaries_advisory=_SECONDS,
)
_queued = _METER.create_histogram(
    "consensus.task.queued",
    "s",
    "From submission until a dispatcher held the task: the queue's age.",
    explicit_bucket_boundaries_advisory=_SECONDS,
)
_votes = _METER.create_histogram(
    "consensus.task.votes",
    "{vote}",
    "Votes that a task took.",
    explicit_bucket_boundaries_advisory=_COUNTS,
)
_saved = _METER.create_counter(
    "consensus.calls.saved", "{call}", "Model calls below the most that tasks might have taken."
)
_abstained = _METER.create_counter(
    "consensus.abstentions", "{seat}", "Seats without a vote, by reason."
)
_spend = _METER.create_counter("consensus.spend", "USD", "What tasks cost, where prices are known.")

_call = _METER.create_histogram(
    "gen_ai.client.operation.duration",
    "s",
    "Time of one model call.",
    explicit_bucket_boundaries_advisory=_SECONDS,
)
_tokens = _METER.create_histogram(
    "gen_ai.client.token.usage",
    "{token}",
    "Tokens of one model call, in and out.",
    explicit_bucket_boundaries_advisory=_TOKENS,
)


def accepted(task: Task) -> None:
    """A task was stored."""
    _accepted.add(1, {"consensus.strategy": task.plan.strategy.value})


def moved(before: Task, after: Task) -> None:
    """A task's change was committed."""
    if before.state is State.QUEUED and after.state is not State.QUEUED and after.held_at:
        _queued.record((after.held_at - after.created_at).total_seconds())
    for ballot in after.abstentions[len(before.abstentions) :]:
        _abstained.add(1, {"consensus.reason": ballot.reason.value})
    if after.result is None or before.result is not None or after.finished_at is None:
        return
    how = {
        "consensus.outcome": after.result.outcome.value,
        "consensus.close_reason": after.result.close_reason.value,
        "consensus.strategy": after.plan.strategy.value,
    }
    _ended.add(1, how)
    _duration.record((after.finished_at - after.created_at).total_seconds(), how)
    _votes.record(after.progress.voted, {"consensus.strategy": after.plan.strategy.value})
    _saved.add(max(0, after.plan.max_votes - after.usage.calls))
    if after.usage.cost_usd:
        _spend.add(after.usage.cost_usd)


def called(seconds: float, usage: Usage | None, attributes: Mapping[str, str]) -> None:
    """A model call ended; usage is what it cost, None where it did not answer."""
    _call.record(seconds, attributes)
    if usage is not None:
        _tokens.record(usage.input_tokens, {**attributes, "gen_ai.token.type": "input"})
        _tokens.record(usage.output_tokens, {**attributes, "gen_ai.token.type": "output"})
