"""Votes -> groups of equivalent answers: a function of the sets of votes and of verdicts (I4).

Answers join along SAME, the strongest licence first, in a fixed order whatever the order of
arrival. Nothing joins two that are DIFFERENT. An answer that leaves something open ("5" beside "5
km") joins last, and only where it fits one group: it never absorbs answers that differ among
themselves.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from consensus.core.model import Doubt, Finding, Plan, Vote
from consensus.core.values import Licence, Phrase, Quantity, Sameness, Several, Value, compare

ALL_PAIRS = 64  # distinct answers up to which every pair is compared: as many as a task may have
HUBS = 3  # of the answers that share something, how many each is compared with

Pair = tuple[str, str]
Forms = Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Group:
    """Votes that mean the same, by seat; answer is the wording to show for them."""

    answer: str
    votes: tuple[Vote, ...]


def group(votes: Iterable[Vote], plan: Plan, doubts: Iterable[Doubt] = ()) -> tuple[Group, ...]:
    """The groups, those with most votes first, then by answer.

    Identical final answers are always one. A later vote may join two groups, as evidence that they
    are one; so may a verdict on a doubt, unless the two are known to differ.
    """
    by_answer: dict[str, list[Vote]] = defaultdict(list)
    for vote in _distinct(votes):
        by_answer[key_of(vote)].append(vote)
    forms = {answer: form_of(alike) for answer, alike in by_answer.items()}
    alike = classes(forms, plan.numeric_tolerance, _found(doubts))
    groups = [_group(answers, by_answer) for answers in alike]
    return tuple(sorted(groups, key=lambda g: (-len(g.votes), g.answer)))


def key_of(vote: Vote) -> str:
    """What identical answers share."""
    return vote.reading.final.strip()


def form_of(votes: Iterable[Vote]) -> Value | None:
    """The value of votes with the same answer; None if only older workers read them."""
    told = {vote.reading.value for vote in votes} - {None}
    return min(told, key=repr) if told else None


def is_different(one: Value | None, other: Value | None, tolerance: float) -> bool:
    """Whether two values contradict each other."""
    return _sameness(one, other, tolerance)[0] is Sameness.DIFFERENT


def is_doubtful(one: Value | None, other: Value | None, tolerance: float) -> bool:
    """Whether nothing speaks against it, of answers that did not join. What an older worker read
    is no doubt of ours."""
    known = one is not None and other is not None
    return known and not is_different(one, other, tolerance)


def _sameness(one: Value | None, other: Value | None, tolerance: float) -> tuple[Sameness, Licence]:
    if one is None or other is None:
        return Sameness.UNKNOWN, Licence.LETTER
    return _compared(one, other, tolerance)


@lru_cache(maxsize=65_536)
def _compared(one: Value, other: Value, tolerance: float) -> tuple[Sameness, Licence]:
    """Cached, since a task is tallied at each vote, and each tally compares all of its answers."""
    found = compare(one, other, tolerance)
    return found.sameness, found.licence


def _found(doubts: Iterable[Doubt]) -> Mapping[Finding, frozenset[Pair]]:
    """The pairs of answers that were found to be the same, to be different, or not to be told."""
    found: dict[Finding, set[Pair]] = defaultdict(set)
    for doubt in doubts:
        if doubt.verdict is not None:
            found[doubt.verdict.finding].add(doubted(doubt))
    return {finding: frozenset(pairs) for finding, pairs in found.items()}


def doubted(doubt: Doubt) -> Pair:
    """The keys of a doubt's two answers, in their order."""
    one, other = sorted((doubt.one.strip(), doubt.other.strip()))
    return one, other


def _distinct(votes: Iterable[Vote]) -> list[Vote]:
    """The votes in an order of their own, duplicates dropped; NaN is no reason to count twice."""
    told: dict[tuple[object, ...], Vote] = {}
    for vote in votes:
        sure, power = repr(vote.reading.confidence), repr(vote.power)
        key = (vote.reading.final, vote.seat, vote.voter, sure, power)
        held = told.setdefault(key, vote)
        if held is not vote:
            told[key] = max(held, vote, key=lambda v: repr(v.reading.value))
    return [told[key] for key in sorted(told)]


def _group(answers: Sequence[str], by_answer: Mapping[str, Sequence[Vote]]) -> Group:
    members = [vote for answer in answers for vote in by_answer[answer]]
    open_ones = {answer for answer in answers if _leaves_open(form_of(by_answer[answer]))}
    shown = wording([v for v in members if key_of(v) not in open_ones] or members)
    return Group(shown, tuple(sorted(members, key=lambda v: v.seat)))


