"""Which voters can be relied on? Learned without gold, from how often each agrees with the others.

This is Dawid and Skene's model (1979) with one coin a voter: whoever is right agrees with others
who are, whoever is wrong errs in one of several ways, so the logarithm of the odds of being right
is what a vote should weigh. Three things keep it honest:

- A voter is judged by the others alone, and has one voice a task, however many seats it took.
- Voters that agree far more than their records explain are *kin*: copies of one model agree when
  they are wrong, too. Kin neither judge one another, nor have more than one voice about others.
- Each record is held back towards the mean, by as much as the records look like chance; voters
  that hardly differ are not weighed at all.

What it cannot see is a clique that is most of the panel: then the clique is the majority.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consensus.core.model import Result, VoterWeight

Division = Sequence[Sequence[str]]  # how one task divided its voters: the voters of each group

LEAST_TASKS = 30  # fewer teach nothing
LEAST_VOICES = 5  # tasks a voter must have been heard in to judge, and to be judged
LEAST_VOTERS, MOST_VOTERS = 3, 256  # between two, nobody can tell who is off
LIGHTEST, HEAVIEST = 0.25, 4.0  # times a neutral vote
ROUNDS = 3  # of weighing those who judge, and judging again
BELIEF = 6.0  # shared tasks for which two voters are taken to be strangers
KIN = 0.4  # how far towards always agreeing, from what their records explain
CLEARLY = 2.33  # standard deviations: chance looks like a difference in one panel of a hundred
SURELY = 0.99  # how near to 0 or 1 a record is taken
BETTER_THAN_CHANCE = 0.25  # log-odds that a panel must have for weights to mean anything
WAYS_TO_ERR = 8.0  # as long as nobody was heard to err
NOTHING = 1e-9

Floats = NDArray[np.float64]
Kin = NDArray[np.bool_]  # which voters are kin, nobody of itself


@dataclass(frozen=True, slots=True)
class _Heard:
    """One task: who was heard, and how each one's voice was shared out over the groups."""

    voters: NDArray[np.intp]
    voices: Floats


@dataclass(frozen=True, slots=True)
class _Records:
    """How often each voter agrees with the others, the mean of that, and the ways to be wrong."""

    agreed: Floats
    mean: float
    alternatives: float
    differ: bool


def division_of(result: Result) -> Division:
    """The voters of each group of a task's result; empty where they were one voter's votes."""
    return [group.voters for group in result.groups if group.voters]


def learn(divisions: Iterable[Division]) -> tuple[VoterWeight, ...]:
    """What each voter's votes should weigh, by name; an average voter's weigh 1.

    Empty where nothing is to be learned: too few tasks, fewer than three voters, voters that
    hardly differ. Who is not in it is neutral.
    """
    told = list(divisions)
    times = Counter(name for groups in told for name in {n for group in groups for n in group})
    names = sorted(name for name, tasks in times.items() if tasks >= LEAST_VOICES)
    places = {name: place for place, name in enumerate(names)}
    tasks = [heard for groups in told if (heard := _heard(groups, places)) is not None]
    if len(tasks) < LEAST_TASKS or len(names) > MOST_VOTERS:
        return ()
    agreed, met = _together(tasks, len(names))
    weights = np.ones(len(names))
    records = _judge(tasks, weights, np.zeros(agreed.shape, dtype=bool))
    for _ in range(ROUNDS):
        records = _judge(tasks, weights, _kin(agreed, met, records))
        weights = _weights(records)
    if not records.differ:
        return ()
    return tuple(
        VoterWeight(name, round(float(weight), 3))
        for name, weight in zip(names, weights, strict=True)
    )


def _heard(groups: Division, places: dict[str, int]) -> _Heard | None:
    """The task's known voters, each with one voice; None where too few were heard."""
    known = sorted(sorted(places[name] for name in group if name in places) for group in groups)
    voters = np.array(sorted({place for group in known for place in group}), dtype=np.intp)
    if len(voters) < LEAST_VOTERS:
        return None
    voices = np.zeros((len(voters), len(known)))
    for column, group in enumerate(known):
        np.add.at(voices[:, column], np.searchsorted(voters, group), 1.0)
    return _Heard(voters, voices / voices.sum(axis=1, keepdims=True))


