"""Are two answers the same? SAME needs a licence for every difference; UNKNOWN never joins.

A phrase is compared as its atoms and words in their order. What may be left out on either side is
told by each token's role; whatever else differs has no licence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from consensus.core.values.atoms import (
    DIFFERENT,
    UNKNOWN,
    Finding,
    Licence,
    Sameness,
    compare_atoms,
    same_by,
)
from consensus.core.values.model import (
    Asks,
    Choice,
    Code,
    Identifier,
    Opaque,
    Phrase,
    Role,
    Several,
    Token,
    Truth,
    Value,
)

__all__ = ["Finding", "Licence", "Sameness", "compare", "same"]

MOST_ITEMS = 40  # of several answers that are compared one by one
MOST_TOKENS = 160  # of a phrase: a longer one is compared to the letter
PROSE_WORDS = 2  # words beside a value that need no licence of their own
MOST_NEEDED = 2  # words of the question that show what a sentence speaks of
LONGEST_QUOTED = 8  # tokens of an answer that a sentence may say among others

Tokens = tuple[Token, ...]


def same(one: Value, other: Value, tolerance: float = 1e-6) -> bool:
    """Whether the two join. Symmetric."""
    return compare(one, other, tolerance).sameness is Sameness.SAME


def compare(one: Value, other: Value, tolerance: float = 1e-6) -> Finding:
    """What is known of two answers being the same. Symmetric; never raises for what it can hold."""
    if isinstance(one, Opaque) or isinstance(other, Opaque):
        return UNKNOWN
    if one == other:
        return same_by(Licence.LETTER)
    match one, other:
        case Several(), Several():
            return _several(one, other, tolerance)
        case Several(), _:
            return _one_of_several(one, other)
        case _, Several():
            return _one_of_several(other, one)
        case Phrase(), _:
            return _phrases(one.tokens, _tokens(other), _asks(one, other), tolerance)
        case _, Phrase():
            return _phrases(_tokens(one), other.tokens, _asks(one, other), tolerance)
        case _:
            return compare_atoms(one, other, tolerance)


def _asks(one: Value, other: Value) -> Asks:
    return next((v.asks for v in (one, other) if isinstance(v, Phrase)), Asks.ANYTHING)


def _tokens(value: Value) -> Tokens:
    match value:
        case Phrase():
            return value.tokens
        case Several():
            return tuple(t for item in value.items for t in _tokens(item))
        case _:
            return (Token(value),)


def _several(one: Several, other: Several, tolerance: float) -> Finding:
    ours, theirs = one.items, list(other.items)
    if len(ours) != len(theirs) or len(ours) > MOST_ITEMS:
        return UNKNOWN
    licence = Licence.LETTER
    for place, item in enumerate(ours):
        at = [place] if one.ordered or other.ordered else range(len(theirs))
        found = [
            (f.licence, n)
            for n in at
            if theirs[n] is not None
            and (f := compare(item, theirs[n], tolerance)).sameness is Sameness.SAME
        ]
        if not found:
            return UNKNOWN
        best, taken = min(found)
        if best > Licence.NAME:
            return UNKNOWN
        theirs[taken] = None  # type: ignore[call-overload]
        licence = max(licence, best, Licence.ORDER if taken != place else best)
    return same_by(licence)


def _one_of_several(_several: Several, _other: Value) -> Finding:
    return UNKNOWN


def _phrases(one: Tokens, other: Tokens, asks: Asks, tolerance: float) -> Finding:
    of_person = asks is Asks.PERSON
    if max(len(one), len(other)) > MOST_TOKENS:
        return UNKNOWN
    verdict = _verdicts(one, other)
    if verdict is not None:
        return verdict
    found = [
        Finding(Sameness.SAME, max(f.licence, a[1], b[1]))
        for a, b in product(_views(one), _views(other))
        if (
            a[1] is Licence.LETTER
            or b[1] is Licence.LETTER
            or _asides_agree(one, a[0], other, b[0])
        )
        and (f := _alike(a[0], b[0], of_person, tolerance)).sameness is Sameness.SAME
    ]
    for lesser, greater in ((one, other), (other, one)) if asks is not Asks.VERDICT else ():
        if _is_value_in_prose(lesser, greater, tolerance):
            found.append(same_by(Licence.PROSE))
        elif _is_said_in(lesser, greater, of_person, tolerance):
            found.append(same_by(Licence.SENTENCE))
    if found:
        return min(found, key=lambda f: f.licence)
    return _contradiction(one, other, tolerance)


def _verdicts(one: Tokens, other: Tokens) -> Finding | None:
    """Of two answers that say yes or no, or choose an option, whether it is the same one."""
    ours, theirs = _chosen(one), _chosen(other)
    if ours is None or theirs is None or type(ours) is not type(theirs):
        return None
    if ours != theirs:
        return DIFFERENT
    if any(t.role in (Role.LIMIT, Role.OR) for t in (*one, *other)):
        return None  # yes, and yes but only on Sundays
    return same_by(Licence.LETTER if len(one) == len(other) == 1 else Licence.ASIDE)


def _chosen(tokens: Tokens) -> Truth | Choice | None:
    first = tokens[0].value if tokens else None
    return first if isinstance(first, Truth | Choice) else None


def _views(tokens: Tokens) -> Iterator[tuple[Tokens, Licence]]:
    """The phrase, and what is left of it without the aside that follows its first part."""
    yield tokens, Licence.LETTER
    for place, token in enumerate(tokens):
        if token.role is Role.BREAK and any(t.role is Role.CONTENT for t in tokens[:place]):
            rest = tokens[place:]
            if not _takes_back(rest) and _only_adds(rest, tokens[:place]):
                yield tokens[:place], Licence.ASIDE
            break
    last = max(
        (n for n, t in enumerate(tokens) if t.role is Role.BREAK and t.value == "so"), default=0
    )
    if last:
        yield tokens[last + 1 :], Licence.ASIDE


def _takes_back(rest: Tokens) -> bool:
    """Whether what follows in the sentence, or begins the next one, limits what was said."""
    end = next(
        (n for n, t in enumerate(rest) if t.role is Role.BREAK and t.value == "."), len(rest)
    )
    begins = [rest[n + 1] for n in range(len(rest) - 1) if rest[n].value == "."]
    return any(t.role in (Role.LIMIT, Role.OR) for t in (*rest[:end], *begins))


def _asides_agree(one: Tokens, ours: Tokens, other: Tokens, theirs: Tokens) -> bool:
    """Whether what both leave out names nothing: two asides with values of their own may differ."""
    rest = [t for whole, part in ((one, ours), (other, theirs)) for t in whole if t not in part]
    return not any(
        t.role is Role.CONTENT and (t.name or not isinstance(t.value, str)) for t in rest
    )


def _only_adds(rest: Tokens, head: Tokens) -> bool:
    """Whether an aside begins with what an aside begins with, rather than with another answer."""
    values = any(not isinstance(t.value, str) for t in (*rest, *head))
    if all(t.name for t in _content(head)):
        values = False
    if len(rest) > 1 and rest[0].value == "," and rest[1].role is Role.LINK and not values:
        return True
    return rest[0].value in ("(", "aside", ".", ";", "so") or not any(
        t.role is Role.CONTENT and (t.name or not isinstance(t.value, str)) for t in rest
    )


_SAYS = (Role.CONTENT, Role.NEGATION, Role.LIMIT, Role.OR)


def _content(tokens: Tokens) -> Tokens:
    """What the phrase says; where it says nothing but what the question does, that."""
    told = tuple(t for t in tokens if t.role in _SAYS)
    if any(t.role is Role.CONTENT for t in told):
        return told
    return tuple(t for t in tokens if t.role in (*_SAYS, Role.ECHO)) or tuple(
        t for t in tokens if t.role is not Role.BREAK
    )


def _alike(one: Tokens, other: Tokens, of_person: bool, tolerance: float) -> Finding:
    """Whether both say the same in the same order, but for what each may leave out."""
    ours, theirs = _content(one), _content(other)
    if not ours or not theirs:
        return UNKNOWN
    echoed = any(t.role is Role.ECHO for t in (*ours, *theirs))
    if echoed:  # the answer is among the question's words: they count on both sides
        ours, theirs = (
            tuple(t for t in tokens if t.role in (*_SAYS, Role.ECHO)) for tokens in (one, other)
        )
    elif _hides_an_answer(one, other):
        return UNKNOWN
    found = _in_order(ours, theirs, tolerance)
    if found is not None and not _are_linked_alike(one, other):
        return UNKNOWN
    if found is None and _is_passive(one, other, tolerance):
        found = Licence.ORDER
    if found is None and (_is_acronym(ours, theirs) or _is_acronym(theirs, ours)):
        found = Licence.NAME
    if found is None and of_person:
        found = Licence.NAME if _is_shorter_name(ours, theirs) else None
    if found is None:
        found = Licence.ORDER if _in_other_order(one, other, tolerance) else None
    if found is None:
        return UNKNOWN
    dropped = len(one) != len(ours) or len(other) != len(theirs)
    return same_by(max(found, Licence.QUESTION if dropped else found))


def _are_linked_alike(one: Tokens, other: Tokens) -> bool:
    """Whether several parts stand to each other alike: Kim hired by Lee, and Kim hired Lee."""
    if min(len(_runs(one)), len(_runs(other))) < 2:
        return True
    if not any(isinstance(t.value, str) and t.role is Role.CONTENT for t in (*one, *other)):
        return True  # values alone
    ours, theirs = (
        sorted(str(t.value) for t in tokens if t.role is Role.LINK) for tokens in (one, other)
    )
    return ours == theirs


def _is_passive(one: Tokens, other: Tokens, tolerance: float) -> bool:
    """Whether one says in the passive what the other says: hired by Kim, and Kim hired."""
    by = [any(t.role is Role.LINK and t.value == "by" for t in tokens) for tokens in (one, other)]
    if by[0] == by[1]:
        return False
    ours, theirs = ([t for t in tokens if t.role in (*_SAYS, Role.ECHO)] for tokens in (one, other))
    mine, yours = ([t for t in tokens if t.name] for tokens in (ours, theirs))
    if len(mine) != 2 or len(yours) != 2:
        return False
    crossed = all(
        _tokens_alike(a, b, tolerance) is not None for a, b in zip(mine, yours[::-1], strict=True)
    )
    rest = [[t for t in tokens if not t.name] for tokens in (ours, theirs)]
    alike = len(rest[0]) == len(rest[1]) and all(
        isinstance(a.value, str) and isinstance(b.value, str) and a.value[:4] == b.value[:4]
        for a, b in zip(*rest, strict=False)
    )
    return crossed and alike


def _is_acronym(short: Tokens, long: Tokens) -> bool:
    """Whether one is the other's initials: FDR."""
    if len(short) != 1 or not isinstance(short[0].value, Identifier) or not 1 < len(long) < 7:
        return False
    letters = "".join(str(t.value)[0] for t in long if isinstance(t.value, str) and t.name)
    return len(letters) == len(long) and letters == short[0].value.text.casefold()


