"""The one sign, formula or code that an answer gives: the letter L; ammonia, NH3; it is "Fe"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from consensus.core.values import Identifier, Quantity, Role, Token
from consensus.readers import identifiers, notations, phrase, shortcuts, symbols
from consensus.readers.answer.wording import limits, turns, unboxed
from consensus.readers.asked import Asked

# Questions for what is written with signs; for some, a sentence may say more around it.
ASKED = frozenset(
    "symbol formula substance element unit complexity file status currency music blood isotope "
    "language aperture grade logic chess section wind dynamic interval card size "
    "permission".split()
)
WORDY = frozenset(["symbol", "formula"])
PAIRS = frozenset(["[]", "{}", "<>"])
BOTH = 2
MOST_WORDS, MOST_WORDS_AROUND = 10, 3  # that a sentence says besides
LONGEST_SENTENCE = 300  # characters of an answer in which a sign is looked for among words
LONGEST_SYMBOL = 3  # letters of what may be a symbol itself
LONGEST = 16  # characters of what is set off
_SET_OFF = re.compile(
    r"«\s?([^«»]+?)\s?»|“([^”]+)”|\"([^\"]+)\"|「([^」]+)」|`([^`]+)`|\(([^()]+)\)|（([^（）]+)）|"
    r"\$([^$]+)\$|\*\*([^*\n]+)\*\*"
)
_IN_PAIR = re.compile(r"\[\w{1,8}\]|\{\w{1,8}\}|<\w{1,8}>")
_CHARGE = re.compile(r"(\d{1,2})\s?([-−–⁻+⁺])")
_WORD = re.compile(r"[^\W\d_]?[^\W\d_A-Z]{3,}|[^\W\d_]+\s[^\W\d_]{2,}")


def read(text: str, about: Asked) -> Identifier | Quantity | None:
    """The symbol, formula, complexity or keys that the question asks for; None where it is none."""
    bare = text.strip()
    inner = bare.strip("`").strip()
    if charge := _CHARGE.fullmatch(inner):
        return _charge(charge[1], charge[2], about)
    if about.code_hint == "regex" and " " not in inner:
        return None
    told = notations.connective(inner, 0) if "logic" in about.topics else None
    if told and told[1] == len(inner):
        return Identifier(told[0])
    if "symbol" in about.topics and symbols.is_one(inner):
        return Identifier(symbols.typed(inner))
    if "symbol" in about.topics and _IN_PAIR.fullmatch(inner):
        return Identifier(inner)
    if "complexity" in about.topics and (growth := identifiers.growth(inner)):
        return Identifier(growth)
    if "shortcut" in about.topics and (keys := shortcuts.read(inner)):
        is_other = turns(inner, about) or limits(inner.partition("+")[0], about)
        return None if is_other else Identifier(keys)
    if about.yes_or_no or about.options:
        return None
    of_sign = "symbol" in about.topics or (about.topics & ASKED and not about.of_code)
    is_short = len(bare) <= LONGEST_SENTENCE
    return _among_words(unboxed(bare), about) if of_sign and is_short else None


def _charge(number: str, sign: str, about: Asked) -> Identifier | Quantity | None:
    """An ion's 2-, which is -2; asked for anything else, 2- is no 2, and 2+ may be 2 or more."""
    is_more = sign in "+⁺"
    if "charge" in about.topics:
        return Quantity(Fraction(int(number) if is_more else -int(number)))
    return None if is_more else Identifier(f"{number}-")


def _among_words(text: str, about: Asked) -> Identifier | None:
    tokens = phrase.read(text, about).tokens
    said = [t for t in tokens if t.role is Role.CONTENT and isinstance(t.value, Identifier)]
    named = {t.value.text for t in said if isinstance(t.value, Identifier)}
    told = {_sign_of(one, about) or one for one in named}
    set_off = {sign for inner in _set_off(text) if (sign := _sign_of(inner, about))}
    pair = told & PAIRS
    if len(told) == len(pair) + 1 == BOTH:  # a W in square brackets
        (inner,), (marks,) = told - pair, pair
        return Identifier(f"{marks[0]}{inner}{marks[1]}")
    if any(_is_asked(one, about) for one in told | set_off):
        return None  # which country has the letter E?
    whole = max(told | set_off, key=len, default="")
    if not whole or any(not _is_part(one, whole) for one in told | set_off):
        return None
    is_apart = whole in set_off or all(
        _stands_apart(n, tokens, about) for n, t in enumerate(tokens) if t in said
    )
    return Identifier(whole) if is_apart and _only_says(tokens, said, about) else None


