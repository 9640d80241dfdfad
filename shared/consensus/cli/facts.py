"""What is told of a plan and a result, in short lines: the same for a terminal and a pipe."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from consensus.cli.board import Board, Group, reasons
from consensus.cli.client import Json
from consensus.cli.terminal import block, one_line
from consensus.core import figures

MOST_DISSENT = 5  # groups told one by one
MOST_PARTS, MOST_SAID = 24, 3  # fields or sentences told, and what others say of each
DOUBTFUL = 0.6  # support under which a sentence is told as doubtful
MAJORITY = 0.5  # the least that a threshold which adapts may ask for

_HEADLINES = {
    "CONSENSUS": "Consensus",
    "NO_CONSENSUS": "No consensus: nothing here is an answer to trust",
    "FAILED": "Failed: no answer",
    "CANCELLED": "Cancelled",
}
_CLOSED = {
    "SETTLED": "settled: more votes would not change it",
    "EXHAUSTED": "every seat was used",
    "DEADLINE": "time was up",
    "BUDGET": "the budget was spent",
    "CANCELLED": "cancelled",
    "NO_VOTES": "no seat brought a vote",
}


def percent(value: object) -> str:
    """A share as people read it; unknown where it is none."""
    return figures.percent(value) if isinstance(value, (int, float)) else "unknown"


def dollars(value: object) -> str:
    """A cost in US dollars with two significant digits below a cent; unknown where it is None."""
    if not isinstance(value, (int, float)):
        return "unknown"
    if value == 0:
        return "$0"
    if value >= 0.1:
        return f"${value:.2f}"
    return f"${value:.2g}" if value >= 1e-4 else f"${value:.1e}"


def count(number: object, noun: str) -> str:
    """`1 vote`, `2 votes`, `1,024 tokens`."""
    return f"{amount(number)} {noun}{'' if number == 1 else 's'}"


def amount(number: object) -> str:
    """A whole number with separators; ? where it is none."""
    return f"{number:,}" if isinstance(number, int) else "?"


def plan_line(plan: Mapping[str, Any]) -> str:
    """The plan in one line."""
    least, most = amount(plan.get("min_votes")), amount(plan.get("max_votes"))
    votes = f"{most} votes" if least == most else f"{least} to {most} votes"
    voting = one_line(plan.get("voting") or "", 40).replace("_", "-")
    seconds = plan.get("timeout_seconds")
    parts = [
        one_line(plan.get("strategy") or "", 40),
        votes,
        f"{_needed(plan)} must agree",
        voting,
        f"{seconds:.0f} s at most" if isinstance(seconds, (int, float)) else "",
    ]
    return " · ".join(part for part in parts if part)


def _needed(plan: Mapping[str, Any]) -> str:
    """The share that must agree; what analysis chose asks for more, the closer the runner-up."""
    least = plan.get("min_agreement")
    adapts = plan.get("threshold_is_adaptive") and least != MAJORITY
    return f"{percent(MAJORITY)} to {percent(least)}" if adapts else percent(least)


def headline(board: Board) -> str:
    """The outcome in words."""
    outcome = str(board.result.get("outcome", ""))
    return _HEADLINES.get(outcome, one_line(outcome or "unknown", 40))


def answers(board: Board) -> Iterator[tuple[str, str]]:
    """Label and clean text of the answer; of what leads where there is none to trust: of all that
    lead, in a tie."""
    answer = block(board.result.get("answer") or "")
    if board.result.get("outcome") != "NO_CONSENSUS":
        if answer:
            yield "Answer", answer
        return
    tied = [group.answer for group in leading(board.groups)]
    for told in tied if len(tied) > 1 else [answer]:
        yield ("Tied" if len(tied) > 1 else "Leading"), block(told)


def leading(groups: Sequence[Group]) -> list[Group]:
    """The groups of the largest share: several in a tie."""
    most = groups[0].share if groups else 0.0
    return [group for group in groups if math.isclose(group.share, most)]


def facts(board: Board) -> Iterator[tuple[str, str]]:
    """Label and text of all that is told of a finished task, beneath its answer."""
    result, usage = board.result, board.usage
    if board.groups:
        yield "Confidence", _confidence(result)
        yield from part_lines(result)
        if result.get("answer_probability") is not None:
            yield "Probability", _by_tokens(result)
        yield "Agreement", _agreement(result)
        yield "Dissent", _dissent(board.groups)
    yield "Votes", _votes(board)
    tokens = amount(usage.get("input_tokens")), amount(usage.get("output_tokens"))
    yield "Tokens", f"{tokens[0]} in, {tokens[1]} out"
    yield "Cost", _cost(usage)
    closed = _CLOSED.get(str(result.get("close_reason")), "")
    yield "Why", one_line(result.get("explanation") or closed, 600)
    for line in reasons(board):
        yield "Abstained", line
    if board.task.get("id"):
        yield "Task", one_line(board.task["id"], 80)


def failure(board: Board) -> str:
    """Why there is no answer, in one line: the commonest reason of the seats."""
    for reason in reasons(board):
        return f"no answer: {reason}"
    return f"no answer: {one_line(board.result.get('explanation') or 'the task failed', 300)}"


def _confidence(result: Json) -> str:
    if result.get("confidence") is None and "parts" in result:
        return ""  # of a text nobody can tell
    text = f"{percent(result.get('confidence'))} that more votes would not change the answer"
    right = result.get("probability_correct")
    return text if right is None else f"{text}; {percent(right)} that it is right"


def _by_tokens(result: Json) -> str:
    return f"{percent(result.get('answer_probability'))} by the voters' own tokens, uncalibrated"


def part_lines(result: Json) -> Iterator[tuple[str, str]]:
    """A line for each field of JSON, or for each sentence of a text that is in doubt."""
    parts = result.get("parts")
    told = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    is_json = "value" in result
    if not is_json:
        told = [part for part in told if _is_doubtful(part)]
    if result.get("composed"):
        how = "part by part" if is_json else "of sentences that the panel supports"
        yield "Composed", f"{how}: no vote says all of it"
    for part in told[:MOST_PARTS]:
        yield ("Field", _field(part)) if is_json else ("Doubtful", _sentence(part))
    if len(told) > MOST_PARTS:
        yield "", f"{len(told) - MOST_PARTS} more; --json tells all"


def _is_doubtful(part: Json) -> bool:
    agreement, against = part.get("agreement"), part.get("contradicted")
    is_low = isinstance(agreement, (int, float)) and agreement < DOUBTFUL
    return is_low or (isinstance(against, (int, float)) and against > 0)


def _field(part: Json) -> str:
    """A field's place, its value, how far it is agreed, and what others say."""
    value = "nothing" if part.get("absent") else _as_json(part.get("value"))
    said = part.get("groups")
    groups = [g for g in said if isinstance(g, dict)] if isinstance(said, list) else []
    others = [
        f"{percent(group.get('share'))} {_as_json(group.get('value'))}"
        for group in groups
        if group.get("value") != part.get("value") and not group.get("absent")
    ]
    dissent = f"; {', '.join(others[:MOST_SAID])}" if others else ""
    place = one_line(part.get("path") or "the whole", 60)
    sure = part.get("confidence")
    right = f", {percent(sure)} likely right" if isinstance(sure, (int, float)) else ""
    return f"{place} = {value} ({percent(part.get('agreement'))}{right}{dissent})"


