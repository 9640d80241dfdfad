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
