"""Are these two the same answer to this question?

Each answer is read once into a comparable form; forms are then compared in pairs. `probability` is
symmetric. `fits` is weaker: an answer that leaves something open ("5" beside "5 km") may join the
one group that it fits, and stays alone where it fits several.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

from consensus.core.equivalence import exact, numeric, semantic, stated
from consensus.core.equivalence.numeric import Amount
from consensus.core.equivalence.semantic import Meaning
from consensus.core.model import Plan, Reading, Strategy
from consensus.core.question import asks_for_percent, listed_options

SAME_FROM = semantic.THRESHOLD
# Of meaning the same. Evidence knows no other names of a thing: of pairs that it gives 2% to 50%,
# people found seven in ten to be the same; from 85% on, one in a hundred is not.
UNLIKELY, LIKELY = 0.02, 0.85
ALL_PAIRS = 64  # distinct answers up to which every pair is compared: more than a task may have
HUBS = 2  # of the answers that share a word, how many each is compared with


@dataclass(frozen=True, slots=True)
class Comparable:
    """An answer ready to be compared. Answers with the same key are the same without more ado.

    A closed one is a choice, a yes or no, or a bare number: another closed one is another answer.
    """

    key: str
    amount: Amount | None = None
    meaning: Meaning | None = None
    closed: bool = False


def comparable(reading: Reading, plan: Plan, question: str) -> Comparable:
    """The form in which the plan's strategy compares this answer."""
    return _comparable(
        _written(reading, plan), reading.vector, reading.embedder, plan.strategy, question
    )


def key_of(reading: Reading, plan: Plan, question: str) -> str:
    """The key of its comparable form, at a tenth of the price: its meaning is not worked out."""
    return _as_written(_written(reading, plan), plan.strategy, question).key


def _written(reading: Reading, plan: Plan) -> str:
    canonical = reading.canonical if plan.strategy is Strategy.NUMERIC else ""
    return canonical or reading.final


# Cached, since a task is tallied at each vote, and each tally reads all of its votes.
@lru_cache(maxsize=4096)
def _comparable(
    text: str, vector: bytes, embedder: str, strategy: Strategy, question: str
) -> Comparable:
    form = _as_written(text, strategy, question)
    with suppress(Exception):  # as below
        text = stated.answer_of(text) if strategy is Strategy.NUMERIC else text
        if _may_be_meant(form, text, strategy, question):
            reading = Reading(text, text, vector=vector, embedder=embedder)
            return replace(form, meaning=semantic.meaning_of(reading, question))
    return form


@lru_cache(maxsize=4096)
def _as_written(text: str, strategy: Strategy, question: str) -> Comparable:
    """Key and amount, which need no reading of what is meant."""
    try:
        return _read(text, strategy, question)
    except Exception:  # a defect in reading one answer must not hold up its task for ever
        return Comparable(text)


def _read(text: str, strategy: Strategy, question: str) -> Comparable:
    if strategy is not Strategy.NUMERIC:
        key = exact.normal_form(text, question)
        return Comparable(key, closed=_is_closed(key, question))
    text = stated.answer_of(text)
    amount = numeric.parse(text, asks_for_percent(question))
    return Comparable(amount.key if amount else exact.in_any_order(text, question), amount)


def _is_closed(key: str, question: str) -> bool:
    is_number = key[-1:].isdigit() and not key.strip("0123456789+-.,/")
    return is_number or key in ("yes", "no", "true", "false") or key in listed_options(question)


def _may_be_meant(form: Comparable, text: str, strategy: Strategy, question: str) -> bool:
    """Whether to compare by meaning, too: no option is, nor what is no number and no prose."""
    if strategy is Strategy.SEMANTIC:
        return form.key not in listed_options(question)
    # "It has 206 bones." is no amount, but may mean one; "more than 5" does not mean 5.
    is_prose = semantic.is_prose(text) and not numeric.is_qualified(text)
    return strategy is Strategy.NUMERIC and (form.amount is not None or is_prose)


def probability(one: Comparable, other: Comparable, plan: Plan) -> float:
    """How likely the two answers are to mean the same, 0..1; 0 where they cannot. Symmetric."""
    if one.key == other.key:
        return 1.0
    if one.amount and other.amount:
        return float(numeric.same(one.amount, other.amount, plan.numeric_tolerance))
    if one.meaning and other.meaning:
        return _meant(one, other) if one.key < other.key else _meant(other, one)
    return 0.0


