"""What a chat completion says of a task without a consensus."""

from __future__ import annotations

from dataclasses import replace

from consensus.codec.chat import told_as
from consensus.core.model import CloseReason, GroupShare, Outcome, Result
from consensus.core.profiles import Unsettled
from tests.usecases.doubles import a_task

TIED = (GroupShare("Alpha", 2, 2.0, 0.5), GroupShare("Beta", 2, 2.0, 0.5))
RESULT = Result(
    Outcome.NO_CONSENSUS,
    CloseReason.EXHAUSTED,
    "Alpha",
    agreement=0.5,
    min_agreement=0.6,
    margin=0.0,
    confidence=None,
    probability_correct=None,
    groups=TIED,
    explanation="No consensus.",
)


def test_a_tie_shows_all_that_lead() -> None:
    """None of them looks like the answer; of another split the leader alone is named."""
    answer, refusal = told_as(replace(a_task(), result=RESULT), Unsettled.REFUSE)
    assert answer is None
    assert refusal == "No consensus.\n\nTied, and none of them to be trusted: Alpha / Beta"
    split = replace(RESULT, groups=(replace(TIED[0], share=0.6), replace(TIED[1], share=0.4)))
    _, refusal = told_as(replace(a_task(), result=split), Unsettled.REFUSE)
    assert refusal == "No consensus.\n\nThe leading answer, not to be trusted: Alpha"
