"""Are two answers the same? SAME needs a licence for every difference; UNKNOWN never joins.

A phrase is compared as its atoms and words in their order. What may be left out on either side is
told by each token's role; whatever else differs has no licence.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

from consensus.core.values.asides import asides_agree, views
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
    Atom,
    Choice,
    Date,
    Opaque,
    Phrase,
    Quantity,
    Role,
    Several,
    Token,
    Truth,
    Value,
)
from consensus.core.values.names import (
    is_acronym,
    is_one_name,
    is_part_of_name,
    is_shorter_name,
    named_in,
)
from consensus.core.values.sentences import (
    are_listed_in,
    are_said_in,
    is_said_in,
    is_value_in_prose,
)
from consensus.core.values.tokens import (
    SAYS,
    Tokens,
    alike,
    content_of,
    hides_an_answer,
    in_order,
    runs,
)

__all__ = ["Finding", "Licence", "Sameness", "compare", "same"]

MOST_ITEMS = 40  # of several answers that are compared one by one
FIRST_YEAR, LAST_YEAR = 100, 2199
MOST_TOKENS = 160  # of a phrase: a longer one is compared to the letter


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
            return _listed(one, other, tolerance)
        case _, Several():
            return _listed(other, one, tolerance)
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
        at = [place] if one.ordered and other.ordered else range(len(theirs))
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


def _listed(several: Several, other: Value, tolerance: float) -> Finding:
    """A list, and the sentence that says it."""
    if not isinstance(other, Phrase) or len(several.items) > MOST_ITEMS:
        return UNKNOWN
    if len(other.tokens) > MOST_TOKENS or other.asks is Asks.VERDICT:
        return UNKNOWN
    items = [_tokens(item) for item in several.items]
    ordered = several.ordered
    if any(are_listed_in(items, v, tolerance, ordered=ordered) for v, _ in views(other.tokens)):
        return same_by(Licence.ASIDE)
    said = are_said_in(items, other.tokens, tolerance, ordered=ordered)
    return same_by(Licence.SENTENCE) if said else UNKNOWN


def _phrases(one: Tokens, other: Tokens, asks: Asks, tolerance: float) -> Finding:
    of_person = asks is Asks.PERSON
    if max(len(one), len(other)) > MOST_TOKENS:
        return UNKNOWN
    if asks is Asks.TIME and (coarser := _by_year(one, other)):
        by_year = _phrases(*coarser, Asks.ANYTHING, tolerance)
        is_same = by_year.sameness is Sameness.SAME
        return same_by(max(by_year.licence, Licence.UNSAID)) if is_same else by_year
    verdict = _verdicts(one, other)
    if verdict is not None:
        return verdict
    found = [
        Finding(Sameness.SAME, max(f.licence, a[1], b[1]))
        for a, b in product(views(one), views(other))
        if (
            a[1] is Licence.LETTER or b[1] is Licence.LETTER or asides_agree(one, a[0], other, b[0])
        )
        and (f := _alike(a[0], b[0], of_person, tolerance)).sameness is Sameness.SAME
    ]
    for lesser, greater in ((one, other), (other, one)) if asks is not Asks.VERDICT else ():
        if is_value_in_prose(lesser, greater, asks is Asks.TIME, tolerance):
            found.append(same_by(Licence.PROSE))
        elif is_said_in(lesser, greater, of_person, tolerance):
            found.append(same_by(Licence.SENTENCE))
    if found:
        return min(found, key=lambda f: f.licence)
    return _contradiction(one, other, tolerance)


def _by_year(one: Tokens, other: Tokens) -> tuple[Tokens, Tokens] | None:
    """Both with years alone, where one tells the year alone and the other the very day."""
    ours, theirs = _dates_in(one), _dates_in(other)
    if any(date.month is not None and date.day is None for date in (*ours, *theirs)):
        return None
    if not (ours and theirs) or all(map(_is_year, ours)) == all(map(_is_year, theirs)):
        return None
    return _in_years(one), _in_years(other)


def _dates_in(tokens: Tokens) -> list[Date]:
    return [date for t in tokens if (date := _date_of(t)) is not None]


def _date_of(token: Token) -> Date | None:
    value = token.value
    if isinstance(value, Date):
        return value
    if not isinstance(value, Quantity) or not value.unit.is_bare:
        return None
    number = value.number
    if not isinstance(number, Fraction | int) or number.denominator != 1:
        return None
    return Date(int(number)) if FIRST_YEAR <= number <= LAST_YEAR else None


def _is_year(date: Date) -> bool:
    return date.year is not None and date.month is None and date.years == 1


def _in_years(tokens: Tokens) -> Tokens:
    return tuple(
        replace(t, value=Date(date.year))
        if (date := _date_of(t)) is not None and date.year is not None and date.years == 1
        else t
        for t in tokens
    )


def _verdicts(one: Tokens, other: Tokens) -> Finding | None:
    """Of two answers that say yes or no, or choose an option, whether it is the same one."""
    ours, theirs = _chosen(one), _chosen(other)
    if ours is None or theirs is None or type(ours) is not type(theirs):
        return None
    if ours != theirs:
        return DIFFERENT
    if not (_is_plain(one) and _is_plain(other)):
        return None  # yes, and yes but only on Sundays
    return same_by(Licence.LETTER if len(one) == len(other) == 1 else Licence.ASIDE)


def _is_plain(tokens: Tokens) -> bool:
    """Whether nothing limits a yes or a no. A no may tell the only case of which it is not so."""
    limits = [t for t in tokens if t.role in (Role.LIMIT, Role.OR)]
    if not limits:
        return True
    is_no = isinstance(tokens[0].value, Truth) and not tokens[0].value.value
    told = tokens[2] if len(tokens) > 2 and tokens[1].role is Role.BREAK else None
    explains = told is not None and told.role in (Role.FUNCTION, Role.ECHO)
    return is_no and explains and all(t.role is Role.LIMIT and t.stem for t in limits)


def _chosen(tokens: Tokens) -> Truth | Choice | None:
    first = tokens[0].value if tokens else None
    return first if isinstance(first, Truth | Choice) else None


def _alike(one: Tokens, other: Tokens, of_person: bool, tolerance: float) -> Finding:
    """Whether both say the same in the same order, but for what each may leave out."""
    ours, theirs = content_of(one), content_of(other)
    if not ours or not theirs:
        return UNKNOWN
    echoed = any(t.role is Role.ECHO for t in (*ours, *theirs))
    if echoed:  # the answer is among the question's words: they count on both sides
        ours, theirs = (
            tuple(t for t in tokens if t.role in (*SAYS, Role.ECHO)) for tokens in (one, other)
        )
    elif hides_an_answer(one, other):
        return UNKNOWN
    if _are_styled_apart(one, other):
        return UNKNOWN
    found = in_order(ours, theirs, tolerance)
    if _adds_to_list(one) != _adds_to_list(other):
        return UNKNOWN
    if found is not None and not (
        _are_linked_alike(one, other) and _are_labelled_alike(one, other)
    ):
        return UNKNOWN
    if found is None and _is_passive(one, other, tolerance):
        found = Licence.ORDER
    if found is None and _is_acronym(one, other):
        found = Licence.NAME
    if found is None and of_person and is_one_name(one) and is_one_name(other):
        is_shorter = is_shorter_name(ours, theirs)
        is_shorter = is_shorter or is_part_of_name(named_in(one), named_in(other))
        found = Licence.NAME if is_shorter else None
    if found is None:
        found = Licence.ORDER if _in_other_order(one, other, tolerance) else None
    if found is None:
        return UNKNOWN
    dropped = len(one) != len(ours) or len(other) != len(theirs)
    return same_by(max(found, Licence.QUESTION if dropped else found))


def _is_acronym(one: Tokens, other: Tokens) -> bool:
    """Whether one is the other's initials, words of the question among them."""
    ours, theirs = (
        tuple(t for t in tokens if t.role in (*SAYS, Role.ECHO)) for tokens in (one, other)
    )
    return is_acronym(ours, theirs) or is_acronym(theirs, ours)


