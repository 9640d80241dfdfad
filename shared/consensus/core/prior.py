"""What is known of answer shapes before the first vote: how one question's votes tend to spread.

A *shape* is how likely each answer of a question is, whatever the answers say. The prior is a
mixture of shape families, each with a closed form for the votes seen so far, and its weights are
learned, without gold, from the group sizes of tasks that are DONE. That the engine stopped those
tasks early does not bias it: what was not asked says nothing.

Two kinds of family. *Urns* (Pitman-Yor processes; with a negative discount, symmetric Dirichlets
over a few options) cover questions whose leader may be any: the next vote repeats an answer about
as often as it came. *Peaks* give one answer a fixed majority and scatter the rest over an urn of
its own: there, a lone dissent says little. Stopping by a learned prior over shapes follows Optimal
Bayesian Stopping (arXiv 2602.05395, ICML 2026); the families are our own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from consensus.core.model import ShapePrior

Floats = NDArray[np.float64]
Counts = tuple[int, ...]  # votes per group, the leader's first, the others falling

URNS: tuple[tuple[float, float], ...] = tuple(  # (discount, concentration)
    [(d, c) for c in (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0) for d in (0.0, 0.25, 0.5)]
    + [(-a, a * options) for options in (2, 3, 4, 5, 8) for a in (0.05, 0.15, 0.5, 1.0, 3.0, 10.0)]
)
PEAKS: tuple[tuple[float, float], ...] = tuple(  # (share of the peak, concentration of the rest)
    (share, rest)
    for share in (0.52, 0.58, 0.65, 0.72, 0.79, 0.85, 0.90, 0.94, 0.97, 0.99)
    for rest in (0.3, 2.0, 15.0)
)
SHAPES = len(URNS) + len(PEAKS)

LEAST_TASKS = 30  # fewer teach nothing that a uniform prior does not know better
BELIEF = 5.0  # how many tasks the even start counts for
ROUNDS = 200  # of expectation and maximisation

_DISCOUNT, _CONCENTRATION = np.array(URNS).T
_SHARE, _REST = np.array(PEAKS).T


def lasting(counts: Counts, prior: ShapePrior, horizon: int) -> float:
    """The probability that the first group still leads after horizon votes; a tie counts half.

    counts must have the leader first, with no group larger.
    """
    likelihood, flips = _evidence(counts, horizon)
    posterior = np.array(prior.weights) * np.exp(likelihood - likelihood.max())
    return float(1.0 - posterior @ flips / posterior.sum())


def learn(shapes: Mapping[Counts, int], start: ShapePrior | None = None) -> ShapePrior | None:
    """The prior that makes these group sizes (and how many tasks had them) likely.

    Expectation-maximisation from start, or from even weights, which always stay in as BELIEF tasks'
    worth. None below LEAST_TASKS tasks: a service that has seen little falls back to no prior.
    """
    seen = [(counts, times) for counts, times in sorted(shapes.items()) if counts]
    tasks = sum(times for _, times in seen)
    if tasks < LEAST_TASKS:
        return None
    logs = np.stack([_likelihood(counts) for counts, _ in seen])
    fit = np.exp(logs - logs.max(axis=1, keepdims=True))
    times = np.array([times for _, times in seen], dtype=float)
    even = np.full(SHAPES, 1.0 / SHAPES)
    weights = even if start is None else np.array(start.weights)
    for _ in range(ROUNDS):
        # responsibility of family j for shape i, summed over i
        weights = weights * (fit.T @ (times / (fit @ weights))) + BELIEF * even
        weights /= weights.sum()
    return ShapePrior(tuple(float(w) for w in weights), tasks)


def counts_of(votes: Sequence[int]) -> Counts:
    """Group sizes in the order that this module wants; empty groups left out."""
    return tuple(sorted((v for v in votes if v > 0), reverse=True))


@lru_cache(maxsize=1 << 14)
def _evidence(counts: Counts, horizon: int) -> tuple[Floats, Floats]:
    """Per family: the log-likelihood of the counts, and the chance that the leader is overtaken."""
    peak_likelihood, peak_flips = _peaks(counts, horizon)
    return (
        np.concatenate([_urn_likelihood(counts), peak_likelihood]),
        np.concatenate([_urn_flips(counts, horizon), peak_flips]),
    )


@lru_cache(maxsize=1 << 14)
def _likelihood(counts: Counts) -> Floats:
    peaks = np.logaddexp.reduce(np.stack([term for term, _ in _peak_roles(counts)]), axis=0)
    return np.concatenate([_urn_likelihood(counts), peaks])


def _urn_likelihood(counts: Counts) -> Floats:
    """Pitman's formula for a partition; -inf where an urn has not as many answers."""
    groups, votes = np.arange(1, len(counts)), sum(counts)
    opened = _CONCENTRATION[:, None] + groups * _DISCOUNT[:, None]
    possible = (opened > 1e-9).all(axis=1)
    logs = np.log(np.where(opened > 1e-9, opened, 1.0)).sum(axis=1)
    logs -= np.log(_CONCENTRATION[:, None] + np.arange(1, votes)).sum(axis=1)
    for size in counts:
        logs += np.log(np.arange(1, size) - _DISCOUNT[:, None]).sum(axis=1)
    result: Floats = np.where(possible, logs, -np.inf)
    return result


