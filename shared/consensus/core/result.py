"""A task's tally, and why asking ended -> the result that is recorded and never changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from consensus.core import calibration
from consensus.core.confidence import confidence
from consensus.core.explanation import explain, warning
from consensus.core.model import CloseReason, GroupShare, Outcome, PartShare, Result, Task
from consensus.core.tally import Tally, tally_votes

LONGEST_DISSENT = 2_000  # characters; the result's own answer is told whole
LONGEST_OF_PARTS = 600  # where an answer has parts, which tell more
MOST_PARTS, LONGEST_PARTS = 300, 100_000  # kept with the task, and their characters
LONGEST_PART, MOST_SAID, LONGEST_SAID = 2_000, 6, 300
OVERHEAD = 100  # bytes that a stored value takes besides its text


def result_of(task: Task, tally: Tally, reason: CloseReason) -> Result:
    """How the task ended and why; without a vote the reason is NO_VOTES, whatever else holds."""
    outcome = _outcome(tally, reason)
    if outcome is Outcome.FAILED:
        reason = CloseReason.NO_VOTES
    sure = confidence(tally, task.plan)
    told, leader = tally.parts, tally.leader
    composed = told.composed if told else False
    result = Result(
        outcome=outcome,
        close_reason=reason,
        answer=tally.answer if outcome is not Outcome.CANCELLED else None,
        agreement=tally.agreement,
        min_agreement=tally.min_agreement,
        margin=tally.margin,
        confidence=sure,
        probability_correct=_probability_correct(task, tally, sure),
        groups=tuple(_shares(tally)),
        explanation=explain(task, tally, outcome, reason),
        # nobody's tokens wrote an answer that was put together from several
        answer_probability=None if leader is None or composed else leader.probability,
        models=tuple(sorted({vote.model for vote in task.votes if vote.model})),
        whole=told.whole if told else None,
        composed=composed,
        weakest=told.weakest if told else None,
        parts=shown(told.parts) if told else (),
        part_count=len(told.parts) if told else 0,
    )
    warned = f"{result.explanation}{warning(result)}"
    return replace(result, explanation=warned) if result.improbable else result


def shown(parts: Sequence[PartShare]) -> tuple[PartShare, ...]:
    """As many parts as fit beside the rest of a task, the least agreed, in their order."""
    doubtful = sorted(range(len(parts)), key=lambda n: (round(parts[n].agreement, 9), n))
    left, kept = LONGEST_PARTS, set()
    for number in doubtful[:MOST_PARTS]:
        left -= _size(brief(parts[number]))
        if left < 0:
            break
        kept.add(number)
    return tuple(brief(parts[number]) for number in sorted(kept))


def brief(part: PartShare) -> PartShare:
    """The part with long values cut, and the most frequent of what was said there."""
    groups = tuple(
        replace(group, value=_cut(group.value, LONGEST_SAID)) for group in part.groups[:MOST_SAID]
    )
    return replace(part, value=_cut(part.value, LONGEST_PART), groups=groups)


def _size(part: PartShare) -> int:
    said = sum(len(group.value) + OVERHEAD for group in part.groups)
    return len(part.path) + len(part.value) + said + OVERHEAD


def groups_by_seat(task: Task) -> Mapping[int, int]:
    """The place of each counted vote's group, by its seat: the result's, else as it stands now.

    Takes the task with its ballots.
    """
    told = task.result.groups if task.result else ()
    if any(group.seats for group in told):
        seats = [group.seats for group in told]
    else:
        tally = tally_votes(task.votes, task.plan, task.doubts)
        seats = [group.seats for group in tally.groups]
    return {seat: place for place, group in enumerate(seats) for seat in group}


def _outcome(tally: Tally, reason: CloseReason) -> Outcome:
    if reason is CloseReason.CANCELLED:
        return Outcome.CANCELLED
    if not tally.votes:
        return Outcome.FAILED
    return Outcome.CONSENSUS if tally.consensus else Outcome.NO_CONSENSUS


def _probability_correct(task: Task, tally: Tally, sure: float | None) -> float | None:
    """What the calibration says, where it was fitted for the models that voted."""
    known, leader = task.plan.calibration, tally.leader
    if known is None or leader is None or sure is None:
        return None
    if known.models and not {vote.model for vote in task.votes} <= {*known.models}:
        return None
    told = leader.probability
    shown = calibration.features(sure, tally.agreement, tally.margin, tally.votes, told)
    return calibration.probability_correct(known, shown)


def _shares(tally: Tally) -> Iterator[GroupShare]:
    """The groups as users see them, with their voters where there were several."""
    several = len({voter for g in tally.groups for voter in g.voters}) > 1
    for g in tally.groups:
        voters = g.voters if several else ()
        answer = _cut(g.answer, LONGEST_OF_PARTS if tally.parts else LONGEST_DISSENT)
        yield GroupShare(answer, g.votes, g.weight, g.share, voters, g.seats)


def _cut(answer: str, longest: int) -> str:
    """A group's answer, short enough for sixty-four of them to fit one document."""
    return answer if len(answer) <= longest else f"{answer[:longest]}…"