def _together(tasks: Sequence[_Heard], voters: int) -> tuple[Floats, Floats]:
    """How often each two voters agreed, and in how many tasks both were heard."""
    agreed, met = np.zeros((voters, voters)), np.zeros((voters, voters))
    for task in tasks:
        both = np.ix_(task.voters, task.voters)
        agreed[both] += task.voices @ task.voices.T
        met[both] += 1.0
    return agreed, met


def _kin(agreed: Floats, met: Floats, records: _Records) -> Kin:
    """Voters that agree far more than others with such records do.

    Two strangers agree by chance, and beyond it as the product of what their records are beyond it.
    How much of that product is agreement is taken from the panel's median pair, since weak others
    make every record look worse than it is.
    """
    chance = 1.0 / (records.alternatives + 1.0)
    beyond = np.maximum(0.0, records.agreed - chance)
    explained = np.outer(beyond, beyond)
    pairs = np.triu(met > 0.0, 1) & (explained > 0.0)
    ratios = np.sort((agreed[pairs] / met[pairs] - chance) / explained[pairs])
    usual = max(0.0, float(ratios[len(ratios) // 2])) if len(ratios) else 0.0
    strangers = np.minimum(1.0, chance + usual * explained)
    rate = (agreed + BELIEF * strangers) / (met + BELIEF)
    kin: Kin = rate - strangers > KIN * (1.0 - strangers)
    np.fill_diagonal(kin, val=False)
    return kin


def _judge(tasks: Sequence[_Heard], weights: Floats, kin: Kin) -> _Records:
    """Every voter's record against the others' weighted majority."""
    agreed, judged = np.zeros(len(weights)), np.zeros(len(weights))
    alike, pairs = 1.0, WAYS_TO_ERR  # of dissenters
    for task in tasks:
        voices, relatives = task.voices, kin[np.ix_(task.voters, task.voters)]
        # Relatives that say the same share one voice.
        said = weights[task.voters, None] * voices / (1.0 + relatives @ voices)
        others = said.sum(axis=0) - said - relatives @ said
        most = others.max(axis=1, keepdims=True)
        leading = others > most - NOTHING
        was_judged = most[:, 0] > NOTHING
        agreeing = (voices * leading).sum(axis=1) / leading.sum(axis=1)
        agreed[task.voters] += np.where(was_judged, agreeing, 0.0)
        judged[task.voters] += was_judged
        dissent = np.delete(voices.sum(axis=0), said.sum(axis=0).argmax())
        alike += max(0.0, float((dissent * (dissent - 1.0)).sum()) / 2.0)
        pairs += max(0.0, float(dissent.sum() * (dissent.sum() - 1.0)) / 2.0)
    return _held_back(agreed, judged, max(1.0, pairs / alike))


def _held_back(agreed: Floats, judged: Floats, alternatives: float) -> _Records:
    """The records, each drawn to the mean as far as their spread could be chance.

    The spread between voters is what is left of it when that of counting is taken away (the method
    of moments for a beta-binomial).
    """
    total, free = judged.sum(), np.count_nonzero(judged) - 1
    mean = float(agreed.sum() / total) if total else 0.0
    one_vote = mean * (1.0 - mean)
    nobody_differs = _Records(np.full(len(agreed), mean), mean, alternatives, differ=False)
    if free < 1 or one_vote <= 0.0:
        return nobody_differs
    shares = agreed / np.maximum(judged, 1.0)
    spread = float((judged * (shares - mean) ** 2).sum())
    between = spread - free * one_vote
    if between <= CLEARLY * math.sqrt(2.0 * free) * one_vote:
        return nobody_differs
    between /= total - (judged**2).sum() / total
    belief = max(NOTHING, one_vote / between - 1.0)
    held = (agreed + belief * mean) / (judged + belief)
    return _Records(held, mean, alternatives, differ=True)


def _weights(records: _Records) -> Floats:
    """Each voter's odds of being right against erring in any one way, relative to the mean's."""

    def log_odds(share: Floats) -> Floats:
        sure = np.clip(share, 1.0 - SURELY, SURELY)
        result: Floats = np.log(records.alternatives * sure / (1.0 - sure))
        return result

    neutral = float(log_odds(np.array(records.mean)))
    if neutral < BETTER_THAN_CHANCE:
        return np.ones(len(records.agreed))
    weights: Floats = np.clip(log_odds(records.agreed) / neutral, LIGHTEST, HEAVIEST)
    return weights