def _hides_an_answer(one: Tokens, other: Tokens) -> bool:
    """Whether each says a name or a value of the question that the other does not."""
    ours, theirs = (
        {
            t.value
            for t in tokens
            if t.role is Role.ECHO and (t.name or not isinstance(t.value, str))
        }
        for tokens in (one, other)
    )
    return bool(ours - theirs) and bool(theirs - ours)


def _in_order(ours: Tokens, theirs: Tokens, tolerance: float) -> Licence | None:
    """The weakest licence that the tokens need, one by one; None where two differ."""
    if len(ours) != len(theirs):
        return None
    licence = Licence.LETTER
    for a, b in zip(ours, theirs, strict=True):
        found = _tokens_alike(a, b, tolerance)
        if found is None:
            return None
        licence = max(licence, found)
    return licence


def _tokens_alike(a: Token, b: Token, tolerance: float) -> Licence | None:
    if isinstance(a.value, str) or isinstance(b.value, str):
        if a.value == b.value or (a.stem and a.stem == b.stem and not (a.name and b.name)):
            return Licence.SPELLING
        if isinstance(a.value, Identifier | str) and isinstance(b.value, Identifier | str):
            return _spelt_alike(a.value, b.value)
        return None
    found = compare_atoms(a.value, b.value, tolerance)
    return found.licence if found.sameness is Sameness.SAME else None