def _are_styled_apart(one: Tokens, other: Tokens) -> bool:
    """Whether both give their names a title, and not the same: Mr and Mrs Thatcher."""
    ours, theirs = (
        {t.value for t in tokens if t.role is Role.KIND and t.name} for tokens in (one, other)
    )
    return bool(ours) and bool(theirs) and not ours & theirs


def _adds_to_list(tokens: Tokens) -> bool:
    """Whether it joins a name of the question to another one: that is an answer more."""
    told = [t for t in tokens if t.role is not Role.FUNCTION]
    return any(
        joint.value == "and"
        and {one.role, other.role} == {Role.CONTENT, Role.ECHO}
        and one.name
        and other.name
        for one, joint, other in zip(told, told[1:], told[2:], strict=False)
    )


def _are_linked_alike(one: Tokens, other: Tokens) -> bool:
    """Whether several parts stand to each other alike: Kim hired by Lee, and Kim hired Lee."""
    if _tells_agent(one) != _tells_agent(other):
        return False
    if min(len(runs(one)), len(runs(other))) < 2:
        return True
    if not any(isinstance(t.value, str) and t.role is Role.CONTENT for t in (*one, *other)):
        return True  # values alone
    return _links(one) == _links(other)


def _links(tokens: Tokens) -> list[tuple[int, str]]:
    """What links parts, and how many words stand before it; what only leads to them, left out."""
    placed = (
        (sum(t.role in SAYS for t in tokens[:place]), str(token.value))
        for place, token in enumerate(tokens)
        if token.role is Role.LINK
    )
    return sorted((before, link) for before, link in placed if before or link == "by")


