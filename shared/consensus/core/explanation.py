"""A decision in a sentence or two, with its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

from consensus.core.confidence import cannot_be_overturned, posterior_is_sure
from consensus.core.figures import apart, percent
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    CloseReason,
    Doubt,
    Finding,
    Outcome,
    Plan,
    Result,
    Strategy,
    Task,
)
from consensus.core.parts.standing import Standing
from consensus.core.parts.written import was_written
from consensus.core.stopping import is_hopeless, is_out_of_reach
from consensus.core.tally import ROUNDING, Tally

REASONS_TOLD = 3  # of those for which seats brought no vote
LONGEST_PLACE = 80  # characters of the place of a part

WHY_ABSTAINED: Final[Mapping[AbstentionReason, str]] = {
    AbstentionReason.WORKER_LOST: "its worker was lost",
    AbstentionReason.MODEL_UNREACHABLE: "the model could not be reached",
    AbstentionReason.MODEL_REFUSED: "the model's endpoint refused",
    AbstentionReason.MODEL_FAILED: "the model's endpoint failed",
    AbstentionReason.RATE_LIMITED: "the model's endpoint was too busy",
    AbstentionReason.OUT_OF_TIME: "it ran out of time",
    AbstentionReason.UNFINISHED: "the model was cut off before it finished",
    AbstentionReason.UNREADABLE: "its reply held no answer",
    AbstentionReason.DECLINED: "the model declined to answer",
    AbstentionReason.TOO_LONG: "its answer is longer than a vote may be",
}


def explain(task: Task, tally: Tally, outcome: Outcome, close_reason: CloseReason) -> str:
    """Why the task ended as it did, for people. Total: a sentence for any combination."""
    if outcome is Outcome.CANCELLED:
        told = f"Cancelled by its owner after {_votes(tally.votes)}."
    elif outcome is Outcome.FAILED:
        told = _nothing(task)
    else:
        told = _decision(tally, task.plan, outcome, close_reason) + _unwritten(task, tally)
    failures = _failures(task) if outcome is Outcome.FAILED else _silence(task)
    return told + _verdicts(task.doubts) + failures


def warning(result: Result) -> str:
    """A warning, after a space, if the voters' own tokens hardly support their agreement."""
    if result.answer_probability is None:
        return ""
    told = percent(result.answer_probability)
    return f" Beware: by their tokens the voters give this answer a probability of {told} only."


def _decision(tally: Tally, plan: Plan, outcome: Outcome, close_reason: CloseReason) -> str:
    numbers = _numbers(tally, plan) if tally.parts is None else _of_parts(tally, tally.parts, plan)
    ending = _ending(tally, plan, close_reason)
    told = f"{numbers[:1].upper()}{numbers[1:]}. Asking ended because {ending}."
    if outcome is Outcome.CONSENSUS:
        return told
    return f"No consensus, because {_shortfall(tally, plan)}. {told}"


def _numbers(tally: Tally, plan: Plan) -> str:
    agreement, needed = apart(tally.agreement, tally.min_agreement)
    leading = tally.leader.votes if tally.leader else 0
    agree = "agrees" if leading == 1 else "agree"
    votes = "1 vote came" if tally.votes == 1 else f"{leading} of {tally.votes} votes {agree}"
    told = f"{votes}, with {agreement} of the weight; {needed} was needed"
    most = percent(plan.min_agreement)
    if most != percent(tally.min_agreement):
        told += f", and up to {most} had the runner-up been closer"
    return told


def _of_parts(tally: Tally, parts: Standing, plan: Plan) -> str:
    agreement, needed = apart(tally.agreement, tally.min_agreement)
    if plan.strategy is Strategy.TEXT and parts.composed:
        made = f"a model made one text of sentences that {_votes(tally.votes)} support"
        return f"{made}, whose sentences have {agreement} support; {needed} was needed"
    if plan.strategy is Strategy.TEXT:
        chosen = f"of {_votes(tally.votes)} the text that the others support most was taken"
        return f"{chosen}, whose sentences have {agreement} support; {needed} was needed"
    whole = f"{percent(parts.whole)} of the weight of {_votes(tally.votes)} says all of it"
    if plan.derived:
        return f"{whole}; {needed} was needed"
    made = "composed part by part, since no vote says all of it" if parts.composed else whole
    where = f" at {parts.weakest[:LONGEST_PLACE]}" if parts.weakest else ""
    least = min(parts.parts, key=lambda p: (round(p.agreement, 9), p.path))
    if least.agreement >= tally.agreement - ROUNDING:
        return f"{made}; its weakest part{where} has {agreement} of the weight, {needed} was needed"
    mean = f"the elements{where} have {agreement} of the weight in the mean, {needed} was needed"
    gone = ", left out," if least.absent else ""
    place = least.path[:LONGEST_PLACE]
    return (
        f"{made}; {mean}; the least agreed element, {place},{gone} has {percent(least.agreement)}"
    )


def _ending(tally: Tally, plan: Plan, close_reason: CloseReason) -> str:
    match close_reason:
        case CloseReason.SETTLED:
            return _settlement(tally, plan)
        case CloseReason.EXHAUSTED:
            return _exhaustion(tally, plan)
        case CloseReason.DEADLINE:
            return "time was up"
        case CloseReason.BUDGET:
            return "the budget was spent"
        case CloseReason.CANCELLED:
            return "the task was cancelled"
        case CloseReason.NO_VOTES:
            return "no vote came"


