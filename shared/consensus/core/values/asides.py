"""What a phrase says without the asides that only add to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from consensus.core.values.atoms import Licence
from consensus.core.values.model import Atom, Clock, Date, Identifier, Quantity, Role, Span
from consensus.core.values.tokens import SAYS, Tokens, content_of

LONGEST_HEAD = 4  # words that two answers share which explain them differently


def views(tokens: Tokens) -> Iterator[tuple[Tokens, Licence]]:
    """The phrase, and what is left of it without the aside that follows its first part."""
    yield tokens, Licence.LETTER
    yield from _other_names(tokens)
    yield from _without_maker(tokens)
    within = False  # a bracket that tells more of the question: in Cluedo (or Clue), it is blue
    says = False
    for place, token in enumerate(tokens):
        within = token.value != ")" and (within or (token.value == "(" and not says))
        says = says or (token.role is Role.CONTENT and not within)
        if token.role is Role.BREAK and says:
            rest = tokens[place:]
            if not _takes_back(rest, tokens[:place]) and _only_adds(rest, tokens[:place]):
                yield tokens[:place], Licence.ASIDE
            break
    last = max(
        (n for n, t in enumerate(tokens) if t.role is Role.BREAK and t.value == "so"), default=0
    )
    if last:
        yield tokens[last + 1 :], Licence.ASIDE  # what the reasons before it come to


def _without_maker(tokens: Tokens) -> Iterator[tuple[Tokens, Licence]]:
    """The name of a work, without whose it is: Guernica, by Picasso."""
    by = next((n for n, t in enumerate(tokens) if t.role is Role.LINK and t.value == "by"), 0)
    head, maker = tokens[:by], tokens[by + 1 :]
    told = [t for t in head if t.role is not Role.FUNCTION]
    if told and maker and all(t.name and t.role is Role.CONTENT for t in (*told, *maker)):
        yield head, Licence.ASIDE


def _takes_back(rest: Tokens, head: Tokens) -> bool:
    """Whether what follows in the sentence, or begins the next one, limits what was said.

    In a reason that is given, and in what is said of one whole value, only the word that begins it
    does: 25 m, half of what it was; but not: 25 m, or half of it.
    """
    end = next(
        (n for n, t in enumerate(rest) if t.role is Role.BREAK and t.value == "."), len(rest)
    )
    begins = [rest[n + 1] for n in range(len(rest) - 1) if rest[n].value == "."]
    said = rest[:end]
    if _gives_reason(rest) or _is_one_value(head):
        said = tuple(
            t for n, t in enumerate(said) if any(u.role is Role.BREAK for u in said[n - 1 : n])
        )
    limits = any(t.role in (Role.LIMIT, Role.OR) for t in (*said, *begins))
    after = _after_bracket(rest)
    goes_on = any(t.role in (Role.LIMIT, Role.OR, Role.NEGATION) or t.value == "and" for t in after)
    # Ann (Annie) was the sister of Kim.
    goes_on = goes_on or (len(after) > 1 and any(t.role is Role.CONTENT for t in after))
    return limits or goes_on or any(t.role is Role.NEGATION for t in begins)


def _after_bracket(rest: Tokens) -> Tokens:
    """How the sentence goes on after a bracket, up to its next break: (NH3) is incorrect."""
    if rest[0].value != "(":
        return ()
    closed = next((n for n, t in enumerate(rest) if t.value == ")"), len(rest))
    after = rest[closed + 1 :]
    end = next((n for n, t in enumerate(after) if t.role is Role.BREAK), len(after))
    return after[:end]


def _gives_reason(rest: Tokens) -> bool:
    """Whether it begins with a word that does, or that says it again: ", because", ", that is"."""
    return any(t.role is Role.BREAK and t.value in ("aside", "alias") for t in rest[:2])


def _is_one_value(head: Tokens) -> bool:
    says = content_of(head)
    return len(says) == 1 and isinstance(says[0].value, Identifier | Quantity | Date | Clock | Span)


def asides_agree(one: Tokens, ours: Tokens, other: Tokens, theirs: Tokens) -> bool:
    """Whether what both leave out names nothing, and what is left is an answer by itself.

    Two asides with values of their own may differ; and of two explanations that have only a clause
    in common, the other clauses may be what was asked.
    """
    if max(len(content_of(ours)), len(content_of(theirs))) > LONGEST_HEAD:
        return False  # explanations that begin, or end, alike
    if not (ours == one[: len(ours)] and theirs == other[: len(theirs)]):
        return False
    told, told_too = (
        {t.value for t in whole if t.role is Role.CONTENT and t not in part}
        for whole, part in ((one, ours), (other, theirs))
    )
    named = content_of(ours)
    is_named = len(named) > 1 and all(t.name for t in named)
    if told and told_too and told != told_too and not is_named:
        return False  # rice, the red kind; rice, the white kind
    rest = [t for whole, part in ((one, ours), (other, theirs)) for t in whole if t not in part]
    return _is_answer(ours) and not any(
        t.role is Role.CONTENT and (t.name or not isinstance(t.value, str)) for t in rest
    )


def _is_answer(kept: Tokens) -> bool:
    """Whether it is a value, a name or a word; a clause of several words explains something."""
    told = [t for t in kept if t.role in SAYS]
    has_value = any(not isinstance(t.value, str) for t in told)
    return len(told) < 2 or has_value or all(t.name for t in told)


def _only_adds(rest: Tokens, head: Tokens) -> bool:
    """Whether an aside begins with what an aside begins with, rather than with another answer."""
    told = {t.value for t in head if not isinstance(t.value, str)}
    told |= {end for value in told if isinstance(value, Span) for end in (value.low, value.high)}
    again = [t.value for t in rest if not isinstance(t.value, str)]
    if again and all(value in told or _is_of(value, told) for value in again):
        return True  # O(n²), that is, quadratic
    if _adds_up(rest, head):
        return True
    if _goes_on(rest, head) or _is_one_more(rest) or _is_another_sign(rest, head):
        return False
    values = any(not isinstance(t.value, str) for t in (*rest, *head))
    if all(t.name for t in content_of(head)):
        values = False
    if len(rest) > 1 and rest[0].value == "," and rest[1].role is Role.LINK and not values:
        return True
    if describes(rest) or (
        rest[0].value == "," and len(rest) > 1 and rest[1].value in ("aside", "alias")
    ):
        return True
    if _gives_reason(rest):
        return True
    return rest[0].value in ("(", ".", ";", "so") or not any(
        t.role is Role.CONTENT and (t.name or not isinstance(t.value, str)) for t in rest
    )


def _adds_up(rest: Tokens, head: Tokens) -> bool:
    """Whether it tells the parts of the one number that goes before: 88: 52 white, 36 black."""
    whole = [t.value.number for t in head if isinstance(t.value, Quantity)]
    parts = [t.value.number for t in rest if isinstance(t.value, Quantity)]
    is_one = len(whole) == 1 and not any(t.value == "," for t in rest[:1])
    return is_one and len(parts) > 1 and sum(parts) == whole[0]


def _is_one_more(rest: Tokens) -> bool:
    """Whether only a comma and one word follow: FAT32, exFAT."""
    has_comma = len(rest) == 2 and rest[0].value == ","
    return has_comma and rest[1].role is Role.CONTENT


def _is_another_sign(rest: Tokens, head: Tokens) -> bool:
    """Whether a sign is followed by another one alone: ammonium (NH3)."""
    told = [t for t in content_of(head) if isinstance(t.value, Identifier)]
    more = [t for t in rest if t.role is not Role.BREAK]
    return bool(told) and len(more) == 1 and isinstance(more[0].value, Identifier)


def _is_of(value: Atom, told: set[Atom]) -> bool:
    """Whether a day of the year is that of a date: 31 December 2024, New Year's Eve."""
    return isinstance(value, Date) and any(
        isinstance(date, Date) and date.day is not None and replace(date, year=None) == value
        for date in told
    )


