"""The one thing that an answer sets in bold, and the number that its working ends in."""

from __future__ import annotations

import re

from consensus.core.model import Strategy
from consensus.core.values import Role
from consensus.readers import phrase
from consensus.readers.answer.wording import EDGES, denies
from consensus.readers.asked import Asked
from consensus.readers.languages import joints
from consensus.readers.packs import before_reason
from consensus.readers.spelling import folded_word, words_in

LONGEST = 60  # characters of what is set in bold
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_GOES_ON = re.compile(r"\s*(?:$|[.,;:!?)\]\"'»”。，、；])|\s+([^\W\d_]+)")
_EQUALS = re.compile(r"(?<![<>!=:])=(?!=)")
_ABOUT = re.compile(r"\s*(?:≈|≃|\\approx).*$", re.DOTALL)
_NUMBER = re.compile(r"[-−]?[$€£]?\s?\d[\d.,\u00a0 ]*\d?\s?(?:%|[^\W\d_]{1,12}\.?|[$€£°]\w?)?")
_CLAUSE = re.compile(r"[,;:.。，；：]\s|[。，；：]")
_FIGURE = re.compile(r"\d")
_WORDY = re.compile(r"[^\W\d_]{4,}")


def in_bold(text: str, about: Asked) -> str | None:
    """What a sentence sets in bold, where it is the only such thing and nothing qualifies it."""
    found = _BOLD.findall(text)
    language = about.language
    if len(found) != 1 or about.yes_or_no or language is None or len(found[0]) > LONGEST:
        return None
    before, _, after = text.partition(f"**{found[0]}**")
    if not words_in(before + after) or denies(before + after, about) or denies(found[0], about):
        return None
    if _is_answered_later(before, after, about):
        return None
    said = [folded_word(word) for word in words_in(f"{before} {found[0]}")]
    lists = ("limit", "or", "at_most", "at_least", "less", "more")
    if any(language.has(which, word) for which in lists for word in said):
        return None
    goes_on = _GOES_ON.match(after)
    following = folded_word(goes_on[1]) if goes_on and goes_on[1] else ""
    joins = language.has("and", following) or language.has("or", following)
    ends = goes_on is not None and (not following or language.has("function", following))
    return found[0].strip(EDGES) if ends and not joins and language.segmented else None


def _is_answered_later(before: str, after: str, about: Asked) -> bool:
    """Whether another clause answers: many say **Sydney**; the capital is Canberra.

    The clause of what is set in bold says something, and nothing of the question; a later one does,
    and names something.
    """
    own, *later = _CLAUSE.split(after)
    clause = f"{_CLAUSE.split(before)[-1]} {own}"
    tokens = [phrase.read(part, about).tokens for part in (clause, *later)]
    speaks = [any(t.role is Role.ECHO for t in each) for each in tokens]
    says = any(t.role in (Role.CONTENT, Role.LIMIT) for t in tokens[0])
    names = any(
        echoes and any(t.role is Role.CONTENT and t.name for t in each)
        for echoes, each in zip(speaks[1:], tokens[1:], strict=True)
    )
    return says and not speaks[0] and names


def _joins(part: str) -> bool:
    """Whether a part of a chain of equations holds an "and", or an "or"."""
    said = {folded_word(word) for word in words_in(part)}
    return bool(said.intersection((*joints("and", None), *joints("or", None))))


def result(text: str, about: Asked) -> str | None:
    """The number that an equation, or a chain of them, ends in: 0.2 x 60 = 12."""
    if "=" not in text or about.of_code or about.strategy is Strategy.EXACT:
        return None
    told = _ABOUT.sub("", before_reason(text.replace("**", ""))).strip(EDGES + "。$")
    parts = _EQUALS.split(told)
    if len(parts) < 2 or any(_WORDY.search(part) or _joins(part) for part in parts[1:-1]):
        return None  # x = 0 and x = 4 are two
    last = parts[-1].strip(EDGES + "$")
    earlier = _CLAUSE.split(parts[0])[:-1]
    if not _NUMBER.fullmatch(last) or denies(told, about) or any(map(_FIGURE.search, earlier)):
        return None  # It is 3, since 10 + 3 = 13
    left = parts[-2].strip(EDGES + "$")
    is_working = any(letter.isdigit() for letter in left) or about.calculates
    return last if is_working else None
