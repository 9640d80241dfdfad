"""An answer as it is compared by meaning: its telling words, names and numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from consensus.core.equivalence import dates, numeric
from consensus.core.equivalence.lexicon import FOILS, NEGATIONS, TITLES
from consensus.core.equivalence.numeric import Amount
from consensus.core.equivalence.plain import folded, visible
from consensus.core.equivalence.spelling import Vocabulary
from consensus.core.equivalence.words import STOP, shortened, words
from consensus.core.model import Reading

LONGEST = 4_000  # characters of an answer that are read
MOST_WORDS = 240  # words of an answer that are compared
NEAR = 4  # words between a negation and what it denies
LONGEST_HEAD = 60  # words of the sentence that answers

_HEDGE = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|not (?:sure|aware|certain))|sorry|apologi[sz]e|as an ai|"
    r"(?:do not|don't|cannot|can't|could not|couldn't|am unable to|was unable to|unable to) "
    r"(?:know|find|determine|verify|confirm|answer|provide)|"
    r"(?:there is|there's|there are|has been|i have) no (?:\w+ )?(?:information|record|evidence|"
    r"answer|data|details|mention|known)|(?:not|no) enough information|"
    r"not (?:\w+ )?(?:clear|known|specified|possible to (?:determine|answer))|"
    r"unclear|unknown|question (?:seems|appears|is) (?:to be )?(?:missing|incomplete|incorrect)|"
    r"please (?:provide|clarify|specify))\b"
)
_SENTENCE = re.compile(r"(?<=[a-z\d)\"'”’][.!?])\s+(?=[A-Z\"“])|\n+")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_CLAUSE = re.compile(r"\s(?:who|which|where|whose|because|-|–|—)\s|[;:]\s|,\s(?=who|which|where)")
_PAUSE = re.compile(r"[,;:.!?]\s|[()\[\]\n]|\s[-–—]\s|\bbut\b")
_NAME = re.compile(r"[A-Z][\w'’.-]*")
_STARTS_SENTENCE = re.compile(r"(?:^|[.!?:;\n\"“])\s*$")
_CHOICE = re.compile(r"\bor\b")
_STANCE = re.compile(
    r"^\W*(yes|no|true|false|correct|incorrect)\b(?! \w+ (?:is|are|was|were|one)\b)[\W]*"
)
_AMOUNT = re.compile(r"[-+~$€£¥]?\s?\d.{0,22}$")
_ROUGHLY = re.compile(r"^\W*(?:about|approximately|approx\.?|around|roughly|circa|ca?\.)\s+")
_PROSE = re.compile(r"[^\W\d_]{3,}")
_MATHEMATICS = re.compile(r"[\\=^{}<>]")
_YES = frozenset(["yes", "true", "correct"])
_SEVERAL = re.compile(  # which two rivers; the names of the four; name three
    r"\b(?:which|what|who|name|list)"
    r"(?: (?:are|were|is|was|all|the|only|other|first|names? of)){0,5}"
    r" (?:two|three|four|five|six|seven|both|[2-7]) (?!letters?\b|words?\b|-)",
    re.IGNORECASE,
)
_ITEM = re.compile(r",\s(?:and|or|&)\s|,\s|\s(?:and|or|&)\s")
_JOINED = re.compile(r"\s(?:and|or|&)\s")


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What is compared of an answer. All words are stems, in their order.

    content are the words that tell something; novel those of them that the question did not supply
    and that are no titles; core the novel words of the answer proper, without asides and relative
    clauses; items the same, thing by thing, where the question asks for several; head those of its
    first sentence; names those written with a capital. echoes tells that
    the question supplied all of the content. denied are words that are only named to be set aside:
    not this, ahead of that. stance is what the answer opens with: True for yes,
    False for no. direction is the vector at length 1, None where there is none.
    """

    words: tuple[str, ...]
    content: tuple[str, ...]
    novel: tuple[str, ...]
    core: tuple[str, ...]
    items: tuple[tuple[str, ...], ...]
    head: tuple[str, ...]
    names: tuple[str, ...]
    echoes: bool
    numbers: frozenset[str]
    letters: frozenset[str]
    core_letters: frozenset[str]
    vocabulary: Vocabulary
    headline: Vocabulary
    denied: frozenset[str]
    stance: bool | None
    negated: bool
    hedged: bool
    amount: Amount | None
    direction: NDArray[np.float64] | None
    embedder: str