def _spelt_alike(a: Identifier | str, b: Identifier | str) -> Licence | None:
    """A word and an identifier of the same letters."""
    if isinstance(a, str) and isinstance(b, str):
        return None
    texts = [v.text if isinstance(v, Identifier) else v for v in (a, b)]
    alike = texts[0].casefold() == texts[1].casefold() and texts[0].isalpha() and len(texts[0]) > 3
    return Licence.SPELLING if alike else None


def _in_other_order(one: Tokens, other: Tokens, tolerance: float) -> bool:
    """Whether the same runs of words stand in another order, and who does what is not among it."""
    ours, theirs = _runs(one), _runs(other)
    if len(ours) != len(theirs) or len(ours) < 2:
        return False
    names = max(sum(any(t.name for t in run) for run in runs) for runs in (ours, theirs))
    if names > 1 or any(t.role is not Role.CONTENT for run in (*ours, *theirs) for t in run):
        return False
    left = list(theirs)
    for run in ours:
        match = next(
            (n for n, r in enumerate(left) if _in_order(run, r, tolerance) is not None), None
        )
        if match is None:
            return False
        del left[match]
    words = sum(any(isinstance(t.value, str) for t in run) for run in ours)
    return words <= 1


def _runs(tokens: Tokens) -> list[Tokens]:
    """The stretches of words that follow one another without a function word or a break."""
    runs: list[Tokens] = []
    run: list[Token] = []
    for token in tokens:
        if token.role in _SAYS:
            run.append(token)
        elif run:
            runs.append(tuple(run))
            run = []
    return [*runs, tuple(run)] if run else runs


