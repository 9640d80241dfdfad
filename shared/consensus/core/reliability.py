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
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from consensus.core.model import Result, VoterWeight

Division = Sequence[Sequence[str]]  # how one task divided its voters: the voters of each group

LEAST_TASKS = 30  # fewer teach nothing
LEAST_VOICES = 5  # tasks a voter must have been heard in to weigh other than the rest
LEAST_VOTERS = 3  # between two, nobody can tell who is off
LIGHTEST, HEAVIEST = 0.25, 4.0  # times a neutral vote
ROUNDS = 3  # of weighing those who judge, and judging again
BELIEF = 6.0  # shared tasks for which two voters are taken to be strangers
KIN = 0.4  # how far towards always agreeing, from what their records explain
CLEARLY = 2.33  # standard deviations: chance looks like a difference in one panel of a hundred
SURELY = 0.99  # how near to 0 or 1 a record is taken
BETTER_THAN_CHANCE = 0.25  # log-odds that a panel must have for weights to mean anything

Voices = Mapping[str, Mapping[int, float]]  # each voter's one voice, shared out over groups
Kin = Mapping[str, set[str]]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Records:
    """How often each voter agrees with the others: shares, the mean, and the ways to be wrong."""

    agreed: Mapping[str, float]
    mean: float
    alternatives: float
    differ: bool


def learn(divisions: Iterable[Division]) -> tuple[VoterWeight, ...]:
    """What each voter's votes should weigh, by name; an average voter's weigh 1.

    Empty where nothing is to be learned: too few tasks, fewer than three voters, voters that
    hardly differ. Who is not in it is neutral.
    """
    tasks = [v for v in map(_voices, divisions) if len(v) >= LEAST_VOTERS]
    if len(tasks) < LEAST_TASKS:
        return ()
    heard = Counter(voter for task in tasks for voter in task)
    together = _together(tasks)
    weights: dict[str, float] = {}
    records = _judge(tasks, heard, weights, {})
    for _ in range(ROUNDS):
        records = _judge(tasks, heard, weights, _kin(together, records))
        weights = {voter: _weight(voter, records) for voter in records.agreed}
    if not records.differ:
        return ()
    return tuple(
        VoterWeight(voter, round(weights[voter], 3))
        for voter in sorted(weights)
        if heard[voter] >= LEAST_VOICES
    )


def division_of(result: Result) -> Division:
    """The voters of each group of a task's result; empty where they were one voter's votes."""
    return [group.voters for group in result.groups if group.voters]


def _voices(division: Division) -> Voices:
    """Each voter's votes as shares of one."""
    votes = Counter((voter, group) for group, voters in enumerate(division) for voter in voters)
    seats = Counter(voter for voters in division for voter in voters)
    voices: dict[str, dict[int, float]] = {voter: {} for voter in sorted(seats)}
    for (voter, group), times in votes.items():
        voices[voter][group] = times / seats[voter]
    return voices


def _together(tasks: Sequence[Voices]) -> Mapping[Pair, tuple[float, int]]:
    """How often each two voters agreed, and in how many tasks both were heard."""
    agreed: dict[Pair, float] = defaultdict(float)
    met: Counter[Pair] = Counter()
    for task in tasks:
        for one, other in combinations(task, 2):
            theirs = task[other]
            met[one, other] += 1
            agreed[one, other] += sum(s * theirs.get(g, 0.0) for g, s in task[one].items())
    return {pair: (agreed[pair], times) for pair, times in met.items()}