@lru_cache(maxsize=65_536)
def _meant(one: Comparable, other: Comparable) -> float:
    if one.meaning is None or other.meaning is None:
        return 0.0
    with suppress(Exception):  # as above
        return semantic.probability(one.meaning, other.meaning)
    return 0.0


def same(one: Comparable, other: Comparable, plan: Plan) -> bool:
    """Whether the two answers mean the same."""
    return probability(one, other, plan) >= SAME_FROM


def is_different(one: Comparable, other: Comparable, plan: Plan) -> bool:
    """Whether there is evidence that the two answers cannot be the same. Symmetric."""
    if one.key == other.key:
        return False
    if one.closed and other.closed:
        return True
    if one.amount and other.amount:
        return not (
            probability(one, other, plan) or fits(one, other, plan) or fits(other, one, plan)
        )
    return bool(one.meaning and other.meaning) and probability(one, other, plan) <= 0.0


def is_doubtful(one: Comparable, other: Comparable, plan: Plan) -> bool:
    """Whether the evidence can neither join the two answers nor part them. Symmetric."""
    if one.key == other.key or is_different(one, other, plan):
        return False
    if one.meaning and other.meaning:
        return UNLIKELY <= probability(one, other, plan) <= LIKELY
    return True


def fits(one: Comparable, other: Comparable, plan: Plan) -> bool:
    """Whether one, which leaves something open, may be meant as the other, which does not."""
    if one.amount and other.amount:
        return numeric.fits(one.amount, other.amount, plan.numeric_tolerance)
    return False


def equivalent(a: Reading, b: Reading, plan: Plan, question: str) -> bool:
    """Whether two answers alone would form one group. Symmetric."""
    one, other = comparable(a, plan, question), comparable(b, plan, question)
    return same(one, other, plan) or fits(one, other, plan) or fits(other, one, plan)


def near_pairs(forms: Mapping[str, Comparable], plan: Plan) -> Iterator[tuple[str, str]]:
    """The pairs of keys, each once, that are worth comparing; near-linear in their number."""
    if plan.strategy is Strategy.NUMERIC and len(forms) <= ALL_PAIRS:
        yield from combinations(sorted(forms), 2)
    elif plan.strategy is Strategy.NUMERIC:
        amounts = {key: form.amount for key, form in forms.items() if form.amount}
        yield from sorted(
            {
                *_neighbours(amounts, plan, in_units=True),
                *_neighbours(amounts, plan, in_units=False),
                *_with_prose(forms),
            }
        )
    elif plan.strategy is Strategy.SEMANTIC:
        keys = sorted(key for key, form in forms.items() if form.meaning)
        yield from combinations(keys, 2) if len(keys) <= ALL_PAIRS else _sharing_words(keys)


def _with_prose(forms: Mapping[str, Comparable]) -> Iterator[tuple[str, str]]:
    """Pairs of which at least one is told in prose; of a great many answers, the first few."""
    meant = sorted(key for key, form in forms.items() if form.meaning)
    for prose in [key for key in meant if not forms[key].amount][:ALL_PAIRS]:
        yield from (
            (prose, key) if prose < key else (key, prose)
            for key in meant[: 2 * ALL_PAIRS]
            if key != prose
        )


def _neighbours(
    amounts: Mapping[str, Amount], plan: Plan, *, in_units: bool
) -> Iterator[tuple[str, str]]:
    """Pairs of amounts whose sizes are within the tolerance, as measured or as written."""
    ranked = sorted((numeric.size(a, in_units=in_units), key) for key, a in amounts.items())
    for place, (size, key) in enumerate(ranked):
        for other_size, other in ranked[place + 1 : place + 1 + ALL_PAIRS]:
            if not numeric.is_near(size, other_size, plan.numeric_tolerance):
                break
            yield (key, other) if key < other else (other, key)


def _sharing_words(keys: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs that share one of their most or least frequent words, each with the shortest few.

    Among a great many answers, those that mean the same meet at a short one that says just that.
    """
    said = {key: sorted(set(key.split())) for key in keys}
    frequency = Counter(word for words in said.values() for word in words)
    sharing: dict[str, list[str]] = defaultdict(list)
    for key in sorted(keys, key=lambda k: (len(k), k)):
        ranked = sorted(said[key], key=lambda w: (frequency[w], w))
        for word in {*ranked[:HUBS], *ranked[-HUBS:]}:
            sharing[word].append(key)
    found = {
        (one, other) if one < other else (other, one)
        for members in sharing.values()
        for place, one in enumerate(members[:HUBS])
        for other in members[place + 1 :]
    }
    yield from sorted(found)