def _settlement(tally: Tally, plan: Plan) -> str:
    if tally.parts is not None:
        return _settlement_of_parts(tally.parts, tally, plan)
    if posterior_is_sure(tally, plan):
        return "more votes would hardly change that"
    if tally.votes >= plan.max_votes:
        return "no more votes may be asked for"
    if not cannot_be_overturned(tally, plan):
        return "more votes were not worth asking for"
    left = plan.max_votes - tally.votes
    votes = "the one vote" if left == 1 else f"the {left} votes"
    return f"{votes} left could not change which answer leads; confidence is about many more"


def _settlement_of_parts(parts: Standing, tally: Tally, plan: Plan) -> str:
    if plan.strategy is Strategy.TEXT:
        return "no sentence is contradicted by most that speak to its point"
    if tally.votes >= plan.max_votes:
        return "no more votes may be asked for"
    return _change_of_parts(parts)


def _change_of_parts(parts: Standing) -> str:
    """What more votes could change, by the posterior of each part."""
    doubtful, told = parts.doubtful, parts.decision.parts if parts.decision else ()
    if not doubtful:
        return "more votes would hardly change a part"
    return f"more votes, which could change {doubtful} of its {len(told)} parts, are not worth it"


def _exhaustion(tally: Tally, plan: Plan) -> str:
    if tally.votes >= plan.max_votes:
        return "no more votes may be asked for"
    if not is_hopeless(tally, plan):
        return "no more seats may be asked"
    if tally.parts is not None:
        return _change_of_parts(tally.parts)
    if is_out_of_reach(tally, plan):
        return f"no answer could reach {percent(tally.min_agreement)} any more"
    return "more votes would hardly change the leader or lift its share enough"


def _shortfall(tally: Tally, plan: Plan) -> str:
    if not tally.quorum:
        return f"only {_votes(tally.votes)} came of the {plan.min_votes} that make a quorum"
    if tally.parts is not None:
        return _shortfall_of_parts(tally, plan)
    if tally.tied:
        return "the leading answers are tied"
    if tally.lone:
        return "a single vote, whatever it weighs, is no consensus"
    return "the leading answer has too small a share"


def _shortfall_of_parts(tally: Tally, plan: Plan) -> str:
    if tally.tied:
        return "as much speaks against a part of it as for it"
    if plan.strategy is Strategy.TEXT:
        return "the answers do not support one another enough"
    return f"its {'leading whole' if plan.derived else 'weakest part'} has too small a share"


def _unwritten(task: Task, tally: Tally) -> str:
    """Why no text was composed of several, where one was asked for, a space before it."""
    if task.plan.compose is None or not tally.consensus or (tally.parts and tally.parts.composed):
        return ""
    match was_written(task):
        case None:
            return " No text was composed of them, for want of claims, time or budget."
        case False:
            return " A model was to make one text of what they support, and made none in time."
        case True:
            return (
                " A model made one text of them that says more than they support: it is not used."
            )


def _verdicts(doubts: Collection[Doubt]) -> str:
    """What a model was asked about the answers, with a space before it; "" where it was not."""
    doubts = [doubt for doubt in doubts if not doubt.claims]
    if not doubts:
        return ""
    found = Counter(doubt.verdict.finding for doubt in doubts if doubt.verdict)
    same, different = found[Finding.SAME], found[Finding.DIFFERENT]
    told = {"the same": same, "different": different, "unknown": len(doubts) - same - different}
    pairs = "1 pair" if len(doubts) == 1 else f"{len(doubts)} pairs"
    findings = ", ".join(f"{times} {what}" for what, times in told.items() if times)
    return f" A model was asked about {pairs} of answers: {findings}."


def _nothing(task: Task) -> str:
    """Why there is no answer at all: a panel that declines has not failed."""
    reasons = {abstention.reason for abstention in task.abstentions}
    if reasons == {AbstentionReason.DECLINED} and not task.progress.missing:
        return "The panel declined to answer."
    return "No worker brought an answer."


def _failures(task: Task) -> str:
    """Why seats brought no vote, the most frequent reason first, a space before each."""
    told = Counter(_reason(abstention) for abstention in task.abstentions)
    silent = Counter({"nothing was heard": task.progress.missing})
    frequent = sorted((+(told + silent)).items(), key=lambda item: (-item[1], item[0]))
    lines = [
        f" {'1 seat' if times == 1 else f'{times} seats'}: {what}."
        for what, times in frequent[:REASONS_TOLD]
    ]
    return "".join(lines) or " None took the task in time."


def _silence(task: Task) -> str:
    """Which voters of several brought no vote, and why, a space before it; "" for none.

    The agreement of those who are left is no agreement with them.
    """
    voted = {vote.voter for vote in task.votes}
    heard = {abstention.voter for abstention in task.abstentions} | voted
    silent = sorted(heard - voted)
    if not voted or not silent:
        return ""
    why = Counter(_reason(a) for a in task.abstentions if a.voter in silent).most_common(1)[0][0]
    were = "was" if len(silent) == 1 else "were"
    names = ", ".join(silent[:REASONS_TOLD])
    return f" {len(silent)} of {len(heard)} voters {were} silent ({names}): {why}."


def _reason(abstention: Abstention) -> str:
    """What the worker says of it; else the reason's own words."""
    return abstention.detail.rstrip(".") or WHY_ABSTAINED[abstention.reason]


def _votes(count: int) -> str:
    return "1 vote" if count == 1 else f"{count} votes"