def _is_shorter_name(one: Tokens, other: Tokens) -> bool:
    """Whether one is a person's last name, or has initials, where the other has the whole name."""
    lesser, greater = sorted((one, other), key=len)
    if not lesser or len(greater) > 5 or not all(t.name for t in (*lesser, *greater)):
        return False
    words = [[str(t.value) for t in tokens] for tokens in (lesser, greater)]
    if not all(isinstance(t.value, str) for t in (*lesser, *greater)):
        return False
    short, full = words
    if short[-1] != full[-1]:
        return False
    if len(short) == 1:
        return True
    if len(short) != len(full) and len(short) != 2:
        return False
    return all(_may_be_short(a, b) for a, b in zip(short[:-1], full[:-1], strict=False))


def _may_be_short(part: str, whole: str) -> bool:
    return part == whole or (min(len(part), len(whole)) == 1 and part[0] == whole[0])


def _is_value_in_prose(lesser: Tokens, greater: Tokens, tolerance: float) -> bool:
    """Whether lesser is one value, and greater says it among a few words that change nothing."""
    told = _content(lesser)
    if len(told) != 1 or any(t.role is Role.BREAK for t in lesser):
        return False
    value = told[0].value
    if isinstance(value, str | Truth):
        return False
    for part in _parts(greater):
        says = [t for t in part if t.role in _SAYS]
        here = [t for t in says if _tokens_alike(told[0], t, tolerance) is not None]
        rest = [t for t in says if t not in here]
        values = [t for t in rest if not isinstance(t.value, str)]
        words = [t for t in rest if t.role is Role.CONTENT]
        most = 4 * PROSE_WORDS if isinstance(value, Code) else PROSE_WORDS
        if len(here) == 1 and not values and len(words) == len(rest) <= most:
            return not _hides_an_answer(lesser, part)
    return False