def meaning_of(reading: Reading, question: str) -> Meaning:
    """Read an answer in the light of its question. Bounded, whatever the answer's length."""
    text = shortened(visible(reading.final[:LONGEST]).strip())
    asked = _supplied(question)
    plain = folded(text)
    opening = _STANCE.match(plain)
    said = words(text)[:MOST_WORDS]
    told = said[1:] if opening and len(said) > 1 else said
    content = _content(told)
    first = _SENTENCE.split(text, maxsplit=1)[0]
    head = words(first)[:LONGEST_HEAD]
    opens = _CLAUSE.split(_ASIDE.sub(" ", first), maxsplit=1)[0]
    proper = words(opens)[:LONGEST_HEAD]
    novel = _novel(content, asked)
    core = _novel(_content(proper), asked) or novel
    opened = _novel(_content(head), asked) or novel
    return Meaning(
        words=said,
        content=content,
        novel=novel,
        core=core,
        items=_items(opens, asked) if _SEVERAL.search(question[:LONGEST]) else (),
        head=opened,
        names=_names(text, asked),
        echoes=asked.issuperset(content),
        numbers=frozenset(w for w in said if w[-1].isdigit() and w not in asked),
        letters=trigrams(said),
        core_letters=trigrams(core),
        vocabulary=Vocabulary(said),
        headline=Vocabulary(opened),
        denied=_denied(text, said, asked),
        stance=opening[1] in _YES if opening else None,
        negated=_negated(head[1:] if opening else head, asked),
        hedged=_HEDGE.search(plain) is not None,
        amount=_amount(text, plain),
        direction=_direction(reading.vector),
        embedder=reading.embedder,
    )


def is_prose(text: str) -> bool:
    """Whether an answer is told in words, rather than written as mathematics."""
    return _MATHEMATICS.search(text[:LONGEST]) is None and len(_PROSE.findall(text[:LONGEST])) > 1


@lru_cache(maxsize=256)
def _supplied(question: str) -> frozenset[str]:
    """The words that a question supplies: none where the answer is to be chosen among them."""
    return frozenset() if _CHOICE.search(question.casefold()) else frozenset(words(question))


def _content(said: Sequence[str]) -> tuple[str, ...]:
    return tuple(w for w in said if w not in STOP and w not in NEGATIONS) or tuple(said)


def _novel(content: Sequence[str], asked: frozenset[str]) -> tuple[str, ...]:
    told = [w for w in content if w not in asked]
    return tuple(w for w in told if w not in TITLES) or tuple(told) or tuple(content)


def _items(text: str, asked: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """What is new in each part of an enumeration: the words of every thing that is named."""
    listed = _ITEM.split(text)[:LONGEST_HEAD] if _JOINED.search(text) else [text]
    parts = [words(part)[:LONGEST_HEAD] for part in listed]
    told = [tuple(w for w in _content(part) if w not in asked) for part in parts if part]
    return tuple(part for part in told if part)


def _names(text: str, asked: frozenset[str]) -> tuple[str, ...]:
    """Words with a capital; the first of a sentence only if a name goes on, or nothing does."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(text):
        after = text[match.end() : match.end() + 2].strip(" .,(")
        if (
            after
            and not after[0].isupper()
            and _STARTS_SENTENCE.search(text[max(0, match.start() - 4) : match.start()])
        ):
            continue
        found |= dict.fromkeys(w for w in words(match[0]) if w not in STOP and w not in asked)
    return tuple(found)[:MOST_WORDS]


def trigrams(said: Sequence[str]) -> frozenset[str]:
    """Three letters at a time across words, so that New York and Newyork are near."""
    run = "".join(said)
    return frozenset(run[i : i + 3] for i in range(max(1, len(run) - 2)))


def _negated(said: Sequence[str], asked: frozenset[str]) -> bool:
    """Whether it is denied an odd number of times; what the question denied is only repeated."""
    told = [word for word in said if word not in STOP]
    denied = [
        word in NEGATIONS and not (word in asked and what in asked)
        for word, what in pairwise((*told, ""))
    ]
    return sum(denied) % 2 == 1


def _denied(text: str, said: Sequence[str], asked: frozenset[str]) -> frozenset[str]:
    """Words that are never said but behind a negation or a foil that the question does not say."""
    telling = (NEGATIONS | FOILS).intersection(said) - asked
    if not telling:
        return frozenset()
    stated: set[str] = set()
    denied: set[str] = set()
    for part in _PAUSE.split(text):
        spoken = words(part)
        for place, word in enumerate(spoken):
            before = telling.intersection(spoken[max(0, place - NEAR) : place])
            # ahead of nobody but him: both at once deny nothing
            turned = NEGATIONS.isdisjoint(before) == (not FOILS.isdisjoint(before))
            (denied if turned else stated).add(word)
    return frozenset(denied - stated)


def _amount(text: str, plain: str) -> Amount | None:
    """The amount that a short answer is; 4 July 1776 is a date, and no four of anything."""
    exact = _ROUGHLY.sub("", plain)
    is_amount = _AMOUNT.match(exact) is not None and dates.iso(exact.rstrip(".")) is None
    return numeric.parse(text if exact == plain else exact) if is_amount else None


def _direction(vector: bytes) -> NDArray[np.float64] | None:
    if not vector or len(vector) % 4:
        return None
    values = np.frombuffer(vector, "<f4").astype(np.float64)
    length = float(np.linalg.norm(values)) if np.isfinite(values).all() else 0.0
    return values / length if length > 0 else None


def cosine(one: Meaning, other: Meaning) -> float | None:
    """The cosine of two vectors of one embedder, -1..1; None where they cannot be compared."""
    if one.direction is None or other.direction is None or one.embedder != other.embedder:
        return None
    if one.direction.shape != other.direction.shape:
        return None
    value = math.fsum(one.direction * other.direction)
    return max(-1.0, min(1.0, value))