def _kin(together: Mapping[Pair, tuple[float, int]], records: _Records) -> Kin:
    """Voters that agree far more than others with such records do.

    Two strangers agree by chance, and beyond it as the product of what their records are beyond it.
    How much of that product is agreement is taken from the panel's median pair, since weak others
    make every record look worse than it is.
    """
    chance = 1.0 / (records.alternatives + 1.0)

    def explained(pair: Pair) -> float:
        one, other = (max(0.0, records.agreed[voter] - chance) for voter in pair)
        return one * other

    beyond = sorted(
        (agreed / met - chance) / explained(pair)
        for pair, (agreed, met) in together.items()
        if explained(pair) > 0.0
    )
    usual = max(0.0, beyond[len(beyond) // 2]) if beyond else 0.0
    kin: dict[str, set[str]] = {}
    for pair, (agreed, met) in together.items():
        strangers = min(1.0, chance + usual * explained(pair))
        rate = (agreed + BELIEF * strangers) / (met + BELIEF)
        if rate - strangers > KIN * (1.0 - strangers):
            one, other = pair
            kin.setdefault(one, set()).add(other)
            kin.setdefault(other, set()).add(one)
    return kin


def _judge(
    tasks: Sequence[Voices], heard: Counter[str], weights: Mapping[str, float], kin: Kin
) -> _Records:
    """Every voter's record against the others' weighted majority."""
    agreed = dict.fromkeys(heard, 0.0)
    judged = dict.fromkeys(heard, 0)
    alike, dissenting = 1.0, 8.0  # pairs of dissenters, begun with a belief in many ways to err
    for task in tasks:
        said = {voter: _as_kin(voter, task, weights, kin) for voter in task}
        sums = _sums(said.values())
        for voter, voice in task.items():
            others = dict(sums)
            for left_out in {voter, *kin.get(voter, ())} & task.keys():
                for group, weight in said[left_out].items():
                    others[group] -= weight
            leaders = _leaders(others)
            if leaders:
                judged[voter] += 1
                agreed[voter] += sum(voice.get(group, 0.0) for group in leaders) / len(leaders)
        more_alike, more = _dissent(task, sums)
        alike, dissenting = alike + more_alike, dissenting + more
    return _held_back(agreed, judged, max(1.0, dissenting / alike))


def _as_kin(
    voter: str, task: Voices, weights: Mapping[str, float], kin: Kin
) -> Mapping[int, float]:
    """What the voter's voice weighs about others: kin that say the same share one."""
    weight = weights.get(voter, 1.0)
    relatives = [task[other] for other in sorted(kin.get(voter, ())) if other in task]
    return {
        group: weight * share / (1.0 + math.fsum(r.get(group, 0.0) for r in relatives))
        for group, share in task[voter].items()
    }


def _sums(said: Iterable[Mapping[int, float]]) -> dict[int, float]:
    sums: dict[int, float] = {}
    for voice in said:
        for group, weight in voice.items():
            sums[group] = sums.get(group, 0.0) + weight
    return sums


def _leaders(sums: Mapping[int, float]) -> list[int]:
    most = max(sums.values(), default=0.0)
    return [group for group, weight in sums.items() if weight > most - 1e-9] if most > 1e-9 else []


def _dissent(task: Voices, sums: Mapping[int, float]) -> tuple[float, float]:
    """Pairs of voices that are not with the leader: how many are alike, of how many."""
    leader = max(sorted(sums), key=lambda group: sums[group])
    sizes = _sums(task.values())
    others = [size for group, size in sizes.items() if group != leader]
    dissenters = sum(others)
    pairs = (sum(size * (size - 1.0) for size in others), dissenters * (dissenters - 1.0))
    return max(0.0, pairs[0] / 2.0), max(0.0, pairs[1] / 2.0)


def _held_back(
    agreed: Mapping[str, float], judged: Mapping[str, int], alternatives: float
) -> _Records:
    """The records, each drawn to the mean as far as their spread could be chance.

    The spread between voters is what is left of it when that of counting is taken away (the method
    of moments for a beta-binomial).
    """
    voters = [voter for voter in agreed if judged[voter]]
    total = sum(judged[voter] for voter in voters)
    mean = sum(agreed[voter] for voter in voters) / total if total else 0.0
    one_vote = mean * (1.0 - mean)
    nobody_differs = _Records(dict.fromkeys(agreed, mean), mean, alternatives, differ=False)
    free = len(voters) - 1
    if free < 1 or one_vote <= 0.0:
        return nobody_differs
    spread = math.fsum(judged[v] * (agreed[v] / judged[v] - mean) ** 2 for v in voters)
    between = spread - free * one_vote
    if between <= CLEARLY * math.sqrt(2.0 * free) * one_vote:
        return nobody_differs
    between /= total - math.fsum(judged[v] ** 2 for v in voters) / total
    belief = max(0.0, one_vote / between - 1.0)
    held = {v: (agreed[v] + belief * mean) / max(1e-9, judged[v] + belief) for v in agreed}
    return _Records(held, mean, alternatives, differ=True)


def _weight(voter: str, records: _Records) -> float:
    """The odds of being right against erring in the same one way, relative to the mean voter's."""

    def log_odds(share: float) -> float:
        sure = min(SURELY, max(1.0 - SURELY, share))
        return math.log(records.alternatives * sure / (1.0 - sure))

    neutral = log_odds(records.mean)
    if neutral < BETTER_THAN_CHANCE:
        return 1.0
    return min(HEAVIEST, max(LIGHTEST, log_odds(records.agreed[voter]) / neutral))