def _urn_flips(counts: Counts, horizon: int) -> Floats:
    """By some rival, as if each had its own luck; by unseen answers at most as if they were one."""
    votes, groups = sum(counts), len(counts)
    left, among = max(0, horizon - votes), votes + _CONCENTRATION
    ahead = counts[0] - _DISCOUNT
    stays = np.ones(len(URNS))
    for rival, times in _with_multiplicity(counts[1:]):
        behind = rival - _DISCOUNT
        stays *= (1.0 - _overtaken(counts[0] - rival, ahead, behind, among, left)) ** times
    unseen = np.maximum(_CONCENTRATION + groups * _DISCOUNT, 1e-9)
    as_one = _overtaken(counts[0], ahead, unseen, among, left)
    # one of those that may turn up, each as if it had come already
    newcomer = _overtaken(counts[0] - 1, ahead, 1.0 - _DISCOUNT, among, left)
    each = 1.0 - (1.0 - newcomer) ** (unseen * np.log1p(left / among))
    stays *= 1.0 - np.where(unseen > 1e-9, np.minimum(as_one, each), 0.0)
    return 1.0 - stays


def _overtaken(lead: int, ahead: Floats, behind: Floats, among: Floats, left: int) -> Floats:
    """Beta-binomial: of the votes left, those for either of the two fall as from their own urn."""
    falling = np.rint(left * np.minimum(1.0, (ahead + behind) / among))
    draws = np.arange(left)
    # chance that no vote goes to the rival, then each more by its ratio to the one before
    none = np.where(
        draws < falling[:, None],
        np.log((ahead[:, None] + draws) / ((ahead + behind)[:, None] + draws)),
        0.0,
    ).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (
            (falling[:, None] - draws)
            / (draws + 1)
            * (behind[:, None] + draws)
            / (ahead[:, None] + falling[:, None] - draws - 1)
        )
    steps = np.log(np.where(draws < falling[:, None], np.maximum(ratios, 1e-300), 1e-300))
    return _beyond(none, steps, falling, lead)


def _beyond(none: Floats, steps: Floats, falling: Floats, lead: int) -> Floats:
    """The chance that the rival's part of the falling votes makes up the lead; half of a tie's."""
    logs = np.concatenate([none[:, None], none[:, None] + np.cumsum(steps, axis=1)], axis=1)
    gained = 2 * np.arange(logs.shape[1]) - falling[:, None]
    counted = np.where(gained > lead, 1.0, np.where(gained == lead, 0.5, 0.0))
    possible = np.arange(logs.shape[1]) <= falling[:, None]
    chances = (np.exp(np.minimum(logs, 0.0)) * counted * possible).sum(axis=1)
    result: Floats = np.minimum(1.0, chances)
    return result


def _peaks(counts: Counts, horizon: int) -> tuple[Floats, Floats]:
    """Every group may be the peak, or none that was seen yet."""
    roles = _peak_roles(counts)
    logs = np.stack([term for term, _ in roles])
    shares = np.exp(logs - logs.max(axis=0))
    flips = np.stack([_peak_flips(counts, peak, horizon) for _, peak in roles])
    return np.logaddexp.reduce(logs, axis=0), (shares * flips).sum(axis=0) / shares.sum(axis=0)


def _peak_roles(counts: Counts) -> list[tuple[Floats, int]]:
    """The log-likelihood with each group as the peak, and that group's place; -1 for one unseen.

    Groups as large as one another are alike, but the leader is told apart from its equals.
    """
    votes = sum(counts)
    places = Counter(counts.index(size, 1) for size in counts[1:])
    roles = []
    for place, times in [(0, 1), *places.items(), (-1, 1)]:
        size = counts[place] if place >= 0 else 0
        rest = counts[:place] + counts[place + 1 :] if place >= 0 else counts
        spread = size * np.log(_SHARE) + (votes - size) * np.log1p(-_SHARE)
        roles.append((spread + _rest_likelihood(rest) + math.log(times), place))
    return roles


@cache
def _rising(votes: int) -> Floats:
    result: Floats = np.log(_REST[:, None] + np.arange(votes)).sum(axis=1)
    return result


def _rest_likelihood(rest: Counts) -> Floats:
    """Ewens's formula for what is not the peak."""
    sizes = sum(math.lgamma(size) for size in rest)
    result: Floats = len(rest) * np.log(_REST) + sizes - _rising(sum(rest))
    return result


def _peak_flips(counts: Counts, peak: int, horizon: int) -> Floats:
    """The leader falls to the peak, or, being the peak, to a rival by bad luck."""
    left, votes = max(0, horizon - sum(counts)), sum(counts)
    size = counts[peak] if peak >= 0 else 0
    others = votes - size + _REST
    if peak != 0:
        rate = (1 - _SHARE) * counts[0] / others
        return _outrun(counts[0] - size, rate, _SHARE, left)
    stays = 1.0 - _outrun(size, _SHARE, (1 - _SHARE) * _REST / others, left)
    for rival, times in _with_multiplicity(counts[1:]):
        overtaken = _outrun(size - rival, _SHARE, (1 - _SHARE) * rival / others, left)
        stays = stays * (1.0 - overtaken) ** times
    return 1.0 - stays


def _outrun(lead: int, ahead: Floats, behind: Floats, left: int) -> Floats:
    """Binomial: the two answers' rates are known, so the votes to come do not teach them."""
    falling = np.rint(left * (ahead + behind))
    part = behind / (ahead + behind)
    draws = np.arange(left)
    more = (falling[:, None] - draws) / (draws + 1) * (part / (1 - part))[:, None]
    steps = np.log(np.where(draws < falling[:, None], np.maximum(more, 1e-300), 1e-300))
    return _beyond(falling * np.log1p(-part), steps, falling, lead)


def _with_multiplicity(sizes: Counts) -> list[tuple[int, int]]:
    return [(size, sizes.count(size)) for size in dict.fromkeys(sizes)]