def _goes_on(rest: Tokens, head: Tokens) -> bool:
    """Whether a value of the same kind follows a dash, as in v3.10–v3.12."""
    if len(rest) < 2 or rest[0].value != ";" or isinstance(head[-1].value, str):
        return False
    return type(rest[1].value) is type(head[-1].value)


def parts_of(tokens: Tokens) -> Iterator[Tokens]:
    """The phrase, and its first part where only asides follow."""
    for view, _ in views(tokens):
        yield view


def describes(rest: Tokens) -> bool:
    """Whether an aside says what a name is: ", the fourth planet from the Sun"."""
    said = [t for t in rest[2:] if t.role in (Role.CONTENT, Role.ECHO, Role.KIND)]
    has_article = rest[0].value == "," and len(rest) > 1 and rest[1].role is Role.FUNCTION
    if not has_article or not said or not isinstance(said[0].value, str):
        return False
    is_noun = len(said) > 1 and isinstance(said[1].value, str) and not said[1].name
    return not said[0].name or is_noun  # a gas giant; a Scottish bacteriologist


def _other_names(tokens: Tokens) -> Iterator[tuple[Tokens, Licence]]:
    """What follows "also known as", up to the next break."""
    for place, token in enumerate(tokens):
        if token.role is not Role.BREAK or token.value != "alias" or not place:
            continue
        if tokens[place - 1].role in (Role.LIMIT, Role.NEGATION):
            continue
        rest = tokens[place + 1 :]
        end = next((n for n, t in enumerate(rest) if t.role is Role.BREAK), len(rest))
        before, after = (
            any(t.role is Role.CONTENT for t in part) for part in (tokens[:place], rest[end:])
        )
        if after and not before:
            continue  # in Cluedo (known as Clue), the piece is blue
        if rest[:end]:
            yield rest[:end], Licence.ASIDE
