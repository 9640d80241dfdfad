"""An answer, and the sentence that says it: "Paris", and "the capital of France is Paris"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from consensus.core.values.asides import describes, parts_of
from consensus.core.values.atoms import Licence
from consensus.core.values.model import (
    Atom,
    Clock,
    Code,
    Date,
    Identifier,
    Quantity,
    Role,
    Row,
    Span,
    Token,
    Truth,
)
from consensus.core.values.names import is_part_of_name, is_shorter_name, names_in
from consensus.core.values.tokens import SAYS, Tokens, alike, content_of, hides_an_answer, runs

PROSE_WORDS = 2  # words beside a value that need no licence of their own
MOST_NEEDED = 2  # words of the question that show what a sentence speaks of
LONGEST_QUOTED = 8  # tokens of an answer that a sentence may say among others
MOST_SENTENCES = 3  # of a text that are looked through for an answer
BELONGING = 2  # tokens that tell that something of what follows is meant: sister of
BETWEEN_ITEMS = 3  # tokens between two items of a list

Place = tuple[int, int]  # from which token to which


def is_value_in_prose(lesser: Tokens, greater: Tokens, of_time: bool, tolerance: float) -> bool:
    """Whether lesser is one value, and greater says it among a few words that change nothing."""
    told = content_of(lesser)
    if len(told) != 1 or any(t.role is Role.BREAK for t in lesser):
        return False
    value = told[0].value
    if isinstance(value, str | Truth):
        return False
    for part in parts_of(greater):
        says = [t for t in part if t.role in SAYS]
        here = [
            t
            for n, t in enumerate(says)
            if (licence := alike(told[0], t, tolerance)) is not None
            and not (licence is Licence.UNSAID and _tells_unit(value) and _is_counted(says, n))
        ]
        rest = [t for t in says if t not in here]
        values = [t for t in rest if not isinstance(t.value, str)]
        words = [t for t in rest if t.role is Role.CONTENT or (t.role is Role.LIMIT and t.stem)]
        most = 4 * PROSE_WORDS if isinstance(value, Code) else PROSE_WORDS
        if len(here) != 1 or (isinstance(value, Identifier) and _is_part(part, here[0])):
            continue  # an alloy of iron
        if _is_other_count(value, here[0], words):
            continue  # $5 million profit, and a loss of $5 million
        if of_time and _is_of_another_act(part, here[0]):
            continue  # banned in 1950
        if isinstance(value, Clock) and _is_elsewhere(part, here[0]):
            continue  # 18:00 in New York
        if words and _is_said_otherwise(lesser, told[0], part, here[0]):
            continue  # 10 minutes early, and 10 minutes late
        if not values and len(words) == len(rest) <= most:
            return not (hides_an_answer(lesser, part) or _is_one_of_several(here[0], part))
    return False


def _is_other_count(value: Atom, found: Token, words: Sequence[Token]) -> bool:
    """Whether a value is of something, and where it is found stand other words instead."""
    if not isinstance(value, Quantity) or not isinstance(found.value, Quantity):
        return False
    left = value.unit.counted - found.value.unit.counted
    return bool(left) and any(not {t.value, t.stem} & left for t in words)


def _is_said_otherwise(lesser: Tokens, value: Token, part: Tokens, found: Token) -> bool:
    """Whether another word stands where lesser has one of its own, and may contradict it.

    Right after the value (late, early), or as many words before it (a profit of, a loss of).
    """
    (led, follows), (begun, goes_on) = _beside(lesser, value), _beside(part, found)
    if follows and goes_on and goes_on[0].role in (Role.CONTENT, Role.LIMIT):
        return True
    return len(led) == len(begun) and any(
        ours.role in (Role.ECHO, Role.KIND, Role.HEDGE) and theirs.role is Role.CONTENT
        for ours, theirs in zip(led, begun, strict=True)
    )


def _beside(phrase: Tokens, value: Token) -> tuple[Tokens, Tokens]:
    """What stands before a value and after it, without words that only build the sentence."""
    said = tuple(t for t in phrase if t.role is not Role.FUNCTION)
    place = said.index(value)
    return said[:place], said[place + 1 :]


def _is_elsewhere(part: Tokens, clock: Token) -> bool:
    """Whether a time of day is told of a place that the question does not name."""
    after = part[part.index(clock) + 1 :]
    leads = bool(after) and after[0].role is Role.LINK
    return leads and any(t.name and t.role is Role.CONTENT for t in after[1:2])


def _is_one_of_several(token: Token, part: Tokens) -> bool:
    """Whether it is joined with something else that is said: SAS, in "Norwegian and SAS"."""
    place = part.index(token)
    return any(other.role is Role.CONTENT for other in _joined_to(part, (place, place + 1)))


def _joined_to(clause: Tokens, place: Place) -> Iterator[Token]:
    """What a comma or an "and" joins to what stands at a place, on either side."""
    for beside in (clause[: place[0]][::-1], clause[place[1] :]):
        said = [t for t in beside if t.role is not Role.FUNCTION or _lists(t)][:2]
        if len(said) > 1 and _lists(said[0]):
            yield said[1]


def _tells_unit(value: Atom | str) -> bool:
    match value:
        case Quantity():
            return not value.unit.is_bare
        case Span():
            return _tells_unit(value.low) or _tells_unit(value.high)
        case Row():
            return any(map(_tells_unit, value.items))
        case _:
            return False


def _is_counted(says: Sequence[Token], place: int) -> bool:
    """Whether an unknown word follows, which may be a unit: 25 boxes are not 25 kg."""
    return any(isinstance(t.value, str) for t in says[place + 1 : place + 2])


def is_said_in(lesser: Tokens, greater: Tokens, of_person: bool, tolerance: float) -> bool:
    """Whether greater is a sentence that says, of what was asked, just what lesser is."""
    told = _answer_in(_without_bracket(lesser))
    return bool(told) and any(
        _is_said(told, lesser, sentence, of_person, tolerance)
        for sentence in _sentences(greater)[:MOST_SENTENCES]
    )


def are_said_in(
    items: Sequence[Tokens], greater: Tokens, tolerance: float, *, ordered: bool
) -> bool:
    """Whether greater is a sentence that lists, of what was asked, just these items."""
    sentence = _up_to_aside(_first_sentence(greater))
    told = [answer for item in items if (answer := _answer_in(item))]
    if len(told) != len(items):
        return False
    place = _place_of_all(told, sentence, tolerance, ordered=ordered)
    if place is None:
        return False
    rest = _without(sentence, place)
    return not _is_qualified(rest) and _speaks_of_it(rest)


def are_listed_in(
    items: Sequence[Tokens], phrase: Tokens, tolerance: float, *, ordered: bool
) -> bool:
    """Whether a phrase is just these items, and what joins them."""
    told = [answer for item in items if (answer := _answer_in(item))]
    place = _place_of_all(told, phrase, tolerance, ordered=ordered)
    return len(told) == len(items) and place == (0, len(phrase)) and any(map(_lists, phrase))


def _without_bracket(phrase: Tokens) -> Tokens:
    """Paris, of "Paris (France)"."""
    opens = next((n for n, t in enumerate(phrase) if t.role is Role.BREAK), None)
    is_bracket = opens is not None and phrase[opens].value == "("
    return phrase[:opens] if opens and is_bracket else phrase


def _answer_in(part: Tokens) -> Tokens:
    """What is looked for in a sentence; nothing where a phrase is no short answer."""
    told = tuple(t for t in part if t.role not in (Role.BREAK, Role.HEDGE))
    while told and told[0].role in (Role.FUNCTION, Role.LINK) and not told[0].name:
        told = told[1:]
    is_short = len(told) <= LONGEST_QUOTED and any(t.role is Role.CONTENT for t in told)
    return told if is_short else ()


def _is_said(
    told: Tokens, lesser: Tokens, sentence: Tokens, of_person: bool, tolerance: float
) -> bool:
    for clause in _openings(sentence):
        place = _place_of(told, clause, tolerance)
        if place is None and of_person:
            place = _place_of_name(told, clause)
        rest = _without(clause, place) if place else clause
        if _is_qualified(rest) or (place and _is_limited(clause, place)):
            return False
        if place is not None and _names_another(told, sentence):
            return False
        if place is not None and _speaks_of_it(_without_values(rest, told)):
            return not hides_an_answer(lesser, clause)
    return False


def _names_another(told: Tokens, sentence: Tokens) -> bool:
    """Whether it tells another amount, of no other unit: 22 episodes, then 23 episodes."""
    ours = told[-1].value
    return isinstance(ours, Quantity) and any(
        isinstance(t.value, Quantity)
        and t.role is Role.CONTENT
        and (t.value.unit.is_bare or t.value.unit == ours.unit)
        and t.value.number != ours.number
        for t in sentence
    )


def _is_qualified(rest: Tokens) -> bool:
    """Whether what a sentence says besides limits or denies it, and the question does not."""
    return _leaves_choice(rest) or any(
        t.role in (Role.LIMIT, Role.NEGATION) and not t.stem for t in rest
    )


def _is_limited(clause: Tokens, place: Place) -> bool:
    """Whether what limits stands right beside the answer."""
    beside = (*clause[max(0, place[0] - 1) : place[0]], *clause[place[1] : place[1] + 1])
    return any(t.role in (Role.LIMIT, Role.NEGATION) for t in beside)


def _speaks_of_it(rest: Tokens) -> bool:
    """Whether a sentence is about what was asked: by two of its words, or by one and no others."""
    echoes = sum(t.role is Role.ECHO or (t.role is Role.FUNCTION and t.stem != "") for t in rest)
    return echoes >= MOST_NEEDED or (echoes == 1 and not any(t.role is Role.CONTENT for t in rest))


def _without_values(rest: Tokens, told: Tokens) -> Tokens:
    """What is left without a year and its like, which add to an answer in words."""
    if any(not isinstance(t.value, str) for t in told):
        return rest
    return tuple(t for t in rest if not isinstance(t.value, Date | Quantity))


def _is_part(clause: Tokens, told: Token) -> bool:
    """Whether something of it is meant: an alloy of iron."""
    start = clause.index(told)
    before = [t for t in clause[:start] if t.role is not Role.FUNCTION][-1:]
    return bool(before) and before[0].value == "of" and _belongs(clause, start)


def _is_of_another_act(clause: Tokens, told: Token) -> bool:
    """Whether a time is that of something else: banned in 1950; not the spring of 1950."""
    start = clause.index(told)
    return _belongs(clause, start) and not _is_part(clause, told)


def _is_word(token: Token) -> bool:
    return isinstance(token.value, str) and not token.name


def _without(clause: Tokens, place: Place) -> Tokens:
    return clause[: place[0]] + clause[place[1] :]


def _leaves_choice(clause: Tokens) -> bool:
    """Whether it says that it is one or the other, and not only what the question lists so."""
    said = [t for t in clause if t.role not in (Role.FUNCTION, Role.LINK, Role.BREAK)]
    return any(
        t.role is Role.OR
        and not (0 < n < len(said) - 1 and said[n - 1].role is said[n + 1].role is Role.ECHO)
        for n, t in enumerate(said)
    )


def _place_of(told: Tokens, clause: Tokens, tolerance: float) -> Place | None:
    """Where a clause says these very words, and no more of the same stretch."""
    size = len(told)
    for start in range(len(clause) - size + 1):
        place = start, start + size
        part = clause[slice(*place)]
        here = all(alike(a, b, tolerance) is not None for a, b in zip(told, part, strict=True))
        if here and not (_goes_on(told, clause, place) or _belongs(clause, start)):
            return place
    return None


def _belongs(clause: Tokens, start: int) -> bool:
    """Whether another word relates it to what was asked: the sister of Ann Low, praised by her."""
    before = [t for t in clause[:start] if t.role is not Role.FUNCTION]
    if len(before) < BELONGING:
        return False
    related, link = before[-BELONGING:]
    if link.role is not Role.LINK or related.role is not Role.CONTENT:
        return False
    return _is_word(related) or (isinstance(related.value, str) and link.value in ("of", "by"))


def _goes_on(told: Tokens, clause: Tokens, place: Place) -> bool:
    """Whether a name or a term is longer: North Korea, Dumas fils; not playwright Williams."""
    before = clause[place[0] - 1] if place[0] else None
    after = clause[place[1]] if place[1] < len(clause) else None
    begun = before is not None and before.role is Role.CONTENT
    named = told[0].name or (isinstance(told[0].value, Identifier) and told[0].value.text.isalpha())
    if before is not None and begun and (before.name or not named):
        return True
    return (after is not None and after.role is Role.CONTENT) or _has_a_like(told, clause, place)


def _has_a_like(told: Tokens, clause: Tokens, place: Place) -> bool:
    """Whether another name or value is joined to it: pages 12 and 20."""
    beside = (*clause[: place[0]][-1:], *clause[place[1] :][:1])
    if isinstance(told[-1].value, Quantity) and any(isinstance(t.value, Quantity) for t in beside):
        return True  # sorted: 3, 4, 6
    return any(_is_like(told[-1], other) for other in _joined_to(clause, place))


def _lists(token: Token) -> bool:
    """Whether it joins the parts of a list."""
    return token.value == "and" or (token.role is Role.BREAK and token.value in (",", ";"))


def _is_like(told: Token, other: Token) -> bool:
    """Whether both are names, or both values."""
    if other.role not in (Role.CONTENT, Role.ECHO):
        return False
    if isinstance(told.value, str):
        return told.name and other.name and isinstance(other.value, str)
    return not isinstance(other.value, str)


def _place_of_name(told: Tokens, clause: Tokens) -> Place | None:
    """Where a clause names the person whom an answer names shorter or longer."""
    for run in (*runs(clause), *names_in(clause)):
        if is_shorter_name(told, run) or is_part_of_name(told, run):
            place = clause.index(run[0]), clause.index(run[0]) + len(run)
            is_part = _belongs(clause, place[0]) or _has_a_like(run, clause, place)
            return None if is_part else place
    return None


def _place_of_all(
    items: Sequence[Tokens], sentence: Tokens, tolerance: float, *, ordered: bool
) -> Place | None:
    """Where a sentence lists these items, and no more of them."""
    for start in range(len(sentence)):
        left, at, end = list(items), start, start
        while left and at < len(sentence) and at - end <= BETWEEN_ITEMS:
            looked_for = left[:1] if ordered else left
            found = next((i for i in looked_for if _stands_at(i, sentence, at, tolerance)), None)
            if found is not None:
                left.remove(found)
                at = end = at + len(found)
            elif end > start and _joins(sentence[at]):
                at += 1
            else:
                break
        if not left and not _is_listed_on(sentence, (start, end)):
            return start, end
    return None


def _stands_at(item: Tokens, sentence: Tokens, at: int, tolerance: float) -> bool:
    part = sentence[at : at + len(item)]
    return len(part) == len(item) and all(
        alike(a, b, tolerance) is not None for a, b in zip(item, part, strict=True)
    )


def _joins(token: Token) -> bool:
    """Whether it may stand between two items of a list."""
    return _lists(token) or token.role is Role.FUNCTION


def _is_listed_on(sentence: Tokens, place: Place) -> bool:
    """Whether the list begins before this place, or goes on after it."""
    before = [t for t in sentence[: place[0]] if t.role is not Role.FUNCTION][-2:]
    after = [t for t in sentence[place[1] :] if t.role is not Role.FUNCTION][:2]
    begun = bool(before) and (_joins(before[-1]) or before[-1].role is Role.CONTENT)
    goes_on = bool(after) and (
        after[0].role is Role.CONTENT or (_joins(after[0]) and after[-1].role is Role.CONTENT)
    )
    return begun or goes_on


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
            closes = within or token.value == ")" or _only_leads_in(sentence[:place])
            within = (
                _opens(sentence[place:])
                or (not closes and describes(sentence[place:]))
                or _renames(sentence, place)
            )
    yield tuple(kept)


def _only_leads_in(begun: Tokens) -> bool:
    """Whether a sentence has but begun, and names nothing that an aside might describe.

    In architecture, a row of pillars; when Kim left the band, he ...
    """
    is_first = not any(t.role is Role.BREAK for t in begun)
    says = any(t.role is Role.CONTENT for t in begun)
    return is_first and bool(begun) and (begun[0].role is Role.LINK or not says)


def _renames(sentence: Tokens, comma: int) -> bool:
    """Whether what the question names has another name there: Quakers, or Friends, were ..."""
    before, rest = sentence[:comma], sentence[comma + 1 :]
    begins = bool(rest) and rest[0].role is Role.OR and bool(before)
    named = begins and before[-1].role is Role.ECHO and all(t.role not in SAYS for t in before)
    return named and any(t.role is Role.BREAK and t.value == "," for t in rest)


def _opens(rest: Tokens) -> bool:
    """Whether a comma is followed by a word that begins an aside, or another name of the same."""
    return any(t.role is Role.BREAK and t.value in ("aside", "alias") for t in rest[1:2])


def _sentences(tokens: Tokens) -> list[Tokens]:
    found: list[Tokens] = []
    begun = 0
    for place, token in enumerate(tokens):
        if token.role is Role.BREAK and token.value == ".":
            found.append(tokens[begun:place])
            begun = place + 1
    return [sentence for sentence in (*found, tokens[begun:]) if sentence]


def _up_to_aside(sentence: Tokens) -> Tokens:
    end = next(
        (n for n, t in enumerate(sentence) if t.role is Role.BREAK and t.value in ("(", "aside")),
        None,
    )
    return sentence[:end]


def _first_sentence(tokens: Sequence[Token]) -> Tokens:
    end = next((n for n, t in enumerate(tokens) if t.role is Role.BREAK and t.value == "."), None)
    return tuple(tokens[:end])