def _tells_agent(tokens: Tokens) -> bool:
    """Whether it names who does it after who or what undergoes it: owned by Norden."""
    agent = next((n for n, t in enumerate(tokens) if t.role is Role.LINK and t.value == "by"), 0)
    return any(t.role is Role.CONTENT for t in tokens[:agent])


def _is_passive(one: Tokens, other: Tokens, tolerance: float) -> bool:
    """Whether one says in the passive what the other says: hired by Kim, and Kim hired."""
    by = [any(t.role is Role.LINK and t.value == "by" for t in tokens) for tokens in (one, other)]
    if by[0] == by[1]:
        return False
    ours, theirs = ([t for t in tokens if t.role in (*SAYS, Role.ECHO)] for tokens in (one, other))
    mine, yours = ([t for t in tokens if t.name] for tokens in (ours, theirs))
    if len(mine) != 2 or len(yours) != 2:
        return False
    crossed = all(
        alike(a, b, tolerance) is not None for a, b in zip(mine, yours[::-1], strict=True)
    )
    rest = [[t for t in tokens if not t.name] for tokens in (ours, theirs)]
    say_alike = len(rest[0]) == len(rest[1]) and all(
        isinstance(a.value, str) and isinstance(b.value, str) and a.value[:4] == b.value[:4]
        for a, b in zip(*rest, strict=False)
    )
    return crossed and say_alike


def _in_other_order(one: Tokens, other: Tokens, tolerance: float) -> bool:
    """Whether the same runs of words stand in another order, and who does what is not among it."""
    ours, theirs = runs(one), runs(other)
    if len(ours) != len(theirs) or len(ours) < 2:
        return False
    names = max(sum(any(t.name for t in run) for run in each) for each in (ours, theirs))
    if names > 1 or any(t.role is not Role.CONTENT for run in (*ours, *theirs) for t in run):
        return False
    left = list(zip(theirs, _labels(other), strict=True))
    for run, label in zip(ours, _labels(one), strict=True):
        match = next(
            (
                n
                for n, (r, its) in enumerate(left)
                if its == label and in_order(run, r, tolerance) is not None
            ),
            None,
        )
        if match is None:
            return False
        del left[match]
    words = sum(any(isinstance(t.value, str) for t in run) for run in ours)
    return words <= 1


def _are_labelled_alike(one: Tokens, other: Tokens) -> bool:
    """Whether each of several runs stands under the same name, where all have one."""
    ours, theirs = _labels(one), _labels(other)
    return len(ours) < 2 or None in ours or None in theirs or ours == theirs


def _labels(tokens: Tokens) -> list[Atom | str | None]:
    """The word of the question right before each run and its break: x, in {"x": 3, "y": 4}."""
    found: list[Atom | str | None] = []
    for place, token in enumerate(tokens):
        if token.role in SAYS and (not place or tokens[place - 1].role not in SAYS):
            led = place > 1 and tokens[place - 1].role is Role.BREAK
            label = tokens[place - 2] if led else None
            found.append(label.value if label and label.role is Role.ECHO else None)
    return found


def _contradiction(one: Tokens, other: Tokens, tolerance: float) -> Finding:
    """DIFFERENT where both say the same of two values that are not; else UNKNOWN."""
    ours, theirs = content_of(one), content_of(other)
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