def _is_asked(sign: str, about: Asked) -> bool:
    """Whether the question itself writes a symbol or a formula, and does not offer it."""
    if sign in about.labels or not about.topics & WORDY:
        return False
    if not sign.isalnum():
        return sign in about.text  # clip/cut
    return re.search(rf"(?<!\w){re.escape(sign)}(?!\w)", about.text) is not None


def _set_off(text: str) -> Iterator[str]:
    """What stands in quotes, brackets or bold type."""
    for match in _SET_OFF.finditer(text):
        yield next(filter(None, match.groups())).strip(" `\"'")


def _sign_of(inner: str, about: Asked) -> str | None:
    """The sign that a piece of the text is, in one spelling; None where it is words."""
    if "logic" in about.topics and (logic := notations.connective(inner, 0)):
        return logic[0] if logic[1] == len(inner) else None
    if "symbol" in about.topics and symbols.is_one(inner):
        return symbols.typed(inner)
    if len(inner) > LONGEST or _WORD.search(inner) or inner.strip().isdigit():
        return None
    tokens = phrase.read(inner, about).tokens
    if len(tokens) == 1 and isinstance(tokens[0].value, Identifier):
        return None if tokens[0].role is Role.ECHO else tokens[0].value.text
    plain = identifiers.normal(identifiers.plain(inner))
    return plain if not plain.isdigit() and inner not in about.text else None


def _is_part(one: str, whole: str) -> bool:
    return one.casefold() in whole.casefold()


def _stands_apart(place: int, tokens: tuple[Token, ...], about: Asked) -> bool:
    """Whether no other word belongs to it: not iron ore, nor an alloy of iron."""
    if _is_listed(place, tokens):
        return False
    before = [t for t in tokens[:place] if t.role is not Role.FUNCTION]
    after = tokens[place + 1 : place + 2]
    if after and after[0].role is Role.CONTENT and isinstance(after[0].value, str):
        return False
    if not before:
        return True
    is_of = before[-1].value == "of" and before[-1].role is Role.LINK and len(before) > 1
    if is_of:
        return before[-2].role in (Role.ECHO, Role.KIND)
    follows_word = tokens[place - 1].role is Role.CONTENT
    is_part = follows_word and isinstance(tokens[place - 1].value, str)
    return not is_part or (bool(about.topics & WORDY) and not before[-1].name)


def _is_listed(place: int, tokens: tuple[Token, ...]) -> bool:
    """Whether it is one of several: CO and CO2, W, Tu, ω-Ω."""
    beside = [tokens[n] for n in (place - 1, place + 1) if 0 <= n < len(tokens)]
    if any(t.role is Role.LINK and t.value == "and" for t in beside):
        return True
    if any(t.role is Role.CONTENT and isinstance(t.value, Identifier) for t in beside):
        return True
    follows = tokens[place + 1 : place + 3]
    if len(follows) < BOTH or follows[0].value != "," or place + 3 < len(tokens):
        return False
    last = follows[1]
    return last.name and isinstance(last.value, str) and len(last.value) <= LONGEST_SYMBOL


def _only_says(tokens: tuple[Token, ...], said: list[Token], about: Asked) -> bool:
    """Whether what else it says neither limits nor denies, nor names something else."""
    rest = [t for t in tokens if t not in said and not _agrees(t, about)]
    is_wordy = bool(about.topics & WORDY)
    if any(t.role in (Role.NEGATION, Role.OR) or _limits(t, about) for t in rest):
        return False
    others = [t for t in rest if t.role is Role.CONTENT]
    if any(
        not isinstance(t.value, str) and not _counts(tokens, n)
        for n, t in enumerate(tokens)
        if t in others
    ):
        return False
    lists = len(rest) > 1 and rest[-2].value == "," and rest[-1].role is Role.CONTENT
    if any(t.name for t in others):
        return False
    if not is_wordy and (lists or any(not isinstance(t.value, str) for t in others)):
        return False
    return len(others) <= (MOST_WORDS if is_wordy else MOST_WORDS_AROUND)


def _counts(tokens: tuple[Token, ...], place: int) -> bool:
    """Whether it is a number of something: three atoms."""
    after = tokens[place + 1 : place + 2]
    is_word = bool(after) and isinstance(after[0].value, str) and after[0].role is not Role.BREAK
    return isinstance(tokens[place].value, Quantity) and is_word


def _agrees(token: Token, about: Asked) -> bool:
    """Whether it only says yes to what the question asked before."""
    return about.language is not None and about.language.has("yes", str(token.value))


def _limits(token: Token, about: Asked) -> bool:
    """Whether a word takes something from the sign; one of the question does not."""
    is_spaced = about.language is None or about.language.segmented
    is_asked = not is_spaced and str(token.value) in about.text
    is_small = bool(token.stem) or token.value in ("per", "lower", "upper") or is_asked
    return token.role is Role.LIMIT and not is_small