def _parts(tokens: Tokens) -> Iterator[Tokens]:
    """The phrase, and its first part where only asides follow."""
    for view, _ in _views(tokens):
        yield view


def _is_said_in(lesser: Tokens, greater: Tokens, of_person: bool, tolerance: float) -> bool:
    """Whether greater is a sentence that says, of what was asked, just what lesser is."""
    told = tuple(t for t in lesser if t.role not in (Role.BREAK, Role.HEDGE))
    while told and told[0].role in (Role.FUNCTION, Role.LINK):
        told = told[1:]
    if not 0 < len(told) <= LONGEST_QUOTED or told[0].role is not Role.CONTENT:
        return False
    if any(t.role not in (Role.CONTENT, Role.FUNCTION, Role.LINK, Role.KIND) for t in told):
        return False
    for clause in _openings(_first_sentence(greater)):
        if any(t.role in (Role.NEGATION, Role.LIMIT) for t in clause) or _leaves_choice(clause):
            return False
        if sum(t.role is Role.ECHO for t in clause) < MOST_NEEDED:
            continue
        place = _place_of(told, clause, tolerance)
        if place is None and of_person:
            place = next((0 for run in _runs(clause) if _is_shorter_name(told, run)), None)
        if place is not None:
            return not _hides_an_answer(lesser, clause)
    return False


def _leaves_choice(clause: Tokens) -> bool:
    """Whether it says that it is one or the other, and not only what the question lists so."""
    said = [t for t in clause if t.role not in (Role.FUNCTION, Role.LINK, Role.BREAK)]
    return any(
        t.role is Role.OR
        and not (0 < n < len(said) - 1 and said[n - 1].role is said[n + 1].role is Role.ECHO)
        for n, t in enumerate(said)
    )


def _place_of(told: Tokens, clause: Tokens, tolerance: float) -> int | None:
    """Where a clause says these very words, and no more of the same stretch."""
    size = len(told)
    for place in range(len(clause) - size + 1):
        part = clause[place : place + size]
        if any(_tokens_alike(a, b, tolerance) is None for a, b in zip(told, part, strict=True)):
            continue
        before = clause[place - 1] if place else None
        after = clause[place + size] if place + size < len(clause) else None
        # "playwright Tennessee Williams", but neither "North Korea" nor "Dumas fils"
        extended = (
            before is not None and before.role is Role.CONTENT and (before.name or not told[0].name)
        )
        if not extended and (after is None or after.role is not Role.CONTENT):
            return place
    return None


def _openings(sentence: Tokens) -> Iterator[Tokens]:
    """The sentence up to each of its breaks, without the asides that are closed by then."""
    kept: list[Token] = []
    within = False
    for place, token in enumerate(sentence):
        if token.role is not Role.BREAK:
            if not within:
                kept.append(token)
            continue
        if token.value in ("(", "aside"):
            yield tuple(kept)
            within = True
        elif token.value in (")", ","):
            if not within:
                yield tuple(kept)
            opens = place + 1 < len(sentence) and sentence[place + 1].value == "aside"
            within = opens
    yield tuple(kept)


def _first_sentence(tokens: Sequence[Token]) -> Tokens:
    end = next((n for n, t in enumerate(tokens) if t.role is Role.BREAK and t.value == "."), None)
    return tuple(tokens[:end])


def _contradiction(one: Tokens, other: Tokens, tolerance: float) -> Finding:
    """DIFFERENT where both say the same of two values that are not; else UNKNOWN."""
    ours, theirs = _content(one), _content(other)
    if len(ours) != len(theirs):
        return UNKNOWN
    differ = 0
    for a, b in zip(ours, theirs, strict=True):
        if isinstance(a.value, str) or isinstance(b.value, str):
            if a.value != b.value:
                return UNKNOWN
            continue
        found = compare_atoms(a.value, b.value, tolerance)
        if found.sameness is Sameness.UNKNOWN:
            return UNKNOWN
        differ += found.sameness is Sameness.DIFFERENT
    return DIFFERENT if differ == 1 else UNKNOWN
