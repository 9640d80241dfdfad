"""Whether two names may be one person's, and whether letters are the initials of one."""

from __future__ import annotations

from collections.abc import Sequence

from consensus.core.values.model import Identifier, Role, Token
from consensus.core.values.tokens import Tokens

LONGEST_NAME = 6  # words
SHORTEST_SHOUTED = 4  # letters of a word in capitals that may be a name: GAUSS
SHORTEST_ACRONYM = 3  # letters that stand for words which are no name: an initial public offering
_PARTICLES = frozenset(
    "van von der den de da di del della do dos du la le el al bin ibn ben ten ter zu af".split()
)
_FROM = frozenset("van von da de di of".split())  # of: as a language's own word for it is read
MOST_WITHIN = 2  # small words between two parts of a name
_GENERATIONS = frozenset(["jr", "sr", "junior", "senior"])


def is_acronym(short: Tokens, long: Tokens) -> bool:
    """Whether one is the other's initials: FDR."""
    if len(short) != 1 or not isinstance(short[0].value, Identifier) or not 1 < len(long) < 7:
        return False
    words = [t for t in long if isinstance(t.value, str) and t.role in (Role.CONTENT, Role.ECHO)]
    letters = "".join(str(t.value)[0] for t in words)
    is_name = all(t.name for t in long) or len(letters) >= SHORTEST_ACRONYM
    return is_name and len(words) == len(long) and letters == short[0].value.text.casefold()


def is_shorter_name(one: Tokens, other: Tokens) -> bool:
    """Whether one is a person's last name, or has initials, where the other has the whole name."""
    if _begins_with_particle(one, other) or _begins_with_particle(other, one):
        return True
    ours, theirs = _name_of(one), _name_of(other)
    if not ours or not theirs:
        return False
    short, full = sorted((ours, theirs), key=len)
    generations = [_GENERATIONS & set(name) for name in (short, full)]
    if all(generations) and generations[0] != generations[1]:
        return False
    short, full = ([w for w in name if w not in _GENERATIONS] for name in (short, full))
    if not short or not full or short[-1] != full[-1] or len(full[-1]) == 1:
        return False
    if len(short) == 1:
        return True
    if len(short) != len(full) and len(short) != 2:
        return False
    return all(_may_be_short(a, b) for a, b in zip(short[:-1], full[:-1], strict=False))


def is_one_name(tokens: Tokens) -> bool:
    """Whether its names stand side by side: Vincent van Gogh, but not Ann, the boss of Tom."""
    named = [n for n, t in enumerate(tokens) if t.role is Role.CONTENT and t.name]
    within = tokens[named[0] : named[-1] + 1] if named else ()
    return all(t.name or t.value in _PARTICLES or t.value == "of" for t in within)


def names_in(clause: Tokens) -> list[Tokens]:
    """Its names, each with the small words within it: Joaquim Maria Machado de Assis."""
    found: list[Tokens] = []
    start = 0
    while start < len(clause):
        end = start
        for place in range(start, len(clause)):
            token = clause[place]
            if token.name and token.role is Role.CONTENT:
                end = place + 1
            elif end == start or not _is_within(token) or place - end >= MOST_WITHIN:
                break
        if end > start:
            found.append(clause[start:end])
        start = max(end, start) + 1
    return found


def is_part_of_name(one: Tokens, other: Tokens) -> bool:
    """Whether one is the end of the other, or it without where somebody is from."""
    pairs = ((one, other), (other, one))
    return any(_ends(*pair) or _is_without_byname(*pair) for pair in pairs)


def named_in(tokens: Tokens) -> Tokens:
    """A phrase from its first name to its last, with the small words between them."""
    named = [n for n, t in enumerate(tokens) if t.name]
    return tokens[named[0] : named[-1] + 1] if named else ()


def _ends(short: Tokens, full: Tokens) -> bool:
    """Whether a name of several words is the end of a longer one: García Márquez, Van Gogh."""
    if not short or not full:
        return False
    words, whole = [str(t.value) for t in short], [str(t.value) for t in full]
    begins = short[0].name or words[0] in _PARTICLES
    is_name = len(words) > 1 and begins and short[-1].name and full[0].name
    is_name = is_name and all(t.name or _is_within(t) for t in (*short, *full))
    before = full[: -len(short)]
    follows_name = bool(before) and all(t.name for t in before)  # not: about Ann Low
    return is_name and follows_name and whole[-len(words) :] == words


def _is_without_byname(short: Tokens, full: Tokens) -> bool:
    """Whether the longer one only tells where somebody is from: Leonardo, of Leonardo da Vinci."""
    is_one = len(short) == 1 and short[0].name and short[0].role is Role.CONTENT
    is_name = is_one and len(full) > 2 and full[0].name and full[0].value == short[0].value
    leads = [n for n, t in enumerate(full) if not t.name and t.value in _FROM]
    return is_name and leads[:1] == [1] and all(t.name for t in full[max(leads) + 1 :])


def _is_within(token: Token) -> bool:
    return token.value in _PARTICLES or token.value == "of"


def _begins_with_particle(short: Tokens, full: Tokens) -> bool:
    """Whether a last name has its small word with it: Van Gogh, of Vincent van Gogh."""
    words = [str(t.value) for t in short]
    begins = len(words) > 1 and words[0] in _PARTICLES
    is_name = all(t.name for t in short[1:]) and all(t.role is Role.CONTENT for t in full)
    return begins and is_name and [str(t.value) for t in full][-len(words) :] == words


def _name_of(tokens: Sequence[Token]) -> list[str]:
    """A name's words without van and de; none where it is no name."""
    said = [t for t in tokens if t.name or t.value not in _PARTICLES]
    words = [_word(t) for t in said]
    is_name = all(words) and all(t.role is not Role.KIND for t in said)
    return words if is_name and len(words) <= LONGEST_NAME else []


def _word(token: Token) -> str:
    """A word of a name, which may be written in capitals; "" where it is none."""
    if isinstance(token.value, Identifier):
        told = token.value.text.casefold()
        return told if told.isalpha() and len(told) >= SHORTEST_SHOUTED else ""
    return token.value if token.name and isinstance(token.value, str) else ""


def _may_be_short(part: str, whole: str) -> bool:
    return part == whole or (min(len(part), len(whole)) == 1 and part[0] == whole[0])