def _leaves_open(value: Value | None) -> bool:
    """Whether it is a number of nothing in particular, which others of its group may tell."""
    return isinstance(value, Quantity) and value.unit.is_bare


def wording(votes: Sequence[Vote]) -> str:
    """The answer to show: the most frequent, then the shortest, then by letter."""
    told = Counter(key_of(vote) for vote in votes)
    return min(told, key=lambda answer: (-told[answer], len(answer), answer))


def classes(
    forms: Forms,
    tolerance: float,
    found: Mapping[Finding, frozenset[Pair]],
    weakest: Licence = Licence.PROSE,
) -> Iterator[Sequence[str]]:
    """Which answers belong together, each class in its order.

    found are pairs that somebody else found to be the same, which joins what nothing speaks
    against, or different; weakest is the last licence that may join.
    """
    apart = found.get(Finding.DIFFERENT, frozenset())
    joined = found.get(Finding.SAME, frozenset())

    def sameness(a: str, b: str) -> tuple[Sameness, Licence]:
        pair = (a, b) if a < b else (b, a)
        if pair in apart:
            return Sameness.DIFFERENT, Licence.LETTER
        told = _sameness(forms[pair[0]], forms[pair[1]], tolerance)
        if told[0] is Sameness.UNKNOWN and pair in joined:
            return Sameness.SAME, min(Licence.SENTENCE, weakest)
        return told

    homes: dict[str, tuple[str, ...]] = {answer: (answer,) for answer in sorted(forms)}
    same = [
        (told[1], a, b)
        for a, b in {*_pairs(forms), *(p for p in joined if p[0] in forms and p[1] in forms)}
        if (told := sameness(a, b))[0] is Sameness.SAME and told[1] <= weakest
    ]

    def may_join(a: str, b: str) -> bool:
        across = (sameness(one, other)[0] for one in homes[a] for other in homes[b])
        return homes[a] is not homes[b] and Sameness.DIFFERENT not in across

    for licence, a, b in sorted(same):
        if not licence.is_weak and may_join(a, b):
            _join(homes, a, b)
    open_ones = [(a, b) for licence, a, b in sorted(same) if licence.is_weak]
    while (pair := _only_home(homes, open_ones, may_join)) is not None:
        _join(homes, *pair)
    yield from sorted({members[0]: members for members in homes.values()}.values())


def _join(classes: dict[str, tuple[str, ...]], a: str, b: str) -> None:
    members = tuple(sorted({*classes[a], *classes[b]}))
    classes |= dict.fromkeys(members, members)


def _only_home(
    classes: Mapping[str, tuple[str, ...]],
    pairs: Sequence[Pair],
    may_join: Callable[[str, str], bool],
) -> Pair | None:
    """The first answer, with the class that it fits, that leaves something open and fits one class.

    Of two answers the shorter one leaves it open. Joining one may leave another a single home.
    """
    homes: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for pair in pairs:
        vague, told = sorted(pair, key=lambda answer: (len(answer), answer))
        if may_join(vague, told):
            homes[classes[vague]].add(classes[told])
    only = sorted((vague, *found) for vague, found in homes.items() if len(found) == 1)
    return (only[0][0][0], only[0][1][0]) if only else None


def _pairs(forms: Forms) -> Iterator[Pair]:
    """The pairs of answers, each once, that are worth comparing; near-linear in their number."""
    known = sorted(answer for answer, form in forms.items() if form is not None)
    if len(known) <= ALL_PAIRS:
        yield from combinations(known, 2)
        return
    sharing: dict[object, list[str]] = defaultdict(list)
    for answer in sorted(known, key=lambda a: (len(a), a)):
        for handle in _handles(forms[answer]):
            sharing[handle].append(answer)
    near = {
        (one, other) if one < other else (other, one)
        for members in sharing.values()
        for place, one in enumerate(members[:HUBS])
        for other in members[place + 1 :]
    }
    yield from sorted(near)


def _handles(value: Value | None) -> frozenset[object]:
    """What two answers share if they are the same: a word, or a value of one kind."""
    match value:
        case Phrase():
            return frozenset(
                t.value if isinstance(t.value, str) else type(t.value) for t in value.tokens
            )
        case Several():
            return frozenset().union(*(_handles(item) for item in value.items))
        case _:
            return frozenset([type(value)])