def _sentence(part: Json) -> str:
    """A sentence that few support, or that others contradict."""
    told = f"{percent(part.get('agreement'))} supported: {one_line(part.get('text') or '', 160)}"
    said = part.get("groups")
    first = said[0] if isinstance(said, list) and said and isinstance(said[0], dict) else {}
    against = one_line(first.get("text") or "", 120)
    return f"{told} (others: {against})" if against else told


def _as_json(value: object) -> str:
    return one_line(json.dumps(value, ensure_ascii=False), 80)


def _agreement(result: Json) -> str:
    share, needed = percent(result.get("agreement")), percent(result.get("min_agreement"))
    if "parts" in result and "value" not in result:
        return f"{share} support for its sentences ({needed} needed)"
    if "parts" in result:
        whole = percent(result.get("whole_agreement"))
        weakest = one_line(result.get("weakest") or "the whole", 60)
        told = f"{share} at its weakest, {weakest} ({needed} needed); {whole} say all of it"
        return told + _least_agreed(result)
    return f"{share} ({needed} needed), {percent(result.get('margin'))} ahead of the next answer"


def _least_agreed(result: Json) -> str:
    """The element of a collection that has less than the mean of its elements, by which it is
    told; "" where none has."""
    parts = result.get("parts")
    told = [p for p in parts if isinstance(p, dict)] if isinstance(parts, list) else []
    found = [p for p in told if isinstance(p.get("agreement"), (int, float))]
    least = min(found, key=lambda part: part["agreement"], default=None)
    if least is None or percent(least["agreement"]) == percent(result.get("agreement")):
        return ""
    place = one_line(least.get("path") or "the whole", 60)
    return f"; of single elements, {place} has {percent(least['agreement'])}"


def _dissent(groups: tuple[Group, ...]) -> str:
    others = groups[1:]
    if not others:
        return "none"
    told = [f"{percent(g.share)} {one_line(g.answer, 60)}" for g in others[:MOST_DISSENT]]
    if len(others) > MOST_DISSENT:
        told.append(f"{len(others) - MOST_DISSENT} more")
    return "; ".join(told)


def _cost(usage: Json) -> str:
    cost, known = usage.get("cost_usd"), usage.get("known_cost_usd")
    if cost is not None or known is None:
        return dollars(cost)
    return f"at least {dollars(known)}: a call was cut off, or had no price"


def _votes(board: Board) -> str:
    progress, usage = board.progress, board.usage
    used, saved = amount(progress.get("voted", board.voted)), usage.get("calls_saved")
    parts = [
        f"{used} used" if saved is None else f"{used} used, {amount(saved)} saved",
        count(progress.get("waves", board.waves), "wave"),
        count(usage.get("calls"), "model call"),
    ]
    if usage.get("adjudication_calls"):
        parts[-1] += f", {amount(usage['adjudication_calls'])} about the answers"
    if usage.get("uncertain_calls"):
        parts[-1] += f", perhaps {amount(usage['uncertain_calls'])} more"
    if progress.get("abstained"):
        parts.insert(1, count(progress["abstained"], "abstention"))
    return ", ".join(parts)
